"""Requests of one scenario: its run, or its optimum, with their keys and the encoding of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names
from ev2gym_dashboard.service.comparison.request import MAX_REQUEST_VEHICLE_STEPS
from ev2gym_dashboard.service.optimum.optimum import Optimum, find_optimum
from ev2gym_dashboard.service.optimum.work_limits import MAX_PLAN_VEHICLE_STEPS
from ev2gym_dashboard.service.runtime.table_archive import encode_archive
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    deserialize_scenario,
    encode_canonical,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.simulation.progress import Progress
from ev2gym_dashboard.service.simulation.provenance import describe_environment

RUN, OPTIMUM = "run", "optimum"
"""Keys of the scenario in a stored request, which tell its kind."""
MAX_RUN_STEPS = 40_000
"""A year of 15-minute steps; the tables of a longer run would not fit into the file of the jobs."""


@dataclass(frozen=True)
class ScenarioRequest:
    """A request of some kind for a valid scenario."""

    kind: str
    scenario: Scenario

    @property
    def canonical_json(self) -> str:
        return encode_canonical({self.kind: serialize_scenario(self.scenario)})

    # Cached, as for a comparison: a poll needs the key several times.
    @cached_property
    def key(self) -> str:
        """Hash of the request and of the environment that its result depends on."""
        return hash_content(describe_environment(), self.canonical_json)


def parse_run_request(value: Mapping[str, Any]) -> ScenarioRequest:
    """Parse an untrusted request of a run; raise `ValidationError` with every issue."""
    return _parse_request(RUN, value, MAX_REQUEST_VEHICLE_STEPS)


def parse_optimum_request(value: Mapping[str, Any]) -> ScenarioRequest:
    """Parse an untrusted request of an optimum; raise `ValidationError` with every issue."""
    return _parse_request(OPTIMUM, value, MAX_PLAN_VEHICLE_STEPS)


def compute_run_data(request: ScenarioRequest, progress: Progress) -> bytes:
    """Run a scenario; return its result as the bytes of `Result.save`."""
    return simulate(request.scenario, progress=progress).to_bytes()


def compute_optimum_data(request: ScenarioRequest, progress: Progress) -> bytes:
    """Find the optimum of a scenario; return its figures, and the series of its run, as an archive."""
    progress(0.0)
    found = find_optimum(request.scenario)
    return encode_archive(summarize_optimum(found), {"series": tabulate_optimum(found)})


def summarize_optimum(found: Optimum) -> dict[str, float | str]:
    """Return the figures of an optimum by name."""
    return {
        "status": found.status,
        "bound_mad": found.bound_mad,
        "objective_mad": found.objective_mad,
        "gap": found.gap,
        "model_gap": found.model_gap,
        "overload_kwh": found.overload_kwh,
        **asdict(found.objective),
    }


def tabulate_optimum(found: Optimum) -> pd.DataFrame:
    """Return the series of the plan's run, with the shadow price of each step [MAD/kWh]."""
    return found.result.series.assign(shadow_price_mad_kwh=found.shadow_price_mad_kwh)


def _parse_request(kind: str, value: Mapping[str, Any], max_vehicle_steps: int) -> ScenarioRequest:
    values = value.get(kind)
    if not isinstance(values, Mapping):
        raise ValidationError([Issue("scenario", "must be an object")])
    scenario, issues = deserialize_scenario(values)
    if issues := check_names(value, (kind,)) + issues:
        raise ValidationError(issues)
    if issues := _check_work(scenario, max_vehicle_steps):
        raise ValidationError(issues)
    return ScenarioRequest(kind, canonicalize_scenario(scenario))


def _check_work(scenario: Scenario, max_vehicle_steps: int) -> list[Issue]:
    work, issues = scenario.fleet_size * scenario.n_steps, []
    if scenario.n_steps > MAX_RUN_STEPS:
        values = (("work", scenario.n_steps), ("high", MAX_RUN_STEPS))
        issues.append(Issue("days", "must give at most {high} steps here, not {work}: choose fewer days", values))
    if work > max_vehicle_steps:
        template = "must be at most {high} vehicle-steps here, not {work}: choose fewer vehicles or days"
        issues.append(Issue("work", template, (("work", work), ("high", max_vehicle_steps))))
    return issues
