"""Gates of the sessions: dear work needs a place, and few requests wait in a thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.sessions.session_gates import MAX_REQUESTS, ReplayIncomplete, SessionGates
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME, SqliteStore
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S, StepTimes
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

CHEAP_RUN = RunSpec(Scenario(fleet_size=1_000), (), 240, "cheap")
DEAR_RUN = RunSpec(Scenario(fleet_size=20), (), 600, "dear")
TICK = RunSpec(DEAR_RUN.scenario, (), 4, "tick")
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
    times = StepTimes()
    times.learn("price", 1, 1, 1.0, is_first=False)
    sessions = SessionCache(places=places, times=times)
    run = RunSpec(DEAR_RUN.scenario, (), 4, "behind")
    view = sessions.get_fleet_view(run)
    with places.take("someone else"):
        assert sessions.get_fleet_view(run) == view
        with pytest.raises(ReplayIncomplete):
            sessions.get_fleet_view(run, alternative="price")
        assert sessions.get_fleet_view(run) == view


def test_a_tick_of_a_usual_fleet_needs_no_place(taken_places: WorkPlaces) -> None:
    assert StepTimes().estimate_opening(CHEAP_RUN, 0) <= CHEAP_S
    view = SessionCache().get_fleet_view(TICK)
    assert SessionCache(places=taken_places).get_fleet_view(TICK) == view


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


@pytest.mark.parametrize("is_first", [False, True], ids=["steps", "first step"])
def test_a_fleet_of_a_dear_strategy_is_not_made_without_a_place(
    taken_places: WorkPlaces, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    monkeypatch.delattr("ev2gym_dashboard.service.sessions.cache.start_counterfactual_runs")
    times = StepTimes()
    times.learn("predictive", 1_000, 1, 10 * CHEAP_S, is_first=is_first)
    run = RunSpec(Scenario(fleet_size=1_000, strategy="predictive"), (), 1, "dear strategy")
    with pytest.raises(ReplayIncomplete) as incomplete:
        SessionCache(places=taken_places, times=times).get_fleet_view(run)
    assert not incomplete.value.has_place


def test_a_long_run_opens_without_a_place_from_its_snapshot(tmp_path: Path, taken_places: WorkPlaces) -> None:
    store = ResilientStore(SqliteStore(tmp_path / SNAPSHOT_FILE_NAME))
    view = SessionCache(store=store).get_fleet_view(DEAR_RUN)
    store.flush()
    assert SessionCache(store=store, places=taken_places).get_fleet_view(DEAR_RUN) == view


def test_work_that_turns_out_dear_goes_on_only_with_a_place(
    places: WorkPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates, cpu_s = SessionGates(places, wait_s=60.0), [0.0]
    monkeypatch.setattr(time, "thread_time", lambda: cpu_s[0])
    with gates.enter("a", 5, is_over=lambda: False) as turn:
        assert not turn.must_stop()
        with places.take("someone else"):
            assert not turn.must_stop()
            cpu_s[0] += 1.1 * CHEAP_S
            assert turn.must_stop()
        assert not turn.must_stop()
        with pytest.raises(PlacesTaken), places.take("someone else"):
            pytest.fail("took the place of the dear work")


def test_work_that_stops_for_lack_of_a_place_says_so(taken_places: WorkPlaces, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if each look at the clock came a second later.
    monkeypatch.setattr(time, "thread_time", count().__next__)
    run = RunSpec(DEAR_RUN.scenario, (), 4, "dear at last")
    sessions = SessionCache(places=taken_places, slice_s=60.0)
    with pytest.raises(ReplayIncomplete) as incomplete:
        sessions.get_fleet_view(run)
    assert (incomplete.value.step, incomplete.value.has_place) == (1, False)


def test_of_many_requests_of_a_session_one_waits(places: WorkPlaces) -> None:
    gates, is_inside, may_leave = SessionGates(places, wait_s=60.0), Barrier(2), Event()

    def hold() -> None:
        with gates.enter("a", 5, is_over=lambda: False):
            is_inside.wait(60)
            may_leave.wait(60)

    first, second = Thread(target=hold), Thread(target=hold)
    first.start()
    is_inside.wait(60)
    second.start()
    while gates.count_requests("a") < MAX_REQUESTS:
        may_leave.wait(0.01)
    with pytest.raises(ReplayIncomplete), gates.enter("a", 5, is_over=lambda: False):
        pytest.fail("entered a gate that another request holds")
    may_leave.set()
    is_inside.wait(60)
    first.join()
    second.join()
    assert gates.count_requests("a") == 0


def test_dear_work_gives_its_memory_back_before_its_place_is_free(
    places: WorkPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first run of a process loads its kernels, which can be dear.
    SessionCache().get_fleet_view(TICK)
    refused = []

    def note_refusal() -> None:
        with pytest.raises(PlacesTaken), places.take("someone else"):
            pass
        refused.append(True)

    monkeypatch.setattr("ev2gym_dashboard.service.sessions.session_gates.return_free_memory", note_refusal)
    sessions = SessionCache(places=places)
    sessions.get_fleet_view(TICK)
    assert refused == []
    sessions.get_fleet_view(DEAR_RUN)
    assert refused == [True]


def test_a_slice_of_dear_work_is_not_lost_with_its_run(tmp_path: Path) -> None:
    store = ResilientStore(SqliteStore(tmp_path / SNAPSHOT_FILE_NAME))
    steps = []
    for _ in range(3):
        # As if others had dropped the run from the cache.
        sessions = SessionCache(store=store, slice_s=0.0)
        with pytest.raises(ReplayIncomplete) as incomplete:
            sessions.get_fleet_view(DEAR_RUN)
        store.flush()
        steps.append(incomplete.value.step)
    assert steps == [1, 2, 3]


@pytest.mark.parametrize("is_kept", [True, False], ids=["goes on", "over"])
def test_a_large_fleet_is_saved_when_its_turn_is_over(
    tmp_path: Path, places: WorkPlaces, monkeypatch: pytest.MonkeyPatch, *, is_kept: bool
) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.sessions.cache.MAX_SAVED_VEHICLES", 1)
    monkeypatch.setattr(places, "keep", lambda *_: is_kept)
    store = ResilientStore(SqliteStore(tmp_path / SNAPSHOT_FILE_NAME))
    with pytest.raises(ReplayIncomplete):
        SessionCache(store=store, places=places, slice_s=0.0).get_fleet_view(DEAR_RUN)
    store.flush()
    assert bool(store.list_steps(compute_snapshot_keys(DEAR_RUN))) != is_kept
