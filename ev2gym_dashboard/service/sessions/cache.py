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
from ev2gym_dashboard.service.sessions.checkpoint import from_bytes, to_bytes
from ev2gym_dashboard.service.sessions.fleet_view import Frame, make_frame
from ev2gym_dashboard.service.sessions.run_spec import Change, Run, keys_of
from ev2gym_dashboard.service.sessions.site_view import SiteFrame, make_site_frame
from ev2gym_dashboard.service.sessions.snapshot_store import Nowhere, Store, store_from
from ev2gym_dashboard.service.simulation.counterfactuals import Beside, beside

SNAPSHOT_STEPS = 48
"""A replay begins at most so many steps back: half a day of quarters of an hour."""
WORK = 100_000_000
"""Vehicle-steps that one request may cost at most, those of the shadows included."""
STEP_WORK = 20_000
"""What a step costs beside its vehicles, in vehicle-steps."""
CACHE_BYTES = 2**29
IDLE_S = 60.0
VEHICLE_BYTES, STEP_BYTES = 200, 6000
"""About what a run with its shadows keeps, per vehicle and per step that it has recorded."""
Drawn = TypeVar("Drawn")


class CatchingUp(Exception):
    """A run is not there yet: it has been brought nearer by as much as one request may cost."""

    def __init__(self, step: int, end: int) -> None:
        self.step, self.end = step, end
        super().__init__(f"at step {step} of {end}")


@dataclass
class Cached:
    """A run with its shadows, and the changes that it has been given."""

    scenario: Scenario
    runs: Beside
    applied: tuple[Change, ...] = ()

    @property
    def step(self) -> int:
        return self.runs.run.step

    @cached_property
    def place(self) -> int:
        """A number of its scenario's, by which runs that began together do not keep their snapshots together."""
        return int(keys_of(Run(self.scenario))[0][:8], 16)

    @property
    def size(self) -> int:
        """About what it keeps in memory [B]."""
        return VEHICLE_BYTES * self.scenario.fleet_size + STEP_BYTES * self.step

    def leads_to(self, run: Run) -> bool:
        """Return whether going on from here gives the run."""
        n, step = len(self.applied), self.step
        if self.scenario != run.scenario:
            return False
        return step <= run.step and run.changes[:n] == self.applied and all(c.step >= step for c in run.changes[n:])

    def advance_to(self, run: Run, end: int) -> None:
        """Give the changes when their steps come, and run up to a step."""
        for change in run.changes[len(self.applied) :]:
            self.runs.advance(min(change.step, end) - self.step)
            if change.step > end:
                return
            self.runs.set(**change.settings)
            self.applied += (change,)
        self.runs.advance(end - self.step)


@dataclass(frozen=True, slots=True)
class Kept:
    """A run in the cache: what it was found to keep in memory [B], and when it was last used [s]."""

    cached: Cached
    size: int
    used: float


class Sessions:
    """Running simulations, the least recently used going first; a missing one is rebuilt from a snapshot or by replay.

    A simulation belongs to one request while that works on it; another one of the same session waits for its turn.
    """

    def __init__(
        self,
        max_bytes: int = CACHE_BYTES,
        *,
        store: Store | None = None,
        work: int = WORK,
        snapshot_steps: int = SNAPSHOT_STEPS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_bytes, self._store, self._work, self._now = max_bytes, store or Nowhere(), work, now
        self._snapshot_steps = snapshot_steps
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._size = 0
        self._turns: dict[str, tuple[Lock, int]] = {}
        self._lock = Lock()

    def frame_of(self, run: Run) -> Frame:
        """Return the run at its step; the same run gives the same frame, from the cache or by replay."""
        return self.show(run, make_frame)

    def show(self, run: Run, draw: Callable[[Run, Beside], Drawn]) -> Drawn:
        """Return what ``draw`` makes of the run at its step.

        Raises
        ------
        CatchingUp
            Where that is further than one request may go; the next one goes on.
        """
        with self._turn(run.session):
            cached, origin = self._found(run)
            metrics.found(origin)
            self._advance(run, cached)
            drawn = draw(run, cached.runs) if cached.step == run.step else None
            self._keep(run.session, cached)
            if drawn is None:
                raise CatchingUp(cached.step, run.step)
            return drawn

    @contextmanager
    def _turn(self, session: str) -> Iterator[None]:
        with self._lock:
            turn, n = self._turns.get(session, (Lock(), 0))
            self._turns[session] = turn, n + 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                turn, n = self._turns.pop(session)
                if n > 1:
                    self._turns[session] = turn, n - 1

    def _found(self, run: Run) -> tuple[Cached, str]:
        if cached := self._take(run):
            return cached, "cache"
        if cached := self._resumed(run):
            return cached, "snapshot"
        return Cached(run.scenario, beside(run.scenario)), "replay"

    def _take(self, run: Run) -> Cached | None:
        with self._lock:
            kept = self._kept.pop(run.session, None)
            self._size -= kept.size if kept else 0
        return kept.cached if kept and kept.cached.leads_to(run) else None

    def _keep(self, session: str, cached: Cached) -> None:
        now = self._now()
        with self._lock:
            self._kept[session] = Kept(cached, cached.size, now)
            self._size += cached.size
            while len(self._kept) > 1 and self._oldest_goes(now):
                self._size -= self._kept.popitem(last=False)[1].size
            metrics.live(len(self._kept))

    def _oldest_goes(self, now: float) -> bool:
        return self._size > self._max_bytes or now - next(iter(self._kept.values())).used > IDLE_S

    def _advance(self, run: Run, cached: Cached) -> None:
        """Go as far as a request may, with snapshots on the way."""
        steps = max(self._work // (3 * (run.scenario.fleet_size + STEP_WORK)), 1)
        end, every = min(run.step, cached.step + steps), self._snapshot_steps
        first = cached.step + 1 + (cached.place - cached.step - 1) % every
        for stop in range(first, end + 1, every):
            cached.advance_to(run, stop)
            self._store.put(keys_of(run)[len(cached.applied)], stop, to_bytes(cached.runs))
        cached.advance_to(run, end)

    def _resumed(self, run: Run) -> Cached | None:
        """Return the run from the snapshot that leads furthest towards it."""
        keys = keys_of(run)
        kept = [(step, keys.index(key)) for key, step in self._store.steps(keys) if step <= run.step]
        for step, n in sorted(kept, reverse=True):
            if all(change.step >= step for change in run.changes[n:]) and (data := self._store.get(keys[n], step)):
                return Cached(run.scenario, from_bytes(run.scenario, data), run.changes[:n])
        return None


@cache
def sessions() -> Sessions:
    """Return the sessions of this process, with the store that its environment names."""
    return Sessions(store=store_from(os.environ))


def frame_of(run: Run) -> Frame:
    """Return the run at its step, by the cache of this process."""
    return sessions().frame_of(run)


def site_frame_of(run: Run) -> SiteFrame:
    """Return the site of the run at its step, by the cache of this process."""
    return sessions().show(run, make_site_frame)
