"""Replay of a live run, alone or with its counterfactuals, from its latest snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ev2gym_dashboard.service.sessions.latest_snapshot import restore_latest_snapshot
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.simulation import Simulation

RunT = TypeVar("RunT", Simulation, CounterfactualRuns)


def restore_before(store: SnapshotStore, run: RunSpec, step: int) -> tuple[Simulation, Sequence[Change]]:
    """Return the run at its latest snapshot before a step, and its changes from there on."""
    restored = restore_latest_snapshot(store, replace(run, step=step))
    if restored is None:
        return Simulation(run.scenario), run.changes
    runs, n_changes = restored
    return runs.simulation, run.changes[n_changes:]


def restore_runs_before(store: SnapshotStore, run: RunSpec, step: int) -> tuple[CounterfactualRuns, Sequence[Change]]:
    """Return the run and its counterfactuals as `restore_before` does."""
    restored = restore_latest_snapshot(store, replace(run, step=step))
    if restored is None:
        return start_counterfactual_runs(run.scenario), run.changes
    runs, n_changes = restored
    return runs, run.changes[n_changes:]


def replay_changes(run: RunT, changes: Sequence[Change], end_step: int) -> Sequence[Change]:
    """Advance a run to a step with its changes; return those that come later."""
    due = [change for change in changes if change.step <= end_step]
    for change in due:
        run.advance(change.step - run.step)
        run.set(**change.settings)
    run.advance(end_step - run.step)
    return changes[len(due) :]
