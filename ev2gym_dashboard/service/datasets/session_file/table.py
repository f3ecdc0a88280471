"""Table of a session file: CSV, Parquet or JSON as a data frame, one row a stay."""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.datasets.session_file.columns import find_column

SEPARATORS = (";", "\t", "|", ",")
PARQUET_MAGIC = b"PAR1"
PICKLE_STARTS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
ACN_KEYS = {
    "connectionTime": "arrival",
    "disconnectTime": "departure",
    "kWhDelivered": "energy_kwh",
    "stationID": "evse",
}
"""Keys of ACN-Data's sessions that are read; a user of several vehicles has no vehicle of his own there."""


class ParquetBounds(NamedTuple):
    """Rows of a Parquet file, and bytes of its values, that are read: a short file may hold any number of both."""

    rows: int
    n_bytes: int


BATCH_ROWS = 65_536
MAX_COLUMNS, MAX_CELLS = 500, 50_000_000
"""Of a table with the cells that its rows leave out: a short file may have a long row and millions of empty ones."""
FIRST_TIME_S, LAST_TIME_S = -62_135_596_800 + 86_400, 253_402_300_799 - 86_400
"""The years 1 to 9999, which Python can write, but for a day at each end, whose time of another zone may be outside."""
FILE_BOUNDS = ParquetBounds(10_000_000, 4_000_000_000)


def read_table(content: bytes, *, max_parquet: ParquetBounds = FILE_BOUNDS) -> tuple[pd.DataFrame, int]:
    """Return the rows of a file, and the number of its first row as a user counts them.

    Raises
    ------
    ValidationError
        With one issue about the whole file.
    """
    if content[:4] == PARQUET_MAGIC:
        return _read_parquet(content, max_parquet), 1
    if content.startswith(PICKLE_STARTS):
        template = "is a pickle, which can run any code when it is read: pass your replay to {function} in Python"
        raise ValidationError([_make_issue("file", template, function="sessions_from_replay()")])
    text = _decode(content)
    if text.lstrip()[:1] in ("{", "["):
        return _read_json(text), 1
    return _read_csv(text.replace("\r\n", "\n").replace("\r", "\n")), 2


def looks_like_sessions(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of charging sessions."""
    if head[:4] == PARQUET_MAGIC or head.startswith(PICKLE_STARTS):
        return True
    text = _decode(head)
    if text.lstrip()[:1] in ("{", "["):
        return any(f'"{key}"' in text for key in ("connectionTime", "disconnectTime")) or (
            '"arrival"' in text and '"departure"' in text
        )
    names = re.split("[;,\t|]", text.lstrip().split("\n", 1)[0].replace('"', ""))
    columns = {find_column(name)[0] for name in names}
    return "arrival" in columns and bool({"departure", "stay_h"} & columns) and bool({"energy_kwh", "soc"} & columns)


def _read_parquet(content: bytes, bounds: ParquetBounds) -> pd.DataFrame:
    import pyarrow.parquet as pq  # noqa: PLC0415 (most runs read no file)

    try:
        # A few bytes may hold any number of equal values: how many, the file says before it is read.
        metadata = pq.read_metadata(io.BytesIO(content))
        n_bytes = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        is_too_long = metadata.num_rows > bounds.rows or n_bytes > bounds.n_bytes
        table = None if is_too_long else _read_batches(content, bounds)
        written = None if table is None else _write_out_texts(table, bounds)
        frame = None if written is None else _make_pandas(written)
    except ValidationError:
        raise
    except (ValueError, OSError, pa.ArrowException) as error:
        issue = _make_issue("file", "must be a Parquet file: {reason}", reason=str(error)[:200])
        raise ValidationError([issue]) from None
    if frame is None:
        template = "must hold at most {rows} rows and {n} bytes"
        raise ValidationError([_make_issue("file", template, rows=bounds.rows, n=bounds.n_bytes)])
    return frame


def _read_batches(content: bytes, bounds: ParquetBounds) -> pa.Table | None:
    """Return the table of a file, None where it exceeds the bounds, whatever its metadata says."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    fields = [field for field in pq.read_schema(io.BytesIO(content)) if _is_plain(field.type)]
    # Repeated texts stay apart from the rows until their length is known.
    texts = [field.name for field in fields if _is_text(field.type)]
    _check_extent(1, len(fields))
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    batches, n_rows, n_bytes = [], 0, 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=[field.name for field in fields]):
        n_rows, n_bytes = n_rows + batch.num_rows, n_bytes + sum(map(_count_bytes, batch.columns))
        if n_rows > bounds.rows or n_bytes > bounds.n_bytes:
            return None
        batches.append(batch)
    return pa.Table.from_batches(batches) if batches else pa.schema(fields).empty_table()


