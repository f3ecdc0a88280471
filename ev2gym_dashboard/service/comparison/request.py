"""Request of a comparison: scenario, period and seeds, validated, with its key and the encoding of its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_names
from ev2gym_dashboard.service.comparison.optimum import dump_optima, load_optima
from ev2gym_dashboard.service.comparison.result import Comparison, FailedVariant
from ev2gym_dashboard.service.comparison.runner import SEED_FIELD, list_variants, make_load_times
from ev2gym_dashboard.service.scenarios.contents import (
    FindContent,
    restore_contents,
    serialize_by_reference,
)
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    deserialize_scenario,
    encode_canonical,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.service.simulation.provenance import describe_environment

PERIODS_D = {"day": 1, "week": 7, "month": 30}
REQUEST_SEED_COUNT = Quantity(5, "", 1, 50, "Repeated over seeds")
MAX_REQUEST_VEHICLE_STEPS = 2_000_000_000
"""Bound of a request: a few minutes of one core."""
DEFAULT_SCENARIO = Scenario()


@dataclass(frozen=True)
class ComparisonRequest:
    """All strategies on the site and fleet of a scenario, over seeds that begin with the scenario's."""

    scenario: Scenario
    seeds: int

    @property
    def n_variants(self) -> int:
        return len(list_variants(self.scenario))

    @property
    def vehicle_steps(self) -> int:
        return self.scenario.fleet_size * self.scenario.n_steps * self.n_variants * self.seeds

    @property
    def canonical_json(self) -> str:
        return encode_canonical(dump_comparison_request(self))

    # Cached, and of the digests of the user's files: a poll needs the key several times, twice a second.
    @cached_property
    def key(self) -> str:
        """Hash of the request and of the environment that its result depends on."""
        return hash_content(describe_environment(), encode_canonical(dump_by_reference(self)))


def make_comparison_request(scenario: Scenario, period: object, seeds: Any) -> ComparisonRequest:
    """Return the request for a scenario over a period; the scenario's own strategy is ignored.

    Raises
    ------
    ValidationError
        With every issue.
    """
    issues = [] if isinstance(period, str) and period in PERIODS_D else [_make_period_issue()]
    issues += REQUEST_SEED_COUNT.check("seeds", seeds)
    if issues:
        raise ValidationError(issues)
    return _normalize_request(replace(scenario, days=PERIODS_D[str(period)]), seeds)


def dump_comparison_request(request: ComparisonRequest) -> dict[str, Any]:
    """Return a request as JSON values."""
    return {"scenario": serialize_scenario(request.scenario), "seeds": request.seeds}


def dump_by_reference(request: ComparisonRequest) -> dict[str, Any]:
    """Return a request as JSON values that name the user's contents by their digests."""
    return {"scenario": serialize_by_reference(request.scenario), "seeds": request.seeds}


def parse_comparison_request(value: object, find: FindContent | None = None) -> ComparisonRequest:
    """Parse the request that a browser or the queue holds; its content is untrusted.

    Parameters
    ----------
    find : search for the contents that the request names; None for one that carries them

    Raises
    ------
    ContentsMissing
        With the digests that are not found.
    ValidationError
        With every issue.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("scenario"), Mapping):
        raise ValidationError([Issue("comparison", "must be an object")])
    scenario, scenario_issues = deserialize_scenario(restore_contents(value["scenario"], find))
    issues = check_names(value, ("scenario", "seeds")) + scenario_issues
    issues += REQUEST_SEED_COUNT.check("seeds", value.get("seeds"))
    if not issues and scenario.days not in PERIODS_D.values():
        issues = [_make_period_issue()]
    if issues:
        raise ValidationError(issues)
    return _normalize_request(scenario, value["seeds"])


def encode_comparison(comparison: Comparison) -> bytes:
    """Return the arrays of a comparison as bytes."""
    file = BytesIO()
    np.savez_compressed(
        file,
        kpi_values=comparison.kpi_values,
        baseline_values=comparison.baseline_values,
        net_load_kw=comparison.net_load_kw,
        failures=np.frombuffer(json.dumps(_list_failures(comparison)).encode(), np.uint8),
        **dump_optima(comparison.optima),
    )
    return file.getvalue()


def decode_comparison(request: ComparisonRequest, data: bytes) -> Comparison:
    """Return the comparison of a request from its encoded arrays, equal to the bit."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        kpi_values, baseline_values, net_load_kw = (
            arrays[name] for name in ("kpi_values", "baseline_values", "net_load_kw")
        )
        failed, optima = dict(json.loads(arrays["failures"].tobytes())), load_optima(arrays)
    variants = list_variants(request.scenario)
    failures = [(variant, failed[variant.label]) for variant in variants if variant.label in failed]
    return Comparison(
        scenarios=(request.scenario,),
        variants=tuple(variant for variant in variants if variant.label not in failed),
        seeds=tuple(range(request.scenario.seed, request.scenario.seed + request.seeds)),
        kpi_values=kpi_values,
        baseline_values=baseline_values,
        times=make_load_times(request.scenario),
        net_load_kw=net_load_kw,
        failures=tuple(FailedVariant(variant, tuple(map(_read_issue, issues))) for variant, issues in failures),
        optima=optima,
    )


def _list_failures(comparison: Comparison) -> list[tuple[str, list[Any]]]:
    return [
        (failure.variant.label, [(issue.field, issue.template, dict(issue.values)) for issue in failure.issues])
        for failure in comparison.failures
    ]


def _read_issue(entry: tuple[str, str, dict[str, Any]]) -> Issue:
    field, template, values = entry
    return Issue(field, template, tuple(values.items()))


def _normalize_request(scenario: Scenario, seeds: float) -> ComparisonRequest:
    # The strategy of the run does not matter, and equal requests must have equal keys.
    neutral = replace(scenario, strategy=DEFAULT_SCENARIO.strategy, v2g=DEFAULT_SCENARIO.v2g)
    request = ComparisonRequest(canonicalize_scenario(neutral), int(seeds))
    issues = SEED_FIELD.check("seed", request.scenario.seed + request.seeds - 1)
    issues += check_coverage(request.scenario, request.scenario.n_steps)
    if not issues and request.vehicle_steps > MAX_REQUEST_VEHICLE_STEPS:
        bounds = (("work", request.vehicle_steps), ("high", MAX_REQUEST_VEHICLE_STEPS))
        issues = [
            Issue(
                "work", "must be at most {high} vehicle-steps, not {work}: choose fewer vehicles, days or seeds", bounds
            )
        ]
    if issues:
        raise ValidationError(issues)
    return request


def _make_period_issue() -> Issue:
    return Issue("period", "must be a day, a week or a month")
