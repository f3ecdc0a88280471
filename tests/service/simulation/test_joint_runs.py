"""Joint runs: every run has the bits of a run alone, whatever is stepped beside it, and ends where it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.compiled import kept
from ev2gym_dashboard.compiled.batch import RunBatch
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.simulation import engine_setup
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.joint_runs import JointRuns, start_joint_runs
from ev2gym_dashboard.service.simulation.joint_steps import can_join
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import scenarios, session_scenarios

DAY = Scenario(fleet_size=12, timestep_min=30, start="2026-12-15T16:00", days=0.6)
COMPILED = [key for key, strategy in STRATEGIES.items() if not strategy.plans]


@st.composite
def sites(draw: st.DrawFn) -> Scenario:
    """Draw scenarios under any strategy, with tight and wide connections, PV, site caps and events."""
    scenario = draw(st.one_of(scenarios(), session_scenarios()))
    changes: dict[str, Any] = {
        "strategy": draw(st.sampled_from(COMPILED)),
        "limit_kw_per_vehicle": draw(st.sampled_from([0.3, 1.0, 5.0])),
        "pv_kwp_per_vehicle": draw(st.sampled_from([0.0, 3.0])),
        "site_cap_kw_per_vehicle": draw(st.sampled_from(["off", 0.8])),
        "days": draw(st.sampled_from([0.5, 1.0])),
    }
    if draw(st.booleans()):
        changes |= {"event_start": scenario.start, "event_minutes": 60.0, "event_reduction": 0.7}
    return replace(scenario, **changes)


def run_alone(scenario: Scenario) -> Result:
    runs = start_counterfactual_runs(scenario)
    runs.advance(scenario.n_steps)
    return runs.result()


def run_together(drawn: list[Scenario], n_threads: int | None = None) -> list[Result]:
    runs = start_joint_runs(drawn)
    JointRuns(runs, n_threads=n_threads).run_to_end(lambda _: None)
    return [run.result() for run in runs]


@given(st.lists(sites(), min_size=2, max_size=4), st.sampled_from([None, 1]))
@settings(max_examples=8)
def test_runs_together_have_the_results_of_runs_alone(drawn: list[Scenario], n_threads: int | None) -> None:
    for result, scenario in zip(run_together(drawn, n_threads), drawn, strict=True):
        assert result == run_alone(scenario)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_steps_beside_others_of_other_lengths(strategy: str) -> None:
    drawn = [
        replace(DAY, strategy=strategy, limit_kw_per_vehicle=0.8),
        replace(DAY, timestep_min=15, days=0.4),
        replace(DAY, strategy=strategy, seed=7, limit_kw_per_vehicle=0.8),
        replace(DAY, strategy=strategy, v2g=False, seed=8),
    ]
    assert run_together(drawn) == [run_alone(scenario) for scenario in drawn]


def test_a_site_cap_changes_at_the_week_of_each_run() -> None:
    drawn = [
        replace(DAY, strategy="peak_shaving", days=7.5, timestep_min=60, fleet_size=6),
        replace(DAY, strategy="peak_shaving", days=8.5, timestep_min=60, fleet_size=6, start="2026-07-01T03:00"),
    ]
    results = run_together(drawn)
    assert results == [run_alone(scenario) for scenario in drawn]


@pytest.mark.parametrize("room", [1, 7])
def test_little_room_for_records_changes_nothing(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = simulate(DAY)
    monkeypatch.setattr("ev2gym_dashboard.service.simulation.joint_steps.MAX_STEPS_AT_ONCE", room)
    assert run_together([DAY]) == [expected]


def count_joint_calls(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> int:
    calls: list[int] = []
    step_together = RunBatch.run

    def count(batch: RunBatch, controls: Any, n_steps: Any) -> None:
        calls.append(1)
        step_together(batch, controls, n_steps)

    monkeypatch.setattr(RunBatch, "run", count)
    run()
    return len(calls)


def test_many_runs_take_as_many_calls_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = [replace(DAY, seed=seed, limit_kw_per_vehicle=20.0) for seed in range(9)]
    alone = count_joint_calls(monkeypatch, lambda: run_together(wide[:1]))
    assert count_joint_calls(monkeypatch, lambda: run_together(wide)) == alone


def test_a_run_that_joins_others_finds_their_inputs_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[Any] = []
    lay_out = kept.lay_out

    def count(values: Any, layout: Any = None) -> Any:
        laid_out.append(values)
        return lay_out(values, layout)

    narrow = start_counterfactual_runs(replace(DAY, limit_kw_per_vehicle=0.3))
    runs, steps = JointRuns([narrow]), list[int]()
    monkeypatch.setattr(kept, "lay_out", count)
    while not narrow.unlimited.active:
        laid_out.clear()
        runs.advance([narrow.step + 1])
        steps.append(len(laid_out))
    laid_out.clear()
    runs.advance([narrow.step + 1])
    assert len(laid_out) < min(steps[0], steps[-1])


def test_plans_and_the_numpy_kernel_are_stepped_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_join(Simulation(DAY))
    assert not can_join(Simulation(replace(DAY, strategy="predictive")))
    monkeypatch.setattr(engine_setup, "choose_kernel", lambda: NUMPY_KERNEL)
    assert not can_join(Simulation(DAY))
    assert run_together([DAY, replace(DAY, seed=3)]) == [run_alone(DAY), run_alone(replace(DAY, seed=3))]
