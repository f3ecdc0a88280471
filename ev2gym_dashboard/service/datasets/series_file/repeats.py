"""Repeats of a series: rows with the time of an earlier row, told apart from the hour that a clock repeats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.series_file.clock_changes import goes_back
from ev2gym_dashboard.service.datasets.series_file.options import make_issue
from ev2gym_dashboard.service.datasets.series_file.series import Series
from ev2gym_dashboard.service.datasets.series_file.times import Minutes, format_minute


def find_repeats(series: Series, clock: Minutes, *, is_local: bool) -> tuple[Booleans, list[Issue]]:
    """Return which rows have the time of an earlier one, (n,), and an issue for each run of such rows.

    Parameters
    ----------
    series : the rows, in UTC where the file says its time zone
    clock : their times as the file writes them, (n,) [min since 1970]
    is_local : whether the times may be those of a clock that changes
    """
    # Rows without a valid time have issues of their own: each counts as different.
    keys = np.where(series.is_valid, series.minutes, -1 - np.arange(len(series.minutes)))
    first_rows = pd.Series(np.arange(len(keys))).groupby(keys).transform("first").to_numpy()
    is_repeated: Booleans = first_rows < np.arange(len(keys))
    rows = np.flatnonzero(is_repeated)
    starts_run = (np.diff(rows, prepend=-2) != 1) | (np.diff(first_rows[rows], prepend=-2) != 1)
    runs = np.split(rows, np.flatnonzero(starts_run)[1:]) if len(rows) else []
    return is_repeated, [_make_issue(series, clock, run, int(first_rows[run[0]]), is_local=is_local) for run in runs]


def _make_issue(series: Series, clock: Minutes, run: np.ndarray, original: int, *, is_local: bool) -> Issue:
    first, last = int(run[0]), int(run[-1])
    minute = int(clock[first])
    time = format_minute(minute, is_typical=series.is_typical)
    name, row, other = series.name_row(first), series.numbers[original], series.numbers[first]
    if is_local and goes_back(minute):
        template = (
            "{time} comes twice, in rows {row} and {other}, as when the clock changes: choose the time zone of the file"
        )
        return make_issue(name, template, time=time, row=row, other=other)
    if first == last:
        template = "{time} comes twice, in rows {row} and {other}: remove one"
        return make_issue(name, template, time=time, row=row, other=other)
    return make_issue(
        name,
        "{count} times from {time} on come twice, in rows {row} to {end} and {other} to {last}: remove one of them",
        count=len(run),
        time=time,
        row=row,
        end=series.numbers[original + len(run) - 1],
        other=other,
        last=series.numbers[last],
    )
