"""Replay in slices: a run that takes longer than one request is reached by repeating the request."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView, make_fleet_view
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME, SqliteStore
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns

RUN = RunSpec(Scenario(fleet_size=40), (Change(3, (("strategy", "price"),)), Change(12, (("v2g", False),))), 12, "a")


def reach(workers: list[SessionCache], run: RunSpec) -> tuple[list[int], FleetView]:
    """Ask the workers in turn until the view is there; return the steps that the replies told, and the view."""
    steps: list[int] = []
    for k in range(10 * (run.step + 1)):
        try:
            return steps, workers[k % len(workers)].get_fleet_view(run)
        except ReplayIncomplete as incomplete:
            steps.append(incomplete.step)
    pytest.fail(f"never reached: {steps}")


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        RunSpec(Scenario(fleet_size=40, timestep_min=1), (), 20, "minutes"),
        RunSpec(Scenario(fleet_size=40, strategy="predictive"), (), 12, "plans"),
    ],
    ids=lambda run: run.session,
)
def test_progress_rises_to_the_end_however_short_a_slice_is(run: RunSpec) -> None:
    steps, view = reach([SessionCache(slice_s=0.0)], run)
    assert steps == list(range(1, run.step))
    assert view == SessionCache().get_fleet_view(run)


def test_progress_rises_in_two_processes_that_share_nothing() -> None:
    steps, view = reach([SessionCache(slice_s=0.0), SessionCache(slice_s=0.0)], RUN)
    assert steps[::2] == list(range(1, RUN.step))
    assert view == SessionCache().get_fleet_view(RUN)


def test_a_process_goes_on_where_another_one_has_come_to(tmp_path: Path) -> None:
    store = ResilientStore(SqliteStore(tmp_path / SNAPSHOT_FILE_NAME))
    first, second = (SessionCache(store=store, slice_s=0.0, snapshot_interval_steps=2) for _ in range(2))
    for worker in (second, *[first] * 8):
        with pytest.raises(ReplayIncomplete) as incomplete:
            worker.get_fleet_view(RUN)
        # A store that is still writing skips checkpoints.
        store.flush()
    with pytest.raises(ReplayIncomplete) as resumed:
        second.get_fleet_view(RUN)
    assert resumed.value.step >= incomplete.value.step - 1
    assert reach([second], RUN)[1] == SessionCache().get_fleet_view(RUN)


def test_a_request_that_waits_for_another_one_returns_its_progress() -> None:
    sessions, is_drawing, may_finish = SessionCache(slice_s=0.05), Event(), Event()

    def draw(run: RunSpec, runs: CounterfactualRuns) -> FleetView:
        is_drawing.set()
        may_finish.wait(60)
        return make_fleet_view(run, runs)

    start = RunSpec(RUN.scenario, (), 0, "a")
    first = Thread(target=sessions.render_view, args=(start, draw))
    first.start()
    assert is_drawing.wait(60)
    with pytest.raises(ReplayIncomplete):
        sessions.get_fleet_view(start)
    may_finish.set()
    first.join()
    assert sessions.get_fleet_view(start) == SessionCache().get_fleet_view(start)
    assert sessions._gates.count_requests("a") == 0
