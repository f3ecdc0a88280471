"""Sheets of an Excel workbook as rows of cells, within bounds: a few kilobytes may stand for any number of cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import IO
from xml.parsers import expat

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file

MAX_UNPACKED_BYTES = 160_000_000
MAX_WORK = 2_000_000
"""Work of reading a workbook at most, in cells; a year of 5 minutes takes 0.5 million, 1.7 with its times as texts."""
WORK = {"v": 1, "f": 1, "t": 1, "si": 10, "is": 10}
OTHER_WORK, PART_WORK, SHEET_WORK, ATTRIBUTE_WORK = 30, 100, 300, 10
"""Work of an element by its name, of any other one, of a part of the archive, of a sheet, and of each attribute above
`MAX_ATTRIBUTES`, in that of an empty cell."""
MAX_ATTRIBUTES, BYTES_PER_WORK = 8, 400
"""A sheet takes work for all bytes of the archive too: any number of sheets may name one large part."""
CHUNK_BYTES = 1 << 16
MAX_CELL_LENGTH = 200
"""Characters of a text that are read: hundreds of thousands of cells may share one of megabytes."""
ERROR_TEXT = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)")
HALF_SECOND = timedelta(microseconds=500_000)
Rows = list[tuple[int, list[str]]]


class TooMuchWork(Exception):
    """A workbook takes more than `MAX_WORK`."""


def read_sheets(content: bytes) -> Iterator[Rows]:
    """Yield the rows of each sheet of a workbook that are not empty, each with its number.

    Raises
    ------
    ValidationError
        With one sentence about a workbook that is damaged or too large.
    """
    try:
        _check_size(content)
        yield from _list_sheets(content)
    except TooMuchWork:
        raise refuse_file(make_issue(WHOLE_FILE, "has too many cells: save the sheet of the series as CSV")) from None
    except ValidationError:
        raise
    except Exception:  # noqa: BLE001
        # The parsers of a damaged archive raise errors of any kind.
        raise refuse_file(make_issue(WHOLE_FILE, "is a damaged Excel workbook: save it again, or as CSV")) from None


def _check_size(content: bytes) -> None:
    """Raise an error for a workbook that openpyxl would read for minutes, or into gigabytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        n_bytes = sum(entry.file_size for entry in archive.infolist())
        if n_bytes > MAX_UNPACKED_BYTES:
            raise refuse_file(make_issue(WHOLE_FILE, "must not be longer than {high} bytes", high=MAX_UNPACKED_BYTES))
        counter = _WorkCounter(n_bytes)
        for entry in archive.infolist():
            with archive.open(entry) as file:
                counter.count_part(file)


class _WorkCounter:
    """Counts what a library does for a workbook: it makes the cells, and those in between that are left out."""

    def __init__(self, n_bytes: int) -> None:
        self._sheet_work = SHEET_WORK + n_bytes // BYTES_PER_WORK
        self._work = self._row = self._column = 0

    def count_part(self, file: IO[bytes]) -> None:
        """Count the work of a part, up to where it is no XML; raise `TooMuchWork` as soon as all is too much."""
        self._add(PART_WORK)
        self._row = self._column = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin_element
        try:
            while chunk := file.read(CHUNK_BYTES):
                parser.Parse(chunk)
        except expat.ExpatError:
            return

    def _begin_element(self, name: str, attributes: Mapping[str, str]) -> None:
        kind, place = name.rpartition(" ")[2], attributes.get("r", "")
        if kind == "row":
            row = int(float(place)) if place else self._row + 1
            self._add(max(row - self._row, 1))
            self._row, self._column = row, 0
        elif kind == "c":
            column = _find_column(place) or self._column + 1
            self._add(max(column - self._column, 1))
            self._column = column
        else:
            self._add(self._sheet_work if kind == "sheet" else WORK.get(kind, OTHER_WORK))
        self._add(ATTRIBUTE_WORK * max(len(attributes) - MAX_ATTRIBUTES, 0))

    def _add(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise TooMuchWork


def _find_column(place: str) -> int:
    """Return the number of a column by a place such as AB7, 0 without one."""
    number = 0
    for letter in place.upper():
        if not "A" <= letter <= "Z":
            break
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _list_sheets(content: bytes) -> Iterator[Rows]:
    from openpyxl import load_workbook  # noqa: PLC0415 (most runs read no workbook)

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    # Once each part, however many sheets name it.
    for sheet in {sheet._worksheet_path: sheet for sheet in book.worksheets}.values():  # noqa: SLF001 (it has no other name)
        # What a sheet says of its size may be wrong.
        sheet.reset_dimensions()
        rows = ((n, [_format_cell(cell) for cell in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1))
        yield [(number, row) for number, row in rows if any(row)]


def _format_cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return (cell + HALF_SECOND).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, str):
        return "" if ERROR_TEXT.fullmatch(cell) else cell[:MAX_CELL_LENGTH].strip()
    if cell is None:
        return ""
    # A spreadsheet has no whole numbers: 12.0 is shown as 12.
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()
