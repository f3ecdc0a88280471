"""Tests of the bound: no strategy in the engine is ever below it. ``BOUND_EXAMPLES`` sets the number of scenarios."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.optimum.objective import evaluate_objective
from ev2gym_dashboard.service.optimum.optimum import find_bound
from ev2gym_dashboard.strategies import STRATEGIES
from tests.service.optimum.scenarios import PRICES, draw_scenarios

N_EXAMPLES = int(os.environ.get("BOUND_EXAMPLES", "30"))
QUICK_S = 0.1
"""Any prices prove a bound: those of a search that is cut short, too."""
CAP_SEARCHES = {"peak_shaving"}
"""Strategies that run the days some twenty times to find a cap: tried on a tenth of the scenarios."""


@settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw_scenarios(), PRICES)
def test_no_strategy_is_below_the_bound(scenario: Scenario, prices: dict[str, float]) -> None:
    bound = find_bound(scenario, prices=prices, time_limit_s=QUICK_S)
    strategies = sorted(set(STRATEGIES) - (CAP_SEARCHES if scenario.seed % 10 else set()))
    for strategy, run in zip(strategies, Simulation(scenario).fork(len(strategies)), strict=True):
        run.set(strategy=strategy)
        run.advance(scenario.n_steps)
        objective_mad = evaluate_objective(bound.objective, run.kpis)
        assert objective_mad >= bound.bound_mad - 1e-7 * max(abs(objective_mad), 1.0), strategy


def test_bound_of_a_sample_is_nearly_that_of_the_search() -> None:
    scenario = Scenario(fleet_size=1500, timestep_min=60, limit_kw_per_vehicle=2.4)
    found, quick = (find_bound(scenario, time_limit_s=limit_s) for limit_s in (60.0, 0.0))
    run = Simulation(scenario)
    run.advance(scenario.n_steps)
    assert quick.bound_mad <= found.bound_mad
    assert 0.0 < found.compute_gap(run.kpis) < 0.15
