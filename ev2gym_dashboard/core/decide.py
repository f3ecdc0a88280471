"""The engine disposes: limits, the strategy's wish, the guard and the reason, for the vehicles of one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.battery import FULL_SOC, soc_after_charging, soc_required
from ev2gym_dashboard.core.evse import UNPLUGGED, Ratings
from ev2gym_dashboard.core.reasons import Reason
from ev2gym_dashboard.core.view import Floats, Moment, StepView

DEAD_BAND_KW = 1e-6
"""A wish below a milliwatt is rounding, not a decision."""
SOC_TOLERANCE = 1e-9

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Control:
    """What the user holds in hand during a run: the strategy's functions with their parameters, and the V2G switch."""

    wish: Callable[[StepView, Any], Floats]
    calls_v2g: Callable[[Moment, Any], bool]
    quiet: Reason
    params: Any
    v2g: bool


@dataclass(frozen=True)
class Rules:
    """The scenario's part of a decision."""

    target_soc: float
    reserve_soc: float
    departure_guard: bool


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Vehicles of one model in one step: their state, (n,), and the ratings of their EVSEs, (n,)."""

    capacity_kwh: float
    soc: Floats
    hours_left: Floats
    kind: Codes
    charge_kw: Floats
    discharge_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    taper_soc: Floats
    capable: bool

    @property
    def rate_per_h(self) -> Floats:
        """SOC per hour when charging below the taper, (n,) [1/h]."""
        return self.charge_kw * self.charge_efficiency / self.capacity_kwh


def vehicles_of(
    model: int, *, capacity_kwh: float, soc: Floats, hours_left: Floats, kind: Codes, ratings: Ratings
) -> Vehicles:
    """Look up what each vehicle of a model can do where it is plugged in."""
    return Vehicles(
        capacity_kwh,
        soc,
        hours_left,
        kind,
        ratings.charge_kw[model][kind],
        ratings.discharge_kw[model][kind],
        ratings.charge_efficiency[model][kind],
        ratings.discharge_efficiency[model][kind],
        ratings.taper_soc[model][kind],
        bool(ratings.discharge_kw[model].any()),
    )


def view_of(vehicles: Vehicles, moment: Moment, rules: Rules, control: Control) -> StepView:
    """Work out the limits that the step allows, and with them what the strategy sees."""
    v = vehicles
    gain = (
        soc_after_charging(v.soc, rate_per_h=v.rate_per_h, taper_soc=v.taper_soc, duration_h=moment.timestep_h) - v.soc
    )
    headroom = np.minimum(gain, np.maximum(FULL_SOC - v.soc, 0.0))
    usable = np.maximum(v.soc - rules.reserve_soc, 0.0) * float(control.v2g)
    return StepView(
        moment=moment,
        capacity_kwh=v.capacity_kwh,
        target_soc=rules.target_soc,
        soc=v.soc,
        hours_left=v.hours_left,
        charge_rating_kw=v.charge_kw,
        charge_limit_kw=headroom * v.capacity_kwh / (v.charge_efficiency * moment.timestep_h),
        discharge_limit_kw=np.minimum(
            v.discharge_kw * float(control.v2g), usable * v.capacity_kwh * v.discharge_efficiency / moment.timestep_h
        ),
        charge_efficiency=v.charge_efficiency,
        discharge_efficiency=v.discharge_efficiency,
    )


def decide(vehicles: Vehicles, moment: Moment, rules: Rules, control: Control) -> tuple[Floats, Codes]:
    """Return the power (n,) [kW] and the reason (n,) of each vehicle for one step.

    The strategy's wish is clipped to what battery, vehicle and EVSE allow; then the departure guard overrules it.
    """
    view = view_of(vehicles, moment, rules, control)
    wish = np.clip(control.wish(view, control.params), -view.discharge_limit_kw, view.charge_limit_kw)
    power_kw, guarded = (
        _guard(vehicles, view, wish) if rules.departure_guard else (wish, np.zeros(wish.shape, np.bool_))
    )
    power_kw = np.where(np.abs(power_kw) < DEAD_BAND_KW, 0.0, power_kw)
    return power_kw, _reasons(vehicles, view, control, power_kw, guarded)


def battery_power_kw(vehicles: Vehicles, power_kw: Floats) -> Floats:
    """Return the power (n,) [kW] that the batteries gain: charging less its loss, discharging with its loss on top."""
    return np.where(power_kw > 0.0, power_kw * vehicles.charge_efficiency, power_kw / vehicles.discharge_efficiency)


def _guard(vehicles: Vehicles, view: StepView, wish: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Let no vehicle end the step below the SOC from which the target can be reached; tell whom that overrules."""
    v = vehicles
    required = soc_required(
        view.target_soc,
        hours_left=v.hours_left - view.moment.timestep_h,
        rate_per_h=v.rate_per_h,
        taper_soc=v.taper_soc,
    )
    missing_kwh = (required - v.soc) * v.capacity_kwh
    grid_kwh = np.where(missing_kwh > 0.0, missing_kwh / v.charge_efficiency, missing_kwh * v.discharge_efficiency)
    power_kw = np.maximum(wish, np.minimum(grid_kwh / view.moment.timestep_h, view.charge_limit_kw))
    return power_kw, power_kw > wish + DEAD_BAND_KW


def _reasons(
    vehicles: Vehicles, view: StepView, control: Control, power_kw: Floats, guarded: NDArray[np.bool_]
) -> Codes:
    """Tell why, the most telling first: what it does, why V2G is not given when called for, why it does not charge."""
    min_soc = control.params.v2g_min_soc
    at_target = view.soc >= view.target_soc - SOC_TOLERANCE
    ready = (view.discharge_limit_kw > 0.0) & (view.soc > min_soc + SOC_TOLERANCE)
    if control.calls_v2g(view.moment, control.params):
        idle = np.select(
            [vehicles.discharge_kw > 0.0, np.full(view.soc.shape, vehicles.capable)],
            [Reason.AT_RESERVE if control.v2g else Reason.V2G_OFF, Reason.ONE_WAY_EVSE],
            Reason.NOT_CAPABLE,
        )
    else:
        idle = np.where(at_target, np.where(ready, control.quiet, Reason.TARGET_REACHED), Reason.DEFERRED)
    waiting = view.hours_left > 0.0
    return np.select(
        [vehicles.kind == UNPLUGGED, guarded, power_kw > 0.0, power_kw < 0.0],
        [np.where(waiting, Reason.WAITING, Reason.AWAY), Reason.GUARD, Reason.CHARGING, Reason.DISCHARGING],
        idle,
    ).astype(np.uint8)
