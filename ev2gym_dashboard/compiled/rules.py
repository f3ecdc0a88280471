"""Rules of the strategies, compiled: each strategy's own functions, chosen by its number."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from ev2gym_dashboard.compiled import elementwise as _elementwise  # noqa: F401 (the rules are made of its functions)
from ev2gym_dashboard.core.arrays import Evses, Floats
from ev2gym_dashboard.core.compiler import inline_kernel
from ev2gym_dashboard.core.control.allocation import UNLIMITED
from ev2gym_dashboard.core.control.setpoints import (
    BY_MODEL,
    classify_urgency,
    find_slot,
    request_setpoint_power,
    request_slot_power,
    requests_v2g_by_slot,
)
from ev2gym_dashboard.strategies.grid_support import GridSupport, grid_support, is_in_v2g_window
from ev2gym_dashboard.strategies.peak_shaving import (
    PeakShaving,
    allocate_excess_load,
    is_peak_hour,
    peak_shaving,
)
from ev2gym_dashboard.strategies.price import (
    Price,
    allocate_surplus_or_load,
    buy_in_cheapest_steps,
    compute_repurchase_price,
    is_v2g_worth_it,
    price,
)
from ev2gym_dashboard.strategies.price import count_steps as count_price_steps
from ev2gym_dashboard.strategies.price import find_thresholds as find_price_thresholds
from ev2gym_dashboard.strategies.price import shares_surplus_or_load as shares_price_power
from ev2gym_dashboard.strategies.renewable import (
    Renewable,
    allocate_surplus_and_load,
    is_dark_evening,
    renewable,
)
from ev2gym_dashboard.strategies.renewable import count_steps as count_renewable_steps
from ev2gym_dashboard.strategies.renewable import find_thresholds as find_renewable_thresholds
from ev2gym_dashboard.strategies.renewable import shares_surplus_or_load as shares_renewable_power
from ev2gym_dashboard.strategies.uncontrolled import Uncontrolled, uncontrolled

SETPOINTS, SLOTS, UNCONTROLLED, GRID_SUPPORT, PEAK_SHAVING, PRICE, RENEWABLE = range(7)
NUMBERS: dict[Callable[..., Any], int] = {
    request_setpoint_power: SETPOINTS,
    request_slot_power: SLOTS,
    uncontrolled: UNCONTROLLED,
    grid_support: GRID_SUPPORT,
    peak_shaving: PEAK_SHAVING,
    price: PRICE,
    renewable: RENEWABLE,
}
"""The strategies that are compiled, by their function. Any other one runs in NumPy, step by step."""

for function in (
    classify_urgency,
    find_slot,
    request_slot_power,
    requests_v2g_by_slot,
    uncontrolled,
    grid_support,
    is_in_v2g_window,
    peak_shaving,
    is_peak_hour,
    allocate_excess_load,
    price,
    is_v2g_worth_it,
    compute_repurchase_price,
    shares_price_power,
    allocate_surplus_or_load,
    buy_in_cheapest_steps,
    find_price_thresholds,
    count_price_steps,
    renewable,
    is_dark_evening,
    shares_renewable_power,
    allocate_surplus_and_load,
    find_renewable_thresholds,
    count_renewable_steps,
):
    register_jitable(function)


def _declare_params(name: str, params: type) -> Any:
    """Return the named tuple that compiled code reads in the place of the parameters of a strategy."""
    # Found again by its name in this module, as Numba's cache on the disk asks for.
    return namedtuple(name, [f.name for f in fields(params)], module=__name__)


UncontrolledParams = _declare_params("UncontrolledParams", Uncontrolled)
GridSupportParams = _declare_params("GridSupportParams", GridSupport)
PeakShavingParams = _declare_params("PeakShavingParams", PeakShaving)
PriceParams = _declare_params("PriceParams", Price)
RenewableParams = _declare_params("RenewableParams", Renewable)


class SlotParams(NamedTuple):
    """Setpoints by slot, by the names of `SlotSetpoints`."""

    shares: Floats
    slots_by: int
    evse: Evses
    charge_kw: Floats
    discharge_kw: Floats
    n_kinds: int


class RuleParams(NamedTuple):
    """Parameters of all compiled strategies; those of the strategies that do not run are the default ones."""

    setpoint_kw: Floats
    requests_v2g: bool
    slots: SlotParams
    uncontrolled: Any
    grid_support: Any
    peak_shaving: Any
    price: Any
    renewable: Any


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
    taper_soc: float
    tables: Floats
    surplus_share: float
    code: int
    vehicle_id: int


def make_rule_params(number: int, params: Any) -> RuleParams:
    """Return the parameters for compiled code of the strategy that runs."""
    if number == SETPOINTS:
        return DEFAULT_PARAMS._replace(setpoint_kw=params.power_kw, requests_v2g=bool((params.power_kw < 0.0).any()))
    if number == SLOTS:
        return DEFAULT_PARAMS._replace(slots=SlotParams(*(getattr(params, name) for name in SlotParams._fields)))
    name = PARAMS_FIELDS[number]
    return DEFAULT_PARAMS._replace(**{name: _convert_params(type(getattr(DEFAULT_PARAMS, name)), params)})


def _convert_params(target: Any, params: Any) -> Any:
    values = [getattr(params, name) for name in target._fields]
    # A whole number given by a user would make Numba compile a second version of the loop.
    return target(*(value if isinstance(value, bool) else float(value) for value in values))


PARAMS_FIELDS = {
    UNCONTROLLED: "uncontrolled",
    GRID_SUPPORT: "grid_support",
    PEAK_SHAVING: "peak_shaving",
    PRICE: "price",
    RENEWABLE: "renewable",
}
"""Fields of `RuleParams` by the number of the strategy."""
DEFAULT_PARAMS = RuleParams(
    np.zeros(1),
    False,
    SlotParams(np.zeros(1), BY_MODEL, np.zeros(1, np.int32), np.zeros(1), np.zeros(1), 1),
    _convert_params(UncontrolledParams, Uncontrolled()),
    _convert_params(GridSupportParams, GridSupport()),
    _convert_params(PeakShavingParams, PeakShaving()),
    _convert_params(PriceParams, Price()),
    _convert_params(RenewableParams, Renewable()),
)


@inline_kernel
def request_power(rule, code, view, params):  # type: ignore[no-untyped-def]
    """Return the requested power of one vehicle [kW]."""
    if rule == UNCONTROLLED:
        return uncontrolled(view, params.uncontrolled)
    if rule == GRID_SUPPORT:
        return grid_support(view, params.grid_support)
    if rule == PEAK_SHAVING:
        return peak_shaving(view, params.peak_shaving)
    if rule == PRICE:
        return price(view, params.price)
    if rule == RENEWABLE:
        return renewable(view, params.renewable)
    return request_setpoint(rule, code, view, params)


@inline_kernel
def request_setpoint(rule, code, view, params):  # type: ignore[no-untyped-def]
    """Return the setpoint of one vehicle [kW]."""
    if rule == SLOTS:
        return request_slot_power(view, params.slots)
    return params.setpoint_kw[code]


@inline_kernel
def find_thresholds(rule, moment, params):  # type: ignore[no-untyped-def]
    """Return the prices that the tables of the steps ahead depend on [MAD/kWh]."""
    if rule == PRICE:
        return find_price_thresholds(moment, params.price)
    if rule == RENEWABLE:
        now_mad_kwh, paying_mad_kwh = find_renewable_thresholds(moment, params.renewable)
        return now_mad_kwh, 0.0, paying_mad_kwh
    return 0.0, 0.0, 0.0


@inline_kernel
def tabulate_ahead(rule, thresholds, price_mad_kwh, surplus_price_mad_kwh):  # type: ignore[no-untyped-def]
    """Return the tables of the steps ahead, (tables, k), which the decisions of a strategy read."""
    if rule == PRICE:
        return count_price_steps(thresholds, price_mad_kwh, surplus_price_mad_kwh)
    if rule == RENEWABLE:
        return count_renewable_steps((thresholds[0], thresholds[2]), price_mad_kwh, surplus_price_mad_kwh)
    return np.zeros((0, 0))


@inline_kernel
def requests_v2g(rule, moment, params):  # type: ignore[no-untyped-def]
    """Return whether the strategy requests V2G in the step."""
    if rule == GRID_SUPPORT:
        return is_in_v2g_window(moment, params.grid_support)
    if rule == PEAK_SHAVING:
        return is_peak_hour(moment, params.peak_shaving)
    if rule == PRICE:
        return is_v2g_worth_it(moment, params.price)
    if rule == RENEWABLE:
        return is_dark_evening(moment, params.renewable)
    if rule == SLOTS:
        return requests_v2g_by_slot(moment, params.slots)
    return rule == SETPOINTS and params.requests_v2g


@inline_kernel
def shares_power(rule, moment, params):  # type: ignore[no-untyped-def]
    """Return whether the vehicles share a power of the site in the step."""
    if rule == PRICE:
        return shares_price_power(moment, params.price)
    if rule == RENEWABLE:
        return shares_renewable_power(moment, params.renewable)
    return rule == PEAK_SHAVING


@inline_kernel
def allocate(rule, moment, params, demand):  # type: ignore[no-untyped-def]
    """Return the allocation of the strategy."""
    if rule == PEAK_SHAVING:
        return allocate_excess_load(moment, params.peak_shaving, demand)
    if rule == PRICE:
        return allocate_surplus_or_load(moment, params.price, demand)
    if rule == RENEWABLE:
        return allocate_surplus_and_load(moment, params.renewable, demand)
    return UNLIMITED
