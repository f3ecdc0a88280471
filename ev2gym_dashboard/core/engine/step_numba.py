"""The step of a block in Numba: the same equations as in `block` and `decide`, in two passes over the vehicles.

Who is plugged in, and what a vehicle does, is not to be foretold: where it depends on that, the loops choose instead of
branching.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import LAXITY_BIN_H, N_LAXITY_BINS
from ev2gym_dashboard.core.control.dispatch import DEAD_BAND_KW, SOC_TOLERANCE
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import FLOWS, Step
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.transitions_numba import apply_arrivals, apply_departures, apply_plug_ins
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.evse import N_CURRENT_BINS

CHARGING, DISCHARGING = np.uint8(Reason.CHARGING), np.uint8(Reason.DISCHARGING)
GUARD, FEEDER = np.uint8(Reason.GUARD), np.uint8(Reason.FEEDER)


def step_block(step: Step, first: int, last: int) -> Floats:
    """Decide and apply a step for a block; the strategy's wish alone is NumPy's."""
    state, ratings, allocation = step.state, step.limits.ratings, step.allocation
    rows, vehicles, tables = _gather_inputs(step, first, last)
    sums = np.zeros((len(FLOWS), len(step.offsets) - 1))
    _apply_step(
        rows,
        vehicles,
        tables,
        _pack_rules(step),
        (allocation.cut_bin, allocation.cut_share, allocation.export_share),
        ratings.capacity_kwh / step.limits.timestep_h,
        step.idle_reasons,
        (state.soc, state.power_kw, state.reason),
        (state.wear.soc_sum, state.wear.swing_sum, state.wear.cycled_soc),
        step.per_elapsed_step,
        step.offsets,
        sums,
    )
    return sums


def compute_block_demand(step: Step, first: int, last: int) -> Floats:
    """Return what the vehicles of a block would do under the strategy's shares alone."""
    _, vehicles, tables = _gather_inputs(step, first, last)
    sums = np.zeros(3 + N_LAXITY_BINS)
    _add_demand(vehicles, tables, _pack_rules(step), sums)
    return sums


def _gather_inputs(step: Step, first: int, last: int) -> tuple[NDArray[np.int32], tuple[Any, ...], tuple[Any, ...]]:
    limits, ratings = step.limits, step.limits.ratings
    rows, view = _make_step_view(step, first, last)
    wish = step.control.request_power(view, step.control.params)
    limits_kw = view.charge_limit_kw, view.discharge_limit_kw, view.kw_per_gain, view.kw_per_use
    efficiencies = ratings.charge_efficiency, ratings.discharge_efficiency, ratings.bins_per_kw
    return (
        rows,
        (view.code, wish, view.soc, view.hours_left, *limits_kw),
        (limits.gain, ratings.taper_soc, limits.required_soc, *efficiencies, ratings.efficiency_by_bin),
    )


def _pack_rules(step: Step) -> tuple[float, bool, float, float, float]:
    rules = step.rules.target_soc, step.rules.departure_guard, step.limits.timestep_h
    return *rules, step.allocation.g2v_share, step.allocation.v2g_share


def _make_step_view(step: Step, first: int, last: int) -> tuple[NDArray[np.int32], StepView]:
    limits = step.limits
    tables = (limits.gain, limits.ratings.taper_soc, limits.taper_gain, limits.kw_per_gain, limits.kw_per_use)
    rows, *arrays = _gather_plugged(
        (first, last, step.clock, limits.timestep_h, step.floor_soc),
        (step.state.code, step.state.soc, step.state.departure_step),
        (*tables, step.discharge_kw),
    )
    return rows, StepView(step.moment, step.rules.target_soc, *arrays)


