"""A duel that is asked for: a scenario, a period and seeds, checked; its key, and its answer as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_names
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import SEED_FIELD, list_variants, make_load_times
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    deserialize_scenario,
    encode_canonical,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.service.simulation.backend import get_kernel_name
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint, read_versions

PERIODS_D = {"day": 1, "week": 7, "month": 30}
REQUEST_SEED_COUNT = Quantity(5, "", 1, 50, "Repeated over seeds")
MAX_REQUEST_VEHICLE_STEPS = 2_000_000_000
"""Vehicle-steps of a duel at most: minutes of one core."""
DEFAULT_SCENARIO = Scenario()


@dataclass(frozen=True)
class ComparisonRequest:
    """All strategies in a scenario's place, on some seeds, of which the scenario has the first."""

    scenario: Scenario
    seeds: int

    @property
    def plays(self) -> int:
        return len(list_variants(self.scenario))

    @property
    def work(self) -> int:
        """Vehicle-steps."""
        return self.scenario.fleet_size * self.scenario.n_steps * self.plays * self.seeds

    @property
    def text(self) -> str:
        return encode_canonical(dump_comparison_request(self))

    @property
    def key(self) -> str:
        """Name of the duel and of all that its answer depends on."""
        return hash_content(_describe_environment(), self.text)


def make_comparison_request(scenario: Scenario, period: object, seeds: Any) -> ComparisonRequest:
    """Return the duel in a scenario's place over a period; the scenario's own strategy does not count.

    Raises
    ------
    Invalid
        With every issue.
    """
    issues = [] if isinstance(period, str) and period in PERIODS_D else [_make_period_issue()]
    issues += REQUEST_SEED_COUNT.check("seeds", seeds)
    if issues:
        raise ValidationError(issues)
    return _normalize_request(replace(scenario, days=PERIODS_D[str(period)]), seeds)


def dump_comparison_request(duel: ComparisonRequest) -> dict[str, Any]:
    """Return a duel as what JSON can hold."""
    return {"scenario": serialize_scenario(duel.scenario), "seeds": duel.seeds}


def parse_comparison_request(value: object) -> ComparisonRequest:
    """Return the duel that a browser holds.

    Raises
    ------
    Invalid
        With every issue; nothing of what came is trusted.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("scenario"), Mapping):
        raise ValidationError([Issue("comparison", "must be an object")])
    scenario, scenario_issues = deserialize_scenario(value["scenario"])
    issues = check_names(value, ("scenario", "seeds")) + scenario_issues
    issues += REQUEST_SEED_COUNT.check("seeds", value.get("seeds"))
    if not issues and scenario.days not in PERIODS_D.values():
        issues = [_make_period_issue()]
    if issues:
        raise ValidationError(issues)
    return _normalize_request(scenario, value["seeds"])


def encode_comparison(comparison: Comparison) -> bytes:
    """Return what a comparison computed."""
    file = BytesIO()
    np.savez_compressed(
        file, figures=comparison.figures, baseline=comparison.baseline, net_load_kw=comparison.net_load_kw
    )
    return file.getvalue()


def decode_comparison(duel: ComparisonRequest, data: bytes) -> Comparison:
    """Return the comparison that answers a duel, to the bit as it was computed."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        figures, baseline, net_load_kw = (arrays[name] for name in ("figures", "baseline", "net_load_kw"))
    return Comparison(
        asked=(duel.scenario,),
        contestants=list_variants(duel.scenario),
        seeds=tuple(range(duel.scenario.seed, duel.scenario.seed + duel.seeds)),
        figures=figures,
        baseline=baseline,
        times=make_load_times(duel.scenario),
        net_load_kw=net_load_kw,
    )


def _normalize_request(scenario: Scenario, seeds: float) -> ComparisonRequest:
    """Return the duel in the one spelling of its numbers: a browser turns 7.0 into 7, and the key must not change."""
    default = DEFAULT_SCENARIO
    duel = ComparisonRequest(
        replace(canonicalize_scenario(scenario), strategy=default.strategy, v2g=default.v2g), int(seeds)
    )
    issues = SEED_FIELD.check("seed", duel.scenario.seed + duel.seeds - 1)
    if not issues and duel.work > MAX_REQUEST_VEHICLE_STEPS:
        values = (("work", duel.work), ("high", MAX_REQUEST_VEHICLE_STEPS))
        issues = [
            Issue("work", "must be at most {high} vehicle-steps, not {work}: fewer vehicles, days or seeds", values)
        ]
    if issues:
        raise ValidationError(issues)
    return duel


def _make_period_issue() -> Issue:
    return Issue("period", "must be a day, a week or a month")


@cache
def _describe_environment() -> str:
    """Return all that decides on the bits of an answer beside the question."""
    return f"{compute_fingerprint()} {get_kernel_name()} {sorted(read_versions().items())}"
