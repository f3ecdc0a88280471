"""Warm-up: the days before the start of a run, in which every vehicle charges at full power."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Rows, Steps
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.transitions import apply_transitions, find_plan_now
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED


def warm_up(engines: list[Engine], start_clock: int) -> None:
    """Apply the transitions up to the start; each vehicle charges in one exact step from plug-in to plug-out."""
    run_warm_up = engines[0].kernel.warm_up
    plug_in_steps = run_warm_up(engines, start_clock) if run_warm_up else None
    if plug_in_steps is None:
        plug_in_steps = [_warm_up_stepwise(engine, start_clock) for engine in engines]
    for engine, plug_in_step in zip(engines, plug_in_steps, strict=True):
        all_rows = np.arange(engine.fleet.size, dtype=np.int32)
        charge_uncontrolled(engine, all_rows, plug_in_step)


def _warm_up_stepwise(engine: Engine, start_clock: int) -> Steps:
    """Apply the transitions up to the start, and charge who leaves; return when each vehicle has plugged in last."""
    # The battery is integrated exactly, so that one step per stay gives the SOC of any number of steps.
    plug_in_step = np.zeros(engine.fleet.size, np.int32)
    while engine.clock < start_clock:
        plan = find_plan_now(engine)
        charge_uncontrolled(engine, plan.leaving[plan.find_departures(engine.clock)], plug_in_step)
        plug_in_step[apply_transitions(engine, plan).plugging_in] = engine.clock
        engine.clock += 1
    return plug_in_step


def charge_uncontrolled(engine: Engine, rows: Rows, plug_in_step: Steps) -> None:
    """Charge the plugged-in ones of some vehicles at full power from their plug-in until now."""
    plugged = rows[engine.state.code[rows] != UNPLUGGED]
    soc = engine.state.soc[plugged]
    n_steps = engine.clock - plug_in_step[plugged]
    charged = engine.limits.compute_reachable_soc(soc, engine.state.code[plugged], n_steps)
    # A vehicle above the target SOC keeps its charge.
    target_soc = engine.limits.target_soc[engine.state.code[plugged]]
    engine.state.soc[plugged] = np.maximum(soc, np.minimum(charged, target_soc))
