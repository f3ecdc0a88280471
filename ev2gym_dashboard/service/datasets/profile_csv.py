"""Reads a user's series, loads or prices by time of day, out of CSV: gives whole days, or every issue at once."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario import MINUTES_PER_DAY, PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Issue, ValidationError, format_value

DayProfiles = tuple[tuple[float, ...], ...]
ProfileQuantity = Literal["kW", "MAD/kWh"]
PROFILE_UNITS: dict[str, ProfileQuantity] = {"base_load_profile": "kW", "price_profile": "MAD/kWh"}
"""What the values of each series of the user's are."""

MAX_CHARACTERS = 4_000_000
MAX_LINE_LENGTH = 200
MAX_DAYS = 366
MAX_ROWS = MAX_DAYS * 288
MAX_PROFILE_ISSUES = 20
ALLOWED_STEPS_MIN = (1, 5, 10, 15, 30, 60)

CLOCK_PATTERN = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?")
ISO_PATTERN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::00(?:\.0{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
NUMBER_PATTERN = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as it stands in the file: its number, its two texts, and whether there were two."""

    number: int
    time: str
    value: str
    two_columns: bool

    @property
    def name(self) -> str:
        return f"row {self.number}"


@dataclass(frozen=True, slots=True)
class _Time:
    """A time of a row: minutes since the midnight of any day, and whether it stands for that of every day."""

    row: _Row
    place: int
    minute: int
    typical: bool


def parse_profile_csv(
    text: str | bytes, *, quantity: ProfileQuantity, low: float, high: float
) -> tuple[DayProfiles | None, list[Issue]]:
    """Read two columns, time and value, separated by commas or semicolons, with or without a header.

    Parameters
    ----------
    text : the file; times are HH:MM of one typical day, or ISO times of whole days without a gap (UTC where they name
        no zone); decimals by point or comma
    quantity : "kW" or "MAD/kWh", what the values are
    low, high : lowest and highest value allowed, in that unit

    Returns
    -------
    profiles : the days, each a tuple of 24, 48, 96, 144, 288 or 1440 values; None if there is any issue
    issues : the first ``MAX_ISSUES`` of them, by row, and how many more there are
    """
    decoded = _decode_csv(text)
    rows, issues = ([], decoded) if isinstance(decoded, list) else _split_rows(decoded)
    if issues:
        return None, issues
    values = [_parse_number(row.value) for row in rows]
    times, time_issues = _parse_times(rows)
    value_issues = [
        issue
        for row, value in zip(rows, values, strict=True)
        for issue in _check_row_value(row, value, quantity, low, high)
    ]
    issues = _sort_issues(time_issues + value_issues)
    if issues:
        return None, issues
    per_day = MINUTES_PER_DAY // (times[1].minute - times[0].minute)
    days = np.array(values, dtype=float).reshape(-1, per_day)
    return tuple(map(tuple, days.tolist())), []


def resample_profile(profiles: DayProfiles, day_number: int, timestep_min: int) -> NDArray[np.float64]:
    """Return the values of a day, resampled to the steps of a run by their mean.

    Parameters
    ----------
    profiles : the days; they repeat one after the other
    day_number : 0 for the first day
    timestep_min : length of a step; divides a day [min]

    Returns
    -------
    (1440 / timestep_min,) mean values over each step
    """
    values = np.array(profiles[day_number % len(profiles)])
    given_min = MINUTES_PER_DAY // len(values)
    common_min = math.gcd(given_min, timestep_min)
    parts = np.repeat(values, given_min // common_min).reshape(-1, timestep_min // common_min)
    means: NDArray[np.float64] = parts.mean(axis=1)
    return means


def _decode_csv(text: str | bytes) -> str | list[Issue]:
    if len(text) > MAX_CHARACTERS:
        return [_make_issue("file", "must not be longer than {high} bytes", high=MAX_CHARACTERS)]
    try:
        return (text.decode("utf-8") if isinstance(text, bytes) else text).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return [_make_issue("file", "must be text in UTF-8")]


def _split_rows(text: str) -> tuple[list[_Row], list[Issue]]:
    """Return the rows that hold something, without the header."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if len(filled) > MAX_ROWS + 1:
        return [], [
            _make_issue("file", "must not have more than {high} rows, not {value}", high=MAX_ROWS, value=len(filled))
        ]
    separator = ";" if filled and ";" in filled[0][1] else ","
    rows = [_split_row(number, line, separator) for number, line in filled]
    rows = rows[1:] if rows and _is_header(rows[0]) else rows
    if len(rows) < 2:
        return [], [_make_issue("file", "must hold rows of a time and a value, for a whole day at least")]
    return rows, []


def _split_row(number: int, line: str, separator: str) -> _Row:
    try:
        cells = next(csv.reader([line[:MAX_LINE_LENGTH]], delimiter=separator))
    except (csv.Error, StopIteration):
        cells = []
    cells = [cell.strip() for cell in cells]
    two_columns = len(cells) == 2 and len(line) <= MAX_LINE_LENGTH
    time, value, *_ = *cells, "", ""
    return _Row(number, time, value, two_columns)


def _is_header(row: _Row) -> bool:
    return _parse_minute(row.time) is None and _parse_number(row.value) is None


def _parse_number(text: str) -> float | None:
    return float(text.replace(",", ".")) if NUMBER_PATTERN.fullmatch(text) else None


def _check_row_value(row: _Row, value: float | None, quantity: str, low: float, high: float) -> list[Issue]:
    if not row.two_columns:
        return []
    if value is None:
        return [_make_issue(row.name, "must be a number, not {value}", value=format_value(row.value))]
    if not (math.isfinite(value) and low <= value <= high):
        allowed = {"low": low, "high": high, "unit": quantity}
        return [
            _make_issue(
                row.name, "must be from {low} to {high} {unit}, not {value}", **allowed, value=format_value(row.value)
            )
        ]
    return []


def _parse_minute(text: str) -> tuple[int, bool] | None:
    """Return the minutes since midnight, True for a typical day; or since the year 1 in UTC; None for no time."""
    if clock := CLOCK_PATTERN.fullmatch(text):
        return int(clock[1]) * 60 + int(clock[2]), True
    if not ISO_PATTERN.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError):
        return None
    return time.toordinal() * MINUTES_PER_DAY + time.hour * 60 + time.minute, False


def _parse_times(rows: Sequence[_Row]) -> tuple[list[_Time], list[Issue]]:
    """Return the times, and every issue of each by itself or of all together."""
    minutes = [_parse_minute(row.time) for row in rows]
    times = [
        _Time(row, place, *minute) for place, (row, minute) in enumerate(zip(rows, minutes, strict=True)) if minute
    ]
    return times, _check_time_forms(rows, times) + _check_sequence(times, len(rows))


def _check_time_forms(rows: Sequence[_Row], times: Sequence[_Time]) -> list[Issue]:
    found = {time.place: time for time in times}
    issues = []
    for place, row in enumerate(rows):
        if not row.two_columns:
            issues.append(_make_issue(row.name, "must have two columns, a time and a value"))
        elif place not in found:
            value = format_value(row.time)
            issues.append(
                _make_issue(row.name, "must be a time such as 17:30 or 2026-12-15T17:30, not {value}", value=value)
            )
        elif found[place].typical != times[0].typical:
            issues.append(_make_issue(row.name, "must have a time of the same form as the rows before it"))
    return issues


def _check_sequence(times: Sequence[_Time], n_rows: int) -> list[Issue]:
    """Issues of the times that are alike in form: equal steps, from the beginning of a day to the end of one."""
    alike = [time for time in times if time.typical == times[0].typical]
    steps = Counter(b.minute - a.minute for a, b in pairwise(alike) if b.place == a.place + 1)
    if not steps:
        return []
    step_min = steps.most_common(1)[0][0]
    if step_min not in ALLOWED_STEPS_MIN:
        options = ", ".join(map(str, ALLOWED_STEPS_MIN))
        return [
            _make_issue("file", "must have steps of {options} minutes, not {value}", options=options, value=step_min)
        ]
    gaps = [issue for before, after in pairwise(alike) for issue in _check_gap(before, after, step_min)]
    return gaps + _check_edges(alike, n_rows, step_min)


def _check_gap(before: _Time, after: _Time, step_min: int) -> list[Issue]:
    allowed, found = step_min * (after.place - before.place), after.minute - before.minute
    if found == allowed:
        return []
    number = before.row.number
    return [
        _make_issue(
            after.row.name, "must be {low} min after row {row}, not {value} min", low=allowed, row=number, value=found
        )
    ]


def _check_edges(times: Sequence[_Time], n_rows: int, step_min: int) -> list[Issue]:
    first, last = times[0], times[-1]
    end_min = MINUTES_PER_DAY - step_min
    issues = []
    if first.place == 0 and first.minute % MINUTES_PER_DAY:
        issues.append(_make_issue(first.row.name, "must be {time} (UTC), where a day begins", time="00:00"))
    if last.place == n_rows - 1 and last.minute % MINUTES_PER_DAY != end_min:
        time = f"{end_min // 60:02d}:{end_min % 60:02d}"
        issues.append(
            _make_issue(last.row.name, "must be {time} (UTC), where the last step of a day begins", time=time)
        )
    if n_rows * step_min > MAX_DAYS * MINUTES_PER_DAY:
        issues.append(_make_issue("file", "must not hold more than {high} days", high=MAX_DAYS))
    return issues


def _sort_issues(issues: list[Issue]) -> list[Issue]:
    """Return the first issues by row, and how many more there are; those of the file come first."""
    issues = sorted(issues, key=lambda issue: int(issue.field.partition(" ")[2] or 0))
    more = len(issues) - MAX_PROFILE_ISSUES
    return (
        issues
        if more <= 0
        else [*issues[:MAX_PROFILE_ISSUES], _make_issue("file", "and {count} more issues", count=more)]
    )


def _make_issue(name: str, template: str, **values: object) -> Issue:
    return Issue(name, template, tuple(values.items()))


def read_profile(path: str | Path, quantity: ProfileQuantity) -> DayProfiles:
    """Return the days of a CSV, for ``base_load_profile`` ("kW") or ``price_profile`` ("MAD/kWh") of a `Scenario`.

    Raises
    ------
    ValueError
        One, that lists every issue by row.
    """
    bounds = {unit: PROFILE_BOUNDS[name] for name, unit in PROFILE_UNITS.items()}
    if quantity not in bounds:
        raise ValueError(f"quantity must be one of {', '.join(bounds)}, not {quantity!r}")
    low, high = bounds[quantity]
    with Path(path).open("rb") as file:
        content = file.read(MAX_CHARACTERS + 1)
    profiles, issues = parse_profile_csv(content, quantity=quantity, low=low, high=high)
    if profiles is None:
        raise ValidationError(issues)
    return profiles
