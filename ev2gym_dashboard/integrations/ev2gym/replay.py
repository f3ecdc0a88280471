"""Replays: the arrivals of an EV2Gym run as charging sessions, and those of a result as EV2Gym's vehicles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from numbers import Real
from typing import Any

from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.schema import Issue, ValidationError, format_value
from ev2gym_dashboard.integrations.ev2gym.config_sites import compute_station_kw
from ev2gym_dashboard.service.datasets.session_file import read_sessions

REPLAY_ATTRIBUTES = ("EVs", "charging_stations", "sim_date", "timescale")
MAX_LISTED = 20
LAST_STEP = 10_000_000


def sessions_from_replay(replay: Any) -> ChargingSessions:
    """Return the arrivals of an EV2Gym replay as charging sessions.

    Parameters
    ----------
    replay : an ``EvCityReplay``, or any object with its ``EVs``, ``charging_stations``, ``sim_date`` and ``timescale``;
        not a path: reading a pickle runs whatever code it holds

    Returns
    -------
    a stay for each vehicle of the replay, at an EVSE for each port; times are UTC

    Raises
    ------
    ValidationError
        With every issue, those of vehicles by their number from 0.

    Notes
    -----
    EV2Gym charges a vehicle in the steps from ``time_of_arrival`` to ``time_of_departure``, both included: it leaves a
    step later than the second number says.
    """
    missing = [name for name in REPLAY_ATTRIBUTES if not hasattr(replay, name)]
    if missing:
        template = "must be a replay object of EV2Gym, with {names}; read a pickle only if you trust who wrote it"
        raise ValidationError([Issue("replay", template, (("names", ", ".join(REPLAY_ATTRIBUTES)),))])
    issues = _check_frame(replay)
    if issues:
        raise ValidationError(issues)
    issues = [issue for number, ev in enumerate(replay.EVs) for issue in _check_ev(number, ev, replay)]
    if issues:
        raise ValidationError(issues[:MAX_LISTED])
    return read_sessions([_make_row(ev, replay) for ev in replay.EVs])


def _check_frame(replay: Any) -> list[Issue]:
    issues = []
    if not isinstance(replay.sim_date, datetime):
        issues.append(Issue("sim_date", "must be a date and time"))
    if not _is_number(replay.timescale) or not 0 < replay.timescale <= 1440:
        issues.append(Issue("timescale", "must be a number of minutes, not {value}", _show(replay.timescale)))
    if not isinstance(replay.EVs, Sequence) or not len(replay.EVs):
        issues.append(Issue("EVs", "must be a list with at least one vehicle"))
    if not isinstance(replay.charging_stations, Sequence) or not len(replay.charging_stations):
        issues.append(Issue("charging_stations", "must be a list with at least one station"))
    return issues


STEP_NAMES = ("location", "time_of_arrival", "time_of_departure")
EV_BOUNDS = {
    "location": (0, LAST_STEP),
    "time_of_arrival": (0, LAST_STEP),
    "time_of_departure": (0, LAST_STEP),
    "battery_capacity": (0.1, 1e5),
    "battery_capacity_at_arrival": (0.0, 1e5),
    "desired_capacity": (0.0, 1e5),
    "max_ac_charge_power": (0.01, 1e4),
    "max_discharge_power": (-1e4, 0.0),
}


def _check_ev(number: int, ev: Any, replay: Any) -> list[Issue]:
    """Return the issues of a vehicle of a replay."""
    issues = []
    for name, (low, high) in EV_BOUNDS.items():
        value: Any = getattr(ev, name, None)
        if not _is_number(value) or not low <= value <= high:
            values = (("low", f"{low:g}"), ("high", f"{high:g}"), *_show(value))
            issues.append(Issue(f"EVs/{number}: {name}", "must be a number from {low} to {high}, not {value}", values))
    if issues:
        return issues
    field = f"EVs/{number}: "
    issues += [Issue(field + name, "must be a whole number") for name in STEP_NAMES if getattr(ev, name) % 1]
    if ev.location >= len(replay.charging_stations):
        issues.append(Issue(field + "location", "is no charging station of the replay"))
    if ev.time_of_departure < ev.time_of_arrival:
        issues.append(Issue(field + "time_of_departure", "must not be before the arrival"))
    return issues


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _show(value: object) -> tuple[tuple[str, str], ...]:
    return (("value", format_value(value)),)


def _make_row(ev: Any, replay: Any) -> dict[str, Any]:
    station = vars(replay.charging_stations[int(ev.location)])
    start = replay.sim_date if replay.sim_date.tzinfo else replay.sim_date.replace(tzinfo=UTC)
    step = timedelta(minutes=float(replay.timescale))
    charge_kw = min(float(ev.max_ac_charge_power), compute_station_kw(station, station["max_charge_current"]))
    station_kw = abs(compute_station_kw(station, station["max_discharge_current"]))
    soc = min(float(ev.battery_capacity_at_arrival / ev.battery_capacity), FULL_SOC)
    return {
        "arrival": start + int(ev.time_of_arrival) * step,
        "departure": start + (int(ev.time_of_departure) + 1) * step,
        "capacity_kwh": float(ev.battery_capacity),
        "power_kw": round(charge_kw, 6),
        "discharge_kw": round(min(abs(float(ev.max_discharge_power)), station_kw), 6),
        "soc": soc,
        "target_soc": max(min(float(ev.desired_capacity / ev.battery_capacity), 1.0), soc),
        "evse": f"{int(ev.location)}.{getattr(ev, 'id', 0)}",
    }
