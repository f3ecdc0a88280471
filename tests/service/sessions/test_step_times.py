"""CPU times of requests are estimated from what steps have taken."""

from __future__ import annotations

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.step_times import OVERHEAD_VEHICLES, VEHICLE_STEP_S, StepTimes

FLEET_SIZE = 8_000
VEHICLES = FLEET_SIZE + OVERHEAD_VEHICLES
RUN = RunSpec(Scenario(fleet_size=FLEET_SIZE, strategy="price"), (), 10, "a")
PLANNED = RunSpec(RUN.scenario, (Change(4, (("strategy", "predictive"),)), Change(6, (("v2g", False),))), 10, "b")


@pytest.fixture
def times() -> StepTimes:
    """Times of which steps of predictive take 1 s, and its first one 10 s."""
    times = StepTimes()
    times.learn("predictive", FLEET_SIZE, 5, 5.0, is_first=False)
    times.learn("predictive", FLEET_SIZE, 1, 10.0, is_first=True)
    return times


def test_a_strategy_that_was_not_measured_takes_the_usual_time(times: StepTimes) -> None:
    assert times.estimate_replay(RUN, 7) == pytest.approx(3 * 4 * VEHICLES * VEHICLE_STEP_S)


def test_an_estimate_is_that_of_a_fleet_of_its_size(times: StepTimes) -> None:
    run = RunSpec(Scenario(fleet_size=2 * VEHICLES - OVERHEAD_VEHICLES, strategy="predictive"), (), 10, "c")
    assert times.estimate_replay(run, 7) == pytest.approx(6.0)
    assert times.estimate_view(run, 7) == pytest.approx(3.5)


@pytest.mark.parametrize(("first_step", "seconds"), [(0, 10 + 2 * 10.0), (5, 5 + 10.0), (7, 3.0), (10, 0.0)])
def test_a_step_after_a_change_takes_as_long_as_a_first_one(times: StepTimes, first_step: int, seconds: float) -> None:
    assert times.estimate_replay(PLANNED, first_step) == pytest.approx(seconds)


def test_an_opening_takes_the_fleet_and_the_first_step_besides(times: StepTimes) -> None:
    run = RunSpec(Scenario(fleet_size=FLEET_SIZE, strategy="predictive"), (), 10, "d")
    opening_s = times.estimate_opening(run, 7)
    assert opening_s == pytest.approx(10.0 + 3.0, rel=0.01)
    larger = RunSpec(Scenario(fleet_size=100 * FLEET_SIZE), (), 0, "e")
    assert times.estimate_opening(larger, 0) > 1.0


def test_a_dear_step_is_remembered_for_a_while(times: StepTimes) -> None:
    run = RunSpec(Scenario(fleet_size=FLEET_SIZE, strategy="predictive"), (), 1, "f")
    estimates = []
    for _ in range(100):
        times.learn("predictive", FLEET_SIZE, 1, 1e-9, is_first=False)
        estimates.append(times.estimate_replay(run, 0))
    assert estimates[0] == pytest.approx(0.5)
    assert estimates == sorted(estimates, reverse=True)
    assert estimates[-1] == pytest.approx(4 * VEHICLES * VEHICLE_STEP_S)


def test_a_strategy_is_known_once_its_first_step_and_others_have_been_measured() -> None:
    times = StepTimes()
    assert times.list_unknown(PLANNED) == ["price", "predictive"]
    times.learn("predictive", FLEET_SIZE, 1, 1.0, is_first=True)
    assert times.list_unknown(PLANNED) == ["price", "predictive"]
    times.learn("predictive", FLEET_SIZE, 1, 1.0, is_first=False)
    assert times.list_unknown(PLANNED) == ["price"]
