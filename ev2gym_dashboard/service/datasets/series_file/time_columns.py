"""Columns of times: which columns of a table can hold the times of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ev2gym_dashboard.service.datasets.series_file.cells import RANGE_KINDS, TIME_KINDS
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file
from ev2gym_dashboard.service.datasets.series_file.table import NO_ROWS

DATE_PARTS = 4
"""Columns of year, month, day and hour (or quarter) of a table without times."""


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
    if not found:
        alone = clocks or by_kind["date"]
        found = [TimeColumns((column,), kinds[column], _has_end(kinds, column, clocks)) for column in alone]
    if not found and _has_date_parts(kinds, rows):
        found = [TimeColumns(tuple(range(DATE_PARTS)), "parts", has_end=True)]
    if not found:
        raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))
    return tuple(found)


def _has_end(kinds: dict[int, str], column: int, alike: Sequence[int]) -> bool:
    return kinds[column] in RANGE_KINDS or any(column < other for other in alike)


def _has_date_parts(kinds: dict[int, str], rows: Sequence[Sequence[str]]) -> bool:
    bounds = ((2000, 2100), (1, 12), (1, 31), (1, 100))
    row = next((row for row in rows if len(row) > DATE_PARTS and all(map(str.isdecimal, row[:DATE_PARTS]))), None)
    if row is None or any(kinds.get(column) != "number" for column in range(DATE_PARTS)):
        return False
    return all(low <= int(cell) <= high for cell, (low, high) in zip(row, bounds, strict=False))
