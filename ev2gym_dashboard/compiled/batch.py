"""Batch: runs that step side by side in one compiled call, each with its own fleet, site, cap and records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ev2gym_dashboard.compiled import loop
from ev2gym_dashboard.compiled.inputs import ControlTables, ProgressArrays, Run, SiteArrays
from ev2gym_dashboard.compiled.kept import KeptRuns
from ev2gym_dashboard.compiled.loop import CLOCK, N_DONE
from ev2gym_dashboard.compiled.records import N_COLUMNS
from ev2gym_dashboard.compiled.rules import DEFAULT_PARAMS, UNCONTROLLED
from ev2gym_dashboard.compiled.run import (
    NO_NEWCOMERS,
    Workspace,
    make_control,
    make_plan,
    make_queue,
    make_site,
    make_workspace,
    record_rows,
    store_queue,
)
from ev2gym_dashboard.compiled.threads import count_threads, sum_chunks
from ev2gym_dashboard.compiled.trace_records import NO_TRACE, make_trace_arrays, store_trace
from ev2gym_dashboard.compiled.transitions import OFFER_H
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.step import FLOWS, Control, offers_v2g
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.transitions import load_plan
from ev2gym_dashboard.core.site.exogenous import MOMENT_FIELDS

_advance_runs: Callable[[KeptRuns | None, int, int, int], int] = loop.advance_runs
MAX_ROWS = 96
"""Steps whose records a batch holds before it hands them to the engines."""
MIN_THREADED_WORK = 8_192
"""Vehicles times steps of a call from which several threads are faster than one."""
SITE, PROGRESS = (Run._fields.index(name) for name in ("site", "progress"))
ROWS = ProgressArrays._fields.index("rows")
NOTHING = np.zeros(0)
NO_SITE = tuple(SiteArrays(np.empty(0, MOMENT_FIELDS), NOTHING, NOTHING, NOTHING, NOTHING, NO_NEWCOMERS, 0, 0.0))
NO_CONTROL = tuple(ControlTables(UNCONTROLLED, 0.0, False, NOTHING, np.zeros((3, 4, 0), np.uint8)))
"""Site and control of a warm-up, which reads neither."""
NO_TRACE_PARTS = tuple(NO_TRACE)


class RunBatch:
    """Engines whose steps are run together.

    Between `load` and `store` the arrays of the engines are up to date, and their numbers, queues and records are not.

    Parameters
    ----------
    engines : the runs
    n_rows : steps whose records the batch holds before it hands them to the engines
    n_threads : threads that share the runs; None for one per core
    before : batches that had some of the engines, whose inputs are taken instead of being laid out again
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        n_rows: int = MAX_ROWS,
        n_threads: int | None = None,
        before: Sequence[RunBatch] = (),
    ) -> None:
        self.engines, self.n_rows, self.n_threads = list(engines), n_rows, n_threads or count_threads()
        self.owner: ref[Engine] | None = None
        n = len(self.engines)
        known = {
            id(engine): own for batch in before for engine, own in zip(batch.engines, batch.workspaces, strict=True)
        }
        self.workspaces: list[Workspace | None] = [known.get(id(engine)) for engine in self.engines]
        self.counters, self.plugged_kw = np.zeros((n, 4), np.int64), np.zeros((n, OFFER_H + 1))
        self.rows: Floats = np.empty((n, n_rows, N_COLUMNS))
        self.flows: list[Floats] = [np.zeros((len(FLOWS), len(engine.fleet.counts))) for engine in self.engines]
        progress = zip(self.counters, self.rows, self.flows, strict=True)
        self.progress = [tuple(ProgressArrays(*arrays)) for arrays in progress]
        self.is_active = [True] * n
        self.plugged = list(self.plugged_kw)
        self.queue_counts: list[Any] = [None] * n
        self.traces = [NO_TRACE] * n
        self.n_vehicles = sum(engine.fleet.size for engine in self.engines)
        self.kept: KeptRuns | None = None
        self._kept_before = [batch.kept for batch in before if batch.kept]

    def __reduce__(self) -> Any:
        # Copies of an engine make their own: the table holds addresses of this process.
        return type(None), ()

    def load(self, controls: Sequence[Control], n_steps: int | None = None) -> None:
        """Take the state of the engines, and the plans and series of their days, for steps under some controls.

        There is room for the records of ``n_steps`` steps of the day, or of as many as the batch holds.
        """
        inputs = []
        for number, control in enumerate(controls):
            inputs.append(self._load_run(number, control, self.n_rows if n_steps is None else n_steps))
        self._keep(dict(enumerate(inputs)))

    def run(self, controls: Sequence[Control], n_steps: Sequence[int]) -> None:
        """Run so many steps of each run, or fewer: up to its midnight and to the room for records.

        A run of 0 steps is left alone; in the first call, each has at least one.
        """
        runs = [number for number, n in enumerate(n_steps) if n]
        self.is_active = [n > 0 for n in n_steps]
        for number in set(range(len(n_steps))).difference(runs):
            self._set_room(number, 0)
        self._keep({number: self._load_run(number, controls[number], n_steps[number]) for number in runs})
        expected = {number: self._count_steps(number, n_steps[number]) for number in runs}
        self.advance(max(expected.values()))
        done = self.counters[:, N_DONE].tolist()
        if behind := [number for number in runs if done[number] < expected[number]]:
            self.expect_newcomers(behind)
            self.advance(max(expected.values()))
        self.store()

    def load_warm_up(self, first_step: int) -> None:
        """Take the state of the engines for steps of a warm-up that began with a step."""
        inputs = []
        for number, engine in enumerate(self.engines):
            load_plan(engine)
            inputs.append(self._take_state(number, (NO_SITE, NO_CONTROL, DEFAULT_PARAMS)))
            self.counters[number] = engine.clock, engine.clock - first_step, 0, 1
        self._keep(dict(enumerate(inputs)))

    def advance(self, n_steps: int) -> int:
        """Run up to ``n_steps`` steps of each; return how many runs have done less, see `loop.advance_runs`."""
        n, kept = len(self.engines), self.kept
        n_threads = min(self.n_threads, n)
        if n_threads < 2 or self.n_vehicles * n_steps < MIN_THREADED_WORK:
            return _advance_runs(kept, 0, n, n_steps)
        return sum_chunks(lambda first, last: _advance_runs(kept, first, last, n_steps), n, n_threads)

    def count_steps_left(self) -> int:
        """Return the steps until the first midnight of the runs, as far as there is room for their records."""
        return min(*map(_count_steps_of_day, self.engines), self.n_rows)

    def expect_newcomers(self, numbers: Sequence[int] | None = None) -> None:
        """Let runs know the newcomers of their sites, by default all of them."""
        for number in range(len(self.engines)) if numbers is None else numbers:
            workspace = self._get_workspace(number)
            workspace.knows_newcomers = True
            if self.kept is not None:
                site = make_site(self.engines[number], workspace, self._list_donors(number))
                self.kept.keep(number, SITE, site)

    def store(self) -> None:
        """Bring the engines up to date."""
        for number, (engine, counters) in enumerate(zip(self.engines, self.counters, strict=True)):
            if not self.is_active[number]:
                continue
            n_done = int(counters[N_DONE])
            self._store_state(number)
            store_trace(engine, self.traces[number], n_done)
            if n_done:
                record_rows(engine, self.rows[number, :n_done], self.flows[number])
                engine.step += n_done
                engine.clock += n_done
            # The counters of the next call begin anew.
            counters[N_DONE] = 0

    def store_warm_up(self) -> None:
        """Bring the engines up to date after steps of a warm-up."""
        for number, engine in enumerate(self.engines):
            self._store_state(number)
            engine.clock = int(self.counters[number, CLOCK])

    def _get_workspace(self, number: int) -> Workspace:
        workspace, engine = self.workspaces[number], self.engines[number]
        # Another state: the engine was restored, or its arrays were moved.
        if workspace is None or workspace.state is not engine.state:
            workspace = self.workspaces[number] = make_workspace(engine)
            if donors := self._list_donors(number):
                workspace.ratings = donors[0].ratings
        return workspace

    def _list_donors(self, number: int) -> list[Workspace]:
        """Return the workspaces whose inputs a run may share: of the first run, and the one before, if of its site."""
        # Forks of a run follow it, and have its arrivals; runs of other seeds share the site of the first one alone.
        others = {0: None, number - 1: None} if number else {}
        limits = self.engines[number].limits
        return [
            workspace
            for other in others
            if (workspace := self.workspaces[other]) is not None and self.engines[other].limits is limits
        ]

    def _load_run(self, number: int, control: Control, n_steps: int) -> tuple[Any, ...]:
        engine = self.engines[number]
        load_plan(engine)
        workspace = self._get_workspace(number)
        donors = self._list_donors(number)
        site = make_site(engine, workspace, donors), *make_control(engine, control, workspace, donors)
        self.traces[number] = make_trace_arrays(engine, min(n_steps, _count_steps_of_day(engine)))
        self._set_room(number, n_steps)
        self.plugged_kw[number, OFFER_H] = engine.scenario.timestep_h * offers_v2g(control)
        self.counters[number] = engine.clock, engine.step, 0, 0
        return self._take_state(number, site)

    def _count_steps(self, number: int, n_steps: int) -> int:
        return min(n_steps, self.n_rows, _count_steps_of_day(self.engines[number]))

    def _set_room(self, number: int, n_rows: int) -> None:
        """Give a run room for the records of some steps, beyond which it does not go."""
        rows = self.rows[number, :n_rows]
        if len(rows) != len(self.progress[number][ROWS]):
            self.progress[number] = tuple(ProgressArrays(self.counters[number], rows, self.flows[number]))
            if self.kept is not None:
                self.kept.keep(number, PROGRESS, self.progress[number])

    def _take_state(self, number: int, site: tuple[Any, ...]) -> tuple[Any, ...]:
        engine, workspace = self.engines[number], self._get_workspace(number)
        plan = make_plan(engine.plan, workspace, self._list_donors(number))
        queue, self.queue_counts[number] = make_queue(engine.plugs, workspace)
        self.plugged_kw[number, :OFFER_H] = engine.plugged_g2v_kw, engine.plugged_v2g_kw, engine.offered_kwh
        return (
            workspace.fleet,
            workspace.models,
            workspace.ratings,
            plan,
            queue,
            *site,
            self.plugged[number],
            NO_TRACE_PARTS if self.traces[number] is NO_TRACE else tuple(self.traces[number]),
            self.progress[number],
        )

    def _keep(self, inputs: dict[int, tuple[Any, ...]]) -> None:
        if self.kept is None:
            self.kept, self._kept_before = KeptRuns(list(inputs.values()), self._kept_before), []
            return
        for number, parts in inputs.items():
            for part, values in enumerate(parts):
                self.kept.keep(number, part, values)

    def _store_state(self, number: int) -> None:
        engine = self.engines[number]
        store_queue(engine.plugs, self._get_workspace(number), self.queue_counts[number])
        plugged = self.plugged_kw[number, :OFFER_H].tolist()
        engine.plugged_g2v_kw, engine.plugged_v2g_kw, engine.offered_kwh = plugged


def _count_steps_of_day(engine: Engine) -> int:
    return engine.plan.first_step + engine.scenario.steps_per_day - engine.clock
