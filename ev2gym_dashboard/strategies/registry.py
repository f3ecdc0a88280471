"""Strategy registry: the one table that menu, comparison, documentation and property tests read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import ControlParams, always_share_power
from ev2gym_dashboard.core.schema import Quantity, list_declared
from ev2gym_dashboard.core.site.moment import Moment

RequestPower = Callable[[StepView, Any], Floats]
RequestsV2G = Callable[[Moment, Any], bool]
Allocate = Callable[[Moment, Any, Demand], Allocation]
CapUse = Literal["ignored", "declared", "found"]

Params = TypeVar("Params", bound=ControlParams)


@dataclass(frozen=True)
class Strategy:
    """A decision rule.

    Parameters
    ----------
    key : its name in scenarios and links
    name, rule : its name and its rule in a sentence, for people (msgids); the rule holds its parameters as ``{name}``
    colour : its colour in every figure, ``"#rrggbb"``
    params : frozen dataclass of declared quantities; ``v2g_min_soc`` is the SOC at which V2G stops
    request_power : ``(view, params) -> power (n,)`` [kW], positive = charging; the engine clips it to the limits
    requests_v2g : ``(moment, params) -> bool``, whether the strategy requests V2G in the step
    idle_reason : why a vehicle that is ready for V2G idles while the strategy requests none
    allocate : ``(moment, params, demand) -> Allocation``, for a strategy whose vehicles share a fleet-wide power
    shares_power : ``(moment, params) -> bool``, whether they share one in the step; a step without costs one pass less
    cap : whether it ignores the site cap, charges under the declared one, or finds one where none is declared
    """

    key: str
    name: str
    rule: str
    colour: str
    params: type[ControlParams]
    request_power: RequestPower = field(repr=False)
    requests_v2g: RequestsV2G = field(repr=False)
    idle_reason: Reason
    allocate: Allocate | None = field(default=None, repr=False)
    shares_power: RequestsV2G = field(default=always_share_power, repr=False)
    cap: CapUse = "declared"

    @property
    def quantities(self) -> dict[str, Quantity]:
        """The declared parameters by name."""
        declarations = list_declared(self.params).items()
        return {name: declaration for name, declaration in declarations if isinstance(declaration, Quantity)}

    @property
    def uses_v2g(self) -> bool:
        """Whether any parameter lets it discharge; a ``v2g_min_soc`` fixed at 1 says that it never does."""
        return self.quantities["v2g_min_soc"].low < 1.0


STRATEGIES: dict[str, Strategy] = {}


def register_strategy(
    *,
    key: str,
    name: str,
    rule: str,
    colour: str,
    params: type[Params],
    requests_v2g: Callable[[Moment, Params], bool],
    idle_reason: Reason,
    allocate: Callable[[Moment, Params, Demand], Allocation] | None = None,
    shares_power: Callable[[Moment, Params], bool] = always_share_power,
    cap: CapUse = "declared",
) -> Callable[[Callable[[StepView, Params], Floats]], Callable[[StepView, Params], Floats]]:
    """Register the decorated function as a strategy; the parameters are those of `Strategy`.

    Raises
    ------
    TypeError
        If ``params`` does not declare ``v2g_min_soc``, or if the key is taken.
    """
    # Refused here, at import: the engine reads the threshold in every step, and forms list the declared fields.
    if "v2g_min_soc" not in list_declared(params):
        raise TypeError(f"{params.__name__} must declare the quantity v2g_min_soc")
    if key in STRATEGIES:
        raise TypeError(f"a strategy with the key {key} is registered already")

    def register(request_power: Callable[[StepView, Params], Floats]) -> Callable[[StepView, Params], Floats]:
        STRATEGIES[key] = Strategy(
            key=key,
            name=name,
            rule=rule,
            colour=colour,
            params=params,
            request_power=request_power,
            requests_v2g=requests_v2g,
            idle_reason=idle_reason,
            allocate=allocate,
            shares_power=shares_power,
            cap=cap,
        )
        return request_power

    return register
