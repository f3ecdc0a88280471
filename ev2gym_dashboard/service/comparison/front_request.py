"""Request of a Pareto front: a comparison and a goal, validated, with its key and the encoding of its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.optimum.objective import Objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError, check_key
from ev2gym_dashboard.service.comparison.pareto_front import (
    POINT_COUNT,
    ParetoFront,
    RulePoint,
    compute_pareto_front,
)
from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.runner import list_variants
from ev2gym_dashboard.service.comparison.study_request import StudyRequest, check_work, split_request
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.optimum.front_point import FrontPoint
from ev2gym_dashboard.service.optimum.goals import BILL, GOALS, GoalPrices
from ev2gym_dashboard.service.scenarios.contents import FindContent
from ev2gym_dashboard.service.simulation.progress import Progress

GOAL_KEY = "front"
"""Key of the goal, by which a stored request is told from that of a comparison."""
FRONT_POINTS = POINT_COUNT.default
MAX_FRONT_VEHICLE_STEPS = 40_000_000
"""Work of all points of a front: some five minutes of one core."""
POINT_NUMBERS = ("weight", "bound_mad", "bill_mad", "goal", "unserved_kwh")


@dataclass(frozen=True)
class FrontRequest(StudyRequest):
    """The front of a goal on the first seed of a comparison, with V2G."""

    goal: str

    @property
    def options(self) -> dict[str, Any]:
        return {GOAL_KEY: self.goal}

    @property
    def scenario(self) -> Scenario:
        return replace(self.comparison.scenario, v2g=True)


def make_front_request(comparison: ComparisonRequest, goal: object) -> FrontRequest:
    """Return the request of a goal; raise `ValidationError` with every issue."""
    issues = check_key("goal", goal, tuple(GOALS))
    work = comparison.scenario.fleet_size * comparison.scenario.n_steps * FRONT_POINTS
    template = "must be at most {high} vehicle-steps for a front, not {work}: choose fewer vehicles or days"
    if issues := issues + check_work(work, MAX_FRONT_VEHICLE_STEPS, template):
        raise ValidationError(issues)
    return FrontRequest(comparison, str(goal))


def parse_front_request(value: Mapping[str, Any], find: FindContent | None = None) -> FrontRequest:
    """Parse the request that a browser or the queue holds; its content is untrusted."""
    comparison, options = split_request(value, (GOAL_KEY,), find)
    return make_front_request(comparison, options.get(GOAL_KEY))


def compute_front_data(request: FrontRequest, *, workers: WorkerPool | None, progress: Progress) -> bytes:
    """Compute the front of a request, with the strategies beside it; return it as bytes."""
    front = compute_pareto_front(
        request.scenario, (BILL, request.goal), points=FRONT_POINTS, workers=workers, progress=progress
    )
    names, prices, file = [rule.variant.label for rule in front.rules], front.goal_prices, BytesIO()
    np.savez_compressed(
        file,
        numbers=np.array([[getattr(point, name) for name in POINT_NUMBERS] for point in front.points]),
        statuses=_encode_texts([point.status for point in front.points]),
        prices=np.array([[*asdict(prices.without).values()], [*asdict(prices.unit).values()]]),
        rules=np.array([(rule.bill_mad, rule.goal) for rule in front.rules]).reshape(-1, 2),
        rule_names=_encode_texts(names),
    )
    return file.getvalue()


def decode_front(request: FrontRequest, data: bytes) -> ParetoFront:
    """Return the front of a request from its encoded points and rules, equal to the bit."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        numbers, prices, rules = (arrays[name].tolist() for name in ("numbers", "prices", "rules"))
        statuses, names = (json.loads(arrays[name].tobytes()) for name in ("statuses", "rule_names"))
    points = tuple(
        FrontPoint(**dict(zip(POINT_NUMBERS, row, strict=True)), status=status)
        for row, status in zip(numbers, statuses, strict=True)
    )
    variants = {variant.label: variant for variant in list_variants(request.scenario)}
    return ParetoFront(
        request.scenario,
        request.goal,
        GoalPrices(*(Objective(*row) for row in prices)),
        points,
        tuple(RulePoint(variants[name], *rule) for name, rule in zip(names, rules, strict=True)),
    )


def _encode_texts(texts: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(texts).encode(), np.uint8)
