"""Agents: the steps of a batch, each in one compiled call with all that the agents of its runs see of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ev2gym_dashboard.compiled import observation
from ev2gym_dashboard.compiled.batch import MIN_THREADED_WORK, RunBatch
from ev2gym_dashboard.compiled.kept import KeptRuns
from ev2gym_dashboard.compiled.loop import N_DONE
from ev2gym_dashboard.compiled.observation import N_ENTRIES, SeenArrays
from ev2gym_dashboard.compiled.threads import sum_chunks
from ev2gym_dashboard.compiled.wear import WearTables

_step_runs: Callable[[KeptRuns | None, KeptRuns, int, int, int], int] = observation.step_runs
_observe_runs: Callable[[KeptRuns | None, KeptRuns, int, int], Any] = observation.observe_runs
RUN_WORK = 32
"""Vehicles whose step takes as long as all that a run has to do once."""


class AgentSteps:
    """Steps of the runs of a batch, and what is seen of them.

    Parameters
    ----------
    batch : runs of the same step and fleet size; it is loaded before `observe` and `advance`
    columns : places in `COLUMNS` of the records that are read
    n_slots : slots of a run
    law : wear law of the fleets; None for no wear
    """

    def __init__(self, batch: RunBatch, *, columns: Sequence[int], n_slots: int, law: WearTables | None) -> None:
        n, size = len(batch.engines), batch.engines[0].fleet.size
        self.batch, self.n_runs = batch, n
        shape = (0, 0) if law is None else (n, size)
        self.seen = SeenArrays(
            np.array(columns, np.int64),
            np.zeros((len(columns), n)),
            np.zeros((n, N_ENTRIES * n_slots), np.float32),
            np.zeros((n, n_slots), np.bool_),
            np.zeros(n),
            np.zeros(shape),
            np.zeros(shape, np.int64),
        )
        law = law or WearTables(np.zeros(1), np.zeros(1), False, 0.0, 0.0, 0.0, 1)
        self.kept = KeptRuns([(tuple(self.seen), tuple(law))])
        is_worth_threads = batch.n_vehicles + RUN_WORK * n >= MIN_THREADED_WORK
        self.n_threads = min(batch.n_threads, n) if is_worth_threads else 1

    def observe(self) -> None:
        """Write what is seen of the slots before the first step."""
        _observe_runs(self.batch.kept, self.kept, 0, self.n_runs)

    def advance(self) -> None:
        """Run a step of every run, for which the batch has room, see `RunBatch.count_steps_left`."""
        runs, seen, counters = self.batch.kept, self.kept, self.batch.counters
        n_done = int(counters[0, N_DONE])
        if self.n_threads < 2:
            n_behind = _step_runs(runs, seen, 0, self.n_runs, 1)
        else:
            n_behind = sum_chunks(
                lambda first, last: _step_runs(runs, seen, first, last, 1), self.n_runs, self.n_threads
            )
        if n_behind:
            self.batch.expect_newcomers()
            for number in np.flatnonzero(counters[:, N_DONE] == n_done).tolist():
                _step_runs(runs, seen, number, number + 1, 1)
