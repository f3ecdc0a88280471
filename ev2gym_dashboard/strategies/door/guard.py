"""Guard of a plug-in: its inputs are read-only, its outputs are checked, and a fault ends the run in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.memory import MemoryRule
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.errors import (
    StrategyError,
    describe_exception,
    make_strategy_error,
)
from ev2gym_dashboard.strategies.door.table import Strategy

REAL_KINDS = "fiu"
N_MEMORIES = 2
SHARES = ("g2v_share", "v2g_share", "surplus_share")
"""Shares of an allocation that a strategy may set."""
VIEW_FIELDS = tuple(f.name for f in fields(StepView))


def guard_strategy(strategy: Strategy, source_file: str) -> Strategy:
    """Return a strategy whose functions are called under guard; ``source_file`` is that of its code."""
    guard = partial(_call, strategy, source_file)

    def request_power(view: StepView, params: Any) -> Floats:
        # A plug-in need not think of a block without vehicles.
        if not view.soc.size:
            return np.zeros(0)
        returned = guard(view.moment, strategy.request_power, _freeze_view(view), params)
        return _check_array(strategy, view.moment, returned, view.soc.shape)

    def answer(function: Callable[[Moment, Any], bool], name: str, moment: Moment, params: Any) -> bool:
        returned = guard(moment, function, moment, params)
        if not isinstance(returned, bool | np.bool_):
            template = "{strategy} ({source}): {name} must return True or False, not {value}{time}"
            raise _make_error(strategy, template, moment, name=name, value=_name_value(returned))
        return bool(returned)

    def allocate(share: Callable[..., Allocation], moment: Moment, params: Any, demand: Demand) -> Allocation:
        return _check_allocation(strategy, moment, guard(moment, share, moment, params, demand))

    def tabulate(
        make: Callable[..., Floats], moment: Moment, price_mad_kwh: Floats, surplus_price_mad_kwh: Floats, params: Any
    ) -> Floats:
        returned = guard(moment, make, moment, price_mad_kwh, surplus_price_mad_kwh, params)
        return _check_array(strategy, moment, returned, (*np.shape(returned)[:1], len(price_mad_kwh)))

    return replace(
        strategy,
        request_power=request_power,
        requests_v2g=partial(answer, strategy.requests_v2g, "requests_v2g"),
        shares_power=partial(answer, strategy.shares_power, "shares_power"),
        allocate=strategy.allocate and partial(allocate, strategy.allocate),
        tabulate=strategy.tabulate and partial(tabulate, strategy.tabulate),
        memory_rule=None if strategy.memory_rule is None else _guard_memory(strategy, strategy.memory_rule, guard),
    )


def _guard_memory(strategy: Strategy, rule: MemoryRule, guard: Callable[..., Any]) -> MemoryRule:
    def remember(function: Callable[[Any, Any], Floats], size: int | None, view: StepView, params: Any) -> Floats:
        shape = (rule.per_site,) if size is None else (view.soc.size, size)
        if not shape[0]:
            return np.zeros(shape)
        return _check_array(strategy, view.moment, guard(view.moment, function, _freeze_view(view), params), shape)

    def remember_both(
        function: Callable[[Any, Any], tuple[Floats, Floats]], view: StepView, params: Any
    ) -> tuple[Floats, Floats]:
        returned = guard(view.moment, function, _freeze_view(view), params)
        if not isinstance(returned, tuple) or len(returned) != N_MEMORIES:
            template = "{strategy} ({source}): remember must return two arrays, not {value}{time}"
            raise _make_error(strategy, template, view.moment, value=_name_value(returned))
        shapes = (view.soc.size, rule.per_vehicle), (rule.per_site,)
        kept = [
            _check_array(strategy, view.moment, value, shape) for value, shape in zip(returned, shapes, strict=True)
        ]
        return kept[0], kept[1]

    vehicles, site, both = rule.remember_vehicles, rule.remember_site, rule.remember
    return replace(
        rule,
        remember_vehicles=vehicles and partial(remember, vehicles, rule.per_vehicle),
        remember_site=site and partial(remember, site, None),
        remember=both and partial(remember_both, both),
    )


def _call(strategy: Strategy, source_file: str, moment: Moment, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        # The result is checked: a warning about a division whose result is not used would only be noise.
        with np.errstate(all="ignore"):
            return function(*arguments)
    except StrategyError:
        raise
    # SystemExit too: it would end the process of a server, and the runs of all its visitors.
    except (Exception, SystemExit) as error:
        template = "{strategy} ({source}, line {line}): {kind}: {text}{time}"
        raise _make_error(strategy, template, moment, **describe_exception(error, source_file)) from error


def _freeze_view(view: StepView) -> StepView:
    """Return a view whose arrays cannot be written to; those of the engine stay as they are."""
    values = {name: getattr(view, name) for name in VIEW_FIELDS}
    return StepView(
        **{name: _freeze(value) if isinstance(value, np.ndarray) else value for name, value in values.items()}
    )


def _freeze(values: Any) -> Any:
    frozen = values.view()
    frozen.flags.writeable = False
    return frozen


def _check_array(strategy: Strategy, moment: Moment, returned: Any, shape: tuple[int, ...]) -> Floats:
    """Return a copy of a returned array in the engine's type; the plug-in may keep its own."""
    try:
        array = np.asarray(returned)
    except ValueError:
        # Lists of different lengths.
        array = np.asarray(None)
    if array.dtype.kind not in REAL_KINDS:
        template = "{strategy} ({source}): it must return an array of numbers, not {value}{time}"
        raise _make_error(strategy, template, moment, value=_name_value(returned))
    if array.shape != shape:
        template = "{strategy} ({source}): it must return an array of shape {expected}, not {shape}{time}"
        raise _make_error(strategy, template, moment, expected=str(shape), shape=str(array.shape))
    if n_wrong := int(array.size - np.count_nonzero(np.isfinite(array))):
        template = "{strategy} ({source}): {n} of {size} numbers that it returned are NaN or infinite{time}"
        raise _make_error(strategy, template, moment, n=n_wrong, size=int(array.size))
    return array.astype(np.float64)


def _check_allocation(strategy: Strategy, moment: Moment, returned: Any) -> Allocation:
    if not isinstance(returned, Allocation):
        template = "{strategy} ({source}): allocate must return an Allocation, not {value}{time}"
        raise _make_error(strategy, template, moment, value=_name_value(returned))
    for name in SHARES:
        # Negated, so that NaN is refused.
        if not 0.0 <= getattr(returned, name) <= 1.0:
            template = "{strategy} ({source}): {name} of its Allocation must be from 0 to 1, not {value}{time}"
            raise _make_error(strategy, template, moment, name=name, value=str(getattr(returned, name)))
    return returned


def _name_value(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _make_error(strategy: Strategy, template: str, moment: Moment, **values: object) -> StrategyError:
    hours, minutes = divmod(round(moment.hour_h * 60.0), 60)
    time = f" [{moment.date} {hours:02}:{minutes:02} UTC]"
    return make_strategy_error(strategy.key, strategy.source, template, **values, time=time)
