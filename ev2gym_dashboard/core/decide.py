"""The engine disposes: limits, the strategy's wish, the guard and the reason, for vehicles that are plugged in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.evse import KINDS, Ratings
from ev2gym_dashboard.core.limits import Codes, Floats, Rules, StepLimits
from ev2gym_dashboard.core.reasons import Reason
from ev2gym_dashboard.core.view import Moment, StepView

DEAD_BAND_KW = 1e-6
"""A power below a milliwatt is rounding, not a decision."""
SOC_TOLERANCE = 1e-9

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Control:
    """What the user holds in hand during a run: the strategy's functions with their parameters, and the V2G switch."""

    wish: Callable[[StepView, Any], Floats]
    calls_v2g: Callable[[Moment, Any], bool]
    quiet: Reason
    params: Any
    v2g: bool


@dataclass(frozen=True, slots=True)
class Plugged:
    """Vehicles that are plugged in, n of them: code of model and EVSE, SOC, and time to the departure [h]."""

    code: Codes
    soc: Floats
    hours_left: Floats


@dataclass(frozen=True, slots=True)
class Decision:
    """What they do: mean power at the grid side [kW], change of SOC, and why; each (n,)."""

    power_kw: Floats
    soc_change: Floats
    reason: Bytes


def decide(plugged: Plugged, limits: StepLimits, moment: Moment, rules: Rules, control: Control) -> Decision:
    """Decide one step.

    The strategy's wish is clipped to what battery, vehicle and EVSE allow, and V2G to the SOC that the strategy leaves;
    then the departure guard overrules it.
    """
    view = view_of(plugged, limits, moment, rules, control)
    power_kw = np.clip(control.wish(view, control.params), -view.discharge_limit_kw, view.charge_limit_kw)
    power_kw *= np.abs(power_kw) >= DEAD_BAND_KW
    change = _soc_change(plugged.code, limits.ratings, view, power_kw)
    guarded = _guard(plugged, limits, view, power_kw, change) if rules.departure_guard else None
    reason = _reasons(plugged.code, limits.ratings, view, control, power_kw)
    if guarded is not None:
        reason[guarded] = Reason.GUARD
    return Decision(power_kw, change, reason)


def view_of(plugged: Plugged, limits: StepLimits, moment: Moment, rules: Rules, control: Control) -> StepView:
    """Work out the limits that the step allows, and with them what the strategy sees."""
    soc, code = plugged.soc, plugged.code
    gain = limits.gain.take(code)
    kw_per_gain, kw_per_use = limits.kw_per_gain.take(code), limits.kw_per_use.take(code)
    floor = max(rules.reserve_soc, control.params.v2g_min_soc)
    discharge_kw = limits.ratings.discharge_kw.take(code) if control.v2g else np.zeros(soc.shape)
    return StepView(
        moment=moment,
        target_soc=rules.target_soc,
        soc=soc,
        hours_left=plugged.hours_left,
        gain=gain,
        charge_limit_kw=limits.headroom(soc, code, gain) * kw_per_gain,
        discharge_limit_kw=np.minimum(discharge_kw, np.maximum(soc - floor, 0.0) * kw_per_use),
        kw_per_gain=kw_per_gain,
        kw_per_use=kw_per_use,
    )


def _soc_change(code: Codes, ratings: Ratings, view: StepView, power_kw: Floats) -> Floats:
    """Return the change of SOC: charging less its loss, discharging with its loss on top.

    A power below what is possible sets the current, and has the efficiency of that current; what runs as fast as it
    can, or stops at the target, has that of the full current.
    """
    change = _change_at_full_current(view, power_kw)
    limit_kw = np.where(power_kw > 0.0, view.charge_limit_kw, view.discharge_limit_kw)
    partial = np.flatnonzero((limit_kw - np.abs(power_kw) > DEAD_BAND_KW) & (power_kw != 0.0))
    stop_kw = (view.target_soc - view.soc[partial]) * view.kw_per_gain[partial]
    modulated = partial[np.abs(power_kw[partial] - stop_kw) > DEAD_BAND_KW]
    if modulated.size:
        change[modulated] = _change_at_set_current(modulated, code, ratings, view, power_kw[modulated])
    return change


