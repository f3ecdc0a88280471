"""Following: the power of each plugged-in vehicle with which the fleet as a whole takes a setpoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.elementwise import divide_where_positive
from ev2gym_dashboard.core.control.memory import MemoryRule
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.fleet.battery import FULL_SOC, TARGET_TOLERANCE_SOC, compute_required_soc
from ev2gym_dashboard.core.site.moment import Moment

RECHARGE_MARGIN_SOC = 1e-3
"""SOC that V2G leaves above what the departure requires: a lower current takes more than its power at full current."""


def follow_setpoint(view: StepView, setpoint_kw: float) -> Floats:
    """Return the powers of the vehicles whose sum is nearest to a setpoint.

    Parameters
    ----------
    view : the plugged-in vehicles of the whole fleet, n of them
    setpoint_kw : net power of the fleet, positive = charging [kW]

    Returns
    -------
    (n,) power of each vehicle, within its limits, and at least what its departure requires [kW]

    Notes
    -----
    The vehicles whose departure requires it charge first. Above their sum, vehicles charge to their targets in the
    order of their laxity, then beyond them, those first that their stay leaves the least time to be full. Below it,
    those give back first that can do so for the longest time.
    """
    lowest_kw, highest_kw = find_power_range(view)
    power_kw: Floats = np.clip(0.0, lowest_kw, highest_kw)
    missing_kw = setpoint_kw - float(power_kw.sum())
    if missing_kw < 0.0:
        power_kw -= _fill(np.argsort(-_find_giving_h(view), kind="stable"), power_kw - lowest_kw, -missing_kw)
        return power_kw
    to_target_kw = np.maximum(np.minimum(view.charge_to_soc(view.target_soc), highest_kw) - power_kw, 0.0)
    power_kw += _fill(_order_by_laxity(view, view.target_soc), to_target_kw, missing_kw)
    missing_kw = setpoint_kw - float(power_kw.sum())
    power_kw += _fill(_order_by_laxity(view, FULL_SOC), highest_kw - power_kw, missing_kw)
    return power_kw


def find_power_range(view: StepView) -> tuple[Floats, Floats]:
    """Return the lowest power that still leaves each vehicle its target, and its highest, both (n,) [kW]."""
    timestep_h = view.moment.timestep_h
    required_soc = compute_required_soc(
        view.target_soc - TARGET_TOLERANCE_SOC + np.zeros(len(view.soc)),
        hours_left=view.hours_left - timestep_h,
        rate_per_h=view.gain / timestep_h,
        taper_soc=view.taper_soc,
    )
    charging_kw = np.minimum(np.maximum(required_soc - view.soc, 0.0) * view.kw_per_gain, view.charge_limit_kw)
    giving_kw = view.compute_power_above_soc(required_soc + RECHARGE_MARGIN_SOC)
    return charging_kw - np.minimum(giving_kw, view.discharge_limit_kw), view.charge_limit_kw


def _order_by_laxity(view: StepView, soc: float | Floats) -> NDArray[np.intp]:
    """Return the order in which the stays leave the least time beside charging to an SOC."""
    return np.argsort(view.hours_left - view.compute_steps_to_soc(soc) * view.moment.timestep_h, kind="stable")


def _find_giving_h(view: StepView) -> Floats:
    """Return for how long each vehicle can give back at full power and charge that again in time, (n,) [h]."""
    timestep_h = view.moment.timestep_h
    laxity_h = np.maximum(view.hours_left - view.compute_steps_to_soc(view.target_soc) * timestep_h, 0.0)
    used_soc = view.discharge_limit_kw / view.kw_per_use
    recharging_steps = divide_where_positive(used_soc, view.gain, 0.0)
    until_empty_h = divide_where_positive(view.soc, used_soc, 0.0) * timestep_h
    giving_h: Floats = np.minimum(laxity_h / (1.0 + recharging_steps), until_empty_h)
    return giving_h


def _fill(order: NDArray[np.intp], room_kw: Floats, amount_kw: float) -> Floats:
    """Return the share (n,) of an amount that each vehicle takes into its room, one after the other."""
    room_kw = room_kw[order]
    before_kw = np.cumsum(room_kw) - room_kw
    taken_kw = np.zeros(len(room_kw))
    taken_kw[order] = np.clip(amount_kw - before_kw, 0.0, room_kw)
    return taken_kw


@dataclass(frozen=True, eq=False)
class Schedule:
    """Setpoints of the fleet's net power from a step on, (k,) [kW], and the parameters of their control.

    ``first_clock`` counts the first step from midnight of day 0 of the calendar.
    """

    setpoint_kw: Floats
    first_clock: int
    v2g_min_soc: float = 0.0

    def find_setpoint_kw(self, moment: Moment) -> float:
        """Return the setpoint of the step that a moment belongs to [kW]."""
        return float(self.setpoint_kw[count_calendar_steps(moment) - self.first_clock])


def count_calendar_steps(moment: Moment) -> int:
    """Return the number of steps from day 0 of the calendar to a moment."""
    steps_per_day = round(24.0 / moment.timestep_h)
    return moment.day_ordinal * steps_per_day + round(moment.hour_h / moment.timestep_h)


def make_schedule_control(schedule: Schedule, *, v2g: bool, site_cap_kw: float) -> Control:
    """Return the control under which the fleet follows a schedule, within connection and site cap [kW]."""
    return Control(
        request_power=_read_power,
        requests_v2g=_requests_v2g,
        idle_reason=Reason.NO_NEED,
        params=schedule,
        v2g=v2g,
        site_cap_kw=site_cap_kw,
        # Once a step, and of all vehicles: a block of a large fleet does not know what the others take.
        memory_rule=MemoryRule(per_vehicle=1, remember_vehicles=_remember_power),
    )


def _remember_power(view: StepView, schedule: Schedule) -> Floats:
    return follow_setpoint(view, schedule.find_setpoint_kw(view.moment))[:, None]


def _read_power(view: StepView, _schedule: Schedule) -> Floats:
    power_kw: Floats = view.memory[:, 0]
    return power_kw


def _requests_v2g(_moment: Moment, _schedule: Schedule) -> bool:
    return True
