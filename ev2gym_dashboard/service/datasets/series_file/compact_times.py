"""Compact times: dates and clock times without marks, such as 20260115 and 0015, are spelled out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.service.datasets.series_file.cells import COMPACT_DATE, is_compact_date
from ev2gym_dashboard.service.datasets.series_file.column_kinds import SAMPLE_ROWS, get_cell, is_date
from ev2gym_dashboard.service.datasets.series_file.table import Table

MIN_REGULAR_SHARE = 0.9
"""Share of equal steps of a column of clock times: a clock change makes one that differs."""


def spell_out_times(table: Table) -> Table:
    """Return a table whose compact dates and times have marks, as those of any other file."""
    rows: Sequence[Sequence[str]] = table.rows
    n_columns = max(map(len, rows), default=0)
    dates = [column for column in range(n_columns) if _are_dates(rows, column)]
    rows = _rewrite(rows, dates, spell_out_date)
    dated = [column for column in range(n_columns) if all(map(is_date, _sample(rows, column) or [""]))]
    # Numbers are clock times only beside a date.
    rows = _rewrite(rows, [column + 1 for column in dated if _are_clocks(rows, column + 1)], spell_out_clock)
    return replace(table, rows=rows) if rows is not table.rows else table


def spell_out_date(cell: str) -> str:
    """Return a compact date, with or without its time, with marks; any other cell as it is."""
    match = COMPACT_DATE.fullmatch(cell)
    if match is None:
        return cell
    year, month, day, hour, minute = match.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}" if hour else "")


def spell_out_clock(cell: str) -> str:
    """Return a compact clock time, such as 15, 0015 or 001500, with marks; any other cell as it is."""
    minute = _parse_clock(cell)
    return cell if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _parse_clock(cell: str) -> int | None:
    """Return the minute of the day of a compact clock time."""
    if not (cell.isascii() and cell.isdecimal() and len(cell) <= 6):
        return None
    number = int(cell)
    if len(cell) > 4:
        number, seconds = divmod(number, 100)
        if seconds:
            return None
    hour, minute = divmod(number, 100)
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= MINUTES_PER_DAY else None


def _are_dates(rows: Sequence[Sequence[str]], column: int) -> bool:
    return all(map(is_compact_date, _sample(rows, column) or [""]))


def _are_clocks(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether the numbers of a column go round the day in equal steps, as no numbers of a meter do."""
    cells = [cell for row in rows if (cell := get_cell(row, column)).isdecimal()]
    minutes = [minute for cell in cells if (minute := _parse_clock(cell)) is not None]
    if len(minutes) < len(rows) // 2 or len(minutes) != len(cells) or len(minutes) < 3:
        return False
    steps, counts = np.unique(np.diff(np.array(minutes) % MINUTES_PER_DAY) % MINUTES_PER_DAY, return_counts=True)
    step = int(steps[counts.argmax()])
    step_min = min(step, MINUTES_PER_DAY - step)
    n_times = len({minute % MINUTES_PER_DAY for minute in minutes})
    return bool(counts.max() >= MIN_REGULAR_SHARE * counts.sum()) and n_times * step_min == MINUTES_PER_DAY


def _sample(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    later = rows[len(rows) // 4 :]
    cells = (get_cell(row, column) for row in later[:: max(len(later) // SAMPLE_ROWS, 1)])
    return [cell for cell in cells if cell]


def _rewrite(
    rows: Sequence[Sequence[str]], columns: Sequence[int], spell_out: Callable[[str], str]
) -> Sequence[Sequence[str]]:
    """Return rows with some columns spelled out; the same rows without any column."""
    if not columns:
        return rows
    return [[spell_out(cell) if column in columns else cell for column, cell in enumerate(row)] for row in rows]
