"""User-defined series of a run: aligned by date with its days, and resampled to its steps."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.core.scenario_options import EXACT_DATES, PROFILE_BOUNDS, SETPOINTS
from ev2gym_dashboard.core.schema import Issue

DAYS_PER_YEAR = 365.25
SATURDAY = 5
MAX_CACHED_DAYS, MAX_CACHED_TABLES = 4096, 32


def resample_profile(profile: Profile, day: date, day_number: int, timestep_min: int) -> Floats:
    """Return the values of a day, resampled to the steps of a run by means.

    Parameters
    ----------
    profile : the series, not empty
    day : the date, UTC; selects the values of a dated profile
    day_number : 0 for the first day of the run; selects those of days without a date, which repeat one after the other
    timestep_min : length of a step; divides a day [min]

    Returns
    -------
    (1440 / timestep_min,) mean value over each step, read-only

    Notes
    -----
    Where a dated profile does not cover the day, the values are those of its day with the same weekday that is nearest
    in the season; see `find_similar_day`. Parts of its first and last day that it does not cover come from the nearest
    day that has them.
    """
    if profile.start is None:
        return _resample_day(profile, day_number % profile.n_days, timestep_min)
    first_day, is_full = profile.start.date(), _list_full_days(profile)
    row = (day - first_day).days
    row = row if 0 <= row < profile.n_days else find_similar_day(first_day, is_full, day)
    return _resample_day(profile, row, timestep_min)


def resample_covered(profile: Profile, day: date, day_number: int, timestep_min: int) -> Floats:
    """Return the values of a day as `resample_profile` does, but NaN in steps that a dated profile does not cover."""
    if profile.start is None:
        return resample_profile(profile, day, day_number, timestep_min)
    row = (day - profile.start.date()).days
    if not 0 <= row < profile.n_days:
        return np.full(MINUTES_PER_DAY // timestep_min, np.nan)
    interval_min = math.gcd(profile.step_min, timestep_min, _get_first_minute(profile))
    intervals = _tabulate_covered(profile, interval_min)[row]
    return np.asarray(intervals.reshape(-1, timestep_min // interval_min).mean(axis=1))


def find_similar_day(first_day: date, is_full: Booleans, day: date) -> int:
    """Return the number of the day whose values stand for another one.

    Parameters
    ----------
    first_day : first of the days
    is_full : whether the series covers each day, (days,); partly covered days count only if there is no full one
    day : the other day

    Returns
    -------
    the number of the day of the same weekday nearest in the season, the last one of several; without such a weekday
    that of a working day for a working day and of a weekend for a weekend; without those, any
    """
    numbers = np.flatnonzero(is_full) if is_full.any() else np.arange(len(is_full))
    weekdays = (first_day.weekday() + numbers) % 7
    is_weekend = (weekdays >= SATURDAY) == (day.weekday() >= SATURDAY)
    for fits in (weekdays == day.weekday(), is_weekend):
        if fits.any():
            numbers = numbers[fits]
            break
    apart = (numbers + first_day.toordinal() - day.toordinal()) % DAYS_PER_YEAR
    season_days = np.minimum(apart, DAYS_PER_YEAR - apart)
    # Weeks of different years are never at the same distance to the day: half a week counts as the same season.
    nearest = np.flatnonzero(season_days <= season_days.min() + 3.5)
    return int(numbers[nearest[-1]])


def check_coverage(scenario: Scenario, n_steps: int) -> list[Issue]:
    """Return an issue for each dated series that does not cover the first steps of a run, unless it repeats."""
    if scenario.profile_dates != EXACT_DATES:
        return []
    first, last = scenario.start_time, scenario.get_step_time(n_steps)
    return [
        _make_coverage_issue(name, profile, first, last)
        for name in PROFILE_BOUNDS
        # A schedule is followed where it has values.
        if name != SETPOINTS
        and (profile := getattr(scenario, name)).start
        and not (profile.start <= first and last <= profile.end)
    ]


def _make_coverage_issue(name: str, profile: Profile, first: datetime, last: datetime) -> Issue:
    times = {"first": first, "last": last, "start": profile.start, "end": profile.end}
    return Issue(
        name,
        "the run is from {first} to {last}, the series from {start} to {end} (UTC): choose a start inside it, or let "
        "its dates repeat by weekday",
        tuple((key, f"{time:%Y-%m-%d %H:%M}") for key, time in times.items()),
    )


@lru_cache(maxsize=MAX_CACHED_DAYS)
def _resample_day(profile: Profile, row: int, timestep_min: int) -> Floats:
    # All steps consist of whole intervals of their greatest common divisor, whose means are exact.
    interval_min = math.gcd(profile.step_min, timestep_min, _get_first_minute(profile))
    intervals = _tabulate_days(profile, interval_min)[row]
    means: Floats = intervals.reshape(-1, timestep_min // interval_min).mean(axis=1)
    means.flags.writeable = False
    return means


@lru_cache(maxsize=MAX_CACHED_TABLES)
def _tabulate_days(profile: Profile, interval_min: int) -> Floats:
    """Return the values by day and interval, (days, 1440 / interval_min); gaps at both ends come from other days."""
    table = _tabulate_covered(profile, interval_min).copy()
    is_covered = ~np.isnan(table)
    rows = np.arange(len(table))
    for column in np.flatnonzero(~is_covered.all(axis=0) & is_covered.any(axis=0)):
        covered = np.flatnonzero(is_covered[:, column])
        nearest = np.abs(rows[:, None] - covered).argmin(axis=1)
        table[:, column] = table[covered[nearest], column]
    # A day of 23 hours has no value at all for one: the one before it lasts.
    for column in np.flatnonzero(np.isnan(table[0])):
        table[:, column] = table[:, column - 1]
    return table


@lru_cache(maxsize=MAX_CACHED_TABLES)
def _tabulate_covered(profile: Profile, interval_min: int) -> Floats:
    values = np.repeat(profile.values, profile.step_min // interval_min)
    per_day = MINUTES_PER_DAY // interval_min
    first = _get_first_minute(profile) // interval_min
    table = np.full(profile.n_days * per_day, np.nan)
    table[first : first + len(values)] = values
    return table.reshape(-1, per_day)


@lru_cache(maxsize=MAX_CACHED_TABLES)
def _list_full_days(profile: Profile) -> Booleans:
    """Return which days a dated profile covers from midnight to midnight, (days,)."""
    interval_min = math.gcd(profile.step_min, _get_first_minute(profile))
    return np.asarray(~np.isnan(_tabulate_covered(profile, interval_min)).any(axis=1))


def _get_first_minute(profile: Profile) -> int:
    return profile.start.hour * 60 + profile.start.minute if profile.start else 0


def list_profile_days(scenario: Scenario, profile: Profile, n_days: int) -> list[Floats]:
    """Return the values of the first days of a run, from the midnight before its start."""
    first = scenario.start_time.date()
    return [
        resample_profile(profile, first + timedelta(days=number), number, scenario.timestep_min)
        for number in range(n_days)
    ]
