"""Registry of the strategies: the decorator, and the one table that menu, comparison, documentation and tests read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.memory import MemoryRule
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import ControlParams, always_share_power
from ev2gym_dashboard.core.schema import Quantity, declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.declaration import choose_colour, list_declaration_issues, list_params
from ev2gym_dashboard.strategies.door.errors import StrategyError, get_source_name, make_strategy_error
from ev2gym_dashboard.strategies.door.guard import guard_strategy
from ev2gym_dashboard.strategies.door.table import BUILT_IN, CapUse, Strategy, StrategyTable

STRATEGIES = StrategyTable()
PACKAGE = "ev2gym_dashboard.strategies"
INTERACTIVE_MODULE = "__main__"

Params = TypeVar("Params", bound=ControlParams)


@dataclass(frozen=True)
class WithoutV2G:
    """No parameters to set: a threshold of 1 rules out V2G."""

    v2g_min_soc: float = declare_quantity(1.0, "", 1.0, 1.0, "Minimum SOC for V2G")


def never_requests_v2g(_moment: Moment, _params: Any) -> bool:
    """Return False."""
    return False


def register_strategy(
    *,
    key: str | None = None,
    name: str | None = None,
    rule: str | None = None,
    colour: str | None = None,
    params: type[Params] = WithoutV2G,  # type: ignore[assignment]  # mypy has no default for a type variable
    requests_v2g: Callable[[Moment, Params], bool] | None = None,
    idle_reason: Reason = Reason.NO_NEED,
    allocate: Callable[[Moment, Params, Demand], Allocation] | None = None,
    shares_power: Callable[[Moment, Params], bool] = always_share_power,
    cap: CapUse = "declared",
    vehicle_memory: int = 0,
    site_memory: int = 0,
    remember_vehicles: Callable[[StepView, Params], Floats] | None = None,
    remember_site: Callable[[StepView, Params], Floats] | None = None,
    remember: Callable[[StepView, Params], tuple[Floats, Floats]] | None = None,
    tabulate: Callable[[Moment, Floats, Floats, Params], Floats] | None = None,
) -> Callable[[Callable[[StepView, Params], Floats]], Callable[[StepView, Params], Floats]]:
    """Register the decorated function as a strategy; public as ``ev2gym_dashboard.strategy``.

    Parameters
    ----------
    key, name, rule : see `Strategy`; by default the name of the function, the same in words, and the first line of its
        docstring
    colour : ``"#rrggbb"``; by default, and where another strategy has it already, a free one
    params : see `Strategy`; by default none, and no V2G
    requests_v2g : see `Strategy`; by default in every step if the parameters allow V2G
    idle_reason, allocate, shares_power, cap : see `Strategy`
    vehicle_memory, site_memory : numbers that it keeps per vehicle and of the site, which the view returns
    remember_vehicles, remember_site : ``(view, params) -> array``, called once before the decisions of each step: the
        numbers to keep of the plugged-in vehicles, (n, vehicle_memory), and of the site, (site_memory,)
    remember : ``(view, params) -> (array, array)``, both at once in place of the two, for numbers of one plan; its view
        has the ``planning`` that a plan starts from
    tabulate : see `Strategy`

    Raises
    ------
    StrategyError
        With every issue of the declaration, and if the key or the name is taken.
    """
    keeps = vehicle_memory or site_memory or remember_vehicles or remember_site or remember
    memory_rule = MemoryRule(vehicle_memory, site_memory, remember_vehicles, remember_site, remember) if keeps else None

    def register(request_power: Callable[[StepView, Params], Floats]) -> Callable[[StepView, Params], Floats]:
        own_key = key or str(getattr(request_power, "__name__", ""))
        module, source_file = _find_origin(request_power)
        is_built_in = module.startswith(f"{PACKAGE}.")
        taken = [s.colour for other, s in STRATEGIES.peek().items() if other != own_key]
        strategy = Strategy(
            key=own_key,
            name=name or str(own_key).replace("_", " ").capitalize(),
            rule=rule or next(iter((request_power.__doc__ or "").strip().splitlines()), ""),
            colour=colour if is_built_in and colour else choose_colour(colour, taken),
            params=params,
            request_power=request_power,
            requests_v2g=requests_v2g or _choose_requests_v2g(params),
            idle_reason=idle_reason,
            allocate=allocate,
            shares_power=shares_power,
            cap=cap,
            memory_rule=memory_rule,
            tabulate=tabulate,
            source=BUILT_IN if is_built_in else get_source_name(source_file),
            module=module,
        )
        if issues := list_declaration_issues(strategy):
            raise StrategyError(issues)
        _add_strategy(strategy if is_built_in else guard_strategy(strategy, source_file))
        return request_power

    return register


def _find_origin(function: Callable[..., object]) -> tuple[str, str]:
    """Return the module and the file of a function; the module again for one that is compiled or an object."""
    module = str(getattr(function, "__module__", "") or "")
    code = getattr(inspect.unwrap(function), "__code__", None)
    return module, code.co_filename if code else module


def _add_strategy(strategy: Strategy) -> None:
    others = STRATEGIES.peek()
    # In a notebook, a cell that is run again defines its strategy anew.
    if strategy.key in others and strategy.module == others[strategy.key].module == INTERACTIVE_MODULE:
        del others[strategy.key]
    same = [s for s in others.values() if s.key == strategy.key or s.name == strategy.name]
    if same:
        template = "{strategy} ({source}): its key or its name belongs to {other} already; choose another one"
        raise make_strategy_error(strategy.key, strategy.source, template, other=same[0].key)
    STRATEGIES[strategy.key] = strategy


def _choose_requests_v2g(params: type[ControlParams]) -> Callable[[Moment, Any], bool]:
    declared = list_params(params).get("v2g_min_soc")
    never = isinstance(declared, Quantity) and declared.low >= 1.0
    return never_requests_v2g if never else always_share_power
