"""Past runs: the states from which the view of an earlier step of a live run is computed again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.latest_snapshot import restore_latest_snapshot
from ev2gym_dashboard.service.sessions.replay import RunT, replay_changes, restore_before
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.simulation.simulation import Simulation

KEYFRAME_INTERVAL_STEPS = 96
KEYFRAMES_BYTES = 8 * 2**20
"""Approximate memory of the keyframes of a run, beside that of `KEYFRAMES_VEHICLE_BYTES` [B]."""
KEYFRAMES_VEHICLE_BYTES = 270
STATE_BYTES, PLAN_BYTES, FIXED_BYTES = 60, 22, 4000
"""Approximate memory per vehicle of a copied simulation and of the arrivals of a day, and that of any copy [B]."""
FIRST_CHUNK_STEPS = 4


@dataclass(frozen=True)
class Keyframe(Generic[RunT]):
    """A copy of a run at a step, which stays there, its number of simulations, and of changes that it has had."""

    run: RunT
    n_changes: int
    n_simulations: int

    @property
    def step(self) -> int:
        return self.run.step


@dataclass
class PastRuns(ABC, Generic[RunT]):
    """Keyframes of a run, rising by step, and the run at the past step that was looked at last.

    They share the arrivals of the run, and nothing that a step changes: the live run goes on independently.
    """

    keyframes: list[Keyframe[RunT]] = field(default_factory=list)
    latest: Keyframe[RunT] | None = None
    interval_steps: int = KEYFRAME_INTERVAL_STEPS
    next_step: int = 0
    """From here on the next copy is kept."""

    @staticmethod
    @abstractmethod
    def compute_max_bytes(fleet_size: int) -> int:
        """Return the bound of the approximate memory [B]."""

    @staticmethod
    @abstractmethod
    def fork(run: RunT) -> RunT:
        """Return a copy of a run, which continues independently."""

    @staticmethod
    @abstractmethod
    def list_simulations(run: RunT) -> list[Simulation]:
        """Return the simulations of a run; the first one is the run itself."""

    @staticmethod
    @abstractmethod
    def restore(store: SnapshotStore, run: RunSpec, step: int) -> tuple[RunT, Sequence[Change]]:
        """Return a run at its latest snapshot before a step, and its changes from there on."""

    @property
    def size_bytes(self) -> int:
        """Approximate memory [B]."""
        return self._compute_bytes(self.keyframes + ([self.latest] if self.latest else []))

    def _compute_bytes(self, copies: Sequence[Keyframe[RunT]]) -> int:
        if not self.keyframes:
            return 0
        scenario, n_steps = self._get_scenario(), self.keyframes[-1].step - self.keyframes[0].step
        n_simulations = sum(copy.n_simulations for copy in copies)
        per_vehicle_bytes = STATE_BYTES * n_simulations + PLAN_BYTES * n_steps / scenario.steps_per_day
        return round(per_vehicle_bytes * scenario.fleet_size) + FIXED_BYTES * n_simulations

    def _get_scenario(self) -> Scenario:
        return self.list_simulations(self.keyframes[0].run)[0].scenario

    def keep(self, run: RunT, n_changes: int) -> None:
        """Keep a copy of a run that has gone on since the last one."""
        if run.step < self.next_step:
            return
        copy = self.fork(run)
        for simulation in self.list_simulations(copy):
            # The series of its day are found again when it goes on.
            simulation.engine.day_cache = None
        self.keyframes.append(self._make_keyframe(copy, n_changes))
        self._limit_memory(self.compute_max_bytes(self._get_scenario().fleet_size))
        self.next_step = self.keyframes[-1].step + self.interval_steps

    def forget(self) -> None:
        """Give up all copies; the next one is kept when it is due, so that forgetting costs no copy at once."""
        self.keyframes, self.latest = [], None

    def _make_keyframe(self, run: RunT, n_changes: int) -> Keyframe[RunT]:
        return Keyframe(run, n_changes, len(self.list_simulations(run)))

    def _limit_memory(self, max_bytes: int) -> None:
        while self._compute_bytes(self.keyframes) > max_bytes and len(self.keyframes) > 1:
            if len(self.keyframes) > 8:
                # The copies become rarer over the whole run: each step of it stays about as near to one.
                self.interval_steps *= 2
                self.keyframes = self.keyframes[::2]
            else:
                # The oldest one alone holds the arrivals of its days.
                del self.keyframes[0]

    def advance(self, store: SnapshotStore, run: RunSpec, step: int, *, must_stop: Callable[[], bool]) -> RunT:
        """Return a run at a past step, or as far as it came before ``must_stop`` returned True."""
        looked_at, changes = self._find_start(store, run, step)
        n_steps = FIRST_CHUNK_STEPS
        while True:
            changes = replay_changes(looked_at, changes, min(looked_at.step + n_steps, step))
            self.latest = self._make_keyframe(looked_at, len(run.changes) - len(changes))
            if looked_at.step == step or must_stop():
                return looked_at
            n_steps *= 2

    def _find_start(self, store: SnapshotStore, run: RunSpec, step: int) -> tuple[RunT, Sequence[Change]]:
        """Return the nearest known run before a step, and its changes from there on."""
        latest = self.latest if self.latest and leads_to(self.latest, run, step) else None
        keyframe = max((one for one in self.keyframes if leads_to(one, run, step)), key=_get_step, default=None)
        if latest and (keyframe is None or latest.step >= keyframe.step):
            return latest.run, run.changes[latest.n_changes :]
        looked_at, changes = self._restart(store, run, step, keyframe)
        for simulation in self.list_simulations(looked_at):
            # Sums of blocks, as the live run adds them: another order has other bits.
            simulation.keep_folds()
        return looked_at, changes

    def _restart(
        self, store: SnapshotStore, run: RunSpec, step: int, keyframe: Keyframe[RunT] | None
    ) -> tuple[RunT, Sequence[Change]]:
        if keyframe is None:
            return self.restore(store, run, step)
        return self.fork(keyframe.run), run.changes[keyframe.n_changes :]


class PastFleet(PastRuns[Simulation]):
    """Past of the run alone, for the pages that show its vehicles."""

    @staticmethod
    def compute_max_bytes(fleet_size: int) -> int:
        """Return the bound of the approximate memory [B]."""
        return KEYFRAMES_BYTES + KEYFRAMES_VEHICLE_BYTES * fleet_size

    @staticmethod
    def fork(run: Simulation) -> Simulation:
        """Return a copy of a run, which continues independently."""
        return run.fork(1)[0]

    @staticmethod
    def list_simulations(run: Simulation) -> list[Simulation]:
        """Return the run."""
        return [run]

    @staticmethod
    def restore(store: SnapshotStore, run: RunSpec, step: int) -> tuple[Simulation, Sequence[Change]]:
        """Return a run at its latest snapshot before a step, and its changes from there on."""
        return restore_before(store, run, step)

    def fork_before(self, store: SnapshotStore, run: RunSpec, step: int, *, max_steps: int) -> tuple[Simulation, int]:
        """Return a copy of a run at a known step before a step, and the number of changes that it has had.

        Where none is nearer than ``max_steps``, it may be the first known one after the step.
        """
        known = [one for one in self.keyframes if leads_to(one, run, run.step)]
        before = [one for one in known if one.step <= step]
        if before:
            return self.fork(before[-1].run), before[-1].n_changes
        restored = restore_latest_snapshot(store, replace(run, step=step))
        if known and step - (restored[0].step if restored else 0) > max_steps:
            return self.fork(known[0].run), known[0].n_changes
        return (restored[0].simulation, restored[1]) if restored else (Simulation(run.scenario), 0)


def leads_to(keyframe: Keyframe[RunT], run: RunSpec, step: int) -> bool:
    """Return whether a copy becomes a run at a step by going on."""
    # A change at the step of a keyframe, after it was taken, comes with the replay.
    n_due = sum(change.step <= step for change in run.changes)
    return keyframe.step <= step and keyframe.n_changes <= n_due


def _get_step(keyframe: Keyframe[RunT]) -> int:
    return keyframe.step
