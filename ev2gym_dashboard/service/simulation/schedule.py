"""Schedule: setpoints of the fleet's net power from outside, which a run follows, and how well it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.following import Schedule, make_schedule_control
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.profile import NO_PROFILE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.service.scenarios.profiles import resample_covered

NO_EFFECT = {"schedule_response_kwh": 0.0, "schedule_rebound_kwh": 0.0}
"""The effect of a run without a schedule, by KPI."""


def list_setpoints_kw(scenario: Scenario, first: int, end: int) -> Floats:
    """Return the setpoint of the steps from one to another, (steps,); NaN where the schedule has none [kW]."""
    if not scenario.setpoint_profile or end <= first:
        return np.full(max(end - first, 0), np.nan)
    offset, per_day = _get_first_step_of_day(scenario), scenario.steps_per_day
    days = range((offset + first) // per_day, (offset + end - 1) // per_day + 1)
    start = scenario.start_time.date()
    values = np.concatenate(
        [
            resample_covered(scenario.setpoint_profile, start + timedelta(days=day), day, scenario.timestep_min)
            for day in days
        ]
    )
    skipped = offset + first - days[0] * per_day
    return values[skipped : skipped + end - first]


def count_alike_steps(scenario: Scenario, step: int, end: int) -> tuple[bool, int]:
    """Return whether a step has a setpoint, and for how many steps, at most a day, that stays so."""
    if not scenario.setpoint_profile:
        return False, end - step
    has_setpoint = ~np.isnan(list_setpoints_kw(scenario, step, min(end, step + scenario.steps_per_day)))
    changes = np.flatnonzero(has_setpoint != has_setpoint[0])
    return bool(has_setpoint[0]), int(changes[0]) if changes.size else len(has_setpoint)


def make_following_control(scenario: Scenario, step: int, *, v2g: bool, site_cap_kw: float) -> Control:
    """Return the control that follows the schedule from a step on, within a site cap [kW]."""
    _, n_steps = count_alike_steps(scenario, step, step + scenario.steps_per_day)
    first_clock = scenario.start_time.toordinal() * scenario.steps_per_day + _get_first_step_of_day(scenario) + step
    schedule = Schedule(list_setpoints_kw(scenario, step, step + n_steps), first_clock)
    return make_schedule_control(schedule, v2g=v2g, site_cap_kw=site_cap_kw)


def drop_schedule(scenario: Scenario) -> Scenario:
    """Return the scenario without its schedule."""
    return replace(scenario, setpoint_profile=NO_PROFILE) if scenario.setpoint_profile else scenario


def compute_tracking_kpis(scenario: Scenario, net_power_kw: Floats) -> dict[str, float]:
    """Return the KPIs of following a schedule, zeros without one.

    Parameters
    ----------
    scenario : Scenario
    net_power_kw : net power of the fleet, (steps,) [kW]

    Notes
    -----
    Energy above the schedule and below it is settled at the prices of the scenario, both paid by the site.
    """
    if not scenario.setpoint_profile:
        return dict.fromkeys(("schedule_error_kwh", "schedule_rms_kw", "schedule_mad"), 0.0)
    setpoint_kw = list_setpoints_kw(scenario, 0, len(net_power_kw))
    error_kw = (np.asarray(net_power_kw, dtype=np.float64) - setpoint_kw)[~np.isnan(setpoint_kw)]
    above_kwh = float(np.maximum(error_kw, 0.0).sum()) * scenario.timestep_h
    below_kwh = float(np.maximum(-error_kw, 0.0).sum()) * scenario.timestep_h
    above_mad = above_kwh * scenario.above_schedule_mad_kwh
    return {
        "schedule_error_kwh": above_kwh + below_kwh,
        "schedule_rms_kw": float(np.sqrt(np.mean(error_kw**2))) if error_kw.size else 0.0,
        "schedule_mad": above_mad + below_kwh * scenario.below_schedule_mad_kwh,
    }


def compute_schedule_effect(scenario: Scenario, net_power_kw: Floats, without_kw: Floats) -> dict[str, float]:
    """Return what a schedule takes from the load while it lasts, and what comes back in the other steps, by KPI.

    Parameters
    ----------
    scenario : Scenario
    net_power_kw, without_kw : net power of the fleet with and without the schedule, each (steps,) [kW]
    """
    is_scheduled = ~np.isnan(list_setpoints_kw(scenario, 0, len(net_power_kw)))
    change_kwh = (np.asarray(without_kw) - net_power_kw) * scenario.timestep_h
    response_kwh, rebound_kwh = change_kwh[is_scheduled].sum(), -change_kwh[~is_scheduled].sum()
    return dict(zip(NO_EFFECT, (float(response_kwh), float(rebound_kwh)), strict=True))


def _get_first_step_of_day(scenario: Scenario) -> int:
    start = scenario.start_time
    return (start.hour * MINUTES_PER_HOUR + start.minute) // scenario.timestep_min
