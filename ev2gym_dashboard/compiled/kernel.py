"""Kernel: the compiled loop as an engine uses it, for steps of its own day and for the warm-up."""

from __future__ import annotations

from dataclasses import replace
from weakref import ref

import numpy as np

from ev2gym_dashboard.compiled.batch import MAX_ROWS, RunBatch
from ev2gym_dashboard.compiled.loop import N_DONE
from ev2gym_dashboard.compiled.run import can_run
from ev2gym_dashboard.core.arrays import Steps
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL


def run_steps(engine: Engine, control: Control, n_steps: int) -> int:
    """Run up to ``n_steps`` steps of the engine's day, with the results of its own steps; return how many.

    0 where the loop cannot run them.
    """
    if not can_run(engine, control):
        return 0
    batch, n_steps = engine.workspace, min(n_steps, MAX_ROWS)
    # Of another engine: this one was forked. A live run takes a few steps at a time, and needs no room for more.
    if batch is None or batch.owner is None or batch.owner() is not engine or batch.n_rows < n_steps:
        batch = engine.workspace = RunBatch([engine], n_rows=min(2 * n_steps, MAX_ROWS))
        batch.owner = ref(engine)
    batch.engines = [engine]
    batch.load([control], n_steps)
    batch.advance(n_steps)
    n_done = int(batch.counters[0, N_DONE])
    batch.store()
    if not n_done:
        # Now with the newcomers: a step of the engine instead would add up in another order, and a restored run differ.
        batch.expect_newcomers()
        return run_steps(engine, control, n_steps)
    # An engine that its own batch holds would be freed late, and with it the plans of days that all others have passed.
    batch.engines = []
    return n_done


def warm_up(engines: list[Engine], start_clock: int) -> list[Steps] | None:
    """Apply the transitions up to the start, and charge who leaves; return when each vehicle has plugged in last.

    None where the loop cannot run them.
    """
    if any(engine.trace is not None or engine.scenario.sessions is not None for engine in engines):
        return None
    # A group that restarts has a batch, whose table is made.
    first_step, batch = engines[0].clock, engines[0].workspace or RunBatch(engines)
    engines[0].workspace = None
    while engines[0].clock < start_clock:
        batch.load_warm_up(first_step)
        batch.advance(start_clock - engines[0].clock)
        batch.store_warm_up()
    plug_in_steps = []
    for engine in engines:
        wear = engine.state.wear
        plug_in_steps.append((first_step - wear.plugged_steps).astype(np.int32))
        # These sums are those of the run, which begins now.
        wear.plugged_steps[:], wear.soc_sum[:] = 0, 0.0
    return plug_in_steps


COMPILED_KERNEL = replace(NUMBA_KERNEL, run_steps=run_steps, warm_up=warm_up)
"""Numba's kernel, which runs a day's steps in one call where it can."""
