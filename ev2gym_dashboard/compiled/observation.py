"""Observation, compiled: a step of many runs at once, with all that their agents see of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ev2gym_dashboard.compiled.kept import load_inputs
from ev2gym_dashboard.compiled.loop import CLOCK, ELAPSED, N_DONE, advance_runs, name_parts
from ev2gym_dashboard.compiled.queue import N_WAITING
from ev2gym_dashboard.compiled.wear import WearTables, sum_wear_mad
from ev2gym_dashboard.core.arrays import Booleans, Counts, Floats, Floats32, Indices
from ev2gym_dashboard.core.compiler import compile_kernel, inline_kernel
from ev2gym_dashboard.core.control.setpoints import find_slot

N_ENTRIES = 6
"""Numbers per slot: connected vehicles, mean SOC, missing energy, mean time left, charging and V2G ratings."""


class SlotView(NamedTuple):
    """One vehicle between two steps, by the names of `StepView` that its slot follows from."""

    code: int
    vehicle_id: int
    soc: float
    gain: float
    taper_soc: float
    target_soc: float
    hours_left: float
    moment: Any


@compile_kernel
def observe_slots(runs, number, slots, mask):  # type: ignore[no-untyped-def]
    """Write the numbers of the slots of a run, and which of them have a vehicle."""
    run = name_parts(load_inputs(runs, number))
    fleet, ratings, clock = run.fleet, run.ratings, run.progress.counters[CLOCK]
    codes, socs, departure_steps = fleet.code, fleet.soc, fleet.departure_step
    gains, taper_socs, target_socs = ratings.gain, ratings.taper_soc, ratings.target_soc
    charge_kw, discharge_kw, timestep_h = ratings.charge_kw, ratings.discharge_kw, ratings.timestep_h
    offsets, capacity_kwh, moment = run.models.offsets, run.models.capacity_kwh, run.site.moments[0]
    sums, model = np.zeros((N_ENTRIES, mask.size)), 0
    for row in range(codes.size):
        c = codes[row]
        # Vehicles that leave in the step that begins follow no action.
        if c == 0 or departure_steps[row] <= clock:
            continue
        while row >= offsets[model + 1]:
            model += 1
        s, target = socs[row], target_socs[c]
        hours_left = (departure_steps[row] - clock) * timestep_h
        view = SlotView(c, row, s, gains[c], taper_socs[c], target, hours_left, moment)
        slot = find_slot(view, run.params.slots)
        sums[0, slot] += 1.0
        sums[1, slot] += s
        sums[2, slot] += max(target - s, 0.0) * capacity_kwh[model]
        sums[3, slot] += hours_left
        sums[4, slot] += charge_kw[c]
        sums[5, slot] += discharge_kw[c]
    for slot in range(mask.size):
        # A mean over no vehicle is 0 instead of NaN, which a space does not hold.
        n = max(sums[0, slot], 1.0)
        sums[1, slot] /= n
        sums[3, slot] /= n
        mask[slot] = sums[0, slot] > 0.0
        for entry in range(N_ENTRIES):
            slots[entry * mask.size + slot] = sums[entry, slot]


@inline_kernel
def observe_wear(run, mean_soc, plugged_steps):  # type: ignore[no-untyped-def]
    """Write the mean SOC of the vehicles, and the steps that they were plugged in, as `Engine.mean_soc`."""
    fleet, queue, counters = run.fleet, run.queue, run.progress.counters
    codes, socs, soc_sums, departure_steps = fleet.code, fleet.soc, fleet.soc_sum, fleet.departure_step
    counted, waiting, since = fleet.plugged_steps, queue.waiting, queue.since
    clock, elapsed = counters[CLOCK], counters[ELAPSED]
    for row in range(codes.size):
        away = min(max(clock - departure_steps[row], 0), elapsed)
        mean_soc[row] = (soc_sums[row] + socs[row] * away) / max(elapsed, 1) if elapsed > 0 else socs[row]
        plugged_steps[row] = counted[row] + (elapsed if codes[row] != 0 else 0)
    if elapsed > 0:
        for i in range(queue.counts[N_WAITING]):
            row = waiting[i]
            mean_soc[row] = (soc_sums[row] + socs[row] * min(clock - since[i], elapsed)) / elapsed


class SeenArrays(NamedTuple):
    """Numbers of the agents of some runs, which a step writes.

    Parameters
    ----------
    places : (columns,) places in a row of the records of those that are read
    columns : (columns, runs) these of the last step
    slots : (runs, entries * slots) numbers of the slots
    masks : (runs, slots) which slots have a vehicle
    worn_mad : (runs,) cost of the wear since the start [MAD]
    mean_soc, plugged_steps : (runs, n) as those of an engine, of which the wear follows; without rows, none does
    """

    places: Indices
    columns: Floats
    slots: Floats32
    masks: Booleans
    worn_mad: Floats
    mean_soc: Floats
    plugged_steps: Counts


@compile_kernel
def observe_runs(runs, seen, first, last):  # type: ignore[no-untyped-def]
    """Write what is seen of the slots of the runs ``first:last`` between two steps."""
    arrays = SeenArrays(*load_inputs(seen, 0)[0])
    for number in range(first, last):
        observe_slots(runs, number, arrays.slots[number], arrays.masks[number])


@compile_kernel
def step_runs(runs, seen, first, last, n_steps):  # type: ignore[no-untyped-def]
    """Run ``n_steps`` steps of each of the runs ``first:last``, and write what their agents see of the last one.

    Return how many runs have done less, see `advance_runs`; nothing is written of them.
    """
    n_behind, (arrays, law) = 0, load_inputs(seen, 0)
    for number in range(first, last):
        # For a number that is known here, Numba would compile the whole loop once more.
        if advance_runs(runs, number, number + 1, n_steps):
            n_behind += 1
        else:
            observe_step(runs, number, SeenArrays(*arrays), WearTables(*law))
    return n_behind


@inline_kernel
def observe_step(runs, number, seen, law):  # type: ignore[no-untyped-def]
    """Write the records of the last step, the slots and the wear of a run."""
    run = name_parts(load_inputs(runs, number))
    row = run.progress.rows[run.progress.counters[N_DONE] - 1]
    for k in range(seen.places.size):
        seen.columns[k, number] = row[seen.places[k]]
    observe_slots(runs, number, seen.slots[number], seen.masks[number])
    if seen.mean_soc.shape[0] > 0:
        mean_soc, plugged_steps = seen.mean_soc[number], seen.plugged_steps[number]
        observe_wear(run, mean_soc, plugged_steps)
        elapsed = run.progress.counters[ELAPSED]
        seen.worn_mad[number] = sum_wear_mad(law, run.fleet, mean_soc, plugged_steps, elapsed)
