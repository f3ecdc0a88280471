"""Past runs: the states from which the view of an earlier step of a live run is computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ev2gym_dashboard.service.sessions.latest_snapshot import restore_latest_snapshot
from ev2gym_dashboard.service.sessions.replay import replay_changes, restore_before
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.simulation.simulation import Simulation

KEYFRAME_INTERVAL_STEPS = 96
KEYFRAMES_BYTES = 8 * 2**20
"""Approximate memory of the keyframes of a run, beside that of `KEYFRAMES_VEHICLE_BYTES` [B]."""
KEYFRAMES_VEHICLE_BYTES = 270
STATE_BYTES, PLAN_BYTES, FIXED_BYTES = 60, 22, 4000
"""Approximate memory per vehicle of a keyframe and of the arrivals of a day, and that of any keyframe [B]."""
FIRST_CHUNK_STEPS = 4


@dataclass(frozen=True)
class Keyframe:
    """A copy of a run at a step, which stays there, and the number of changes that it has had."""

    simulation: Simulation
    n_changes: int

    @property
    def step(self) -> int:
        return self.simulation.step


@dataclass
class PastRuns:
    """Keyframes of a run, rising by step, and the run at the past step that was looked at last.

    They share the arrivals of the run, and nothing that a step changes: the live run goes on independently.
    """

    keyframes: list[Keyframe] = field(default_factory=list)
    latest: Keyframe | None = None
    interval_steps: int = KEYFRAME_INTERVAL_STEPS

    @property
    def size_bytes(self) -> int:
        """Approximate memory [B]."""
        if not self.keyframes:
            return 0
        first, last = self.keyframes[0].simulation, self.keyframes[-1].simulation
        days = (last.step - first.step) / first.scenario.steps_per_day
        per_vehicle_bytes = STATE_BYTES * len(self.keyframes) + PLAN_BYTES * days
        return round(per_vehicle_bytes * first.scenario.fleet_size) + FIXED_BYTES * len(self.keyframes)

    def keep(self, simulation: Simulation, n_changes: int) -> None:
        """Keep a copy of a run that has gone on since the last one."""
        steps = [keyframe.step for keyframe in self.keyframes]
        if steps and simulation.step < steps[-1] + self.interval_steps:
            return
        (copy,) = simulation.fork(1)
        # The series of its day are found again when it goes on.
        copy.engine.day_cache = None
        self.keyframes.append(Keyframe(copy, n_changes))
        self._limit_memory(KEYFRAMES_BYTES + KEYFRAMES_VEHICLE_BYTES * simulation.scenario.fleet_size)

    def _limit_memory(self, max_bytes: int) -> None:
        while self.size_bytes > max_bytes and len(self.keyframes) > 1:
            if len(self.keyframes) > 8:
                # The copies become rarer over the whole run: each step of it stays about as near to one.
                self.interval_steps *= 2
                self.keyframes = self.keyframes[::2]
            else:
                # The oldest one alone holds the arrivals of its days.
                del self.keyframes[0]

    def advance(self, store: SnapshotStore, run: RunSpec, step: int, *, must_stop: Callable[[], bool]) -> Simulation:
        """Return a run at a past step, or as far as it came before ``must_stop`` returned True."""
        simulation, changes = self._find_start(store, run, step)
        n_steps = FIRST_CHUNK_STEPS
        while True:
            changes = replay_changes(simulation, changes, min(simulation.step + n_steps, step))
            self.latest = Keyframe(simulation, len(run.changes) - len(changes))
            if simulation.step == step or must_stop():
                return simulation
            n_steps *= 2

    def _find_start(self, store: SnapshotStore, run: RunSpec, step: int) -> tuple[Simulation, Sequence[Change]]:
        """Return the nearest known run before a step, and its changes from there on."""
        latest = self.latest if self.latest and self._leads_to(self.latest, run, step) else None
        keyframe = max((one for one in self.keyframes if self._leads_to(one, run, step)), key=_get_step, default=None)
        if latest and (keyframe is None or latest.step >= keyframe.step):
            return latest.simulation, run.changes[latest.n_changes :]
        if keyframe:
            return keyframe.simulation.fork(1)[0], run.changes[keyframe.n_changes :]
        return restore_before(store, replace(run, step=step), step)

    def fork_before(self, store: SnapshotStore, run: RunSpec, step: int, *, max_steps: int) -> tuple[Simulation, int]:
        """Return a copy of a run at a known step before a step, and the number of changes that it has had.

        Where none is nearer than ``max_steps``, it may be the first known one after the step.
        """
        known = [one for one in self.keyframes if self._leads_to(one, run, run.step)]
        before = [one for one in known if one.step <= step]
        if before:
            return before[-1].simulation.fork(1)[0], before[-1].n_changes
        restored = restore_latest_snapshot(store, replace(run, step=step))
        if known and step - (restored[0].simulation.step if restored else 0) > max_steps:
            return known[0].simulation.fork(1)[0], known[0].n_changes
        return (restored[0].simulation, restored[1]) if restored else (Simulation(run.scenario), 0)

    @staticmethod
    def _leads_to(keyframe: Keyframe, run: RunSpec, step: int) -> bool:
        # A change at the step of a keyframe, after it was taken, comes with the replay.
        n_due = sum(change.step <= step for change in run.changes)
        return keyframe.step <= step and keyframe.n_changes <= n_due


def _get_step(keyframe: Keyframe) -> int:
    return keyframe.step
