"""Kinds of columns: by the kinds of most of their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ev2gym_dashboard.service.datasets.series_file.cells import find_kind
from ev2gym_dashboard.service.datasets.series_file.epochs import are_epochs

SAMPLE_ROWS = 120
EPOCHS = "epochs"
MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:[.,]0+)?)?$")
"""Time of a date that a spreadsheet has written."""


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
        return EPOCHS
    kind = Counter(map(find_kind, cells)).most_common(1)[0][0]
    # Spreadsheets write dates with the time of midnight.
    return "date" if kind == "datetime" and all(map(MIDNIGHT.search, cells)) else kind


def is_date(cell: str) -> bool:
    """Return whether a cell is a date, with or without the time of midnight."""
    return find_kind(MIDNIGHT.sub("", cell)) == "date"


def get_cell(row: Sequence[str], column: int) -> str:
    """Return a cell of a row; "" where the row is too short."""
    return row[column] if column < len(row) else ""
