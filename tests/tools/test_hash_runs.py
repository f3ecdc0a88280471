"""The hash of runs detects each change of a result."""

from __future__ import annotations

from dataclasses import replace

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.strategies import STRATEGIES
from tools.hash_runs import PLACES, hash_result, hash_runs, list_scenarios

SMALL = Scenario(fleet_size=20, days=0.25)


def test_equal_scenarios_have_equal_hashes() -> None:
    assert hash_runs([SMALL]) == hash_runs([replace(SMALL)])
    assert hash_runs([SMALL]).startswith("1 runs: ")


def test_another_seed_changes_the_hash() -> None:
    assert hash_runs([SMALL]) != hash_runs([replace(SMALL, seed=1)])


def test_a_single_kpi_changes_the_hash() -> None:
    result = simulate(SMALL)
    changed = replace(result, kpis=result.kpis | {"cost_mad": result.kpis["cost_mad"] + 1e-9})
    assert hash_result(result) != hash_result(changed)


def test_every_strategy_and_every_place_is_covered() -> None:
    scenarios = list(list_scenarios())
    assert {scenario.strategy for scenario in scenarios} == set(STRATEGIES)
    assert {scenario.place for scenario in scenarios} == set(PLACES)
