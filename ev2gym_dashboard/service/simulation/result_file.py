"""File of a result: a ZIP archive of its tables in Arrow's format, and of all else in JSON; it loads back equal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import pandas as pd
import pyarrow as pa

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.runtime.atomic_file import replace_file
from ev2gym_dashboard.service.scenarios.serialization import deserialize_scenario, serialize_scenario
from ev2gym_dashboard.service.simulation.billing import BillLine

FORMAT, VERSION = "EV2Gym dashboard result", 1
DOCUMENT_NAME, TABLE_SUFFIX = "result.json", ".arrow"


def write_result_file(values: Mapping[str, Any], path: Path) -> None:
    """Write the fields of a result, by name; raise `ValidationError` if the file cannot be written."""
    tables = {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "scenario": serialize_scenario(values["scenario"]),
        "bill": [asdict(line) for line in values["bill"]],
        "freq": {name: _get_frequency(table) for name, table in tables.items()},
        "fields": {n: v for n, v in values.items() if n not in ("scenario", "bill", *tables)},
    }
    try:
        with replace_file(path) as unfinished, ZipFile(unfinished, "w", ZIP_DEFLATED) as archive:
            archive.writestr(DOCUMENT_NAME, json.dumps(document))
            for name, table in tables.items():
                archive.writestr(name + TABLE_SUFFIX, _encode_table(table))
    except OSError as error:
        raise _make_file_error("{path} cannot be written: {reason}", path, error.strerror or str(error)) from None


def read_result_file(path: Path) -> dict[str, Any]:
    """Return the fields of a result, by name.

    Raises
    ------
    ValidationError
        If the file cannot be read or holds no result, or with every issue of its scenario.
    """
    try:
        with ZipFile(path) as archive:
            document = json.loads(archive.read(DOCUMENT_NAME))
            names = [name for name in archive.namelist() if name.endswith(TABLE_SUFFIX)]
            tables = {name.removesuffix(TABLE_SUFFIX): _decode_table(archive.read(name)) for name in names}
    except (BadZipFile, KeyError, ValueError):
        raise _make_file_error("{path} is not a result that Result.save has written", path) from None
    except OSError as error:
        raise _make_file_error("{path} cannot be read: {reason}", path, error.strerror or str(error)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _make_file_error("{path} is not a result that Result.save has written", path)
    if document.get("version") != VERSION:
        raise _make_file_error("{path} was written by another version", path)
    return _parse_document(document, tables)


def is_equal(first: object, second: object) -> bool:
    """Return whether two fields of results are equal; NaN equals NaN, as in a table."""
    if isinstance(first, pd.DataFrame) or isinstance(second, pd.DataFrame):
        return isinstance(first, pd.DataFrame) and isinstance(second, pd.DataFrame) and first.equals(second)
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(is_equal(value, second[name]) for name, value in first.items())
    is_nan = isinstance(first, float) and isinstance(second, float) and np.isnan(first) and np.isnan(second)
    return bool(is_nan or first == second)


def _parse_document(document: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    scenario, issues = deserialize_scenario(document["scenario"])
    if issues:
        raise ValidationError(issues)
    for name, freq in document["freq"].items():
        # Arrow has no place for it, and an index with and without are not the same.
        if freq:
            tables[name].index = pd.DatetimeIndex(tables[name].index, freq=freq)
    bill = tuple(BillLine(**line) for line in document["bill"])
    return {"scenario": scenario, "bill": bill, **document["fields"], **tables}


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


def _make_file_error(template: str, path: Path, reason: str = "") -> ValidationError:
    return ValidationError([Issue("file", template, (("path", path), ("reason", reason)))])