def _count_bytes(column: pa.Array) -> int:
    """Return the bytes of the values of a batch; texts that repeat are shared by all batches."""
    return int(column.indices.nbytes if pa.types.is_dictionary(column.type) else column.nbytes)


def _is_plain(kind: pa.DataType) -> bool:
    """Return whether the values of a type are short; one of a nested type may hold any number of others."""
    return not (pa.types.is_nested(kind) or pa.types.is_fixed_size_binary(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


def _write_out_texts(table: pa.Table, bounds: ParquetBounds) -> pa.Table | None:
    """Return a table with its repeated texts written out, None where that would exceed the bounds."""
    import pyarrow.compute as pc  # noqa: PLC0415

    for index, column in enumerate(table.columns):
        if pa.types.is_dictionary(column.type):
            lengths = [pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0 for chunk in column.chunks]
            if len(column) * max(lengths, default=0) > bounds.n_bytes:
                return None
            table = table.set_column(index, table.field(index).name, column.cast(column.type.value_type))
    return table


def _make_pandas(table: pa.Table) -> pd.DataFrame:
    """Return a table as a data frame; raise `ValueError` for texts that are no UTF-8, and times beyond Python's."""
    import pyarrow.compute as pc  # noqa: PLC0415

    for column in table.columns:
        column.validate(full=True)
        if pa.types.is_timestamp(column.type):
            seconds = column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64())
            first_s, last_s = pc.min_max(seconds).as_py().values()
            if len(column) > column.null_count and (first_s < FIRST_TIME_S or last_s > LAST_TIME_S):
                raise ValueError("a time is not within the years 1 to 9999")
    # What pandas notes of itself in a file may be damaged, and the columns say all that is needed.
    frame: pd.DataFrame = table.replace_schema_metadata().to_pandas()
    return frame


def _decode(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _check_extent(n_rows: int, n_columns: int) -> None:
    """Raise `ValidationError` for a table that takes far more memory than its file."""
    if n_columns > MAX_COLUMNS or n_rows * n_columns > MAX_CELLS:
        template = "must have at most {n} columns, and {cells} cells in all"
        raise ValidationError([_make_issue("file", template, n=MAX_COLUMNS, cells=MAX_CELLS)])


def _read_csv(text: str) -> pd.DataFrame:
    header = text.lstrip("\n\r").split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    stream = io.StringIO(text)
    _check_extent(text.count("\n") + 1, max((line.count(separator) for line in stream), default=0) + 1)
    stream.seek(0)
    # Where the comma is no separator it is the decimal mark, as in exports of French spreadsheets.
    decimal = "," if separator != "," and _has_decimal_commas(text) else "."
    try:
        return pd.read_csv(stream, sep=separator, decimal=decimal, skipinitialspace=True, index_col=False)
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error)[:200]
    raise ValidationError([_make_issue("file", "must be a table with a line of column names: {reason}", reason=reason)])


def _has_decimal_commas(text: str) -> bool:
    sample = text[:100_000]
    return sample.count(",") > 0


def _read_json(text: str) -> pd.DataFrame:
    try:
        value = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError([_make_issue("file", "must be JSON: {reason}", reason=str(error)[:200])]) from None
    rows = value.get("_items", value.get("sessions")) if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValidationError([_make_issue("file", "must hold a list of sessions, such as ACN-Data's _items")])
    return make_frame(rows)


def make_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a data frame; those of ACN-Data under the names of this project.

    Raises
    ------
    ValidationError
        If they have too many columns or cells.
    """
    if "connectionTime" in rows[0]:
        rows = [{name: row.get(key) for key, name in ACN_KEYS.items()} for row in rows]
    _check_extent(len(rows), len({name for row in rows for name in row}))
    try:
        return pd.DataFrame.from_records(rows)
    except UnicodeEncodeError:
        # Half a character, which a list of Python may hold, and no column of texts: its cell gets an issue.
        return pd.DataFrame(rows, dtype=object)


def _make_issue(name: str, template: str, **values: object) -> Issue:
    return Issue(name, template, tuple(values.items()))
