"""Files of a sweep: their names as values of its sections, read into the fields that they set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.schema import Issue, format_value
from ev2gym_dashboard.service.scenarios.toml_file import FILE_FIELDS, read_named_files
from ev2gym_dashboard.service.scenarios.validation import list_allowed_keys
from ev2gym_dashboard.service.sweeps.plan import KEYED_FILES, SweepFile

SHORT_NAMES = {"load": "load_csv", "prices": "price_csv", "co2": "co2_csv"}
"""Short names of files in a sweep, and the names in a scenario file, which are allowed as well."""


def read_files(table: Mapping[str, Any], section: str, folder: Path, issues: list[Issue]) -> dict[str, Any]:
    """Return a section of a sweep file with each file's name replaced by a `SweepFile`, under the field that it sets.

    Parameters
    ----------
    table : values by name; lists in ``grid`` and ``sample``
    section : name of the section, for the issues
    folder : folder to which the names are relative
    issues : every issue of the files is appended, with its place in the sweep file
    """
    result: dict[str, Any] = {}
    for name, value in table.items():
        field = _find_field(name)
        if field in result:
            issues.append(Issue(f"{section}.{name}", "must not be given together with {field}", (("field", field),)))
        path = f"{section}.{format_value(name)}"
        result[field] = (
            [_read_value(name, entry, path, folder, issues) for entry in value]
            if isinstance(value, list) and _takes_file(name)
            else _read_value(name, value, path, folder, issues)
        )
    return result


def _find_field(name: str) -> str:
    """Return the name of a value in the plan: a file goes by the field that it sets, or whose key it replaces."""
    field = FILE_FIELDS.get(SHORT_NAMES.get(name, name), name)
    return next((keyed for keyed, spec in KEYED_FILES.items() if spec == field and name != spec), field)


def _takes_file(name: str) -> bool:
    return name in KEYED_FILES or SHORT_NAMES.get(name, name) in FILE_FIELDS


def _read_value(name: str, value: Any, path: str, folder: Path, issues: list[Issue]) -> Any:
    """Return a value, or the file that it names."""
    key = _find_file_key(name, value)
    if key is None:
        return value
    fields, file_issues = read_named_files({key: value}, folder=folder)
    # "tariff_file: periods.day.price" becomes "grid.tariff: french.toml: periods.day.price".
    prefix = f"{path}: {format_value(value)}"
    issues += [replace(issue, field=prefix + issue.field.removeprefix(key)) for issue in file_issues]
    if file_issues:
        # The sweep is refused: a stand-in keeps the value from being reported a second time.
        return SweepFile(format_value(value), "", ())
    digest = hashlib.sha256((folder / value).read_bytes()).hexdigest()
    return SweepFile(value, digest, tuple(fields.items()))


def _find_file_key(name: str, value: Any) -> str | None:
    """Return the key of a scenario file that reads a value; None for a value that names no file."""
    if name in KEYED_FILES:
        is_file = isinstance(value, str) and value not in list_allowed_keys()[name] and bool(Path(value).suffix)
        return f"{name}_file" if is_file else None
    key = SHORT_NAMES.get(name, name)
    return key if key in FILE_FIELDS else None
