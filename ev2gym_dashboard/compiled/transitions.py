"""Transitions, compiled: departures, arrivals and plug-ins at the beginning of a step, as `core.engine.transitions`."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.compiled.queue import (
    N_FREE,
    N_WAITING,
    add_waiting,
    assign_evses,
    assign_fitting_evses,
    assign_given_evses,
    drop_waiting,
    release_evses,
)
from ev2gym_dashboard.compiled.trace_log import log_arrivals, log_departures, log_plug_ins
from ev2gym_dashboard.core.compiler import compile_kernel, inline_kernel
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.transitions_numba import (
    _apply_arrivals,
    _apply_departures,
    _apply_plug_ins,
    _charge_for_steps,
)

CANNOT_CHARGE = np.uint8(Reason.CANNOT_CHARGE)
G2V, V2G, OFFERED, OFFER_H = range(4)
"""Places of the summed ratings of the plugged-in vehicles."""


@inline_kernel
def apply_transitions(run, clock, elapsed):  # type: ignore[no-untyped-def]
    """Apply the transitions of a step.

    Return the departures, those with the target SOC, the unserved and the driven energy [kWh].
    """
    plan, queue = run.plan, run.queue
    step = clock - plan.first_step
    # Departures first: an EVSE that comes free in a step serves a vehicle that arrives in the same step.
    n_at_target, unserved_kwh, driven_kwh = 0, 0.0, 0.0
    first, last = plan.leaving_offsets[step], plan.leaving_offsets[step + 1]
    if first < last:
        order = plan.leaving_order[first:last] - first
        n_at_target, unserved_kwh = _let_leave(run, plan.leaving[first:last], order, clock, elapsed)
    first_arrival, last_arrival = plan.arrival_offsets[step], plan.arrival_offsets[step + 1]
    if first_arrival < last_arrival:
        driven_kwh = _let_arrive(run, first_arrival, last_arrival, clock, elapsed)
    if queue.counts[N_WAITING] > 0 and (queue.counts[N_FREE] > 0 or plan.evse.size > 0):
        _plug_in(run, first_arrival, last_arrival, clock, elapsed)
    return last - first, n_at_target, unserved_kwh, driven_kwh


@inline_kernel
def _let_leave(run, rows, order, clock, elapsed):  # type: ignore[no-untyped-def]
    fleet, models, ratings, queue, plugged_kw = run.fleet, run.models, run.ratings, run.queue, run.plugged_kw
    waiting, since, code_offset, counts = line = _get_line(queue)
    is_leaving = np.zeros(counts[N_WAITING], np.bool_)
    for i in range(counts[N_WAITING]):
        row = waiting[i]
        is_leaving[i] = fleet.departure_step[row] == clock
        if is_leaving[i]:
            # Without having been plugged in: what the fastest EVSE would have reached was to be expected.
            c = models.fastest_code[_find_model(models.offsets, row)] + code_offset[i]
            fleet.expected_soc[row] = _expect_soc(ratings, c, fleet.soc[row], fleet.departure_step[row] - since[i])
    departure_arrays = (
        fleet.code,
        fleet.evse,
        fleet.soc,
        fleet.expected_soc,
        fleet.power_kw,
        fleet.reason,
        fleet.plugged_steps,
        models.offsets,
        models.capacity_kwh,
        ratings.charge_kw,
        ratings.discharge_kw,
        models.n_present,
        models.n_plugged,
        models.n_departures,
        models.n_at_target,
        models.unserved_kwh,
        elapsed,
    )
    released, g2v_kw, v2g_kw, n_at_target, missing_kwh = _apply_departures(departure_arrays, rows, order)
    release_evses(queue.ring, counts, released)
    plugged_kw[G2V] -= g2v_kw
    plugged_kw[V2G] -= v2g_kw
    if run.trace.position.size > 0:
        log_departures(run.trace, fleet, rows)
    # More vehicles leave than EVSEs come free: the rest leave the queue without having been plugged in.
    if released.size < rows.size:
        for i in range(counts[N_WAITING]):
            if is_leaving[i]:
                row = waiting[i]
                fleet.soc_sum[row] += fleet.soc[row] * min(clock - since[i], elapsed)
        drop_waiting(line, is_leaving)
    return n_at_target, missing_kwh.sum()


@inline_kernel
def _let_arrive(run, first, last, clock, elapsed):  # type: ignore[no-untyped-def]
    fleet, models, plan, queue = run.fleet, run.models, run.plan, run.queue
    rows = plan.arriving[first:last]
    arrival_arrays = (
        fleet.soc,
        fleet.departure_step,
        fleet.reason,
        fleet.soc_sum,
        models.offsets,
        models.capacity_kwh,
        models.n_present,
        models.soc_sum,
        clock,
        elapsed,
        plan.min_soc,
    )
    drawn_kwh = plan.drive_kwh[first:last]
    driven_kwh = _apply_arrivals(arrival_arrays, rows, drawn_kwh, plan.departure_step[first:last])
    if models.kind_masks.size > 0:
        for row in rows:
            if not models.chargeable[_find_model(models.offsets, row)]:
                fleet.reason[row] = CANNOT_CHARGE
    if run.trace.position.size > 0:
        log_arrivals(run.trace, fleet, rows, driven_kwh, drawn_kwh, clock)
    add_waiting(_get_line(queue), rows, plan.code_offset[first:last], plan.arrival_order[first:last], first, clock)
    return driven_kwh.sum()


@inline_kernel
def _plug_in(run, first, last, clock, elapsed):  # type: ignore[no-untyped-def]
    """Plug in the vehicles whose EVSE is given, of the arrivals from ``first`` on, and those who have waited."""
    fleet, models, ratings, queue, plugged_kw = run.fleet, run.models, run.ratings, run.queue, run.plugged_kw
    plan, line = run.plan, _get_line(queue)
    fit = models.offsets, models.kind_masks, models.chargeable
    if plan.evse.size > 0:
        given = assign_given_evses(line, plan.evse[plan.arrival_order[first:last]])
        free = _assign_free_evses(queue.ring, queue.kinds, line, fit)
        rows, since = np.concatenate((given[0], free[0])), np.concatenate((given[1], free[1]))
        evses, code_offset = np.concatenate((given[2], free[2])), np.concatenate((given[3], free[3]))
    else:
        rows, since, evses, code_offset = _assign_free_evses(queue.ring, queue.kinds, line, fit)
    if rows.size == 0:
        return
    kinds = np.empty(rows.size, queue.kinds.dtype)
    for i in range(rows.size):
        fleet.evse[rows[i]], kinds[i] = evses[i], queue.kinds[evses[i]]
    plug_in_arrays = (
        fleet.code,
        fleet.soc,
        fleet.expected_soc,
        fleet.departure_step,
        fleet.plugged_steps,
        fleet.soc_sum,
        models.offsets,
        ratings.charge_kw,
        ratings.discharge_kw,
        ratings.gain,
        ratings.taper_soc,
        ratings.required_soc,
        ratings.sufficient_soc,
        models.n_plugged,
        ratings.timestep_h,
        ratings.n_kinds,
        clock,
        elapsed,
    )
    g2v_kw, v2g_kw = _apply_plug_ins(plug_in_arrays, rows, since, kinds, code_offset)
    plugged_kw[G2V] += g2v_kw
    plugged_kw[V2G] += v2g_kw
    if run.trace.position.size > 0:
        log_plug_ins(run.trace, fleet, rows, clock)


@compile_kernel
def _assign_free_evses(ring, kinds, line, fit):  # type: ignore[no-untyped-def]
    """Return rows, arrival steps, EVSEs and code offsets of the waiting vehicles that find a free EVSE."""
    offsets, kind_masks, model_chargeable = fit
    if kind_masks.size == 0:
        return assign_evses(ring, line)
    waiting, _, _, counts = line
    n_waiting = counts[N_WAITING]
    masks, chargeable = np.empty(n_waiting, np.int64), np.empty(n_waiting, np.bool_)
    for i in range(n_waiting):
        model = _find_model(offsets, waiting[i])
        masks[i], chargeable[i] = kind_masks[model], model_chargeable[model]
    return assign_fitting_evses(ring, kinds, line, masks, chargeable)


@inline_kernel
def _get_line(queue):  # type: ignore[no-untyped-def]
    return queue.waiting, queue.since, queue.code_offset, queue.counts


@inline_kernel
def _find_model(offsets, row):  # type: ignore[no-untyped-def]
    return np.searchsorted(offsets, row, side="right") - 1


@inline_kernel
def _expect_soc(ratings, code, soc, n_steps):  # type: ignore[no-untyped-def]
    """Return the SOC that a driver can expect of a stay, see `set_expected_soc`."""
    expected, gain = ratings.sufficient_soc[code], ratings.gain[code]
    if soc < ratings.required_soc[code] - gain * n_steps:
        reached = _charge_for_steps(soc, gain, ratings.taper_soc[code], n_steps, ratings.timestep_h)
        expected = min(expected, reached)
    return expected
