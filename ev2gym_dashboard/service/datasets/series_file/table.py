"""First stages: the text of a file in any usual encoding, and its rows of cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.series_file.cells import is_compact_date, is_number, is_time
from ev2gym_dashboard.service.datasets.series_file.epochs import is_epoch
from ev2gym_dashboard.service.datasets.series_file.numbered import parse_step_numbers
from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file
from ev2gym_dashboard.service.datasets.series_file.workbook import read_sheets

MAX_SERIES_BYTES = 16_000_000
MAX_LINE_LENGTH = 2000
MAX_ROWS = 366 * 288
MAX_PREAMBLE = 200
SEPARATORS = (";", "\t", "|", ",")
SAMPLE_LINES = 80
XLSX_MAGIC, XLS_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?;*,*", re.IGNORECASE)
NO_ROWS = "must contain rows with a time and a value, for at least a whole day"


@dataclass(frozen=True)
class Table:
    """Rows of cells, without empty lines, each with the number of its line in the file."""

    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    separator: str


def read_table(content: bytes | str) -> Table:
    """Return the table of a file; raise `ValidationError` with one sentence about a file that has none."""
    if len(content) > MAX_SERIES_BYTES:
        raise refuse_file(make_issue(WHOLE_FILE, "must not be longer than {high} bytes", high=MAX_SERIES_BYTES))
    if isinstance(content, bytes) and content.startswith(XLSX_MAGIC):
        table = _read_workbook(content)
    else:
        table = split_table(content if isinstance(content, str) else decode_text(content))
    if len(table.rows) > MAX_ROWS + MAX_PREAMBLE:
        n_rows = len(table.rows)
        raise refuse_file(
            make_issue(WHOLE_FILE, "must have at most {high} rows, not {value}", high=MAX_ROWS, value=n_rows)
        )
    return table


def decode_text(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or Windows-1252."""
    if content.startswith(XLS_MAGIC):
        raise refuse_file(make_issue(WHOLE_FILE, "is an old Excel workbook: save it as CSV or .xlsx"))
    for encoding in _list_encodings(content):
        try:
            return content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise refuse_file(make_issue(WHOLE_FILE, "must be text: save it as CSV"))


def _list_encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith(UTF_16_MARKS):
        return ("utf-16",)
    sample = content[:1000]
    # Without a mark, the zero of each ASCII character tells the order of the bytes.
    if sample and sample.count(0) > len(sample) // 4:
        return ("utf-16-le",) if sample[1::2].count(0) > sample[::2].count(0) else ("utf-16-be",)
    return ("utf-8",) if 0 in sample else ("utf-8", "cp1252")


def split_table(text: str) -> Table:
    """Return the table of a text; its separator is named by a line ``sep=;``, or gives the most rows of a series."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    declared = SEPARATOR_LINE.fullmatch(filled[0][1].strip()) if filled else None
    filled = filled[1:] if declared else filled
    separator = declared[1] if declared else _find_separator([line for _, line in filled])
    rows = [_split_line(line, separator) for _, line in filled]
    return Table(rows, [number for number, _ in filled], separator)


def _find_separator(lines: Sequence[str]) -> str:
    sample = [*lines[: SAMPLE_LINES // 2], *lines[-SAMPLE_LINES:]]
    scores = [(_count_series_rows(_split_line(line, separator) for line in sample)) for separator in SEPARATORS]
    if not max(scores):
        # Rows without a time may number the steps of a day.
        scores = [_count_number_rows(_split_line(line, separator) for line in sample) for separator in SEPARATORS]
    if not max(scores):
        raise refuse_file(make_issue(WHOLE_FILE, NO_ROWS))
    return SEPARATORS[scores.index(max(scores))]


def _count_series_rows(rows: Iterable[Sequence[str]]) -> int:
    """Return how many rows have a time, or a date in parts, and a number."""
    return sum(
        (any(is_time(cell) for cell in row) and any(is_number(cell) for cell in row))
        or (any(is_epoch(cell) for cell in row) and _count_numbers(row) >= 2)
        or (any(map(is_compact_date, row)) and any(is_number(cell) and not is_compact_date(cell) for cell in row))
        or _count_numbers(row) >= 5
        for row in rows
    )


def _count_number_rows(rows: Iterable[Sequence[str]]) -> int:
    """Return how many rows have a number of a step and another number."""
    return sum(len(row) > 1 and parse_step_numbers(row[:1])[0] >= 0 and is_number(row[1]) for row in rows)


def _count_numbers(row: Sequence[str]) -> int:
    return sum(map(is_number, row))


def _split_line(line: str, separator: str) -> list[str]:
    # Cut, because the csv module raises an error for a field of more than 131,072 characters.
    try:
        cells = next(csv.reader([line[:MAX_LINE_LENGTH]], delimiter=separator, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return []
    return [cell.strip() for cell in cells]


def _read_workbook(content: bytes) -> Table:
    """Return the first sheet with rows of a series of an Excel workbook."""
    for rows in read_sheets(content):
        sample = [row for _, row in rows[:SAMPLE_LINES]]
        if _count_series_rows(sample) or _count_number_rows(sample):
            return Table([row for _, row in rows], [number for number, _ in rows], "\t")
    raise ValidationError([make_issue(WHOLE_FILE, NO_ROWS)])
