"""Request of a sizing: a comparison, a part and its sizes, validated, with its key and the encoding of its curve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_key
from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.sizing import (
    SIZED_PARTS,
    SUBSCRIBED,
    SizingCurve,
    check_sizes,
    compute_sizing_curve,
    make_sites,
    suggest_sizes,
)
from ev2gym_dashboard.service.comparison.study_request import StudyRequest, check_work, split_request
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.scenarios.contents import FindContent
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.simulation.progress import Progress

PART_KEY, SIZES_KEY = "sizing", "sizes"
"""Keys of part and sizes, by which a stored request is told from others."""
MAX_SIZING_VEHICLE_STEPS = 20_000_000
"""Work of the plans of all sizes: some five minutes of one core."""


@dataclass(frozen=True)
class SizingRequest(StudyRequest):
    """The yearly cost over the sizes of a part, on the first seed of a comparison."""

    part: str
    sizes: tuple[float, ...]

    @property
    def options(self) -> dict[str, Any]:
        return {PART_KEY: self.part, SIZES_KEY: list(self.sizes)}


def make_sizing_request(comparison: ComparisonRequest, part: object, sizes: object = None) -> SizingRequest:
    """Return the request of a part and sizes, by default those of `suggest_sizes`.

    Raises
    ------
    ValidationError
        With every issue.
    """
    scenario = comparison.scenario
    if issues := check_key("part", part, tuple(SIZED_PARTS)):
        raise ValidationError(issues)
    given = list(sizes) if isinstance(sizes, list | tuple) and sizes else suggest_sizes(scenario, str(part))
    work = scenario.fleet_size * scenario.n_steps * len(given)
    template = "must be at most {high} vehicle-steps for a sizing, not {work}: choose fewer vehicles, days or sizes"
    issues = (
        _check_subscription(scenario, part)
        + check_sizes(SIZES_KEY, given)
        + check_work(work, MAX_SIZING_VEHICLE_STEPS, template)
    )
    if issues:
        raise ValidationError(issues)
    return SizingRequest(comparison, str(part), tuple(make_sites(scenario, part, given)))


def _check_subscription(scenario: Scenario, part: object) -> list[Issue]:
    """Return an issue where every size would cost the same, after minutes of work."""
    if part != SUBSCRIBED or has_demand_charge(scenario):
        return []
    return [Issue("part", "has no price under this tariff: choose another part, or a tariff with a demand charge")]


def parse_sizing_request(value: Mapping[str, Any], find: FindContent | None = None) -> SizingRequest:
    """Parse the request that a browser or the queue holds; its content is untrusted."""
    comparison, options = split_request(value, (PART_KEY, SIZES_KEY), find)
    return make_sizing_request(comparison, options.get(PART_KEY), options.get(SIZES_KEY))


def compute_sizing_data(request: SizingRequest, *, workers: WorkerPool | None, progress: Progress) -> bytes:
    """Compute the curve of a request; return it as bytes."""
    scenario, sizes = request.comparison.scenario, request.sizes
    return encode_sizing(compute_sizing_curve(scenario, request.part, sizes, workers=workers, progress=progress))


def encode_sizing(curve: SizingCurve) -> bytes:
    """Return the table of a curve as bytes."""
    return json.dumps(curve.table.to_dict(orient="split")).encode()


def decode_sizing(request: SizingRequest, data: bytes) -> SizingCurve:
    """Return the curve of a request from its encoded table, equal to the bit."""
    return SizingCurve(request.part, pd.DataFrame(**json.loads(data)).rename_axis("size"))
