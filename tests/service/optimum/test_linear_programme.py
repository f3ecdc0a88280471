"""Tests of the optimum of random scenarios against HiGHS, which solves each as one linear programme.

``PROGRAMME_EXAMPLES`` sets the number of scenarios.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.optimum.decomposition import find_highest_price
from ev2gym_dashboard.service.optimum.master import compute_overload_price
from ev2gym_dashboard.service.optimum.objective import make_objective
from ev2gym_dashboard.service.optimum.optimum import find_optimum, run_optimum, search_plan
from ev2gym_dashboard.service.optimum.problem import make_problem
from ev2gym_dashboard.service.optimum.stay_recorder import run_reference
from tests.service.optimum.linear_programme import RELAXED, RESTRICTED, solve_programme
from tests.service.optimum.scenarios import PRICES, draw_scenarios

N_EXAMPLES = int(os.environ.get("PROGRAMME_EXAMPLES", "12"))
TOLERANCE = 1e-4
ROUNDING = 1e-5
"""The range of the net load has a margin, which is part of its cost where a step has a single price but for a jump."""


@settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw_scenarios(max_vehicles=5, timesteps=(30, 60)), PRICES)
def test_linear_programme_of_a_scenario_lies_between_bound_and_plan(
    scenario: Scenario, prices: dict[str, float]
) -> None:
    reference = run_reference(scenario)
    problem = make_problem(reference, make_objective(reference.simulation.engine, prices))
    found = search_plan(problem, tolerance=TOLERANCE, time_limit_s=30.0)
    optimum = run_optimum(scenario, reference, problem, found)
    overload_mad_kwh = compute_overload_price(find_highest_price(problem))
    rounding_mad = ROUNDING * max(abs(found.model_mad), 1.0)
    # At most the optimum of the model, which a fall below a floor makes larger; and at least, respectively.
    at_most_mad = solve_programme(problem, problem.plan_stays, RELAXED, overload_mad_kwh=overload_mad_kwh)
    at_least_mad = solve_programme(problem, problem.plan_stays, RESTRICTED)
    assert at_most_mad <= found.model_mad + rounding_mad
    assert found.model_bound_mad <= at_least_mad + rounding_mad
    assert found.status != "optimal" or found.model_mad - found.model_bound_mad <= TOLERANCE * abs(found.model_mad)
    assert optimum.bound_mad <= solve_programme(problem, problem.bound_stays, RESTRICTED) + rounding_mad
    # What the programme says that is impossible, the engine does not do either.
    assert solve_programme(problem, problem.bound_stays, RELAXED) <= optimum.objective_mad + rounding_mad


TIGHT = Scenario(
    fleet_size=4,
    days=1.0,
    start="2026-07-04T05:00",
    timestep_min=30,
    seed=3323,
    return_share=1.0,
    drive_scale=2.2,
    target_soc=0.5,
    reserve_soc=0.25,
    evse_per_vehicle=1.5,
    bidirectional_share=0.8,
    base_load_kw_per_vehicle=1.4,
    pv_kwp_per_vehicle=2.5,
    limit_kw_per_vehicle=1.5,
    unserved_mad_kwh=0.5,
)


@pytest.mark.parametrize(
    ("scenario", "open_share"),
    [
        # Arrivals below the reserve, which not all are worth charging to.
        (TIGHT, 1e-3),
        (replace(TIGHT, unserved_mad_kwh=0.0, reserve_soc=0.4), 1e-3),
        # V2G that the connection cannot export.
        (replace(TIGHT, limit_kw_per_vehicle=0.2, pv_kwp_per_vehicle=8.0), 1e-3),
        # A vehicle that drives its battery down to the floor, which is not convex.
        (replace(TIGHT, fleet_size=1, seed=0, limit_kw_per_vehicle=0.0, reserve_soc=0.0, unserved_mad_kwh=0.0), 0.1),
    ],
)
def test_plan_keeps_to_a_small_connection_near_the_optimum(scenario: Scenario, open_share: float) -> None:
    found = find_optimum(scenario, prices={"calendar_share": 0.0}, tolerance=TOLERANCE)
    assert found.overload_kwh == pytest.approx(0.0, abs=1e-6)
    assert 0.0 <= found.model_gap < open_share
