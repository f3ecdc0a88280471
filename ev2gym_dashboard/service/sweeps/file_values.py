"""Files of a sweep: their names as values of its sections, read into the fields that they set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.schema import Issue, format_value
from ev2gym_dashboard.service.scenarios.series_files import FORMER_NAMES, SERIES, SERIES_OPTIONS
from ev2gym_dashboard.service.scenarios.toml_file import FILE_FIELDS, read_named_files
from ev2gym_dashboard.service.scenarios.validation import list_allowed_keys
from ev2gym_dashboard.service.sweeps.plan import KEYED_FILES, SweepFile

SHORT_NAMES = {"prices": "price", "sessions": "sessions_file"}
"""Names of files in a sweep, and their names in a scenario file, which are allowed as well."""


@dataclass(frozen=True)
class FileReader:
    """What the files of a sweep are read with.

    Parameters
    ----------
    folder : folder to which their names are relative
    options : options of reading, such as ``load_column``, by `SERIES_OPTIONS`
    issues, notes : lists to which every issue is appended, with its place, and what the files were taken for
    """

    folder: Path
    options: Mapping[str, Any]
    issues: list[Issue]
    notes: list[Issue]


def pop_options(base: dict[str, Any], tables: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], list[Issue]]:
    """Take the options of reading out of the base, which apply to the files of all sections; return them and issues."""
    options = {name: base.pop(name) for name in list(base) if name in SERIES_OPTIONS}
    fields = {_find_field(name) for table in tables for name in table}
    issues = [
        Issue(f"base.{name}", "needs the file that it is about: {name}", (("name", series),))
        for name, (series, _) in SERIES_OPTIONS.items()
        if name in options and SERIES[series] not in fields
    ]
    return options, issues


def read_files(table: Mapping[str, Any], section: str, reader: FileReader) -> dict[str, Any]:
    """Return a section of a sweep file with each file's name replaced by a `SweepFile`, under the field that it sets.

    Parameters
    ----------
    table : values by name; lists in ``grid`` and ``sample``
    section : name of the section, for the issues
    reader : what the files are read with
    """
    result: dict[str, Any] = {}
    for name, value in table.items():
        field = _find_field(name)
        if field in result:
            reader.issues.append(
                Issue(f"{section}.{name}", "must not be given together with {field}", (("field", field),))
            )
        path = f"{section}.{format_value(name)}"
        result[field] = (
            [_read_value(name, entry, path, reader) for entry in value]
            if isinstance(value, list) and _takes_file(name)
            else _read_value(name, value, path, reader)
        )
    return result


def _find_field(name: str) -> str:
    """Return the name of a value in the plan: a file goes by the field that it sets, or whose key it replaces."""
    field = FILE_FIELDS.get(SHORT_NAMES.get(name, name), name)
    return next((keyed for keyed, spec in KEYED_FILES.items() if spec == field and name != spec), field)


def _takes_file(name: str) -> bool:
    return name in KEYED_FILES or SHORT_NAMES.get(name, name) in FILE_FIELDS


def _read_value(name: str, value: Any, path: str, reader: FileReader) -> Any:
    """Return a value, or the file that it names."""
    key = _find_file_key(name, value)
    if key is None:
        return value
    series = FORMER_NAMES.get(key, key)
    options = {option: value for option, value in reader.options.items() if SERIES_OPTIONS[option][0] == series}
    fields, file_issues = read_named_files({key: value, **options}, folder=reader.folder, notes=reader.notes)
    # "tariff_file: periods.day.price" becomes "grid.tariff: french.toml: periods.day.price".
    prefix = f"{path}: {format_value(value)}"
    reader.issues.extend(replace(issue, field=prefix + issue.field.removeprefix(key)) for issue in file_issues)
    if file_issues:
        # The sweep is refused: a stand-in keeps the value from being reported a second time.
        return SweepFile(format_value(value), "", ())
    digest = hashlib.sha256((reader.folder / value).read_bytes()).hexdigest()
    return SweepFile(value, digest, tuple(fields.items()))


def _find_file_key(name: str, value: Any) -> str | None:
    """Return the key of a scenario file that reads a value; None for a value that names no file."""
    if name in KEYED_FILES:
        is_file = isinstance(value, str) and value not in list_allowed_keys()[name] and bool(Path(value).suffix)
        return f"{name}_file" if is_file else None
    key = SHORT_NAMES.get(name, name)
    return key if key in FILE_FIELDS else None
