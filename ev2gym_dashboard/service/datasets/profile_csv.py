"""CSV files of a user's loads, prices or CO2 factors: days of equal steps, or every issue at once."""

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

from ev2gym_dashboard.core.profile import Profile, make_profile
from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.core.schema import Issue, ValidationError, format_value

ProfileQuantity = Literal["kW", "MAD/kWh", "g/kWh"]
PROFILE_UNITS: dict[str, ProfileQuantity] = {
    "base_load_profile": "kW",
    "price_profile": "MAD/kWh",
    "co2_profile": "g/kWh",
}
"""Unit of each series, by scenario field."""

MAX_CHARACTERS = 4_000_000
MAX_LINE_LENGTH = 200
MAX_DAYS = 366
MAX_ROWS = MAX_DAYS * 288
MAX_PROFILE_ISSUES = 20
ALLOWED_STEPS_MIN = (1, 5, 10, 15, 30, 60)

# [0-9] and not \d, which matches the digits of every script; float() and int() would read those too.
CLOCK_PATTERN = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?")
ISO_PATTERN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::00(?:\.0{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
NUMBER_PATTERN = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file: its number, its two texts, and whether it has exactly two columns."""

    number: int
    time: str
    value: str
    two_columns: bool

    @property
    def name(self) -> str:
        return f"row {self.number}"


@dataclass(frozen=True, slots=True)
class _Time:
    """A valid time: its row, the index of that row, its minute, and whether it is a time of a typical day."""

    row: _Row
    index: int
    minute: int
    is_typical: bool


def parse_profile_csv(
    text: str | bytes, *, quantity: ProfileQuantity, low: float, high: float
) -> tuple[Profile | None, list[Issue]]:
    """Read two columns, time and value, separated by commas or semicolons, with or without a header.

    Parameters
    ----------
    text : the file; times are HH:MM of one typical day, or ISO times of whole days without a gap (UTC where they name
        no zone); decimals by point or comma
    quantity : unit of the values, "kW" or "MAD/kWh"
    low, high : lowest and highest allowed value, in that unit

    Returns
    -------
    profile : the series; None if there is any issue
    issues : the first `MAX_PROFILE_ISSUES` of them, by row, and the number of the others
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
    first, second = times[:2]
    start = None if first.is_typical else datetime.fromordinal(first.minute // MINUTES_PER_DAY).replace(tzinfo=UTC)
    return make_profile(np.array(values), step_min=second.minute - first.minute, start=start), []


def _decode_csv(text: str | bytes) -> str | list[Issue]:
    if len(text) > MAX_CHARACTERS:
        return [_make_issue("file", "must not be longer than {high} bytes", high=MAX_CHARACTERS)]
    try:
        return (text.decode("utf-8") if isinstance(text, bytes) else text).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return [_make_issue("file", "must be text in UTF-8")]


def _split_rows(text: str) -> tuple[list[_Row], list[Issue]]:
    """Return the rows that are not empty, without the header."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if len(filled) > MAX_ROWS + 1:
        return [], [_make_issue("file", "must have at most {high} rows, not {value}", high=MAX_ROWS, value=len(filled))]
    # A file with decimal commas separates its columns by semicolons.
    separator = ";" if filled and ";" in filled[0][1] else ","
    rows = [_split_row(number, line, separator) for number, line in filled]
    rows = rows[1:] if rows and _is_header(rows[0]) else rows
    if len(rows) < 2:
        return [], [_make_issue("file", "must contain rows with a time and a value, for at least a whole day")]
    return rows, []


def _split_row(number: int, line: str, separator: str) -> _Row:
    # Cut, because the csv module raises an error for a field of more than 131,072 characters.
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
    """Return the minute since midnight and True, or since the year 1 (UTC) and False; None if it is no time."""
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
    """Return the valid times, and the issues of single times and of their sequence."""
    minutes = [_parse_minute(row.time) for row in rows]
    times = [
        _Time(row, index, *minute) for index, (row, minute) in enumerate(zip(rows, minutes, strict=True)) if minute
    ]
    return times, _check_time_forms(rows, times) + _check_sequence(times, len(rows))


def _check_time_forms(rows: Sequence[_Row], times: Sequence[_Time]) -> list[Issue]:
    time_by_index = {time.index: time for time in times}
    issues = []
    for index, row in enumerate(rows):
        if not row.two_columns:
            issues.append(_make_issue(row.name, "must have two columns, a time and a value"))
        elif index not in time_by_index:
            value = format_value(row.time)
            issues.append(
                _make_issue(row.name, "must be a time such as 17:30 or 2026-12-15T17:30, not {value}", value=value)
            )
        elif time_by_index[index].is_typical != times[0].is_typical:
            issues.append(_make_issue(row.name, "must have a time of the same form as the rows before it"))
    return issues


def _check_sequence(times: Sequence[_Time], n_rows: int) -> list[Issue]:
    """Return the issues of the times in the form of the first one: they must be equal steps of whole days."""
    same_form = [time for time in times if time.is_typical == times[0].is_typical]
    # The commonest step is taken for the intended one, so that one wrong time gives one issue and not one per row.
    steps = Counter(b.minute - a.minute for a, b in pairwise(same_form) if b.index == a.index + 1)
    if not steps:
        return []
    step_min = steps.most_common(1)[0][0]
    if step_min not in ALLOWED_STEPS_MIN:
        options = ", ".join(map(str, ALLOWED_STEPS_MIN))
        return [
            _make_issue("file", "must have steps of {options} minutes, not {value}", options=options, value=step_min)
        ]
    gaps = [issue for before, after in pairwise(same_form) for issue in _check_gap(before, after, step_min)]
    return gaps + _check_edges(same_form, n_rows, step_min)


def _check_gap(before: _Time, after: _Time, step_min: int) -> list[Issue]:
    expected_min, actual_min = step_min * (after.index - before.index), after.minute - before.minute
    if actual_min == expected_min:
        return []
    template = "must be {low} min after row {row}, not {value} min"
    return [_make_issue(after.row.name, template, low=expected_min, row=before.row.number, value=actual_min)]


def _check_edges(times: Sequence[_Time], n_rows: int, step_min: int) -> list[Issue]:
    first, last = times[0], times[-1]
    end_min = MINUTES_PER_DAY - step_min
    issues = []
    if first.index == 0 and first.minute % MINUTES_PER_DAY:
        issues.append(_make_issue(first.row.name, "must be {time} (UTC), the start of a day", time="00:00"))
    if last.index == n_rows - 1 and last.minute % MINUTES_PER_DAY != end_min:
        time = f"{end_min // 60:02d}:{end_min % 60:02d}"
        issues.append(
            _make_issue(last.row.name, "must be {time} (UTC), the start of the last step of a day", time=time)
        )
    if n_rows * step_min > MAX_DAYS * MINUTES_PER_DAY:
        issues.append(_make_issue("file", "must contain at most {high} days", high=MAX_DAYS))
    return issues


def _sort_issues(issues: list[Issue]) -> list[Issue]:
    """Return the first issues by row, those of the whole file before them, and the number of the others."""
    # A file of a year can have a hundred thousand issues: nobody reads them, and each is a row on the page.
    issues = sorted(issues, key=lambda issue: int(issue.field.partition(" ")[2] or 0))
    n_omitted = len(issues) - MAX_PROFILE_ISSUES
    if n_omitted <= 0:
        return issues
    return [*issues[:MAX_PROFILE_ISSUES], _make_issue("file", "and {count} more issues", count=n_omitted)]


def _make_issue(name: str, template: str, **values: object) -> Issue:
    return Issue(name, template, tuple(values.items()))


def read_profile(path: str | Path, quantity: ProfileQuantity) -> Profile:
    """Return the days of a CSV file, for the scenario field of its quantity.

    Parameters
    ----------
    path : the file
    quantity : "kW" for ``base_load_profile``, "MAD/kWh" for ``price_profile``, "g/kWh" for ``co2_profile``

    Raises
    ------
    ValidationError
        With every issue, by row.
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
