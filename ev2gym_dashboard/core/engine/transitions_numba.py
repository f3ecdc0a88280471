"""Departures, arrivals and plug-ins in Numba: the equations of `transitions_numpy`, in one pass over the vehicles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import (
    NO_EVSE,
    CodeOffsets,
    Codes,
    Counts,
    Evses,
    Floats,
    Floats32,
    Indices,
    Kinds,
    Reasons,
    Rows,
    Steps,
)
from ev2gym_dashboard.core.compiler import compile_kernel, inline_kernel
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import AT_TARGET_KWH
from ev2gym_dashboard.core.engine.transitions_numpy import Departures, TransitionContext

AWAY, WAITING = np.uint8(Reason.AWAY), np.uint8(Reason.WAITING)


class DepartureArrays(NamedTuple):
    """Arrays and numbers that departures read and write."""

    code: Codes
    evse: Evses
    soc: Floats
    expected_soc: Floats
    power_kw: Floats32
    reason: Reasons
    plugged_steps: Steps
    offsets: Counts
    capacity_kwh: Floats
    charge_kw: Floats
    discharge_kw: Floats
    n_present: Counts
    n_plugged: Counts
    n_departures: Counts
    n_at_target: Counts
    unserved_kwh: Floats
    elapsed: int


class ArrivalArrays(NamedTuple):
    """Arrays and numbers that arrivals read and write."""

    soc: Floats
    departure_step: Steps
    reason: Reasons
    soc_sum: Floats
    offsets: Counts
    capacity_kwh: Floats
    n_present: Counts
    model_soc_sum: Floats
    clock: int
    elapsed: int
    min_soc: float


class PlugInArrays(NamedTuple):
    """Arrays and numbers that plug-ins read and write."""

    code: Codes
    soc: Floats
    expected_soc: Floats
    departure_step: Steps
    plugged_steps: Steps
    soc_sum: Floats
    offsets: Counts
    charge_kw: Floats
    discharge_kw: Floats
    gain: Floats
    taper_soc: Floats
    required_soc: Floats
    sufficient_soc: Floats
    n_plugged: Counts
    timestep_h: float
    n_kinds: int
    clock: int
    elapsed: int


# Kernels take plain tuples and name their parts inside, as in `step_numba`: Numba recognises them faster.
def apply_departures(context: TransitionContext, rows: Rows, departure_order: Indices) -> Departures:
    """Let vehicles leave, see `transitions_numpy`."""
    state, models, ratings = context.state, context.models, context.limits.ratings
    arrays = DepartureArrays(
        code=state.code,
        evse=state.evse,
        soc=state.soc,
        expected_soc=state.expected_soc,
        power_kw=state.power_kw,
        reason=state.reason,
        plugged_steps=state.wear.plugged_steps,
        offsets=context.fleet.offsets,
        capacity_kwh=context.fleet.capacity_kwh,
        charge_kw=ratings.charge_kw,
        discharge_kw=ratings.discharge_kw,
        n_present=models.n_present,
        n_plugged=models.n_plugged,
        n_departures=models.n_departures,
        n_at_target=models.n_at_target,
        unserved_kwh=models.unserved_kwh,
        elapsed=context.elapsed,
    )
    return Departures(*_apply_departures(tuple(arrays), rows, departure_order))


def apply_arrivals(context: TransitionContext, rows: Rows, drive_kwh: Floats32, departure_step: Steps) -> Floats:
    """Let vehicles arrive and wait, see `transitions_numpy`."""
    arrays = ArrivalArrays(
        soc=context.state.soc,
        departure_step=context.state.departure_step,
        reason=context.state.reason,
        soc_sum=context.state.wear.soc_sum,
        offsets=context.fleet.offsets,
        capacity_kwh=context.fleet.capacity_kwh,
        n_present=context.models.n_present,
        model_soc_sum=context.models.soc_sum,
        clock=context.clock,
        elapsed=context.elapsed,
        min_soc=float(context.arrival_min_soc),
    )
    driven_kwh: Floats = _apply_arrivals(tuple(arrays), rows, drive_kwh, departure_step)
    return driven_kwh


def apply_plug_ins(
    context: TransitionContext, rows: Rows, since: Steps, kinds: Kinds, code_offset: CodeOffsets
) -> tuple[float, float]:
    """Plug in vehicles, see `transitions_numpy`."""
    state, limits = context.state, context.limits
    arrays = PlugInArrays(
        code=state.code,
        soc=state.soc,
        expected_soc=state.expected_soc,
        departure_step=state.departure_step,
        plugged_steps=state.wear.plugged_steps,
        soc_sum=state.wear.soc_sum,
        offsets=context.fleet.offsets,
        charge_kw=limits.ratings.charge_kw,
        discharge_kw=limits.ratings.discharge_kw,
        gain=limits.gain,
        taper_soc=limits.ratings.taper_soc,
        required_soc=limits.required_soc,
        sufficient_soc=limits.sufficient_soc,
        n_plugged=context.models.n_plugged,
        n_kinds=limits.ratings.n_kinds,
        timestep_h=float(limits.timestep_h),
        clock=context.clock,
        elapsed=context.elapsed,
    )
    rated_kw: tuple[float, float] = _apply_plug_ins(tuple(arrays), rows, since, kinds, code_offset)
    return rated_kw


@compile_kernel
def _apply_departures(arrays, rows, departure_order):  # type: ignore[no-untyped-def]
    arrays = DepartureArrays(*arrays)
    code, soc, power_kw, reason = arrays.code, arrays.soc, arrays.power_kw, arrays.reason
    plugged_steps, offsets, capacity_kwh = arrays.plugged_steps, arrays.offsets, arrays.capacity_kwh
    n_present, n_plugged, n_departures = arrays.n_present, arrays.n_plugged, arrays.n_departures
    n_at_target, charge_kw, discharge_kw = arrays.n_at_target, arrays.charge_kw, arrays.discharge_kw
    elapsed, expected_soc, evse = arrays.elapsed, arrays.expected_soc, arrays.evse
    left = np.empty(rows.size, evse.dtype)
    model, g2v_kw, v2g_kw, n_served = 0, 0.0, 0.0, 0
    # Summed apart and added once per model, as the NumPy version does: the order of additions decides the last bits.
    missing_kwh = np.zeros(n_present.size)
    for i in range(rows.size):
        row = rows[i]
        # Rows rise within a step, and vehicles are sorted by model.
        while row >= offsets[model + 1]:
            model += 1
        c, missing = code[row], max(expected_soc[row] - soc[row], 0.0) * capacity_kwh[model]
        n_present[model] -= 1
        n_departures[model] += 1
        served = missing <= AT_TARGET_KWH
        n_served += served
        n_at_target[model] += served
        missing_kwh[model] += missing
        if c != 0:
            n_plugged[model] -= 1
            plugged_steps[row] += elapsed
            g2v_kw += charge_kw[c]
            v2g_kw += discharge_kw[c]
        left[i], evse[row] = evse[row], NO_EVSE
        code[row], power_kw[row], reason[row] = 0, 0.0, AWAY
    # EVSEs come free in the order of the departures within the step; the memory of the fleet is passed in that of rows.
    released, n_released = np.empty(rows.size, evse.dtype), 0
    for i in departure_order:
        released[n_released] = left[i]
        n_released += left[i] != NO_EVSE
    unserved_kwh = arrays.unserved_kwh
    unserved_kwh += missing_kwh
    return released[:n_released], g2v_kw, v2g_kw, n_served, missing_kwh


@compile_kernel
def _apply_arrivals(arrays, rows, drive_kwh, next_departure_step):  # type: ignore[no-untyped-def]
    arrays = ArrivalArrays(*arrays)
    soc, departure_step, reason, soc_sum = arrays.soc, arrays.departure_step, arrays.reason, arrays.soc_sum
    offsets, capacity_kwh, n_present = arrays.offsets, arrays.capacity_kwh, arrays.n_present
    clock, elapsed, min_soc = arrays.clock, arrays.elapsed, arrays.min_soc
    model, driven_soc, driven_kwh = 0, np.zeros(n_present.size), np.empty(rows.size)
    for i in range(rows.size):
        row = rows[i]
        while row >= offsets[model + 1]:
            model += 1
        s = soc[row]
        # The trip may have begun before the run did; only its steps within the run count.
        soc_sum[row] += s * min(clock - max(departure_step[row], clock - elapsed), elapsed)
        driven = max(min(drive_kwh[i] / capacity_kwh[model], max(s - min_soc, 0.0)), s - 1.0)
        soc[row], departure_step[row], reason[row] = s - driven, next_departure_step[i], WAITING
        n_present[model] += 1
        driven_soc[model] += driven
        driven_kwh[i] = driven * capacity_kwh[model]
    model_soc_sum = arrays.model_soc_sum
    model_soc_sum -= driven_soc
    return driven_kwh


@compile_kernel
def _apply_plug_ins(arrays, rows, since, kinds, code_offset):  # type: ignore[no-untyped-def]
    arrays = PlugInArrays(*arrays)
    code, soc, plugged_steps, soc_sum = arrays.code, arrays.soc, arrays.plugged_steps, arrays.soc_sum
    offsets, n_plugged, departure_step = arrays.offsets, arrays.n_plugged, arrays.departure_step
    charge_kw, discharge_kw, clock, elapsed = arrays.charge_kw, arrays.discharge_kw, arrays.clock, arrays.elapsed
    gain, taper_soc, required_soc = arrays.gain, arrays.taper_soc, arrays.required_soc
    expected_soc, sufficient_soc = arrays.expected_soc, arrays.sufficient_soc
    timestep_h, n_kinds = arrays.timestep_h, arrays.n_kinds
    g2v_kw, v2g_kw = 0.0, 0.0
    for i in range(rows.size):
        # Rows come in the order of the queue, so that the search for the model starts again for each.
        row, model = rows[i], 0
        while row >= offsets[model + 1]:
            model += 1
        c, s = model * n_kinds + kinds[i] + code_offset[i], soc[row]
        code[row] = c
        plugged_steps[row] -= elapsed
        n_plugged[model] += 1
        soc_sum[row] += s * min(clock - since[i], elapsed)
        g2v_kw += charge_kw[c]
        v2g_kw += discharge_kw[c]
        n_steps = departure_step[row] - since[i]
        expected = sufficient_soc[c]
        if s < required_soc[c] - gain[c] * n_steps:
            expected = min(expected, _charge_for_steps(s, gain[c], taper_soc[c], n_steps, timestep_h))
        expected_soc[row] = expected
    return g2v_kw, v2g_kw


@inline_kernel
def _charge_for_steps(soc, gain, taper_soc, n_steps, timestep_h):  # type: ignore[no-untyped-def]
    """Return the SOC after some steps at full power, as `compute_soc_after_charging`."""
    rate, duration_h = gain / timestep_h, n_steps * timestep_h
    taper_time_h = 0.0
    if rate > 0.0:
        taper_time_h = max(duration_h - max(taper_soc - soc, 0.0) / rate, 0.0)
    if taper_time_h > 0.0:
        return 1.0 - (1.0 - max(soc, taper_soc)) * np.exp(-rate / (1.0 - taper_soc) * taper_time_h)
    return soc + rate * duration_h
