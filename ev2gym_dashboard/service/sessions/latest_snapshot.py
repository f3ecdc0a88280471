"""Latest snapshot of a run: the one from which the shortest replay leads to its step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ev2gym_dashboard.service.sessions.checkpoint import decode_checkpoint
from ev2gym_dashboard.service.sessions.record_blocks import MissingBlockError
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns


def restore_latest_snapshot(
    store: SnapshotStore, run: RunSpec, *, after_step: int = -1
) -> tuple[CounterfactualRuns, int] | None:
    """Return the runs of the latest snapshot on the way of a run, and the number of its changes that they have had.

    None if there is none after ``after_step``.
    """
    for key, step, n in _list_snapshots(store, run, after_step):
        # It may have been evicted since it was listed, or its blocks before it.
        if data := store.get(key, step):
            with suppress(MissingBlockError):
                return decode_checkpoint(run.scenario, data, store.get_blocks), n
    return None


def find_latest_step(store: SnapshotStore, run: RunSpec) -> int:
    """Return the step of the latest snapshot on the way of a run, 0 if there is none."""
    return next((step for _, step, _ in _list_snapshots(store, run, -1)), 0)


def _list_snapshots(store: SnapshotStore, run: RunSpec, after_step: int) -> Iterator[tuple[str, int, int]]:
    """Yield the snapshots on the way of a run from the latest one on: key, step, and number of changes."""
    keys = compute_snapshot_keys(run)
    candidates = [(step, keys.index(key)) for key, step in store.list_steps(keys) if after_step < step <= run.step]
    for step, n in sorted(candidates, reverse=True):
        # A snapshot with n changes lies on the way only if no further change comes before it.
        if all(change.step >= step for change in run.changes[n:]):
            yield keys[n], step, n