@njit(nogil=True, cache=True)
def _gather_plugged(block, fleet, tables):  # type: ignore[no-untyped-def]
    """Gather the plugged-in vehicles of a block and work out what the step allows them."""
    first, last, clock, timestep_h, floor_soc = block
    fleet_code, fleet_soc, departure_step = fleet
    gain_of, taper_soc_of, taper_gain_of, kw_per_gain_of, kw_per_use_of, discharge_kw_of = tables
    rows = np.empty(last - first, np.int32)
    size = 0
    for row in range(first, last):
        rows[size] = row
        size += fleet_code[row] != 0
    rows, code = rows[:size], np.empty(size, np.uint16)
    soc, hours_left, gain = np.empty(size), np.empty(size), np.empty(size)
    charge_limit_kw, discharge_limit_kw = np.empty(size), np.empty(size)
    kw_per_gain, kw_per_use = np.empty(size), np.empty(size)
    for i in range(size):
        row = rows[i]
        c = fleet_code[row]
        s, g, taper_soc = fleet_soc[row], gain_of[c], taper_soc_of[c]
        headroom = min(g, (1.0 - s) * taper_gain_of[c])
        if (s < taper_soc) & (s + g > taper_soc):
            rate = g / timestep_h
            taper_time_h = max(timestep_h - (taper_soc - s) / rate, 0.0)
            headroom = 1.0 - (1.0 - taper_soc) * np.exp(-rate / (1.0 - taper_soc) * taper_time_h) - s
        code[i], soc[i], gain[i] = c, s, g
        hours_left[i] = (departure_step[row] - clock) * timestep_h
        kw_per_gain[i], kw_per_use[i] = kw_per_gain_of[c], kw_per_use_of[c]
        charge_limit_kw[i] = min(headroom, max(FULL_SOC - s, 0.0)) * kw_per_gain[i]
        discharge_limit_kw[i] = min(discharge_kw_of[c], max(s - floor_soc, 0.0) * kw_per_use[i])
    return rows, soc, hours_left, gain, charge_limit_kw, discharge_limit_kw, kw_per_gain, kw_per_use, code


@njit(nogil=True, cache=True)
def _apply_step(  # type: ignore[no-untyped-def]  # noqa: PLR0917
    rows, vehicles, tables, rules, cuts, capacity_kw_of, idle, fleet, wear, per_elapsed_step, offsets, sums
):  # fmt: skip
    """Decide, cut what the connection cannot carry, write the state back, and add up the flows per model."""
    codes, wishes, socs, hours, most_kw, least_kw, ups, downs = vehicles
    gain_of, taper_soc_of, required_soc_of, charge_eff_of, discharge_eff_of, bins_of, efficiencies = tables
    target_soc, guards, timestep_h, g2v_share, v2g_share = rules
    cut_bin, cut_share, export_share = cuts
    capped = (cut_bin < N_LAXITY_BINS) | (export_share < 1.0)
    below_target, at_target, ready = idle
    fleet_soc, fleet_power_kw, fleet_reason = fleet
    soc_sum, swing_sum, cycled_soc = wear
    model = 0
    for i in range(rows.size):
        row, c, s = rows[i], codes[i], socs[i]
        power, change, guarded = _dispatch_vehicle(
            wishes[i], s, hours[i], most_kw[i], least_kw[i], ups[i], downs[i],
            target_soc, guards, timestep_h, g2v_share, v2g_share,
            gain_of[c], taper_soc_of[c], required_soc_of[c], charge_eff_of[c], discharge_eff_of[c], bins_of[c],
            efficiencies, c,
        )  # fmt: skip
        cut = False
        if capped:
            laxity = _compute_laxity_bin(s, target_soc, hours[i], gain_of[c], timestep_h)
            share = 1.0 if laxity < cut_bin else (cut_share if laxity == cut_bin else 0.0)
            share = share if power > 0.0 else export_share
            cut = (share < 1.0) & (power != 0.0)
            power, change = power * share, change * share
        after = max(s + change, 0.0)
        fleet_soc[row], fleet_power_kw[row] = after, power
        short = s < target_soc - SOC_TOLERANCE
        reason = below_target[c] if short else (ready[c] if least_kw[i] > 0.0 else at_target[c])
        reason = CHARGING if power > 0.0 else (DISCHARGING if power < 0.0 else reason)
        fleet_reason[row] = FEEDER if cut else (GUARD if guarded else reason)
        total = soc_sum[row] + after
        soc_sum[row] = total
        swing_sum[row] += np.float32(abs(after - total * per_elapsed_step))
        cycled_soc[row] += np.float32(abs(change))
        while row >= offsets[model + 1]:
            model += 1
        loss = power - change * capacity_kw_of[c]
        sums[0, model] += power > 0.0
        sums[1, model] += power < 0.0
        sums[2, model] += max(power, 0.0)
        sums[3, model] += max(-power, 0.0)
        sums[4, model] += loss if power > 0.0 else 0.0
        sums[5, model] += loss if power < 0.0 else 0.0
        sums[6, model] += change


