"""Rules of the strategies, compiled: each strategy's own functions, chosen by its number."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from ev2gym_dashboard.compiled import elementwise as _elementwise  # noqa: F401 (the rules are made of its functions)
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import UNLIMITED
from ev2gym_dashboard.core.control.setpoints import request_setpoint_power
from ev2gym_dashboard.core.engine.compiler import inline_kernel
from ev2gym_dashboard.strategies.grid_support import GridSupport, grid_support, is_in_v2g_window
from ev2gym_dashboard.strategies.peak_shaving import (
    PeakShaving,
    allocate_excess_load,
    compute_recharge_hours,
    is_peak_hour,
    peak_shaving,
)
from ev2gym_dashboard.strategies.uncontrolled import Uncontrolled, uncontrolled

SETPOINTS, UNCONTROLLED, GRID_SUPPORT, PEAK_SHAVING = range(4)
NUMBERS: dict[Callable[..., Any], int] = {
    request_setpoint_power: SETPOINTS,
    uncontrolled: UNCONTROLLED,
    grid_support: GRID_SUPPORT,
    peak_shaving: PEAK_SHAVING,
}
"""The strategies that are compiled, by their function. Any other one runs in NumPy, step by step."""

for function in (
    uncontrolled,
    grid_support,
    is_in_v2g_window,
    peak_shaving,
    is_peak_hour,
    allocate_excess_load,
    compute_recharge_hours,
):
    register_jitable(function)


def _declare_params(name: str, params: type) -> Any:
    """Return the named tuple that compiled code reads in the place of the parameters of a strategy."""
    # Found again by its name in this module, as Numba's cache on the disk asks for.
    return namedtuple(name, [f.name for f in fields(params)], module=__name__)


UncontrolledParams = _declare_params("UncontrolledParams", Uncontrolled)
GridSupportParams = _declare_params("GridSupportParams", GridSupport)
PeakShavingParams = _declare_params("PeakShavingParams", PeakShaving)


class RuleParams(NamedTuple):
    """Parameters of all compiled strategies; those of the strategies that do not run are the default ones."""

    setpoint_kw: Floats
    requests_v2g: bool
    uncontrolled: Any
    grid_support: Any
    peak_shaving: Any


class VehicleView(NamedTuple):
    """One plugged-in vehicle, by the names of `StepView`."""

    moment: Any
    target_soc: float
    soc: float
    hours_left: float
    gain: float
    charge_limit_kw: float
    discharge_limit_kw: float
    kw_per_gain: float
    kw_per_use: float
    surplus_share: float


def make_rule_params(number: int, params: Any, n_codes: int) -> RuleParams:
    """Return the parameters for compiled code of the strategy that runs."""
    return RuleParams(
        params.power_kw if number == SETPOINTS else np.zeros(n_codes),
        number == SETPOINTS and bool((params.power_kw < 0.0).any()),
        _convert_params(UncontrolledParams, Uncontrolled()),
        _convert_params(GridSupportParams, params if number == GRID_SUPPORT else GridSupport()),
        _convert_params(PeakShavingParams, params if number == PEAK_SHAVING else PeakShaving()),
    )


def _convert_params(target: Any, params: Any) -> Any:
    values = [getattr(params, f.name) for f in fields(params)]
    # A whole number given by a user would make Numba compile a second version of the loop.
    return target(*(value if isinstance(value, bool) else float(value) for value in values))


@inline_kernel
def request_power(rule, code, view, params):  # type: ignore[no-untyped-def]
    """Return the requested power of one vehicle [kW]."""
    if rule == UNCONTROLLED:
        return uncontrolled(view, params.uncontrolled)
    if rule == GRID_SUPPORT:
        return grid_support(view, params.grid_support)
    if rule == PEAK_SHAVING:
        return peak_shaving(view, params.peak_shaving)
    return params.setpoint_kw[code]


@inline_kernel
def requests_v2g(rule, moment, params):  # type: ignore[no-untyped-def]
    """Return whether the strategy requests V2G in the step."""
    if rule == GRID_SUPPORT:
        return is_in_v2g_window(moment, params.grid_support)
    if rule == PEAK_SHAVING:
        return is_peak_hour(moment, params.peak_shaving)
    return rule == SETPOINTS and params.requests_v2g


@inline_kernel
def shares_power(rule):  # type: ignore[no-untyped-def]
    """Return whether the vehicles share a power of the site."""
    return rule == PEAK_SHAVING


@inline_kernel
def allocate(rule, moment, params, demand):  # type: ignore[no-untyped-def]
    """Return the allocation of the strategy."""
    if rule == PEAK_SHAVING:
        return allocate_excess_load(moment, params.peak_shaving, demand)
    return UNLIMITED
