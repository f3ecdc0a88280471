"""Checks of declared EVSEs and fleet parts against the catalog of a scenario."""

from __future__ import annotations

from dataclasses import replace

from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, format_value
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog

MAX_CODES = 65_535
"""Codes of a model at a kind of EVSE that the 16 bits of a vehicle's code hold."""


def check_declared_fleet(scenario: Scenario) -> list[Issue]:
    """Return the issues of the declared EVSEs and fleet parts of a scenario that is valid otherwise."""
    # The built-in kinds with the largest catalog fit: only declarations pay for the look at the catalog.
    if not (scenario.evses or scenario.parts):
        return []
    return _check_part_models(scenario) or _check_code_count(scenario)


def _check_part_models(scenario: Scenario) -> list[Issue]:
    """Return an issue for each model of a part of the fleet that is not in the catalog."""
    known = load_scenario_catalog(replace(scenario, parts="")).catalog.names
    template = "{value} is no model of the catalog"
    return [
        Issue(f"parts/row {number}", template, (("value", format_value(model)),))
        for number, part in enumerate(scenario.fleet_parts, start=1)
        for model in part.models
        if model not in known
    ]


def _check_code_count(scenario: Scenario) -> list[Issue]:
    """Return an issue if models and EVSEs have more combinations than codes."""
    n_kinds = len(scenario.evse_groups) or len(EVSE_KINDS)
    if n_kinds * len(load_scenario_catalog(scenario).catalog) <= MAX_CODES:
        return []
    template = "must have fewer lines for so many vehicle models: {high} combinations of both are possible"
    return [Issue("evses" if scenario.evses else "parts", template, (("high", MAX_CODES),))]
