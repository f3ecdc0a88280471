"""File of a result: an archive of its tables, and of all else in JSON; it loads back equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.runtime.atomic_file import replace_file
from ev2gym_dashboard.service.runtime.table_archive import (
    DamagedArchive,
    Tables,
    decode_archive,
    encode_archive,
    read_archive,
    write_archive,
)
from ev2gym_dashboard.service.scenarios.serialization import deserialize_scenario, serialize_scenario
from ev2gym_dashboard.service.simulation.billing import BillLine

FORMAT, VERSION = "EV2Gym dashboard result", 1


def write_result_file(values: Mapping[str, Any], path: Path) -> None:
    """Write the fields of a result, by name; raise `ValidationError` if the file cannot be written."""
    document, tables = _split_fields(values)
    try:
        with replace_file(path) as unfinished:
            write_archive(unfinished, document, tables)
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
        document, tables = read_archive(path)
    except DamagedArchive:
        raise _make_file_error("{path} is not a result that Result.save has written", path) from None
    except OSError as error:
        raise _make_file_error("{path} cannot be read: {reason}", path, error.strerror or str(error)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _make_file_error("{path} is not a result that Result.save has written", path)
    if document.get("version") != VERSION:
        raise _make_file_error("{path} was written by another version", path)
    return _parse_document(document, tables)


def encode_result(values: Mapping[str, Any]) -> bytes:
    """Return the fields of a result, by name, as the bytes of their file."""
    return encode_archive(*_split_fields(values))


def decode_result(data: bytes) -> dict[str, Any]:
    """Return the fields of a result, by name, from bytes of `encode_result`."""
    return _parse_document(*decode_archive(data))


def decode_result_document(data: bytes) -> dict[str, Any]:
    """Return the fields of a result but its tables, by name, from bytes of `encode_result`."""
    document, tables = decode_archive(data, ())
    return _parse_document(document, tables)


def is_equal(first: object, second: object) -> bool:
    """Return whether two fields of results are equal; NaN equals NaN, as in a table."""
    if isinstance(first, pd.DataFrame) or isinstance(second, pd.DataFrame):
        return isinstance(first, pd.DataFrame) and isinstance(second, pd.DataFrame) and first.equals(second)
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(is_equal(value, second[name]) for name, value in first.items())
    is_nan = isinstance(first, float) and isinstance(second, float) and np.isnan(first) and np.isnan(second)
    return bool(is_nan or first == second)


def _split_fields(values: Mapping[str, Any]) -> tuple[dict[str, Any], Tables]:
    tables = {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "scenario": serialize_scenario(values["scenario"]),
        "bill": [asdict(line) for line in values["bill"]],
        "fields": {n: v for n, v in values.items() if n not in ("scenario", "bill", *tables)},
    }
    return document, tables


def _parse_document(document: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    scenario, issues = deserialize_scenario(document["scenario"])
    if issues:
        raise ValidationError(issues)
    bill = tuple(BillLine(**line) for line in document["bill"])
    return {"scenario": scenario, "bill": bill, **document["fields"], **tables}


def _make_file_error(template: str, path: Path, reason: str = "") -> ValidationError:
    return ValidationError([Issue("file", template, (("path", path), ("reason", reason)))])
