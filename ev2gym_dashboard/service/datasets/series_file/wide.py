"""Wide tables: a row for each day and a column for each step, unfolded into a row for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ev2gym_dashboard.service.datasets.series_file.cells import find_kind
from ev2gym_dashboard.service.datasets.series_file.numbered import DAY_LENGTHS, NO_NUMBER, parse_step_numbers
from ev2gym_dashboard.service.datasets.series_file.table import MAX_PREAMBLE, Table

CLOCKS = ("clock", "clock_range")
STEP_HEADING, VALUE_HEADING = "hour", "value"
MAX_EXTRA = 4
"""Further columns for the hour that comes twice as the clock goes back: at most four quarters."""


@dataclass(frozen=True)
class WideHeading:
    """Heading of a wide table: its row, and the columns of the steps, (first, last + 1)."""

    row: int
    columns: tuple[int, int]


def unfold_table(table: Table) -> Table:
    """Return a table with a row for each step; one that has such rows already stays as it is.

    Empty cells give no rows: the day on which the clock goes forward has some, and other gaps are found as such.
    """
    heading = _find_heading(table.rows)
    if heading is None:
        return table
    row, (first, last) = heading.row, heading.columns
    steps = [_get_start(cell) for cell in table.rows[row][first:last]]
    rows, numbers = list(table.rows[:row]), list(table.numbers[:row])
    date_column = _find_date_column(table.rows[row + 1 :], first)
    if date_column is None:
        return table
    rows.append([table.rows[row][date_column] or "date", STEP_HEADING, VALUE_HEADING])
    numbers.append(table.numbers[row])
    for number, cells in zip(table.numbers[row + 1 :], table.rows[row + 1 :], strict=True):
        if date_column >= len(cells) or not _is_date(cells[date_column]):
            continue
        day = [(step, value) for step, value in zip(steps, cells[first:last], strict=False) if value]
        rows += [[cells[date_column], step, value] for step, value in day]
        numbers += [number] * len(day)
    return replace(table, rows=rows, numbers=numbers)


def _find_heading(rows: Sequence[Sequence[str]]) -> WideHeading | None:
    """Return the heading of the steps of a day: the last row of times or numbers of steps before the first date."""
    for number, row in enumerate(rows[: min(len(rows) - 1, MAX_PREAMBLE)]):
        columns = _find_step_columns(row)
        if columns and any(map(_is_date, rows[number + 1][: columns[0]])):
            return WideHeading(number, columns)
    return None


def _find_step_columns(row: Sequence[str]) -> tuple[int, int] | None:
    """Return the longest run of headings that go through a day, (first, last + 1)."""
    if len(row) <= DAY_LENGTHS[0]:
        return None
    clocks = [find_kind(cell) in CLOCKS for cell in row]
    if sum(clocks) >= DAY_LENGTHS[0]:
        first = clocks.index(True)
        last = next((k for k in range(first, len(row)) if not clocks[k]), len(row))
        return (first, last) if _is_day(last - first) else None
    numbers = parse_step_numbers(row).tolist()
    for first in (k for k, number in enumerate(numbers) if number in (0, 1)):
        last = next((k for k in range(first + 1, len(row)) if numbers[k] != numbers[k - 1] + 1), len(row))
        if _is_day(last - first):
            return first, last
    return None


def _is_day(n_columns: int) -> bool:
    return any(length <= n_columns <= length + MAX_EXTRA for length in DAY_LENGTHS)


def _find_date_column(rows: Sequence[Sequence[str]], last: int) -> int | None:
    return next((column for column, cell in enumerate(rows[0][:last]) if _is_date(cell)), None)


def _is_date(cell: str) -> bool:
    return find_kind(cell) == "date" or (find_kind(cell) == "datetime" and " 00:00" in cell)


def _get_start(heading: str) -> str:
    (number,) = parse_step_numbers([heading])
    return heading if number == NO_NUMBER else str(number)
