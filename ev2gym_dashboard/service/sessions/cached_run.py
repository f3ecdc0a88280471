"""Cached run: a live run with its counterfactuals and its past, as the cache of the sessions holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.alternative_run import AlternativeRun
from ev2gym_dashboard.service.sessions.past_runs import PastFleet
from ev2gym_dashboard.service.sessions.past_site import PastSite
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.sessions.watched_vehicle import WatchedVehicle
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.joint_runs import JointRuns

RUN_BYTES, VEHICLE_BYTES, STEP_BYTES = 220_000, 320, 1_200
"""Approximate memory of a run with its counterfactuals: of any, per vehicle, and per recorded step [B].

Measured with tracemalloc from step 4,000 to 20,000: 858 B a step, and 1,177 once the page Site has been seen.
"""
MAX_STEPS_AT_ONCE = 8
"""Steps of a live run in a compiled call, for whose records there is room."""


@dataclass
class CachedRun:
    """A run with its counterfactuals, and the changes that have been applied to it."""

    scenario: Scenario
    runs: CounterfactualRuns
    applied_changes: tuple[Change, ...] = ()
    step_s: float = 0.0
    """Measured time of one step [s]; 0 before the first one."""
    past: PastFleet = field(default_factory=PastFleet)
    watched: WatchedVehicle | None = None
    """The vehicle whose past a page shows."""
    alternative: AlternativeRun | None = None
    """The run under another strategy, with which a page compares."""

    def __post_init__(self) -> None:
        for simulation in (self.runs.simulation, *self.runs.counterfactuals.values()):
            simulation.keep_folds()

    @property
    def step(self) -> int:
        return self.runs.simulation.step

    @cached_property
    def past_site(self) -> PastSite:
        """The past of the run with its counterfactuals."""
        return PastSite.start(self.scenario.fleet_size)

    def keep_past(self) -> None:
        """Keep copies of the state, from which a past step is computed again."""
        n_changes = len(self.applied_changes)
        self.past.keep(self.runs.simulation, n_changes)
        self.past_site.keep(self.runs, n_changes)

    def forget_past(self) -> None:
        """Give up the copies; a past step is then computed from the snapshots, or from the beginning."""
        self.past.forget()
        self.past_site.forget()

    @cached_property
    def _joint_runs(self) -> JointRuns:
        # A tick takes a few steps. In one thread: the server has a process per core.
        return JointRuns([self.runs], n_threads=1, max_steps=MAX_STEPS_AT_ONCE)

    @cached_property
    def snapshot_offset(self) -> int:
        """Offset of its snapshots, a number that depends on the scenario."""
        # Runs that begin together, as those of a class do, would otherwise all take their snapshots in one tick.
        return int(compute_snapshot_keys(RunSpec(self.scenario))[0][:8], 16)

    @property
    def size_bytes(self) -> int:
        """Approximate memory [B]."""
        run_bytes = RUN_BYTES + VEHICLE_BYTES * self.scenario.fleet_size + STEP_BYTES * self.step
        # A run with its counterfactuals is four simulations.
        run_bytes += run_bytes // 4 if self.alternative else 0
        past_bytes = self.past.size_bytes + self.past_site.size_bytes
        return run_bytes + past_bytes + (self.watched.size_bytes if self.watched else 0)

    def can_reach(self, run: RunSpec) -> bool:
        """Return whether this run becomes ``run`` by going on."""
        n, step = len(self.applied_changes), self.step
        if self.scenario != run.scenario or step > run.step:
            return False
        return run.changes[:n] == self.applied_changes and all(change.step >= step for change in run.changes[n:])

    def follow_alternative(
        self, run: RunSpec, strategy: str, *, must_stop: Callable[[], bool]
    ) -> AlternativeRun | None:
        """Return the run under another strategy, as far as it came on its way to the step of a run.

        Without a strategy there is none, and the former one is dropped.
        """
        if not strategy:
            self.alternative = None
            return None
        if self.alternative is None or not self.alternative.can_follow(run, strategy):
            self.alternative = AlternativeRun.start(run, strategy)
        self.alternative.advance(run, must_stop=must_stop)
        return self.alternative

    def find_alternative_step(self, run: RunSpec, strategy: str) -> int | None:
        """Return the step of the run under another strategy; None if it has to begin."""
        alternative = self.alternative
        return alternative.step if alternative and alternative.can_follow(run, strategy) else None

    def replay_run(self, run: RunSpec, end_step: int) -> None:
        """Advance to a step of a run and apply its changes at their steps."""
        due = [change for change in run.changes[len(self.applied_changes) :] if change.step <= end_step]
        for step, group in groupby(due, attrgetter("step")):
            changes = tuple(group)
            self._joint_runs.advance([step])
            self.runs.apply(change.settings for change in changes)
            self.applied_changes += changes
        self._joint_runs.advance([end_step])
