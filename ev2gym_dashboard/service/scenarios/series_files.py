"""Series files of a scenario file or of options: their names, options of reading, and the series that they set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.series_file.options import OPTION_HELP, SeriesReading, parse_options
from ev2gym_dashboard.service.datasets.series_file.reader import read_series
from ev2gym_dashboard.service.datasets.series_file.table import MAX_SERIES_BYTES
from ev2gym_dashboard.service.datasets.series_file.units import PROFILE_UNITS

SERIES = {
    "load": "base_load_profile",
    "price": "price_profile",
    "export_price": "export_price_profile",
    "pv": "pv_profile",
    "limit": "limit_profile",
    "co2": "co2_profile",
    "setpoint": "setpoint_profile",
}
"""Scenario field of each series, by the name of its file."""
FORMER_NAMES = {f"{name}_csv": name for name in ("load", "price", "co2")}
SERIES_FILE_FIELDS = SERIES | {former: SERIES[name] for former, name in FORMER_NAMES.items()}
SERIES_OPTIONS = {f"{name}_{option}": (name, option) for name in SERIES for option in OPTION_HELP}
"""Options of reading, such as ``load_column``: the series and the option."""


def read_series_files(
    values: Mapping[str, Any], *, folder: Path, notes: list[Issue] | None = None
) -> tuple[dict[str, Profile], list[Issue]]:
    """Return the series of the files in ``values`` by scenario field, and every issue.

    Parameters
    ----------
    values : paths of files by `SERIES_FILE_FIELDS`, and options of reading by `SERIES_OPTIONS`
    folder : folder of relative paths
    notes : collects what the files were taken for
    """
    issues = _check_names(values)
    profiles = {}
    for key, field in SERIES_FILE_FIELDS.items():
        if key not in values or field in values or field in profiles:
            continue
        if not isinstance(values[key], str):
            issues.append(Issue(key, "must be the path of a file"))
            continue
        reading = _read_file(key, values, folder)
        issues += [replace(issue, field=f"{key}: {issue.field}") for issue in reading.issues]
        if reading.profile is not None:
            profiles[field] = reading.profile
        if notes is not None:
            notes += [replace(note, field=key) for note in reading.notes]
    return profiles, issues


def read_series_file(path: Path, field: str, options: Mapping[str, Any]) -> SeriesReading:
    """Return the reading of a file for a scenario field, with the options of the user."""
    read_options, issues = parse_options(dict(options))
    try:
        content = read_bytes(path, MAX_SERIES_BYTES)
    except ValidationError as error:
        issues += error.issues
    if issues:
        return SeriesReading(issues=tuple(issues))
    low, high = PROFILE_BOUNDS[field]
    return read_series(content, quantity=PROFILE_UNITS[field], low=low, high=high, options=read_options)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Return the content of a user's file; raise `ValidationError` if it cannot be read or is too long."""
    try:
        with path.open("rb") as file:
            # One byte more than allowed is enough to refuse a file, however large it is.
            content = file.read(max_bytes + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        issue = Issue("file", "{path} cannot be read: {reason}", (("path", path), ("reason", reason)))
        raise ValidationError([issue]) from None
    if len(content) > max_bytes:
        raise ValidationError([Issue("file", "must not be longer than {high} bytes", (("high", max_bytes),))])
    return content


def _read_file(key: str, values: Mapping[str, Any], folder: Path) -> SeriesReading:
    name = FORMER_NAMES.get(key, key)
    options = {
        option: values[key] for key, (series, option) in SERIES_OPTIONS.items() if series == name and key in values
    }
    return read_series_file(folder / values[key], SERIES[name], options)


def _check_names(values: Mapping[str, Any]) -> list[Issue]:
    """Return the issues of a series given twice, and of options without their file."""
    issues = []
    given = {SERIES_FILE_FIELDS[key] for key in SERIES_FILE_FIELDS if key in values}
    for key, field in SERIES_FILE_FIELDS.items():
        others = (field, *(other for other in SERIES_FILE_FIELDS if SERIES_FILE_FIELDS[other] == field))
        issues += [
            Issue(key, "must not be given together with {field}", (("field", other),))
            for other in others[: others.index(key)]
            if key in values and other in values
        ]
    for key, (name, _option) in SERIES_OPTIONS.items():
        if key in values and SERIES[name] not in given:
            issues.append(Issue(key, "needs the file that it is about: {name}", (("name", name),)))
    return issues
