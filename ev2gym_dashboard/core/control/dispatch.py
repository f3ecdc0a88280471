"""Dispatch: the power, SOC change and reason of each plugged-in vehicle in one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Codes, Floats, Indices, Reasons, Rows
from ev2gym_dashboard.core.control.allocation import N_LAXITY_BINS, UNLIMITED, compute_laxity_bin
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.power_limits import StepLimits
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.room import N_DEADLINE_BINS, compute_deadline_bin, compute_need_kwh
from ev2gym_dashboard.core.control.step import Step
from ev2gym_dashboard.core.fleet.evse import Ratings

DEAD_BAND_KW = 1e-6
"""Smaller powers are rounding errors and count as idle."""
SOC_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class PluggedVehicles:
    """Plugged-in vehicles, n of them: code of model and EVSE, SOC, time to the departure [h], number in the fleet."""

    code: Codes
    soc: Floats
    hours_left: Floats
    vehicle_id: Rows | Indices

    def select(self, chosen: Booleans) -> PluggedVehicles:
        """Return some of the vehicles, by a mask (n,)."""
        return PluggedVehicles(self.code[chosen], self.soc[chosen], self.hours_left[chosen], self.vehicle_id[chosen])


@dataclass(frozen=True, slots=True)
class Decision:
    """Mean power at the grid side [kW], change of SOC and reason of each vehicle, (n,)."""

    power_kw: Floats
    soc_change: Floats
    reason: Reasons


def dispatch_vehicles(plugged: PluggedVehicles, step: Step) -> Decision:
    """Decide one step.

    The requested power is clipped to the limits of battery, vehicle and EVSE, and V2G to the SOC at which it stops.
    Then the departure guard may raise it, and the connection of the site may cut it.
    """
    view = make_step_view(plugged, step)
    decision = _dispatch_before_feeder(plugged, step, view, _request_power(view, step))
    return _apply_feeder_limit(plugged, step, view, decision) if step.allocation is not UNLIMITED else decision


def compute_demand(plugged: PluggedVehicles, step: Step) -> Floats:
    """Return the demand under the allocation, before the feeder cuts, in the order of `unpack_demand`."""
    view = make_step_view(plugged, step)
    requested_kw = _request_power(view, step)
    requested_sums_kw = np.maximum(requested_kw, 0.0).sum(), np.maximum(-requested_kw, 0.0).sum()
    decision = _dispatch_before_feeder(plugged, step, view, requested_kw)
    laxity, power_kw = _compute_laxity_bins(plugged, step, view), decision.power_kw
    sums = [
        np.array([*requested_sums_kw, np.maximum(-power_kw, 0.0).sum()]),
        np.bincount(laxity, np.maximum(power_kw, 0.0), N_LAXITY_BINS),
    ]
    if step.sums_needs:
        sums += _sum_needs(plugged, step, view, decision.soc_change)
        sums += [np.bincount(laxity, _compute_urgent_power(view, step.limits), N_LAXITY_BINS)]
    return np.concatenate(sums)


def _sum_needs(plugged: PluggedVehicles, step: Step, view: StepView, change: Floats) -> tuple[Floats, Floats]:
    """Return the needs after the step by deadline, V2G left out, and what V2G adds to them."""
    timestep_h = step.limits.timestep_h
    hours_after = plugged.hours_left - timestep_h
    rate_per_h, kwh_per_soc = view.gain / timestep_h, view.kw_per_gain * timestep_h
    sufficient_soc = step.limits.sufficient_soc.take(plugged.code)
    kept, left = (
        compute_need_kwh(
            np.maximum(sufficient_soc - view.soc - gained, 0.0),
            hours_after,
            rate_per_h=rate_per_h,
            kwh_per_soc=kwh_per_soc,
        )
        for gained in (np.maximum(change, 0.0), change)
    )
    bins = compute_deadline_bin(plugged.hours_left)
    need_kwh: Floats = np.bincount(bins, kept, N_DEADLINE_BINS).astype(np.float64, copy=False)
    put_back_kwh: Floats = np.bincount(bins, left - kept, N_DEADLINE_BINS).astype(np.float64, copy=False)
    return need_kwh, put_back_kwh


def _compute_urgent_power(view: StepView, limits: StepLimits) -> Floats:
    """Return the power (n,) that charges as fast as possible to the sufficient SOC."""
    return np.minimum(view.charge_limit_kw, view.compute_power_to_soc(limits.sufficient_soc.take(view.code)))


def _request_power(view: StepView, step: Step) -> Floats:
    # A new array, also where a strategy returns one of the view's own: later steps of the dispatch write into it.
    power_kw = np.maximum(step.control.request_power(view, step.control.params), -view.discharge_limit_kw)
    return np.minimum(power_kw, view.charge_limit_kw, out=power_kw)


def _dispatch_before_feeder(plugged: PluggedVehicles, step: Step, view: StepView, power_kw: Floats) -> Decision:
    if step.allocation.g2v_share < 1.0 or step.allocation.v2g_share < 1.0:
        power_kw = power_kw * np.where(power_kw > 0.0, step.allocation.g2v_share, step.allocation.v2g_share)
    power_kw *= np.abs(power_kw) >= DEAD_BAND_KW
    # The guard comes after the shares, so that neither strategy nor V2G can cost a driver the departure SOC.
    change = _compute_soc_change(plugged.code, step.limits, view, power_kw)
    guarded = (
        _apply_departure_guard(plugged, step.limits, view, power_kw, change) if step.rules.departure_guard else None
    )
    reason = _find_reasons(plugged.code, step, view, power_kw)
    if guarded is not None:
        reason[guarded] = Reason.GUARD
    if step.allocation.urgent_bin and step.rules.departure_guard:
        reason[_charge_urgent_vehicles(plugged, step, view, power_kw, change)] = Reason.CONNECTION_GUARD
    return Decision(power_kw, change, reason)


def _charge_urgent_vehicles(
    plugged: PluggedVehicles, step: Step, view: StepView, power_kw: Floats, change: Floats
) -> Codes:
    """Raise, in place, the vehicles of little laxity to full power; return their indices."""
    urgent_kw = _compute_urgent_power(view, step.limits)
    is_raised = urgent_kw > np.maximum(power_kw, 0.0) + DEAD_BAND_KW
    rows = np.flatnonzero(is_raised & (_compute_laxity_bins(plugged, step, view) < step.allocation.urgent_bin))
    power_kw[rows] = urgent_kw[rows]
    change[rows] = urgent_kw[rows] / view.kw_per_gain[rows]
    return rows


def _apply_feeder_limit(plugged: PluggedVehicles, step: Step, view: StepView, decision: Decision) -> Decision:
    """Cut the power to the limit of the connection; a vehicle that is cut runs for a share of the step."""
    # A share of the time at the same current keeps the efficiency, so that power and change of SOC scale alike.
    allocation, laxity = step.allocation, _compute_laxity_bins(plugged, step, view)
    charging = np.where(
        laxity < allocation.cut_bin, 1.0, np.where(laxity == allocation.cut_bin, allocation.cut_share, 0.0)
    )
    share = np.where(decision.power_kw > 0.0, charging, allocation.export_share)
    cut = (share < 1.0) & (decision.power_kw != 0.0)
    decision.reason[cut] = Reason.FEEDER
    return Decision(decision.power_kw * share, decision.soc_change * share, decision.reason)


def _compute_laxity_bins(plugged: PluggedVehicles, step: Step, view: StepView) -> NDArray[np.intp]:
    """Return the laxity bin (n,) of each vehicle; the taper is left out, as the order matters and not the time."""
    missing = np.maximum(step.limits.sufficient_soc.take(plugged.code) - view.soc, 0.0)
    steps_needed = np.divide(missing, view.gain, out=np.zeros(missing.shape), where=view.gain > 0.0)
    return compute_laxity_bin(plugged.hours_left, steps_needed * step.limits.timestep_h)


def make_step_view(plugged: PluggedVehicles, step: Step) -> StepView:
    """Return the view of the vehicles, with the limits of the step."""
    soc, code, limits = plugged.soc, plugged.code, step.limits
    gain = limits.gain.take(code)
    kw_per_gain, kw_per_use = limits.kw_per_gain.take(code), limits.kw_per_use.take(code)
    return StepView(
        moment=step.moment,
        target_soc=limits.find_target_soc(code),
        soc=soc,
        hours_left=plugged.hours_left,
        gain=gain,
        charge_limit_kw=limits.compute_headroom(soc, code, gain) * kw_per_gain,
        discharge_limit_kw=np.minimum(step.discharge_kw.take(code), np.maximum(soc - step.floor_soc, 0.0) * kw_per_use),
        kw_per_gain=kw_per_gain,
        kw_per_use=kw_per_use,
        code=code,
        vehicle_id=plugged.vehicle_id,
        taper_soc_by_code=limits.ratings.taper_soc,
        tables=step.tables,
        surplus_share=step.allocation.surplus_share,
        kept=step.memory,
    )


def _compute_soc_change(code: Codes, limits: StepLimits, view: StepView, power_kw: Floats) -> Floats:
    """Return the change of SOC, (n,): charging less its loss, discharging with its loss added.

    A power below the limit sets the current, and has the efficiency of that current. A power at the limit, or one that
    stops at the target SOC within the step, has the efficiency of the full current.
    """
    change = _compute_full_current_change(view, power_kw)
    limit_kw = np.where(power_kw > 0.0, view.charge_limit_kw, view.discharge_limit_kw)
    # Few vehicles run below their limit: the efficiency table is read for these alone.
    partial = np.flatnonzero((limit_kw - np.abs(power_kw) > DEAD_BAND_KW) & (power_kw != 0.0))
    if not partial.size:
        return change
    # A vehicle that stops at the target runs at full current until then, and not at a lower one throughout.
    stop_kw = (limits.target_soc[code[partial]] - view.soc[partial]) * view.kw_per_gain[partial]
    modulated = partial[np.abs(power_kw[partial] - stop_kw) > DEAD_BAND_KW]
    if modulated.size:
        change[modulated] = _compute_set_current_change(modulated, code, limits.ratings, view, power_kw[modulated])
    return change


def _compute_full_current_change(view: StepView, power_kw: Floats) -> Floats:
    return np.maximum(power_kw, 0.0) / view.kw_per_gain + np.minimum(power_kw, 0.0) / view.kw_per_use


def _compute_set_current_change(rows: Codes, code: Codes, ratings: Ratings, view: StepView, power_kw: Floats) -> Floats:
    efficiency = ratings.find_efficiency(code[rows], power_kw)
    gained = power_kw / view.kw_per_gain[rows] * efficiency / ratings.charge_efficiency[code[rows]]
    used = power_kw / view.kw_per_use[rows] * ratings.discharge_efficiency[code[rows]] / efficiency
    max_change = view.charge_limit_kw[rows] / view.kw_per_gain[rows]
    min_change = -view.discharge_limit_kw[rows] / view.kw_per_use[rows]
    # A lower current may be more efficient than the full one; the battery still gains no more than at full power.
    return np.clip(np.where(power_kw > 0.0, gained, used), min_change, max_change)


def _apply_departure_guard(
    plugged: PluggedVehicles, limits: StepLimits, view: StepView, power_kw: Floats, change: Floats
) -> Codes:
    """Raise, in place, the power of vehicles that would miss the target; return their indices.

    A vehicle is judged by the SOC that its power really gives, at its current. It then charges at full current for as
    much of the step as it needs, or discharges for a share of the step.
    """
    # The straight line bounds the required SOC from above, so that only vehicles near their departure pay for the
    # exponential of the exact one.
    steps_after = plugged.hours_left / limits.timestep_h - 1.0
    bound = limits.required_soc.take(plugged.code) - view.gain * steps_after
    near = np.flatnonzero(view.soc + change < bound)
    if not near.size:
        return near
    required = limits.find_required_soc(plugged.hours_left[near] - limits.timestep_h, plugged.code[near])
    # The tolerance keeps a vehicle that the guard holds exactly at its required SOC from being judged by rounding.
    overruled = (view.soc[near] + change[near] < required - SOC_TOLERANCE) & (
        view.charge_limit_kw[near] - power_kw[near] > DEAD_BAND_KW
    )
    rows, missing = near[overruled], required[overruled] - view.soc[near[overruled]]
    charging_kw = np.minimum(missing * view.kw_per_gain[rows], view.charge_limit_kw[rows])
    # Above the required SOC only discharging can go too far: it keeps its current, and so its losses per kWh.
    is_short = missing > 0.0
    discharging_kw = power_kw[rows] * np.divide(missing, change[rows], out=np.zeros(len(rows)), where=~is_short)
    raised_kw = np.where(is_short, charging_kw, discharging_kw)
    active = np.abs(raised_kw) >= DEAD_BAND_KW
    power_kw[rows] = raised_kw * active
    change[rows] = np.where(is_short, charging_kw / view.kw_per_gain[rows], missing) * active
    return rows


def _find_reasons(code: Codes, step: Step, view: StepView, power_kw: Floats) -> Reasons:
    """Return the reason of each vehicle: charging, discharging, or why it idles."""
    below_target, below_target_ready, at_target, ready = step.idle_reasons
    is_full = view.soc >= step.limits.sufficient_soc.take(code) - SOC_TOLERANCE
    able = view.discharge_limit_kw > 0.0
    # Of the power after the guard; the caller overwrites the reasons of the vehicles that the guard raised.
    idle = _select_codes(
        is_full,
        _select_codes(able, ready.take(code), at_target.take(code)),
        _select_codes(able, below_target_ready.take(code), below_target.take(code)),
    )
    return _select_codes(power_kw > 0.0, Reason.CHARGING, _select_codes(power_kw < 0.0, Reason.DISCHARGING, idle))


def _select_codes(condition: NDArray[np.bool_], yes: Reason | Reasons, no: Reason | Reasons) -> Reasons:
    """Return ``np.where`` of codes in byte arithmetic, which is several times as fast."""
    mask = condition.view(np.uint8)
    yes_code, no_code = np.asarray(yes, np.uint8), np.asarray(no, np.uint8)
    selected: Reasons = mask * yes_code + (np.uint8(1) - mask) * no_code
    return selected
