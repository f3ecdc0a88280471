"""Stored scenarios: those that requests bring back, checked once while equal ones follow."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.scenarios.contents import FindContent, has_contents, restore_contents
from ev2gym_dashboard.service.scenarios.serialization import deserialize_scenario
from ev2gym_dashboard.strategies import STRATEGIES

MAX_LIVE_FLEET = 1_000_000
MAX_KEPT, MAX_KEPT_BYTES = 512, 8 * 1024
"""Scenarios of the last requests that are kept, and the size of one that is; that of the page takes 2 kB [B]."""


def parse_stored_scenario(value: object, find: FindContent | None) -> tuple[Scenario, list[Issue]]:
    """Return the scenario of untrusted JSON values and its issues; with issues, a default or an invalid scenario.

    Raises
    ------
    ContentsMissing
        With every digest that ``find`` does not find.
    """
    if not isinstance(value, Mapping):
        return Scenario(), [Issue("scenario", "must be an object")]
    if not has_contents(value) and (stored := _take_short(value)):
        scenario, issues = check_stored_scenario(stored, STRATEGIES.version)
        return scenario, [*issues]
    try:
        return check_live_scenario(restore_contents(value, find))
    except ValidationError as invalid:
        return Scenario(), list(invalid.issues)


def check_live_scenario(values: Mapping[str, Any]) -> tuple[Scenario, list[Issue]]:
    """Return the scenario of untrusted values with their contents, and its issues as that of a live run."""
    scenario, issues = deserialize_scenario(values)
    if not issues and scenario.fleet_size > MAX_LIVE_FLEET:
        issues = [Issue("fleet_size", "must be at most {high} on the page", (("high", MAX_LIVE_FLEET),))]
    return scenario, issues


@dataclass(frozen=True)
class _StoredScenario:
    """Values of a scenario, equal where ``form`` is: it tells 1 from True and from 1.0, as no ``==`` does."""

    form: bytes
    values: Mapping[str, Any] = field(compare=False, repr=False)


def _take_short(values: Mapping[str, Any]) -> _StoredScenario | None:
    """Return values that are short and of JSON; None for others."""
    try:
        # Version 2 has no marks of values that are the same object: equal values have equal bytes.
        form = marshal.dumps({**values}, 2)
    except ValueError:
        return None
    return _StoredScenario(form, values) if len(form) <= MAX_KEPT_BYTES else None


@lru_cache(maxsize=MAX_KEPT)
def check_stored_scenario(stored: _StoredScenario, _strategies: int) -> tuple[Scenario, tuple[Issue, ...]]:
    """Return the scenario of stored values and its issues, see `check_live_scenario`; they are kept.

    Each tick of a run brings its scenario, whose check takes as long as the step.
    """
    scenario, issues = check_live_scenario(stored.values)
    return scenario, tuple(issues)
