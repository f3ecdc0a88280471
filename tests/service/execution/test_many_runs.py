"""Many runs: each has the bits that it has alone, in any number of processes, and all issues come before any work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, simulate, simulate_many
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=12, days=0.5, timestep_min=30)
RUNS = [replace(SITE, strategy=key, seed=seed, fleet_size=8 + seed) for key in STRATEGIES for seed in (3, 4)]


def get_kpis(result: Result) -> dict[str, float]:
    return result.kpis


@pytest.mark.parametrize("workers", [None, 2])
def test_each_run_equals_the_run_alone_to_the_bit(workers: int | None) -> None:
    assert simulate_many(RUNS, workers=workers) == [simulate(run) for run in RUNS]


def test_an_open_pool_returns_what_is_selected_in_order_and_reports_its_progress() -> None:
    shares: list[float] = []
    with WorkerPool(2) as pool:
        kpis = simulate_many(RUNS, workers=pool, select=get_kpis, progress=shares.append)
    assert kpis == [simulate(run).kpis for run in RUNS]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_no_scenarios_give_no_results() -> None:
    assert simulate_many([]) == []


@pytest.mark.parametrize("workers", [0, 1.5, "two", True])
def test_all_issues_of_all_scenarios_come_at_once(workers: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        simulate_many([SITE, replace(SITE, fleet_size=-1, days=-2.0), {"fleet_size": 3}], workers=workers)  # type: ignore[list-item]
    assert {issue.field for issue in caught.value.issues} == {
        "workers",
        "scenarios[2].fleet_size",
        "scenarios[2].days",
        "scenarios[3]",
    }