def _change_at_full_current(view: StepView, power_kw: Floats) -> Floats:
    return np.maximum(power_kw, 0.0) / view.kw_per_gain + np.minimum(power_kw, 0.0) / view.kw_per_use


def _change_at_set_current(rows: Codes, code: Codes, ratings: Ratings, view: StepView, power_kw: Floats) -> Floats:
    efficiency = ratings.efficiency_at(code[rows], power_kw)
    gained = power_kw / view.kw_per_gain[rows] * efficiency / ratings.charge_efficiency[code[rows]]
    used = power_kw / view.kw_per_use[rows] * ratings.discharge_efficiency[code[rows]] / efficiency
    most = view.charge_limit_kw[rows] / view.kw_per_gain[rows]
    least = -view.discharge_limit_kw[rows] / view.kw_per_use[rows]
    return np.clip(np.where(power_kw > 0.0, gained, used), least, most)


def _guard(plugged: Plugged, limits: StepLimits, view: StepView, power_kw: Floats, change: Floats) -> Codes:
    """Raise those who would end the step below the SOC that the target requires, in place; return who they are."""
    steps_after = plugged.hours_left / limits.timestep_h - 1.0
    bound = limits.required_soc.take(plugged.code) - view.gain * steps_after
    near = np.flatnonzero(view.soc + change < bound)
    missing = limits.required(plugged.hours_left[near] - limits.timestep_h, plugged.code[near]) - view.soc[near]
    needed_kw = missing * np.where(missing > 0.0, view.kw_per_gain[near], view.kw_per_use[near])
    needed_kw = np.minimum(needed_kw, view.charge_limit_kw[near])
    overruled = needed_kw > power_kw[near] + DEAD_BAND_KW
    rows, needed_kw = near[overruled], needed_kw[overruled]
    power_kw[rows] = needed_kw * (np.abs(needed_kw) >= DEAD_BAND_KW)
    change[rows] = np.where(needed_kw > 0.0, needed_kw / view.kw_per_gain[rows], needed_kw / view.kw_per_use[rows])
    return rows


def _reasons(code: Codes, ratings: Ratings, view: StepView, control: Control, power_kw: Floats) -> Bytes:
    """Tell why, the most telling first: what it does, why V2G is not given when called for, why it does not charge."""
    if control.calls_v2g(view.moment, control.params):
        idle = _why_no_v2g(ratings, Reason.AT_RESERVE if control.v2g else Reason.V2G_OFF).take(code)
    else:
        ready = view.discharge_limit_kw > 0.0
        at_target = view.soc >= view.target_soc - SOC_TOLERANCE
        idle = _chosen(at_target, _chosen(ready, control.quiet, Reason.TARGET_REACHED), Reason.DEFERRED)
    return _chosen(power_kw > 0.0, Reason.CHARGING, _chosen(power_kw < 0.0, Reason.DISCHARGING, idle))


def _why_no_v2g(ratings: Ratings, otherwise: Reason) -> Bytes:
    """Return by code why V2G cannot be at all, or else ``otherwise``."""
    able = ratings.discharge_kw > 0.0
    capable = np.zeros(able.shape, np.bool_)
    capable[1:] = np.repeat(able[1:].reshape(-1, len(KINDS)).any(axis=1), len(KINDS))
    return np.select([able, capable], [otherwise, Reason.ONE_WAY_EVSE], Reason.NOT_CAPABLE).astype(np.uint8)


def _chosen(condition: NDArray[np.bool_], yes: Reason | Bytes, no: Reason | Bytes) -> Bytes:
    """Return ``np.where`` of codes; in byte arithmetic, which is several times as fast."""
    where = condition.view(np.uint8)
    yes_code, no_code = np.asarray(yes, np.uint8), np.asarray(no, np.uint8)
    chosen: Bytes = where * yes_code + (np.uint8(1) - where) * no_code
    return chosen
