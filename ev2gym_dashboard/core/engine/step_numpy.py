"""Step in NumPy: gather the plugged-in vehicles of a block, decide, write back, and sum per model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Codes, Floats
from ev2gym_dashboard.core.control.dispatch import Decision, PluggedVehicles, compute_demand, dispatch_vehicles
from ev2gym_dashboard.core.control.step import FLOWS, Step
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.transitions_numpy import apply_arrivals, apply_departures, apply_plug_ins
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED


def step_block(step: Step, first: int, last: int) -> Floats:
    """Decide and apply a step for a block; vehicles that are not plugged in keep their state."""
    rows, plugged = gather_plugged(step, first, last)
    decision = dispatch_vehicles(plugged, step)
    # The bound removes the rounding error of a battery that is discharged to exactly 0.
    _write_state(step, rows, np.maximum(plugged.soc + decision.soc_change, 0.0), decision)
    return _sum_flows(step, rows, plugged.code, decision)


def compute_block_demand(step: Step, first: int, last: int) -> Floats:
    """Return the demand of the vehicles of a block under the strategy's shares alone."""
    return compute_demand(gather_plugged(step, first, last)[1], step)


def gather_plugged(step: Step, first: int, last: int) -> tuple[NDArray[np.intp], PluggedVehicles]:
    """Return the rows of the plugged-in vehicles of a block, and their observation."""
    state = step.state
    rows = first + np.flatnonzero(state.code[first:last] != UNPLUGGED)
    hours_left = np.multiply(state.departure_step.take(rows) - step.clock, step.limits.timestep_h, dtype=np.float64)
    # intp: NumPy would convert narrower indices again for each of the tables.
    return rows, PluggedVehicles(state.code.take(rows).astype(np.intp), state.soc.take(rows), hours_left, rows)


def _write_state(step: Step, rows: NDArray[np.intp], soc: Floats, decision: Decision) -> None:
    state, wear = step.state, step.state.wear
    state.soc[rows], state.power_kw[rows], state.reason[rows] = soc, decision.power_kw, decision.reason
    if state.exact_kw.size:
        state.exact_kw[rows] = decision.power_kw
    # float64 for the sum of the SOC, which the next line divides by; float32 halves the other two, whose terms are all
    # positive: over a year their rounding stays far below the accuracy of the ageing model.
    soc_sum = wear.soc_sum.take(rows) + soc
    wear.soc_sum[rows] = soc_sum
    wear.swing_sum[rows] += np.abs(soc - soc_sum * step.per_elapsed_step).astype(np.float32)
    wear.cycled_soc[rows] += np.abs(decision.soc_change).astype(np.float32)


def _sum_flows(step: Step, rows: NDArray[np.intp], code: Codes, decision: Decision) -> Floats:
    # Vehicles are sorted by model, so that each model is one segment; reduceat would misread an empty segment.
    edges = np.searchsorted(rows, step.offsets)
    present = np.flatnonzero(np.diff(edges))
    sums = np.zeros((len(FLOWS), len(step.offsets) - 1))
    if present.size:
        capacity_kw = step.limits.capacity_kw.take(code)
        sums[:, present] = np.add.reduceat(compute_flows(decision, capacity_kw), edges[present], axis=1)
    return sums


def compute_flows(decision: Decision, capacity_kw: Floats) -> Floats:
    """Return the `FLOWS` of each vehicle, shape (flows, n); ``capacity_kw`` fills the battery in a step."""
    power_kw, soc_change = decision.power_kw, decision.soc_change
    # Filled in place, row by row: stacking seven arrays would copy each of them.
    flows = np.empty((len(FLOWS), len(power_kw)))
    charging, discharging = power_kw > 0.0, power_kw < 0.0
    loss_kw = power_kw - soc_change * capacity_kw
    flows[0], flows[1], flows[6] = charging, discharging, soc_change
    np.maximum(power_kw, 0.0, out=flows[2])
    np.maximum(-power_kw, 0.0, out=flows[3])
    np.multiply(loss_kw, charging, out=flows[4])
    np.multiply(loss_kw, discharging, out=flows[5])
    return flows


NUMPY_KERNEL = Kernel(step_block, compute_block_demand, apply_departures, apply_arrivals, apply_plug_ins)
