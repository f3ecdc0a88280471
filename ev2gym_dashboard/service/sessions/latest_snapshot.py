"""Latest snapshot of a run: the one from which the shortest replay leads to its step."""

from __future__ import annotations

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
    keys = compute_snapshot_keys(run)
    candidates = [(step, keys.index(key)) for key, step in store.list_steps(keys) if after_step < step <= run.step]
    for step, n in sorted(candidates, reverse=True):
        # A snapshot with n changes lies on the way only if no further change comes before it.
        if any(change.step < step for change in run.changes[n:]):
            continue
        # It may have been evicted since it was listed, or its blocks before it.
        if data := store.get(keys[n], step):
            with suppress(MissingBlockError):
                return decode_checkpoint(run.scenario, data, store.get_blocks), n
    return None