@njit(nogil=True, cache=True)
def _add_demand(vehicles, tables, rules, sums):  # type: ignore[no-untyped-def]
    """Add up the wishes, V2G, and charging by laxity."""
    codes, wishes, socs, hours, most_kw, least_kw, ups, downs = vehicles
    gain_of, taper_soc_of, required_soc_of, charge_eff_of, discharge_eff_of, bins_of, efficiencies = tables
    target_soc, guards, timestep_h, g2v_share, v2g_share = rules
    for i in range(codes.size):
        c, s = codes[i], socs[i]
        power, _, _ = _dispatch_vehicle(
            wishes[i], s, hours[i], most_kw[i], least_kw[i], ups[i], downs[i],
            target_soc, guards, timestep_h, g2v_share, v2g_share,
            gain_of[c], taper_soc_of[c], required_soc_of[c], charge_eff_of[c], discharge_eff_of[c], bins_of[c],
            efficiencies, c,
        )  # fmt: skip
        wished = min(max(wishes[i], -least_kw[i]), most_kw[i])
        sums[0] += max(wished, 0.0)
        sums[1] += max(-wished, 0.0)
        sums[2] += max(-power, 0.0)
        sums[3 + _compute_laxity_bin(s, target_soc, hours[i], gain_of[c], timestep_h)] += max(power, 0.0)


# Plain numbers: a tuple that is taken apart within the loop would count references for every vehicle.
@njit(nogil=True, cache=True, inline="always")
def _dispatch_vehicle(  # type: ignore[no-untyped-def]  # noqa: PLR0917
    wish, s, hours_left, most, least, up, down,
    target_soc, guards, timestep_h, g2v_share, v2g_share,
    gain, taper_soc, required_soc, charge_efficiency, discharge_efficiency, bins_per_kw, efficiency_by_bin, c,
):  # fmt: skip
    """Return power, change of SOC and whether the guard overruled, before the connection cuts."""
    power = min(max(wish, -least), most)
    power *= g2v_share if power > 0.0 else v2g_share
    power = power if abs(power) >= DEAD_BAND_KW else 0.0
    change = power / (up if power > 0.0 else down)
    partial = ((most if power > 0.0 else least) - abs(power) > DEAD_BAND_KW) & (power != 0.0)
    if partial & (abs(power - (target_soc - s) * up) > DEAD_BAND_KW):
        efficiency = efficiency_by_bin[c, int(min(abs(power) * bins_per_kw, N_CURRENT_BINS - 1))]
        ratio = efficiency / charge_efficiency if power > 0.0 else discharge_efficiency / efficiency
        change = min(max(change * ratio, -least / down), most / up)
    guarded = False
    if guards & (s + change < required_soc - gain * (hours_left / timestep_h - 1.0)):
        missing = _compute_required_soc(target_soc, hours_left - timestep_h, gain / timestep_h, taper_soc) - s
        needed = min(missing * (up if missing > 0.0 else down), most)
        if needed > power + DEAD_BAND_KW:
            guarded = True
            power = needed if abs(needed) >= DEAD_BAND_KW else 0.0
            change = needed / (up if needed > 0.0 else down)
    return power, change, guarded


@njit(nogil=True, cache=True, inline="always")
def _compute_laxity_bin(soc, target_soc, hours_left, gain, timestep_h):  # type: ignore[no-untyped-def]
    missing = max(target_soc - soc, 0.0)
    hours_needed = missing / gain * timestep_h if gain > 0.0 else 0.0
    return int(min(max((hours_left - hours_needed) / LAXITY_BIN_H, 0.0), N_LAXITY_BINS - 1.0))


@njit(nogil=True, cache=True)
def _compute_required_soc(target_soc, hours_left, rate_per_h, taper_soc):  # type: ignore[no-untyped-def]
    if rate_per_h <= 0.0:
        return target_soc
    hours = max(hours_left, 0.0)
    top = min(taper_soc, target_soc)
    tapered_h = (1.0 - taper_soc) * np.log((1.0 - top) / (1.0 - target_soc)) / rate_per_h
    if hours > tapered_h:
        return top - rate_per_h * (hours - tapered_h)
    return 1.0 - (1.0 - target_soc) * np.exp(rate_per_h / (1.0 - taper_soc) * min(hours, tapered_h))


NUMBA_KERNEL = Kernel(step_block, compute_block_demand, apply_departures, apply_arrivals, apply_plug_ins)
