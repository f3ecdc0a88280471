"""Columns of times: which columns of a table can hold the times of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ev2gym_dashboard.service.datasets.series_file.cells import RANGE_KINDS, TIME_KINDS, find_kind
from ev2gym_dashboard.service.datasets.series_file.column_kinds import EPOCHS, get_cell, is_date
from ev2gym_dashboard.service.datasets.series_file.epochs import is_epoch
from ev2gym_dashboard.service.datasets.series_file.numbered import (
    NO_NUMBER,
    counts_one_day,
    counts_steps,
    parse_step_numbers,
)
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file
from ev2gym_dashboard.service.datasets.series_file.table import NO_ROWS

DATE_PARTS = 4
"""Columns of year, month, day and hour (or quarter) of a table without times."""
NUMBERED = "numbered"
"""Kind of columns whose last one counts the steps of a day."""


class TimeColumns(NamedTuple):
    """Columns that hold the times together, the kind of their cells, and whether the end of each step is given."""

    columns: tuple[int, ...]
    kind: str
    has_end: bool


def list_time_columns(kinds: dict[int, str], rows: Sequence[Sequence[str]]) -> tuple[TimeColumns, ...]:
    """Return the columns that can be the times, the likeliest first."""
    by_kind = {kind: [column for column, of_column in kinds.items() if of_column == kind] for kind in TIME_KINDS}
    dated = sorted(by_kind["datetime"] + by_kind["datetime_range"])
    clocks = sorted(by_kind["clock"] + by_kind["clock_range"])
    # The column after the first one holds the ends of the steps.
    found = [TimeColumns((column,), kinds[column], _has_end(kinds, column, dated)) for column in dated]
    for clock in clocks if by_kind["date"] else ():
        is_range = kinds[clock] in RANGE_KINDS
        kind = "datetime_range" if is_range else "datetime"
        found.append(TimeColumns((by_kind["date"][0], clock), kind, _has_end(kinds, clock, clocks)))
    epochs = [column for column, kind in kinds.items() if kind == EPOCHS]
    alone = epochs if found else clocks + epochs
    found += [TimeColumns((column,), kinds[column], _has_end(kinds, column, clocks)) for column in alone]
    if not found and (columns := _find_numbered_columns(kinds, rows)):
        found = [TimeColumns(columns, NUMBERED, has_end=True)]
    found = found or [TimeColumns((column,), "date", has_end=False) for column in by_kind["date"]]
    if not found:
        raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))
    return tuple(found)


def find_first_row(rows: Sequence[Sequence[str]], times: TimeColumns) -> int | None:
    """Return the number of the first row with times; None without any."""

    def has_times(row: Sequence[str]) -> bool:
        *dates, last = (get_cell(row, column) for column in times.columns)
        if times.kind == EPOCHS:
            return is_epoch(last)
        if times.kind == NUMBERED:
            are_dates = all(map(is_date, dates)) or (len(dates) > 1 and all(map(str.isdecimal, dates)))
            return are_dates and parse_step_numbers([last])[0] != NO_NUMBER
        if times.kind == "date":
            return is_date(last)
        kinds = [find_kind(cell) for cell in (*dates, last)]
        return all(of_cell in TIME_KINDS for of_cell in kinds) and (len(kinds) > 1 or kinds == [times.kind])

    return next((number for number, row in enumerate(rows) if has_times(row)), None)


def _has_end(kinds: dict[int, str], column: int, alike: Sequence[int]) -> bool:
    return kinds[column] in RANGE_KINDS or any(column < other for other in alike)


def _find_numbered_columns(kinds: dict[int, str], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the columns of date, or year, month and day, and number of the step; none if no column counts steps."""
    if dates := [column for column, kind in kinds.items() if kind == "date"]:
        dated = [row for row in rows if is_date(get_cell(row, dates[0]))]
        texts = [get_cell(row, dates[0]) for row in dated]
        candidates = (column for column, kind in kinds.items() if kind in {"number", "text"})
        steps = (column for column in candidates if counts_steps(texts, [get_cell(row, column) for row in dated]))
        return next(((dates[0], column) for column in steps), ())
    if _has_date_parts(kinds, rows):
        return tuple(range(DATE_PARTS))
    cells = [cell for row in rows if parse_step_numbers([cell := get_cell(row, 0)])[0] != NO_NUMBER]
    return (0,) if counts_one_day(cells) else ()


def _has_date_parts(kinds: dict[int, str], rows: Sequence[Sequence[str]]) -> bool:
    bounds = ((2000, 2100), (1, 12), (1, 31), (1, 100))
    row = next((row for row in rows if len(row) > DATE_PARTS and all(map(str.isdecimal, row[:DATE_PARTS]))), None)
    if row is None or any(kinds.get(column) != "number" for column in range(DATE_PARTS)):
        return False
    return all(low <= int(cell) <= high for cell, (low, high) in zip(row, bounds, strict=False))
