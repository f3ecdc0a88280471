"""Layout of a table: where its rows begin, its headings, its columns of times and of values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ev2gym_dashboard.service.datasets.series_file.cells import RANGE_KINDS, TIME_KINDS, find_kind
from ev2gym_dashboard.service.datasets.series_file.column_kinds import EPOCHS, MIDNIGHT, find_column_kinds, get_cell
from ev2gym_dashboard.service.datasets.series_file.compact_times import spell_out_times
from ev2gym_dashboard.service.datasets.series_file.epochs import read_epochs
from ev2gym_dashboard.service.datasets.series_file.numbered import read_numbered_times
from ev2gym_dashboard.service.datasets.series_file.options import (
    END_STAMP,
    START_STAMP,
    WHOLE_FILE,
    Notes,
    make_issue,
    refuse_file,
)
from ev2gym_dashboard.service.datasets.series_file.table import NO_ROWS, Table
from ev2gym_dashboard.service.datasets.series_file.time_columns import (
    NUMBERED,
    TimeColumns,
    find_first_row,
    list_time_columns,
)
from ev2gym_dashboard.service.datasets.series_file.times import Times, parse_times
from ev2gym_dashboard.service.datasets.series_file.units import UNIT_HEADING, Unit, find_unit, parse_unit
from ev2gym_dashboard.service.datasets.series_file.wide import unfold_table

MAX_HEADING_ROWS = 3
MAX_FOOTERS = 10
KNOWN_MARKERS = {"MARGINALPDBC": "EUR/MWh", "MARGINALPDBCPT": "EUR/MWh"}
"""Units of files that name none, by the text in their first cell: OMIE's day-ahead prices."""
IDENTIFIER = re.compile(
    r"\b(?:id|prm|pdl|index|number|num[eé]ro|nr|no|compteur|meter|z[aä]hl\w*|status|code|quality)\b", re.IGNORECASE
)
END_HEADING = re.compile(r"\b(?:end(?:e|ing)?|fin|bis|to|until|he)\b", re.IGNORECASE)
FOOTER = re.compile(r"(?:total|somme|summe|sum|moyenne|mean|average|mittel|max|min|\*)", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """Columns of a table.

    Parameters
    ----------
    rows, numbers : rows of the series, and the numbers of their lines
    times : the column of the times, or of date and clock; date, or year, month and day, and number of the step
    time_choices : the columns that can be the times
    headings : a heading for each column, "" for none
    columns : the columns of numbers
    """

    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    times: TimeColumns
    time_choices: tuple[TimeColumns, ...]
    headings: tuple[str, ...]
    columns: tuple[int, ...]
    preamble: Sequence[Sequence[str]]

    def name_column(self, column: int) -> str:
        """Return the heading of a column, its number without one."""
        return (self.headings[column] if column < len(self.headings) else "") or str(column + 1)

    def key_column(self, column: int) -> str:
        """Return the heading of a column where no other has it, otherwise its number: what the options take."""
        name = self.name_column(column)
        others = [self.name_column(other).lower() for other in range(len(self.headings)) if other != column]
        return str(column + 1) if name.lower() in others else name

    def key_times(self, times: TimeColumns) -> str:
        """Return the headings or numbers of columns of times: what the options take."""
        return " ".join(map(self.key_column, times.columns))

    @property
    def time_heading(self) -> str:
        return " ".join(self.name_column(column) for column in self.times.columns)

    @property
    def stamp(self) -> str | None:
        """What a time marks, as far as the columns and their headings say so."""
        if self.times.has_end:
            return START_STAMP
        return END_STAMP if END_HEADING.search(self.time_heading) else None

    @property
    def is_dated(self) -> bool:
        return self.times.kind not in {"clock", "clock_range"} and (
            self.times.kind != NUMBERED or len(self.times.columns) > 1
        )

    def name_columns(self, columns: Iterable[int]) -> str:
        """Return the names of columns for a sentence."""
        return ", ".join(map(self.name_column, columns))

    def get_cells(self, column: int) -> list[str]:
        """Return the cells of a column."""
        return [get_cell(row, column) for row in self.rows]

    def get_time_text(self, row: int) -> str:
        """Return the time of a row as it is written."""
        cells = [get_cell(self.rows[row], column) for column in self.times.columns]
        return cells[0] if len(cells) == 1 else " ".join([MIDNIGHT.sub("", cells[0]), *cells[1:]])

    def read_times(self, notes: Notes) -> Times:
        """Return the times of the rows."""
        cells = [self.get_time_text(row) for row in range(len(self.rows))]
        if self.times.kind == NUMBERED:
            return self._read_numbered(notes)
        if self.times.kind == EPOCHS:
            return read_epochs(cells)
        times = parse_times(cells, is_range=self.times.kind in RANGE_KINDS, is_typical=not self.is_dated)
        if times.is_day_first_assumed:
            notes.add_issue(WHOLE_FILE, "dates such as {value} are read with the day first", value=cells[0])
        return times

    def _read_numbered(self, notes: Notes) -> Times:
        *date_columns, step_column = self.times.columns
        dates = ["-".join(_get_date(row, column) for column in date_columns) for row in self.rows]
        times = read_numbered_times(dates if date_columns else [], self.get_cells(step_column))
        if times.is_day_first_assumed:
            notes.add_issue(WHOLE_FILE, "dates such as {value} are read with the day first", value=dates[0])
        notes.add_issue(
            WHOLE_FILE, "the numbers in column {column} count the steps of a day", column=self.name_column(step_column)
        )
        return times


def find_layout(table: Table, time_column: str | int | None = None) -> Layout:
    """Return the layout of a table; raise `ValidationError` with one sentence about a table without a series.

    Parameters
    ----------
    table : rows of cells
    time_column : column of the times, by its heading or its number from 1; None for the first one that can be
    """
    table = unfold_table(spell_out_times(table))
    kinds = find_column_kinds(table.rows)
    choices = list_time_columns(kinds, table.rows)
    layout = _make_layout(table, kinds, choices, choices[0])
    if time_column is None:
        return layout
    return _make_layout(table, kinds, choices, _find_chosen_times(layout, time_column))


def _make_layout(table: Table, kinds: dict[int, str], choices: tuple[TimeColumns, ...], times: TimeColumns) -> Layout:
    columns = tuple(
        column for column, of_column in kinds.items() if of_column == "number" and column not in times.columns
    )
    first = find_first_row(table.rows, times)
    if first is None or not columns:
        raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))
    last = len(table.rows) - _count_footers(table.rows[first:], times.columns[-1])
    rows, numbers = table.rows[first:last], table.numbers[first:last]
    if len(rows) < 2:
        raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))
    headings = _join_headings(table.rows[:first], len(rows[0]))
    return Layout(rows, numbers, times, choices, headings, columns, table.rows[:first])


