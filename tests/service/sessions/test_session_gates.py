"""Gates of the sessions: dear work needs a place, and few requests wait in a thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Barrier, Event, Thread

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.session_gates import MAX_REQUESTS, ReplayIncomplete, SessionGates
from ev2gym_dashboard.service.sessions.work_budget import CHEAP_WORK, compute_replay_work
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

CHEAP_RUN = RunSpec(Scenario(fleet_size=1_000), (), 240, "cheap")
DEAR_RUN = RunSpec(Scenario(fleet_size=20), (), 400, "dear")
LARGE_RUN = RunSpec(Scenario(fleet_size=1_000_000), (), 0, "large")


@pytest.fixture
def places() -> WorkPlaces:
    return WorkPlaces(1)


@pytest.fixture
def taken_places(places: WorkPlaces) -> Iterator[WorkPlaces]:
    with places.take("someone else"):
        yield places


def test_dear_work_without_a_place_is_not_begun(taken_places: WorkPlaces) -> None:
    sessions = SessionCache(places=taken_places)
    with pytest.raises(ReplayIncomplete) as incomplete:
        sessions.get_fleet_view(DEAR_RUN)
    assert (incomplete.value.step, incomplete.value.end, incomplete.value.has_place) == (0, DEAR_RUN.step, False)


def test_a_large_fleet_without_a_place_is_not_made(taken_places: WorkPlaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("ev2gym_dashboard.service.sessions.cache.start_counterfactual_runs")
    with pytest.raises(ReplayIncomplete):
        SessionCache(places=taken_places).get_fleet_view(LARGE_RUN)


def test_a_dear_view_of_a_cheap_tick_needs_a_place_too(places: WorkPlaces) -> None:
    sessions = SessionCache(places=places, max_work=10**12)
    run = RunSpec(DEAR_RUN.scenario, (), 1_300, "behind")
    view = sessions.get_fleet_view(run)
    with places.take("someone else"):
        assert sessions.get_fleet_view(run) == view
        with pytest.raises(ReplayIncomplete):
            sessions.get_fleet_view(run, alternative="price")
        assert sessions.get_fleet_view(run) == view


def test_a_tick_of_a_usual_fleet_needs_no_place(taken_places: WorkPlaces) -> None:
    assert compute_replay_work(CHEAP_RUN, 0) <= CHEAP_WORK
    tick = RunSpec(DEAR_RUN.scenario, (), 4, "tick")
    assert SessionCache(places=taken_places).get_fleet_view(tick) == SessionCache().get_fleet_view(tick)


def test_a_run_that_has_waited_for_a_place_is_the_undisturbed_one(places: WorkPlaces) -> None:
    sessions = SessionCache(places=places)
    with ExitStack() as other:
        other.enter_context(places.take("someone else"))
        with pytest.raises(ReplayIncomplete):
            sessions.get_fleet_view(DEAR_RUN)
    assert sessions.get_fleet_view(DEAR_RUN) == SessionCache().get_fleet_view(DEAR_RUN)


def test_a_run_in_the_cache_stays_there_while_it_has_no_place(
    places: WorkPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = SessionCache(places=places)
    started = RunSpec(DEAR_RUN.scenario, (), 8, "dear")
    view = sessions.get_fleet_view(started)
    with places.take("someone else"), pytest.raises(ReplayIncomplete):
        sessions.get_fleet_view(DEAR_RUN)
    with monkeypatch.context() as patch:
        patch.delattr("ev2gym_dashboard.service.sessions.cache.start_counterfactual_runs")
        assert sessions.get_fleet_view(started) == view


def test_of_many_requests_of_a_session_one_waits(places: WorkPlaces) -> None:
    gates, is_inside, may_leave = SessionGates(places, wait_s=60.0), Barrier(2), Event()

    def hold() -> None:
        with gates.enter("a", 5, must_stop=lambda: False):
            is_inside.wait(60)
            may_leave.wait(60)

    first, second = Thread(target=hold), Thread(target=hold)
    first.start()
    is_inside.wait(60)
    second.start()
    while gates.count_requests("a") < MAX_REQUESTS:
        may_leave.wait(0.01)
    with pytest.raises(ReplayIncomplete), gates.enter("a", 5, must_stop=lambda: False):
        pytest.fail("entered a gate that another request holds")
    may_leave.set()
    is_inside.wait(60)
    first.join()
    second.join()
    assert gates.count_requests("a") == 0


def test_dear_work_gives_its_memory_back_before_its_place_is_free(
    places: WorkPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def note_refusal() -> None:
        with pytest.raises(PlacesTaken), places.take("someone else"):
            pass
        refused.append(True)

    monkeypatch.setattr("ev2gym_dashboard.service.sessions.session_gates.return_free_memory", note_refusal)
    sessions = SessionCache(places=places)
    sessions.get_fleet_view(RunSpec(DEAR_RUN.scenario, (), 4, "tick"))
    assert refused == []
    sessions.get_fleet_view(DEAR_RUN)
    assert refused == [True]
