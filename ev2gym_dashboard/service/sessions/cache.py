"""Live sessions: the browser holds what defines a run, the server only a cache of running simulations."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from threading import Lock
from typing import TypeVar

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.sessions.checkpoint import decode_checkpoint, encode_checkpoint
from ev2gym_dashboard.service.sessions.fleet_view import FleetView, make_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.sessions.site_view import SiteView, make_site_view
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore, SnapshotStore, open_snapshot_store
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs

SNAPSHOT_INTERVAL_STEPS = 48
"""A replay begins at most so many steps back: half a day of quarters of an hour."""
MAX_REQUEST_WORK = 100_000_000
"""Vehicle-steps that one request may cost at most, those of the counterfactuals included."""
STEP_OVERHEAD_WORK = 20_000
"""What a step costs beside its vehicles, in vehicle-steps."""
MAX_CACHE_BYTES = 2**29
MAX_IDLE_S = 60.0
VEHICLE_BYTES, STEP_BYTES = 200, 6000
"""About what a run with its counterfactuals keeps, per vehicle and per step that it has recorded."""
ViewType = TypeVar("ViewType")


class ReplayIncomplete(Exception):
    """A run is not there yet: it has been brought nearer by as much as one request may cost."""

    def __init__(self, step: int, end: int) -> None:
        self.step, self.end = step, end
        super().__init__(f"at step {step} of {end}")


@dataclass
class CachedRun:
    """A run with its counterfactuals, and the changes that it has been given."""

    scenario: Scenario
    runs: CounterfactualRuns
    applied: tuple[Change, ...] = ()

    @property
    def step(self) -> int:
        return self.runs.simulation.step

    @cached_property
    def place(self) -> int:
        """A number of its scenario's, by which runs that began together do not keep their snapshots together."""
        return int(compute_snapshot_keys(RunSpec(self.scenario))[0][:8], 16)

    @property
    def size(self) -> int:
        """About what it keeps in memory [B]."""
        return VEHICLE_BYTES * self.scenario.fleet_size + STEP_BYTES * self.step

    def can_reach(self, run: RunSpec) -> bool:
        """Return whether going on from here gives the run."""
        n, step = len(self.applied), self.step
        if self.scenario != run.scenario:
            return False
        return step <= run.step and run.changes[:n] == self.applied and all(c.step >= step for c in run.changes[n:])

    def replay_run(self, run: RunSpec, end: int) -> None:
        """Give the changes when their steps come, and run up to a step."""
        for change in run.changes[len(self.applied) :]:
            self.runs.advance(min(change.step, end) - self.step)
            if change.step > end:
                return
            self.runs.set(**change.settings)
            self.applied += (change,)
        self.runs.advance(end - self.step)


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A run in the cache: what it was found to keep in memory [B], and when it was last used [s]."""

    cached: CachedRun
    size: int
    used: float


class SessionCache:
    """Running simulations, the least recently used going first; a missing one is rebuilt from a snapshot or by replay.

    A simulation belongs to one request while that works on it; another one of the same session waits for its turn.
    """

    def __init__(
        self,
        max_bytes: int = MAX_CACHE_BYTES,
        *,
        store: SnapshotStore | None = None,
        work: int = MAX_REQUEST_WORK,
        snapshot_interval_steps: int = SNAPSHOT_INTERVAL_STEPS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_bytes, self._store, self._work, self._now = max_bytes, store or NullStore(), work, now
        self._snapshot_interval_steps = snapshot_interval_steps
        self._kept: OrderedDict[str, CacheEntry] = OrderedDict()
        self._size = 0
        self._session_locks: dict[str, tuple[Lock, int]] = {}
        self._lock = Lock()

    def get_fleet_view(self, run: RunSpec) -> FleetView:
        """Return the run at its step; the same run gives the same frame, from the cache or by replay."""
        return self.render_view(run, make_fleet_view)

    def render_view(self, run: RunSpec, draw: Callable[[RunSpec, CounterfactualRuns], ViewType]) -> ViewType:
        """Return what ``draw`` makes of the run at its step.

        Raises
        ------
        ReplayIncomplete
            Where that is further than one request may go; the next one goes on.
        """
        with self._hold_session(run.session):
            cached, origin = self._found(run)
            metrics.count_simulation(origin)
            self._advance(run, cached)
            drawn = draw(run, cached.runs) if cached.step == run.step else None
            self._keep(run.session, cached)
            if drawn is None:
                raise ReplayIncomplete(cached.step, run.step)
            return drawn

    @contextmanager
    def _hold_session(self, session: str) -> Iterator[None]:
        with self._lock:
            turn, n = self._session_locks.get(session, (Lock(), 0))
            self._session_locks[session] = turn, n + 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                turn, n = self._session_locks.pop(session)
                if n > 1:
                    self._session_locks[session] = turn, n - 1

    def _found(self, run: RunSpec) -> tuple[CachedRun, str]:
        if cached := self._take(run):
            return cached, "cache"
        if cached := self._restore_snapshot(run):
            return cached, "snapshot"
        return CachedRun(run.scenario, start_counterfactual_runs(run.scenario)), "replay"

    def _take(self, run: RunSpec) -> CachedRun | None:
        with self._lock:
            kept = self._kept.pop(run.session, None)
            self._size -= kept.size if kept else 0
        return kept.cached if kept and kept.cached.can_reach(run) else None

    def _keep(self, session: str, cached: CachedRun) -> None:
        now = self._now()
        with self._lock:
            self._kept[session] = CacheEntry(cached, cached.size, now)
            self._size += cached.size
            while len(self._kept) > 1 and self._must_evict(now):
                self._size -= self._kept.popitem(last=False)[1].size
            metrics.set_live_simulations(len(self._kept))

    def _must_evict(self, now: float) -> bool:
        return self._size > self._max_bytes or now - next(iter(self._kept.values())).used > MAX_IDLE_S

    def _advance(self, run: RunSpec, cached: CachedRun) -> None:
        """Go as far as a request may, with snapshots on the way."""
        steps = max(self._work // (3 * (run.scenario.fleet_size + STEP_OVERHEAD_WORK)), 1)
        end, every = min(run.step, cached.step + steps), self._snapshot_interval_steps
        first = cached.step + 1 + (cached.place - cached.step - 1) % every
        for stop in range(first, end + 1, every):
            cached.replay_run(run, stop)
            self._store.put(compute_snapshot_keys(run)[len(cached.applied)], stop, encode_checkpoint(cached.runs))
        cached.replay_run(run, end)

    def _restore_snapshot(self, run: RunSpec) -> CachedRun | None:
        """Return the run from the snapshot that leads furthest towards it."""
        keys = compute_snapshot_keys(run)
        kept = [(step, keys.index(key)) for key, step in self._store.list_steps(keys) if step <= run.step]
        for step, n in sorted(kept, reverse=True):
            if all(change.step >= step for change in run.changes[n:]) and (data := self._store.get(keys[n], step)):
                return CachedRun(run.scenario, decode_checkpoint(run.scenario, data), run.changes[:n])
        return None


@cache
def get_session_cache() -> SessionCache:
    """Return the sessions of this process, with the store that its environment names."""
    return SessionCache(store=open_snapshot_store(os.environ))


def get_fleet_view(run: RunSpec) -> FleetView:
    """Return the run at its step, by the cache of this process."""
    return get_session_cache().get_fleet_view(run)


def get_site_view(run: RunSpec) -> SiteView:
    """Return the site of the run at its step, by the cache of this process."""
    return get_session_cache().render_view(run, make_site_view)
