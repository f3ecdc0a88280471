"""Strategies are measured before the first large fleet under them."""

from __future__ import annotations

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.sessions import time_measurement
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.step_times import StepTimes
from ev2gym_dashboard.service.sessions.time_measurement import MEASURED_VEHICLES, measure_run_strategies
from ev2gym_dashboard.service.sessions.work_places import WorkPlaces
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.errors import StrategyError

LARGE = Scenario(fleet_size=MEASURED_VEHICLES + 1, strategy="price")
LARGE_RUN = RunSpec(LARGE, (), 0, "large")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Strategies in the order of their measurements."""
    strategies: list[str] = []
    measure = time_measurement._measure_strategy

    def note(times: StepTimes, strategy: str) -> None:
        strategies.append(strategy)
        measure(times, strategy)

    monkeypatch.setattr(time_measurement, "_measure_strategy", note)
    return strategies


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_is_measured_before_a_large_fleet_under_it_is_made(strategy: str) -> None:
    times, places = StepTimes(), WorkPlaces(1)
    run = RunSpec(Scenario(fleet_size=1_000_000, strategy=strategy), (), 0, "large")
    with places.take("someone else"), pytest.raises(ReplayIncomplete):
        SessionCache(times=times, places=places).get_fleet_view(run)
    assert times.list_unknown(run) == []


def test_a_strategy_is_measured_once(measured: list[str]) -> None:
    sessions = SessionCache()
    for session in ("a", "b"):
        sessions.get_fleet_view(RunSpec(LARGE, (), 0, session))
    assert measured == ["price"]


def test_the_strategy_after_a_change_and_that_of_an_alternative_run_are_measured(measured: list[str]) -> None:
    changed = RunSpec(LARGE, (Change(2, (("strategy", "grid_support"),)),), 2, "changed")
    SessionCache().get_fleet_view(changed, alternative="uncontrolled")
    assert measured == ["price", "grid_support", "uncontrolled"]


def test_a_usual_fleet_waits_for_no_measurement(measured: list[str]) -> None:
    times = StepTimes()
    run = RunSpec(Scenario(fleet_size=MEASURED_VEHICLES), (), 4, "usual")
    SessionCache(times=times, slice_s=60.0).get_fleet_view(run)
    assert measured == []
    assert times.list_unknown(run) == []  # its own steps have shown what they take
    measure_run_strategies(times, LARGE_RUN)
    assert measured == ["price"]


def test_the_fault_of_a_strategy_is_told_by_the_run_under_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise StrategyError([Issue("strategy", "is faulty")])

    monkeypatch.setattr(time_measurement, "start_counterfactual_runs", fail)
    SessionCache().get_fleet_view(LARGE_RUN)
