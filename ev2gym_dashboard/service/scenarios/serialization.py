"""Serialisation of scenarios: dictionaries, canonical JSON text and content hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ev2gym_dashboard.core.charging_sessions import pack_sessions
from ev2gym_dashboard.core.profile import serialize_profile
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Declaration, Issue, Quantity, ValidationError, check_names, list_declared
from ev2gym_dashboard.service.scenarios.validation import check_scenario, drop_retired_params

SCENARIO_FIELDS = tuple(f.name for f in fields(Scenario))


def serialize_scenario(scenario: Scenario) -> dict[str, Any]:
    """Return every field of a scenario by name: ``params`` as a dictionary, profiles and sessions as JSON values."""
    stored: dict[str, Any] = {name: serialize_profile(getattr(scenario, name)) for name in PROFILE_BOUNDS}
    stored |= {"params": dict(scenario.params), "sessions": pack_sessions(scenario.sessions)}
    return {name: getattr(scenario, name) for name in SCENARIO_FIELDS} | stored


def parse_scenario(values: Mapping[str, Any]) -> Scenario:
    """Return a scenario from external values.

    Raises
    ------
    ValidationError
        With an issue for each unknown key, and for ``params`` that are not a mapping.
    """
    issues = check_names(values, SCENARIO_FIELDS)
    params = values.get("params", {})
    if not isinstance(params, Mapping):
        issues.append(Issue("params", "must map names to numbers"))
    if issues:
        raise ValidationError(issues)
    return Scenario(**values)


def deserialize_scenario(values: Mapping[str, Any]) -> tuple[Scenario, list[Issue]]:
    """Return the scenario of untrusted, stored values and its issues; with issues, a default or an invalid scenario.

    Strategy parameters of former versions are dropped, so that stored runs still open.
    """
    if isinstance(values.get("params"), Mapping):
        values = {**values, "params": drop_retired_params(values["params"])}
    try:
        scenario = parse_scenario(values)
        return scenario, check_scenario(scenario)
    except ValidationError as error:
        return Scenario(), list(error.issues)


def canonicalize_scenario(scenario: Scenario) -> Scenario:
    """Return an equal scenario whose numbers have their declared types, ``int`` or ``float``."""
    values: dict[str, Any] = {
        name: canonicalize_value(getattr(scenario, name), declaration)
        for name, declaration in list_declared(Scenario).items()
    }
    values["params"] = tuple((name, float(value)) for name, value in scenario.params)
    return replace(scenario, **values)


def canonicalize_value(value: object, declaration: Declaration | None) -> object:
    """Return the value of a declared field, a number of its declared type."""
    # A browser writes 7.0 as 7 and TOML keeps both: equal scenarios would have different texts and hashes.
    if isinstance(declaration, Quantity) and isinstance(value, int | float):
        return int(value) if declaration.integer else float(value)
    return value


def encode_canonical(value: object) -> str:
    """Return a JSON value as text that does not depend on the order of its keys."""
    return json.dumps(value, sort_keys=True)


def encode_scenario(scenario: Scenario) -> str:
    """Return a scenario as canonical JSON text: equal scenarios have equal texts."""
    return encode_canonical(serialize_scenario(canonicalize_scenario(scenario)))


def hash_content(*texts: str) -> str:
    """Return the SHA-256 of texts, in hexadecimal digits."""
    return hashlib.sha256(" ".join(texts).encode()).hexdigest()