def choose_column(layout: Layout, choice: str | int | None, quantity: str) -> int:
    """Return the column of the values: the chosen one, the only one, or the only one whose unit fits."""
    if choice is not None:
        return _find_chosen_column(layout, choice)
    columns = layout.columns
    units = {column: find_unit(layout.name_column(column)) for column in columns}
    if fitting := [column for column, unit in units.items() if unit and unit.quantity == quantity]:
        columns = tuple(fitting)
    elif len(columns) > 1:
        columns = tuple(c for c in columns if not IDENTIFIER.search(layout.name_column(c))) or columns
    if len({tuple(get_cell(row, column) for row in layout.rows) for column in columns}) == 1:
        return columns[0]
    names = layout.name_columns(columns)
    raise refuse_file(make_issue("column", "has several columns of numbers: choose one of {names}", names=names))


def find_column_unit(layout: Layout, column: int) -> Unit | None:
    """Return the unit of a column: from its heading, or from a cell of the preamble beside or below "unit"."""
    heading = layout.name_column(column)
    return find_unit(heading) or _find_preamble_unit(layout)


def _find_preamble_unit(layout: Layout) -> Unit | None:
    for number, row in enumerate(layout.preamble):
        if row and row[0].upper() in KNOWN_MARKERS:
            return find_unit(KNOWN_MARKERS[row[0].upper()])
        for column, cell in enumerate(row):
            name, _colon, inline = cell.partition(":")
            if not UNIT_HEADING.fullmatch(name.strip()):
                continue
            below = [get_cell(other, column) for other in [*layout.preamble, *layout.rows][number + 1 : number + 2]]
            for text in (inline, *row[column + 1 : column + 2], *below):
                if unit := parse_unit(text.strip()):
                    return unit
    return None


def _count_footers(rows: Sequence[Sequence[str]], time_column: int) -> int:
    count = 0
    for row in reversed(rows[-MAX_FOOTERS:]):
        cell = get_cell(row, time_column) or get_cell(row, 0)
        if find_kind(cell) in TIME_KINDS or not (FOOTER.match(get_cell(row, 0)) or FOOTER.match(cell)):
            break
        count += 1
    return count


def _join_headings(preamble: Sequence[Sequence[str]], n_columns: int) -> tuple[str, ...]:
    """Return the headings of the columns; a second row of headings, often of units, is added to the first."""
    above: list[Sequence[str]] = []
    for row in reversed(preamble[-MAX_HEADING_ROWS:]):
        fits = abs(len(row) - n_columns) <= 1 if not above else len(row) == len(above[0])
        if not fits:
            break
        above.insert(0, row)
    return tuple(" ".join(filter(None, (get_cell(row, column) for row in above))) for column in range(n_columns))


def _find_chosen_times(layout: Layout, choice: str | int) -> TimeColumns:
    wanted = str(choice).strip().lower()
    names = [layout.key_times(times).lower() for times in layout.time_choices]
    numbers = [{str(column + 1) for column in times.columns} for times in layout.time_choices]
    found = [k for k, name in enumerate(names) if name == wanted]
    found = found or [k for k, columns in enumerate(numbers) if wanted in columns]
    found = found or [k for k, name in enumerate(names) if wanted and wanted in name]
    # Of two clocks beside one date, the number of the date means the first.
    if not found or (len(found) > 1 and not wanted.isdecimal()):
        known = ", ".join(map(layout.key_times, layout.time_choices))
        raise refuse_file(make_issue("time_column", "has no such column of times: choose one of {names}", names=known))
    return layout.time_choices[found[0]]


def _find_chosen_column(layout: Layout, choice: str | int) -> int:
    names = [layout.name_column(column).lower() for column in range(len(layout.headings))]
    wanted = str(choice).strip().lower()
    found = [column for column, name in enumerate(names) if name == wanted]
    found = found or [column for column, name in enumerate(names) if wanted and wanted in name]
    if wanted.isdecimal() and not (found and isinstance(choice, str) and wanted in names):
        found = [int(wanted) - 1] if 0 < int(wanted) <= len(names) else []
    if len(found) != 1:
        known = layout.name_columns(layout.columns)
        raise refuse_file(make_issue("column", "has no such column of numbers: choose one of {names}", names=known))
    return found[0]


def _get_date(row: Sequence[str], column: int) -> str:
    return MIDNIGHT.sub("", get_cell(row, column))
