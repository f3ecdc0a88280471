"""A scenario as a TOML file: read with every issue at once, by line and field; written so that it reads back equal."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, time
from pathlib import Path
from typing import Any

import tomli_w

from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario, parse_scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.datasets.profile_csv import PROFILE_UNITS, ProfileQuantity, parse_profile_csv
from ev2gym_dashboard.service.scenarios.validation import check_scenario

MAX_SCENARIO_BYTES = 16_000_000
CATALOG_FILE_KEY = "catalog_file"
CSV_FILE_FIELDS: dict[str, tuple[str, ProfileQuantity]] = {
    name: (field, PROFILE_UNITS[field])
    for name, field in (("load_csv", "base_load_profile"), ("price_csv", "price_profile"))
}
"""Files that a scenario can name: the field that each fills, and what its values are."""
FILE_FIELDS = {CATALOG_FILE_KEY: "catalog_spec"} | {name: field for name, (field, _) in CSV_FILE_FIELDS.items()}


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a TOML file; the files that it names lie beside it.

    Raises
    ------
    Invalid
        With every issue, each with its line and field.
    """
    return parse_scenario_toml(read_text(path, MAX_SCENARIO_BYTES), folder=path.parent)


def parse_scenario_toml(text: str, *, folder: Path) -> Scenario:
    """Return the scenario of a TOML text; the paths in it count from ``folder``.

    Raises
    ------
    Invalid
        With every issue, each with its line and field.
    """
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValidationError([Issue("file", "must be TOML: {reason}", (("reason", str(error)),))]) from None
    scenario, issues = parse_scenario_values(values, folder=folder)
    if issues:
        raise ValidationError([_add_line_number(issue, text) for issue in issues])
    return scenario


def parse_scenario_values(values: Mapping[str, Any], *, folder: Path) -> tuple[Scenario, list[Issue]]:
    """Return the scenario of what stands in a file or in options, with every issue; then it is not to be used."""
    own = {name: value for name, value in values.items() if name not in FILE_FIELDS}
    named, issues = read_named_files(values, folder=folder)
    issues += check_names(own, [f.name for f in fields(Scenario)])
    own = {name: value for name, value in own.items() if name in Scenario.__dataclass_fields__} | named
    own = {name: value.isoformat() if isinstance(value, date | time) else value for name, value in own.items()}
    if isinstance(own.get("params"), Mapping):
        own["params"] = _flatten_params(own["params"])
    try:
        scenario = parse_scenario(own)
        return scenario, issues + check_scenario(scenario)
    except ValidationError as wrong:
        return Scenario(), issues + list(wrong.issues)


def read_named_files(values: Mapping[str, Any], *, folder: Path) -> tuple[dict[str, Any], list[Issue]]:
    """Return what the files that ``values`` names hold, by the field that it fills, and the issues of them all."""
    found: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, field in FILE_FIELDS.items():
        if name not in values:
            continue
        if field in values:
            issues.append(Issue(name, "must not be given together with {field}", (("field", field),)))
            continue
        try:
            found[field] = _read_named_file(name, values[name], folder)
        except ValidationError as wrong:
            issues += wrong.issues
    return found, issues


def format_scenario_toml(scenario: Scenario) -> str:
    """Return a scenario as TOML, every field written out, so that it still means the same when a default changes."""
    values = {f.name: getattr(scenario, f.name) for f in fields(Scenario)}
    values |= {name: [list(day) for day in values[name]] for name in PROFILE_BOUNDS}
    tables = {"params": dict(values.pop("params"))}
    optional = (*PROFILE_BOUNDS, "catalog_spec")
    return tomli_w.dumps({name: value for name, value in values.items() if value or name not in optional} | tables)


def read_text(path: Path, most_bytes: int) -> str:
    """Return the text of a user's file.

    Raises
    ------
    Invalid
        Where it cannot be read, is too long or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValidationError(
            [Issue("file", "{path} cannot be read: {reason}", (("path", path), ("reason", reason)))]
        ) from None
    if len(content) > most_bytes:
        raise ValidationError([Issue("file", "must not be longer than {high} bytes", (("high", most_bytes),))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError([Issue("file", "must be text in UTF-8")]) from None


def _read_named_file(name: str, path: object, folder: Path) -> Any:
    if not isinstance(path, str):
        raise ValidationError([Issue(name, "must be the path of a file")])
    try:
        text = read_text(folder / path, MAX_SCENARIO_BYTES)
        return _require_valid_spec(text) if name == CATALOG_FILE_KEY else parse_profile(text, *CSV_FILE_FIELDS[name])
    except ValidationError as wrong:
        raise ValidationError([replace(issue, field=f"{name}: {issue.field}") for issue in wrong.issues]) from None


def _require_valid_spec(text: str) -> str:
    _, issues = parse_catalog(text)
    if issues:
        raise ValidationError(issues)
    return text


def parse_profile(text: str, field: str, quantity: ProfileQuantity) -> tuple[tuple[float, ...], ...]:
    """Return the days of a CSV within the bounds of the scenario's field; raise `ValidationError` with all issues."""
    low, high = PROFILE_BOUNDS[field]
    days, issues = parse_profile_csv(text, quantity=quantity, low=low, high=high)
    if days is None:
        raise ValidationError(issues)
    return days


def _flatten_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters by ``"strategy.parameter"``, were they given so or in a table per strategy."""
    flat: dict[str, Any] = {}
    for name, value in params.items():
        inner = {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {name: value}
        flat |= inner
    return flat


def _add_line_number(issue: Issue, text: str) -> Issue:
    """Return an issue with the line of its field before it, where the field stands in the file."""
    name = re.split("[:/]", issue.field, maxsplit=1)[0]
    keys = dict.fromkeys((name, name.rpartition(".")[2]))
    lines = text.splitlines()
    for key in keys:
        stands = re.compile(rf"\s*(?:\"{re.escape(key)}\"|'{re.escape(key)}'|{re.escape(key)})\s*(?:=|\.)")
        for number, line in enumerate(lines, start=1):
            if stands.match(line):
                return replace(issue, field=f"line {number}: {issue.field}")
    return issue
