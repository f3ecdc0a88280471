"""Any sequence of ticks, workers, evictions and lost snapshots gives the views of an undisturbed run."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as test_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME, SqliteStore

SCENARIO = Scenario(fleet_size=30)
N_WORKERS = 3
MAX_REQUESTS = 200


def decide(*overrides: tuple[tuple[str, object], ...]) -> tuple[tuple[str, object], ...]:
    return (("overrides", overrides),)


SETTINGS = st.sampled_from(
    [
        (("strategy", "price"),),
        (("strategy", "uncontrolled"), ("v2g", False)),
        (("v2g", True),),
        (("params", (("price.v2g_min_soc", 0.3),)),),
        (("event", (("minutes", 45.0), ("reduction", 0.6))),),
        decide((("action", "charge_now"), ("vehicle", 2)), (("action", "no_v2g"), ("vehicle", 3))),
        decide((("action", "leave"), ("leave_min", 420), ("vehicle", 4)), (("action", "as_strategy"), ("vehicle", 3))),
        decide((("action", "leave"), ("leave_min", 1200), ("vehicle", 5)), (("action", "as_strategy"), ("vehicle", 4))),
    ]
)
WORKERS = st.integers(0, N_WORKERS - 1)


def catch_up(worker: SessionCache, run: RunSpec) -> FleetView:
    """Repeat a request as the page does, until the replay is complete."""
    for _ in range(MAX_REQUESTS):
        with suppress(ReplayIncomplete):
            return worker.get_fleet_view(run)
    pytest.fail("a run did not come nearer")


class LiveSession(RuleBasedStateMachine):
    @initialize(small=st.booleans(), slow=st.booleans(), interval_steps=st.sampled_from([3, 8, 96]))
    def start(self, small: bool, slow: bool, interval_steps: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / SNAPSHOT_FILE_NAME
        self.store = ResilientStore(SqliteStore(self.path))
        self.options: dict[str, Any] = {
            "max_bytes": 1 if small else 2**29,
            "max_work": 5 * 3 * 20_030 if slow else 10**9,
            "snapshot_interval_steps": interval_steps,
        }
        self.workers = [self.new_worker() for _ in range(N_WORKERS)]
        self.run = RunSpec(SCENARIO, session="a")
        self.view: FleetView | None = None

    def new_worker(self) -> SessionCache:
        return SessionCache(store=self.store, **self.options)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.flush()
            self.folder.cleanup()

    @rule(worker=WORKERS, steps=st.integers(0, 20))
    def tick(self, worker: int, steps: int) -> None:
        self.run = RunSpec(SCENARIO, self.run.changes, self.run.step + steps, "a")
        self.view = catch_up(self.workers[worker], self.run)

    @rule(settings=SETTINGS)
    def change(self, settings: tuple[tuple[str, object], ...]) -> None:
        self.run = RunSpec(SCENARIO, (*self.run.changes, Change(self.run.step, settings)), self.run.step, "a")
        self.view = None

    @rule(worker=WORKERS, share=st.floats(0, 1))
    def late_tick(self, worker: int, share: float) -> None:
        step = int(self.run.step * share)
        late = RunSpec(SCENARIO, tuple(change for change in self.run.changes if change.step <= step), step, "a")
        assert catch_up(self.workers[worker], late) == catch_up(SessionCache(), late)

    @rule(worker=WORKERS)
    def worker_is_lost(self, worker: int) -> None:
        self.workers[worker] = self.new_worker()

    @rule()
    def snapshots_are_lost(self) -> None:
        self.store.flush()
        for file in self.path.parent.iterdir():
            file.unlink()

    @invariant()
    def the_view_is_that_of_an_undisturbed_run(self) -> None:
        if getattr(self, "view", None) is not None:
            assert self.view == catch_up(SessionCache(), self.run)


LiveSession.TestCase.settings = test_settings(max_examples=12, stateful_step_count=12, deadline=None)
TestLiveSession = LiveSession.TestCase
