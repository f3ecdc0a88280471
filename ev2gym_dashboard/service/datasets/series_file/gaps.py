"""Gaps of a series: filled where asked, reported otherwise."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY, MINUTES_PER_HOUR
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.series_file.clock_changes import goes_forward
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue
from ev2gym_dashboard.service.datasets.series_file.series import Series
from ev2gym_dashboard.service.datasets.series_file.times import format_minute

MIN_DATED_MINUTES = 23 * MINUTES_PER_HOUR
"""Shortest dated series: the day on which the clock goes forward."""


def close_gaps(series: Series, step_min: int, *, fill: bool, is_local: bool) -> tuple[Floats, list[Issue]]:
    """Return the values at equal steps, NaN where they are missing, and the issues of the gaps."""
    indices = np.flatnonzero(series.is_valid)
    steps, rows_apart = np.diff(series.minutes[indices]), np.diff(indices)
    is_gap = steps != step_min * rows_apart
    can_fill = is_gap & fill & (steps == 2 * step_min) & (rows_apart == 1)
    issues = [
        _make_gap_issue(series, int(indices[k]), int(indices[k + 1]), step_min, is_local=is_local)
        for k in np.flatnonzero(is_gap & ~can_fill).tolist()
    ]
    # A row is missing before each of these.
    places = indices[1:][can_fill]
    values = np.insert(series.measured, places, np.nan)
    values = _fill_single_gaps(values) if fill else values
    is_open = np.insert(series.is_empty, places, values=False) & np.isnan(values)
    numbers = np.insert(np.asarray(series.numbers), places, 0)
    return values, issues + [
        _make_empty_issue(f"row {numbers[k]}", fill=fill) for k in np.flatnonzero(is_open).tolist()
    ]


def _make_empty_issue(name: str, *, fill: bool) -> Issue:
    if fill:
        return make_issue(name, "has no value, and a neighbour has none either")
    return make_issue(name, "has no value: add it, or let single gaps be filled (fill)")


def _fill_single_gaps(values: Floats) -> Floats:
    missing = np.isnan(values)
    filled = values.copy()
    inner = np.flatnonzero(missing[1:-1] & ~missing[:-2] & ~missing[2:]) + 1
    filled[inner] = (values[inner - 1] + values[inner + 1]) / 2.0
    return filled


def _make_gap_issue(series: Series, before: int, after: int, step_min: int, *, is_local: bool) -> Issue:
    expected_min = step_min * int(after - before)
    actual_min = int(series.minutes[after] - series.minutes[before])
    is_change = is_local and actual_min - expected_min == MINUTES_PER_HOUR
    if is_change and goes_forward(int(series.minutes[before]), int(series.minutes[after])):
        return make_issue(
            series.name_row(after),
            "is {value} min after row {row}, as when the clock changes: choose the time zone of the file",
            value=actual_min,
            row=series.numbers[before],
        )
    if series.numbers[before] == series.numbers[after]:
        time = format_minute(int(series.minutes[before]) + step_min, is_typical=series.is_typical)
        return make_issue(series.name_row(after), "has no value for {time}", time=time)
    return make_issue(
        series.name_row(after),
        "must be {low} min after row {row}, not {value} min",
        low=expected_min,
        row=series.numbers[before],
        value=actual_min,
    )


def check_edges(series: Series, step_min: int) -> list[Issue]:
    """Return the issues of a typical day that is not whole, and of dates that are less than a day."""
    minutes = series.minutes[series.is_valid]
    first, last = int(minutes[0]), int(minutes[-1])
    if not series.is_typical:
        if last + step_min - first >= MIN_DATED_MINUTES:
            return []
        return [
            make_issue(WHOLE_FILE, "must contain at least a whole day, not {value} min", value=last + step_min - first)
        ]
    end_min = MINUTES_PER_DAY - step_min
    issues = []
    if series.is_valid[0] and first != 0:
        issues.append(make_issue(series.name_row(0), "must be {time}, the start of the day", time="00:00"))
    if series.is_valid[-1] and last != end_min:
        time = f"{end_min // 60:02d}:{end_min % 60:02d}"
        name = series.name_row(len(series.minutes) - 1)
        issues.append(make_issue(name, "must be {time}, the start of the last step of the day", time=time))
    return issues
