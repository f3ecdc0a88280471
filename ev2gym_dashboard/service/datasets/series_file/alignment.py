"""Alignment of rows: their order, step, time zone and gaps, into a series of equal steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.profile import Profile, make_profile
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.series_file.gaps import check_edges, close_gaps
from ev2gym_dashboard.service.datasets.series_file.numbers import Numbers
from ev2gym_dashboard.service.datasets.series_file.options import (
    END_STAMP,
    LINEAR_FILL,
    START_STAMP,
    WHOLE_FILE,
    Notes,
    ReadOptions,
    find_time_zone,
    make_issue,
    refuse_file,
)
from ev2gym_dashboard.service.datasets.series_file.repeats import find_repeats
from ev2gym_dashboard.service.datasets.series_file.series import Series
from ev2gym_dashboard.service.datasets.series_file.times import Minutes, Times

ALLOWED_STEPS_MIN = (1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60, 120)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Aligned:
    """Series of equal steps, and what a time marks."""

    profile: Profile | None
    step_min: int
    stamp: str


def align_series(
    times: Times, values: Numbers, numbers: Sequence[int], *, stamp: str | None, options: ReadOptions, notes: Notes
) -> tuple[Aligned, list[Issue]]:
    """Return the series of rows, or every issue of their times and gaps.

    Parameters
    ----------
    times : times of the rows
    values : values of the rows
    numbers : numbers of the lines
    stamp : what a time marks, where the file says so; None to find it out from the first and last times
    options : time zone, stamp and fill of the user
    notes : collects what was assumed
    """
    elapsed_min = np.full(len(times.minutes), -1) if times.elapsed_min is None else times.elapsed_min
    wall = Series(numbers, times.minutes, times.is_valid, values.values, values.is_empty, elapsed_min, times.is_typical)
    offset_min = times.offset_min
    if _is_newest_first(wall):
        wall, offset_min = wall.select(slice(None, None, -1)), offset_min[::-1]
        notes.add_issue(WHOLE_FILE, "rows are sorted: the newest came first")
    wall = _close_day(wall)
    step_min = _find_step(wall)
    if step_min not in ALLOWED_STEPS_MIN:
        issue = make_issue(
            WHOLE_FILE,
            "must have steps of {options} minutes, not {value}",
            options=", ".join(map(str, ALLOWED_STEPS_MIN)),
            value=step_min,
        )
        raise refuse_file(issue)
    stamp = options.stamp or stamp or _find_stamp(wall, step_min, notes)
    series, issues = _convert_to_utc(wall, offset_min if times.has_offset else None, options.time_zone, notes)
    if stamp == END_STAMP:
        series = replace(series, minutes=series.minutes - step_min)
    is_local = not times.has_offset and options.time_zone is None and not times.is_typical
    is_repeated, repeat_issues = find_repeats(series, wall.minutes, is_local=is_local)
    series, wall = series.select(~is_repeated), wall.select(~is_repeated)
    filled, gap_issues = close_gaps(series, step_min, fill=options.fill == LINEAR_FILL, is_local=is_local)
    if n_filled := int(np.isfinite(filled).sum() - np.isfinite(series.measured).sum()):
        notes.add_issue(WHOLE_FILE, "single gaps filled by the mean of their neighbours: {count}", count=n_filled)
    issues += repeat_issues + gap_issues + check_edges(series, step_min)
    if issues or not np.isfinite(filled).all():
        return Aligned(None, step_min, stamp), issues
    start = None if times.is_typical else EPOCH + timedelta(minutes=int(series.minutes[0]))
    return Aligned(make_profile(filled, step_min=step_min, start=start), step_min, stamp), []


def _is_newest_first(series: Series) -> bool:
    steps = np.diff(series.minutes[series.is_valid])
    return int((steps < 0).sum()) > int((steps > 0).sum())


def _close_day(series: Series) -> Series:
    """Return a series whose last time, if it is the midnight that ends a typical day, comes after the others."""
    minutes = series.minutes
    if not series.is_typical or len(minutes) < 2 or minutes[-1] != 0 or minutes[0] == 0:
        return series
    return replace(series, minutes=np.append(minutes[:-1], MINUTES_PER_DAY))


def _find_step(series: Series) -> int:
    """Return the commonest step, so that one wrong time gives one issue and not one per row; 0 without any."""
    together = series.is_valid[1:] & series.is_valid[:-1]
    steps = Counter(np.diff(series.minutes)[together].tolist())
    return int(steps.most_common(1)[0][0]) if steps else 0


def _find_stamp(series: Series, step_min: int, notes: Notes) -> str:
    """Return what the times mark: the end of a step if the first is one step after midnight, and the last midnight."""
    first, last = (int(series.minutes[series.is_valid][index]) % MINUTES_PER_DAY for index in (0, -1))
    if first != step_min or last != 0:
        return START_STAMP
    notes.add_issue(WHOLE_FILE, "times are taken for the end of their step: the last one is midnight")
    return END_STAMP


def _convert_to_utc(
    series: Series, offset_min: Minutes | None, time_zone: str | None, notes: Notes
) -> tuple[Series, list[Issue]]:
    if series.is_typical:
        if time_zone is None:
            return series, []
        return series, [make_issue("time_zone", "must be left out: times without a date are UTC")]
    if offset_min is not None:
        return replace(series, minutes=series.minutes - offset_min), []
    if time_zone is None:
        notes.add_issue(WHOLE_FILE, "times without a time zone count as UTC")
        return series, []
    return _localize(series, time_zone)


def _localize(series: Series, time_zone: str) -> tuple[Series, list[Issue]]:
    """Return the series in UTC; of a time that comes twice as the clock goes back, the first is in summer time."""
    # A number of a step counts from midnight, so that its day may have 23 or 25 hours.
    counted_min = np.maximum(series.elapsed_min, 0)
    wall = pd.DatetimeIndex((series.minutes - counted_min).astype("datetime64[m]").astype("datetime64[s]"))
    is_first = ~pd.Series(series.minutes).where(series.is_valid, -np.arange(1, len(wall) + 1)).duplicated().to_numpy()
    is_first |= series.elapsed_min >= 0
    local = wall.tz_localize(find_time_zone(time_zone), ambiguous=is_first, nonexistent="NaT")
    exists = ~np.asarray(local.isna())
    utc = local.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[m]").astype(np.int64)
    issues = [
        make_issue(series.name_row(index), "is no time in {zone}: the clock went forward", zone=time_zone)
        for index in np.flatnonzero(series.is_valid & ~exists).tolist()
    ]
    is_valid = series.is_valid & exists
    return replace(series, minutes=np.where(is_valid, utc + counted_min, 0), is_valid=is_valid), issues
