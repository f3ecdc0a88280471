"""Past of the site: the states from which the site view of an earlier step of a live run is computed again."""

from __future__ import annotations

from collections.abc import Sequence

from ev2gym_dashboard.service.sessions.past_runs import KEYFRAME_INTERVAL_STEPS, STATE_BYTES, PastRuns
from ev2gym_dashboard.service.sessions.replay import restore_runs_before
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.sessions.work_budget import compute_step_work
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.simulation import Simulation

SITE_KEYFRAMES_BYTES = 8 * 2**20
"""Approximate memory of the keyframes of a small fleet, beside that of `SITE_KEYFRAMES_VEHICLE_BYTES` [B]."""
SITE_KEYFRAMES_VEHICLE_BYTES = 1000
MAX_SITE_KEYFRAMES_BYTES = 96 * 2**20
"""Approximate memory of the keyframes of any fleet [B]: a fleet of which one takes more keeps none."""
MAX_INTERVAL_WORK = 3_000_000
"""Work of each simulation between two keyframes [vehicle-steps]: 25 steps of 100,000 vehicles."""
MIN_INTERVAL_STEPS = 16


class PastSite(PastRuns[CounterfactualRuns]):
    """Past of the run with its counterfactuals."""

    @classmethod
    def start(cls, fleet_size: int) -> PastSite:
        """Return the past of a run that begins; the dearer a step, the nearer are its keyframes."""
        n_steps = MAX_INTERVAL_WORK // compute_step_work(fleet_size)
        return cls(interval_steps=min(max(n_steps, MIN_INTERVAL_STEPS), KEYFRAME_INTERVAL_STEPS))

    def keep(self, run: CounterfactualRuns, n_changes: int) -> None:
        """Keep a copy of a run that has gone on since the last one, where there is room for one."""
        fleet_size = run.simulation.scenario.fleet_size
        if STATE_BYTES * len(self.list_simulations(run)) * fleet_size <= self.compute_max_bytes(fleet_size):
            super().keep(run, n_changes)

    @staticmethod
    def compute_max_bytes(fleet_size: int) -> int:
        """Return the bound of the approximate memory [B]."""
        return min(SITE_KEYFRAMES_BYTES + SITE_KEYFRAMES_VEHICLE_BYTES * fleet_size, MAX_SITE_KEYFRAMES_BYTES)

    @staticmethod
    def fork(run: CounterfactualRuns) -> CounterfactualRuns:
        """Return a copy of a run and its counterfactuals, which continues independently."""
        return run.fork()

    @staticmethod
    def list_simulations(run: CounterfactualRuns) -> list[Simulation]:
        """Return the run, its counterfactuals, and while it lasts that of its event."""
        event = run.event_counterfactual
        of_event = [event.simulation] if event and event.simulation else []
        return [run.simulation, *run.counterfactuals.values(), *of_event]

    @staticmethod
    def restore(store: SnapshotStore, run: RunSpec, step: int) -> tuple[CounterfactualRuns, Sequence[Change]]:
        """Return a run and its counterfactuals at their latest snapshot before a step, and the changes from there."""
        restored, changes = restore_runs_before(store, run, step)
        return restored.without_unlimited(), changes
