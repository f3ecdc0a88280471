"""Request of the flexibility of a live run: its site and strategy from its hour on, with its key and its encoding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.comparison.flexibility import (
    CONFIDENCE,
    SEED_COUNT,
    Flexibility,
    compute_flexibility,
    require_valid_flexibility,
)
from ev2gym_dashboard.service.comparison.study_request import check_work
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.scenarios.contents import (
    FindContent,
    restore_contents,
    serialize_by_reference,
)
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    deserialize_scenario,
    encode_canonical,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.service.simulation.progress import Progress
from ev2gym_dashboard.service.simulation.provenance import describe_environment

FLEXIBILITY_KEY = "flexibility"
"""Key of the scenario, by which a stored request is told from others."""
FLEXIBILITY_SEEDS = SEED_COUNT.default
MAX_FLEXIBILITY_VEHICLES = 60_000
"""Vehicles of all seeds: some five to ten minutes of one core."""


@dataclass(frozen=True)
class FlexibilityRequest:
    """What a fleet can promise in the 24 h from the start of a scenario on, over `FLEXIBILITY_SEEDS` seeds."""

    scenario: Scenario

    @property
    def canonical_json(self) -> str:
        return encode_canonical({FLEXIBILITY_KEY: serialize_scenario(self.scenario)})

    @property
    def by_reference(self) -> dict[str, Any]:
        """The request as JSON values that name the user's contents by their digests."""
        return {FLEXIBILITY_KEY: serialize_by_reference(self.scenario)}

    @cached_property
    def key(self) -> str:
        """Hash of the request and of the environment that its result depends on."""
        seeds = f"{FLEXIBILITY_SEEDS} {CONFIDENCE.default}"
        return hash_content(describe_environment(), seeds, encode_canonical(self.by_reference))


def make_flexibility_request(scenario: Scenario, *, step: int, strategy: str, v2g: bool) -> FlexibilityRequest:
    """Return the request of a run at a step, from the full hour of that step on.

    Parameters
    ----------
    scenario : that of the run; its demand-response event is left out
    step : step of the run
    strategy, v2g : those that are active

    Raises
    ------
    ValidationError
        With every issue, such as a fleet that is too large.
    """
    time = scenario.get_step_time(step)
    start = time - timedelta(minutes=time.minute)
    ahead = replace(scenario, start=f"{start:%Y-%m-%dT%H:%M}", strategy=strategy, v2g=v2g, event_start="", days=1.0)
    return _check_request(ahead)


def parse_flexibility_request(value: Mapping[str, Any], find: FindContent | None = None) -> FlexibilityRequest:
    """Parse the request that a browser or the queue holds; its content is untrusted."""
    stored = value.get(FLEXIBILITY_KEY)
    if not isinstance(stored, Mapping):
        raise ValidationError([Issue("request", "must be an object")])
    scenario, issues = deserialize_scenario(restore_contents(stored, find))
    if issues:
        raise ValidationError(issues)
    return _check_request(scenario)


def _check_request(scenario: Scenario) -> FlexibilityRequest:
    template = "must be at most {high} vehicles of all seeds, not {work}: choose a smaller fleet"
    if issues := check_work(scenario.fleet_size * FLEXIBILITY_SEEDS, MAX_FLEXIBILITY_VEHICLES, template):
        raise ValidationError(issues)
    require_valid_flexibility(scenario)
    return FlexibilityRequest(canonicalize_scenario(scenario))


def compute_flexibility_data(request: FlexibilityRequest, *, workers: WorkerPool | None, progress: Progress) -> bytes:
    """Compute the flexibility of a request; return it as bytes."""
    found = compute_flexibility(request.scenario, seeds=FLEXIBILITY_SEEDS, workers=workers, progress=progress)
    return encode_flexibility(found)


def encode_flexibility(found: Flexibility) -> bytes:
    """Return the table as bytes."""
    return json.dumps(found.table.to_dict(orient="split")).encode()


def decode_flexibility(request: FlexibilityRequest, data: bytes) -> Flexibility:
    """Return the flexibility of a request from its encoded table, equal to the bit."""
    table = pd.DataFrame(**json.loads(data))
    return Flexibility(request.scenario, CONFIDENCE.default, FLEXIBILITY_SEEDS, table)
