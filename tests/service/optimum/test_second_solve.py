"""Second solve: plans of the same cost that charge early or keep the load smooth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Optimum, Scenario, optimum
from ev2gym_dashboard.core.scenario_options import ANY_PLAN, PLAN_PURPOSES
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.optimum.second_solve import AIMS, COST_TOLERANCE

SITES = {
    "bill": Scenario(fleet_size=60, days=1.0, tariff="bt_bi_horaire"),
    "peak": Scenario(fleet_size=60, days=1.0, tariff="mt_general", peak_mad_kw=20.0),
}


def compute_mean_step(found: Optimum) -> float:
    load_kw = found.plan.power_kw.sum(axis=0, dtype=np.float64)
    return float(load_kw @ np.arange(len(load_kw)) / load_kw.sum())


def compute_variation_kw(found: Optimum) -> float:
    return float(np.abs(np.diff(found.result.series["net_load_kw"])).sum())


MEASURES: dict[str, Callable[[Optimum], float]] = {
    "early": compute_mean_step,
    "smooth": compute_variation_kw,
}


@pytest.fixture(scope="module", params=sorted(SITES))
def plans(request: pytest.FixtureRequest) -> dict[str, Optimum]:
    return {purpose: optimum(replace(SITES[request.param], plan_purpose=purpose)) for purpose in PLAN_PURPOSES}


def test_every_purpose_has_an_aim_and_a_measure() -> None:
    assert set(AIMS) == set(MEASURES) == set(PLAN_PURPOSES) - {ANY_PLAN}


@pytest.mark.parametrize("purpose", sorted(MEASURES))
def test_the_plan_serves_its_purpose_better_at_the_same_cost(plans: dict[str, Optimum], purpose: str) -> None:
    first, second = plans[ANY_PLAN], plans[purpose]
    assert second.model_mad <= first.model_mad + COST_TOLERANCE * abs(first.model_mad) * (1.0 + 1e-6)
    assert second.objective_mad <= first.objective_mad * (1.0 + 1e-3)
    assert second.purpose_share > 0.0
    assert MEASURES[purpose](second) < MEASURES[purpose](first)


def test_the_bound_does_not_depend_on_the_purpose(plans: dict[str, Optimum]) -> None:
    assert len({found.bound_mad for found in plans.values()}) == 1
    assert all(found.objective_mad >= found.bound_mad for found in plans.values())
    assert plans[ANY_PLAN].purpose_share == 0.0


def test_a_second_solve_is_the_same_to_the_bit(plans: dict[str, Optimum]) -> None:
    again = optimum(plans["smooth"].result.scenario)
    assert np.array_equal(again.plan.soc, plans["smooth"].plan.soc)


def test_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(ValidationError, match="plan_purpose"):
        optimum(replace(SITES["bill"], plan_purpose="pretty"))
