"""Columns of times: found by the kinds of their cells, as dates, clocks, Unix times or numbers of steps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ev2gym_dashboard.service.datasets.series_file.cells import RANGE_KINDS, TIME_KINDS, find_kind
from ev2gym_dashboard.service.datasets.series_file.epochs import are_epochs, is_epoch
from ev2gym_dashboard.service.datasets.series_file.numbered import (
    NO_NUMBER,
    counts_one_day,
    counts_steps,
    parse_step_numbers,
)
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file
from ev2gym_dashboard.service.datasets.series_file.table import NO_ROWS

SAMPLE_ROWS = 120
DATE_PARTS = 4
"""Columns of year, month, day and hour (or quarter) of a table without times."""
NUMBERED = "numbered"
MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:[.,]0+)?)?$")
"""Time of a date that a spreadsheet has written."""


def is_date(cell: str) -> bool:
    """Return whether a cell is a date, with or without the time of midnight."""
    return find_kind(MIDNIGHT.sub("", cell)) == "date"


def find_column_kinds(rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Return the commonest kind of each column in the later rows, empty cells left out."""
    later = rows[len(rows) // 4 :]
    sample = later[:: max(len(later) // SAMPLE_ROWS, 1)]
    n_columns = Counter(map(len, sample)).most_common(1)[0][0] if sample else 0
    kinds = {}
    for column in range(n_columns):
        cells = [cell for row in sample if find_kind(cell := get_cell(row, column)) != "empty"]
        if cells:
            kinds[column] = _find_column_kind(cells)
    return kinds


def _find_column_kind(cells: Sequence[str]) -> str:
    if are_epochs(cells):
        return "epoch"
    kind = Counter(map(find_kind, cells)).most_common(1)[0][0]
    # Spreadsheets write dates with the time of midnight.
    return "date" if kind == "datetime" and all(map(MIDNIGHT.search, cells)) else kind


def find_time_columns(kinds: dict[int, str], rows: Sequence[Sequence[str]]) -> tuple[tuple[int, ...], str, bool]:
    """Return the columns of the times, their kind, and whether an end of each step is given."""
    by_kind = {kind: [column for column, of_column in kinds.items() if of_column == kind] for kind in TIME_KINDS}
    dated = sorted(by_kind["datetime"] + by_kind["datetime_range"])
    clocks = sorted(by_kind["clock"] + by_kind["clock_range"])
    if dated:
        kind = kinds[dated[0]]
        return (dated[0],), kind, kind in RANGE_KINDS or len(dated) > 1
    if by_kind["date"] and clocks:
        kind = "datetime_range" if kinds[clocks[0]] in RANGE_KINDS else "datetime"
        return (by_kind["date"][0], clocks[0]), kind, kind in RANGE_KINDS or len(clocks) > 1
    if clocks:
        return (clocks[0],), kinds[clocks[0]], kinds[clocks[0]] in RANGE_KINDS or len(clocks) > 1
    if epochs := [column for column, of_column in kinds.items() if of_column == "epoch"]:
        return (epochs[0],), "epoch", len(epochs) > 1
    if columns := _find_numbered_columns(kinds, rows):
        return columns, NUMBERED, True
    if by_kind["date"]:
        return (by_kind["date"][0],), "date", False
    raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))


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


def find_first_row(rows: Sequence[Sequence[str]], time_columns: tuple[int, ...], kind: str) -> int | None:
    """Return the number of the first row with times; None without any."""

    def has_times(row: Sequence[str]) -> bool:
        *dates, last = (get_cell(row, column) for column in time_columns)
        if kind == "epoch":
            return is_epoch(last)
        if kind == NUMBERED:
            are_dates = all(map(is_date, dates)) or (len(dates) > 1 and all(map(str.isdecimal, dates)))
            return are_dates and parse_step_numbers([last])[0] != NO_NUMBER
        if kind == "date":
            return is_date(last)
        kinds = [find_kind(cell) for cell in (*dates, last)]
        return all(of_cell in TIME_KINDS for of_cell in kinds) and (len(kinds) > 1 or kinds == [kind])

    return next((number for number, row in enumerate(rows) if has_times(row)), None)


def get_cell(row: Sequence[str], column: int) -> str:
    """Return a cell of a row; "" where the row is too short."""
    return row[column] if column < len(row) else ""
