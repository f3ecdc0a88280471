"""Scenario files: reading and writing a scenario as TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import tomli_w

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF, PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names
from ev2gym_dashboard.core.site.tariff_text import encode_tariff
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.datasets.session_file import read_sessions
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.serialization import SCENARIO_FIELDS, deserialize_scenario, serialize_scenario
from ev2gym_dashboard.service.scenarios.series_files import (
    SERIES_FILE_FIELDS,
    SERIES_OPTIONS,
    read_bytes,
    read_series_files,
)
from ev2gym_dashboard.service.scenarios.validation import check_retired_params

MAX_SCENARIO_BYTES = 16_000_000
CATALOG_FILE_KEY, TARIFF_FILE_KEY, SESSIONS_FILE_KEY = "catalog_file", "tariff_file", "sessions_file"
FILE_FIELDS = {CATALOG_FILE_KEY: "catalog_spec", TARIFF_FILE_KEY: "tariff_spec", SESSIONS_FILE_KEY: "sessions"}
FILE_FIELDS |= SERIES_FILE_FIELDS
"""Files of a scenario file, by key: the scenario field that each sets."""


def read_scenario(path: Path, *, notes: list[Issue] | None = None) -> Scenario:
    """Return the scenario of a TOML file; the paths in it are relative to its folder.

    ``notes`` collects what the files of series were taken for.

    Raises
    ------
    ValidationError
        With every issue, each with its line and field.
    """
    return parse_scenario_toml(read_text(path, MAX_SCENARIO_BYTES), folder=path.parent, notes=notes)


def parse_scenario_toml(text: str, *, folder: Path, notes: list[Issue] | None = None) -> Scenario:
    """Return the scenario of a TOML text; the paths in it are relative to ``folder``.

    ``notes`` collects what the files of series were taken for.

    Raises
    ------
    ValidationError
        With every issue, each with its line and field.
    """
    try:
        values = tomllib.loads(text)
    # ValueError: also of a number of more digits than Python reads.
    except (ValueError, RecursionError) as error:
        raise ValidationError([Issue("file", "must be TOML: {reason}", (("reason", str(error)),))]) from None
    scenario, issues = parse_scenario_values(values, folder=folder, notes=notes)
    if issues:
        raise ValidationError([_add_line_number(issue, text) for issue in issues])
    return scenario


def parse_scenario_values(
    values: Mapping[str, Any], *, folder: Path, notes: list[Issue] | None = None
) -> tuple[Scenario, list[Issue]]:
    """Return the scenario of values from a file or from options, and every issue; with issues, do not use it.

    ``notes`` collects what the files of series were taken for.
    """
    fields_given = {name: value for name, value in values.items() if name not in FILE_FIELDS | SERIES_OPTIONS}
    file_fields, issues = read_named_files(values, folder=folder, notes=notes)
    issues += check_names(fields_given, SCENARIO_FIELDS)
    # Unknown names have their issue: without them the other fields are checked too, and all issues come at once.
    known = {name: value for name, value in fields_given.items() if name in SCENARIO_FIELDS} | file_fields
    # TOML has dates and times of its own, a scenario holds their ISO text.
    known = {name: value.isoformat() if isinstance(value, date | time) else value for name, value in known.items()}
    if isinstance(known.get("params"), Mapping):
        known["params"] = _flatten_params(known["params"])
        issues += check_retired_params(known["params"])
    scenario, scenario_issues = deserialize_scenario(known)
    # The dates of a series are checked with the length of the run, which only a valid scenario has.
    scenario_issues = scenario_issues or check_coverage(scenario, scenario.n_steps)
    return scenario, issues + scenario_issues


def read_named_files(
    values: Mapping[str, Any], *, folder: Path, notes: list[Issue] | None = None
) -> tuple[dict[str, Any], list[Issue]]:
    """Return the contents of the files in ``values`` by the scenario field that each sets, and all their issues."""
    contents: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, field in FILE_FIELDS.items():
        if name not in values or name in SERIES_FILE_FIELDS:
            continue
        if field in values:
            issues.append(Issue(name, "must not be given together with {field}", (("field", field),)))
            continue
        try:
            contents[field] = _read_named_file(name, values[name], folder)
        except ValidationError as error:
            issues += error.issues
    profiles, series_issues = read_series_files(values, folder=folder, notes=notes)
    contents |= profiles
    issues += series_issues
    if TARIFF_FILE_KEY in values:
        contents["tariff"] = OWN_TARIFF
        if values.get("tariff", OWN_TARIFF) != OWN_TARIFF:
            issues.append(Issue(TARIFF_FILE_KEY, "must not be given together with {field}", (("field", "tariff"),)))
    return contents, issues


def format_scenario_toml(scenario: Scenario) -> str:
    """Return a scenario as TOML text that reads back equal."""
    # Every field is written, so that the file keeps its meaning when a default changes.
    values = serialize_scenario(scenario)
    tables = {"params": values.pop("params")}
    optional = (*PROFILE_BOUNDS, "catalog_spec", "tariff_spec", "sessions")
    return tomli_w.dumps({name: value for name, value in values.items() if value or name not in optional} | tables)


def read_text(path: Path, max_bytes: int) -> str:
    """Return the text of a user's file.

    Raises
    ------
    ValidationError
        If the file cannot be read, is too long or is not UTF-8.
    """
    content = read_bytes(path, max_bytes)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError([Issue("file", "must be text in UTF-8")]) from None


def _read_named_file(name: str, path: object, folder: Path) -> Any:
    if not isinstance(path, str):
        raise ValidationError([Issue(name, "must be the path of a file")])
    try:
        if name == SESSIONS_FILE_KEY:
            return read_sessions(folder / path)
        text = read_text(folder / path, MAX_SCENARIO_BYTES)
        if name == TARIFF_FILE_KEY:
            return encode_tariff(parse_tariff(text.encode()))
        return _require_valid_spec(text)
    except ValidationError as error:
        raise ValidationError([replace(issue, field=f"{name}: {issue.field}") for issue in error.issues]) from None


def _require_valid_spec(text: str) -> str:
    _, issues = parse_catalog(text)
    if issues:
        raise ValidationError(issues)
    return text


def _flatten_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters by ``"strategy.parameter"``, from such names or from a table per strategy."""
    flat: dict[str, Any] = {}
    for name, value in params.items():
        flat |= {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {name: value}
    return flat


def _add_line_number(issue: Issue, text: str) -> Issue:
    """Return an issue with the number of the line that sets its field, if a line does."""
    name = re.split("[:/]", issue.field, maxsplit=1)[0]
    # A parameter is set by its full name or, in the table of its strategy, by its last part.
    keys = dict.fromkeys((name, name.rpartition(".")[2]))
    lines = text.splitlines()
    for key in keys:
        pattern = re.compile(rf"\s*(?:\"{re.escape(key)}\"|'{re.escape(key)}'|{re.escape(key)})\s*(?:=|\.)")
        for number, line in enumerate(lines, start=1):
            if pattern.match(line):
                return replace(issue, field=f"line {number}: {issue.field}")
    return issue
