"""Purposes of a plan: plans of the same cost that charge early, keep the load smooth or change modes seldom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Optimum, Scenario, optimum
from ev2gym_dashboard.core.scenario_options import ANY_PLAN, PLAN_PURPOSES
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.optimum.purposes import SWAPS
from ev2gym_dashboard.service.optimum.second_solve import AIMS, COST_TOLERANCE

SITES = {
    "bill": Scenario(fleet_size=30, days=1.0, tariff="bt_bi_horaire"),
    "peak": Scenario(fleet_size=30, days=1.0, tariff="mt_general", peak_mad_kw=20.0),
}


def compute_mean_step(found: Optimum) -> float:
    load_kw = found.plan.power_kw.sum(axis=0, dtype=np.float64)
    return float(load_kw @ np.arange(len(load_kw)) / load_kw.sum())


def compute_variation_kw(found: Optimum) -> float:
    return float(np.abs(np.diff(found.result.series["net_load_kw"])).sum())


def count_mode_changes(found: Optimum) -> float:
    """Return how often vehicles change between G2V, V2G and idle while they are plugged in."""
    modes, is_plugged = np.sign(found.plan.power_kw.round(3)), found.plan.soc > 0.0
    stays = is_plugged[:, 1:] & is_plugged[:, :-1]
    return float(np.count_nonzero((modes[:, 1:] != modes[:, :-1]) & stays))


MEASURES: dict[str, Callable[[Optimum], float]] = {
    "early": compute_mean_step,
    "smooth": compute_variation_kw,
    "few_changes": count_mode_changes,
}


@pytest.fixture(scope="module", params=sorted(SITES))
def plans(request: pytest.FixtureRequest) -> dict[str, Optimum]:
    return {purpose: optimum(replace(SITES[request.param], plan_purpose=purpose)) for purpose in PLAN_PURPOSES}


def test_every_purpose_has_a_way_to_it_and_a_measure() -> None:
    assert set(AIMS) | set(SWAPS) == set(MEASURES) == set(PLAN_PURPOSES) - {ANY_PLAN}


@pytest.mark.parametrize("purpose", sorted(MEASURES))
def test_the_plan_serves_its_purpose_better_at_the_same_cost(plans: dict[str, Optimum], purpose: str) -> None:
    first, second = plans[ANY_PLAN], plans[purpose]
    assert second.model_mad <= first.model_mad + COST_TOLERANCE * abs(first.model_mad) * (1.0 + 1e-6)
    assert second.objective_mad <= first.objective_mad * (1.0 + 1e-3)
    assert second.purpose_share > 0.0
    assert MEASURES[purpose](second) < MEASURES[purpose](first)


def test_swaps_keep_the_load_of_each_step_and_the_energy_at_each_departure(plans: dict[str, Optimum]) -> None:
    first, second = plans[ANY_PLAN].plan, plans["few_changes"].plan
    loads = (plan.power_kw.sum(axis=0, dtype=np.float64) for plan in (first, second))
    assert next(loads) == pytest.approx(next(loads), abs=1e-3)
    leaves = (first.soc[:, 1:] == 0.0) & (first.soc[:, :-1] > 0.0)
    assert second.soc[:, :-1][leaves] == pytest.approx(first.soc[:, :-1][leaves], abs=1e-5)
    assert count_mode_changes(plans["few_changes"]) <= 0.95 * count_mode_changes(plans[ANY_PLAN])


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
