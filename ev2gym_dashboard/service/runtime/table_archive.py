"""Archive of a document and tables: a ZIP file of JSON and of tables in Arrow's format, which load back equal."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import pandas as pd
import pyarrow as pa

DOCUMENT_NAME, TABLE_SUFFIX = "result.json", ".arrow"
FREQUENCIES = "freq"
"""Key of the document that names the step of each table's index: Arrow has no place for it."""
Tables = dict[str, pd.DataFrame]


class DamagedArchive(Exception):
    """A file is not an archive of this form."""


def write_archive(file: Path | IO[bytes], document: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write an archive."""
    frequencies = {name: _get_frequency(table) for name, table in tables.items()}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(DOCUMENT_NAME, json.dumps({**document, FREQUENCIES: frequencies}))
        for name, table in tables.items():
            archive.writestr(name + TABLE_SUFFIX, _encode_table(table))


def read_archive(file: Path | IO[bytes], chosen: Collection[str] | None = None) -> tuple[dict[str, Any], Tables]:
    """Return the document of an archive and its tables, or the chosen ones; raise `DamagedArchive` if it is none."""
    try:
        with ZipFile(file) as archive:
            document = json.loads(archive.read(DOCUMENT_NAME))
            names = [name.removesuffix(TABLE_SUFFIX) for name in archive.namelist() if name.endswith(TABLE_SUFFIX)]
            chosen = names if chosen is None else chosen
            tables = {name: _decode_table(archive.read(name + TABLE_SUFFIX)) for name in names if name in chosen}
        for name, freq in document.pop(FREQUENCIES).items():
            if freq and name in tables:
                tables[name].index = pd.DatetimeIndex(tables[name].index, freq=freq)
    except (BadZipFile, KeyError, ValueError, AttributeError, TypeError) as error:
        raise DamagedArchive from error
    return document, tables


def encode_archive(document: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return an archive as bytes."""
    file = BytesIO()
    write_archive(file, document, tables)
    return file.getvalue()


def decode_archive(data: bytes, chosen: Collection[str] | None = None) -> tuple[dict[str, Any], Tables]:
    """Return the document and the tables of an archive's bytes, or the chosen ones; raise as `read_archive`."""
    return read_archive(BytesIO(data), chosen)


def _get_frequency(table: pd.DataFrame) -> str | None:
    return table.index.freqstr if isinstance(table.index, pd.DatetimeIndex) else None


# Not Parquet, which drops the categories that no row has.
def _encode_table(table: pd.DataFrame) -> bytes:
    arrow, sink = pa.Table.from_pandas(table), BytesIO()
    with pa.ipc.new_file(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    return sink.getvalue()


def _decode_table(data: bytes) -> pd.DataFrame:
    with pa.ipc.open_file(BytesIO(data)) as reader:
        table: pd.DataFrame = reader.read_all().to_pandas()
    return table
