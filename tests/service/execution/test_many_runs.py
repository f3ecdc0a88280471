"""Many runs: each has the bits that it has alone, in any number of processes, and all issues come before any work."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, StrategyError, simulate, simulate_many
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file
from tests.strategies.plugins import restore_strategies

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


FAULTY = '''
from ev2gym_dashboard import strategy

@strategy()
def faulty(view, params):
    """Fails in the evening."""
    return 0.0 * view.soc / (view.moment.hour_h < 18.0)

@strategy()
def steady(view, params):
    """Charges at half power."""
    return 0.5 * view.charge_to_soc(view.target_soc)
'''


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[None]:
    file = tmp_path / "own.py"
    file.write_text(FAULTY, encoding="utf-8")
    with restore_strategies():
        load_strategy_files((read_strategy_file(file),))
        yield


@pytest.mark.parametrize("workers", [None, 2])
def test_a_plugin_that_fails_leaves_the_others_their_results(plugins: None, workers: int | None) -> None:
    runs = [replace(SITE, strategy=key, start="2026-12-15T12:00") for key in ("price", "faulty", "steady", "renewable")]
    shares: list[float] = []
    results = simulate_many(runs, workers=workers, progress=shares.append)
    assert [type(result) for result in results] == [Result, StrategyError, Result, Result]
    assert "faulty" in str(results[1])
    assert [results[k] for k in (0, 2, 3)] == [simulate(runs[k]) for k in (0, 2, 3)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_plugin_that_fails_in_every_run_is_an_error(plugins: None) -> None:
    runs = [replace(SITE, strategy="faulty", seed=seed, start="2026-12-15T12:00") for seed in (1, 2)]
    with pytest.raises(StrategyError, match="faulty"):
        simulate_many(runs)


def test_the_log_says_how_many_runs_are_stepped_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    simulate_many([replace(SITE, days=0.0, strategy=key) for key in ("price", "predictive")])
    assert "1 of 2 runs are stepped alone" in caplog.text
    caplog.clear()
    simulate_many([replace(SITE, days=0.0)])
    assert caplog.text == ""
