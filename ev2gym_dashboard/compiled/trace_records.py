"""Trace records: the arrays of a trace for a compiled call, and what the call has written into them."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.compiled.inputs import TraceArrays
from ev2gym_dashboard.compiled.trace_log import (
    ARRIVAL_WIDTH,
    DEPARTURE_WIDTH,
    N_ARRIVALS,
    N_DEPARTURES,
    N_PLUG_INS,
    N_STAYS,
    PLUG_IN_WIDTH,
)
from ev2gym_dashboard.core.arrays import NO_EVSE, Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.trace import NO_STEP, DepartureLog, PlugInLog, StateLog, StayLog, Trace
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED


def make_trace_arrays(engine: Engine, n_steps: int) -> TraceArrays:
    """Return the arrays of the trace of an engine, with room for ``n_steps`` steps of its day; empty without one."""
    if engine.trace is None:
        return NO_TRACE
    return _allocate(engine.trace, n_steps, *_count_entries(engine, n_steps))


def _allocate(trace: Trace, n_steps: int, n_arrivals: int, n_plug_ins: int, n_departures: int) -> TraceArrays:
    n_logged = n_steps if trace.keeps_states else 0
    shape = n_logged, len(trace.rows)
    return TraceArrays(
        rows=trace.rows,
        position=trace.position,
        current_stay=trace.stay,
        last_arrival=trace.arrival,
        last_plug_in=trace.plug_in,
        counts=np.array([trace.n_stays, 0, 0, 0]),
        arrivals=np.empty((n_arrivals, ARRIVAL_WIDTH)),
        plug_ins=np.empty((n_plug_ins, PLUG_IN_WIDTH)),
        departures=np.empty((n_departures, DEPARTURE_WIDTH)),
        soc=np.empty(shape),
        power_kw=np.empty(shape),
        reason=np.empty(shape, np.uint8),
        evse=np.empty(shape, np.int32),
        stay=np.empty(shape, np.int32),
        prices_mad_kwh=np.empty((n_logged, 2)),
    )


NO_TRACE = _allocate(Trace.make(np.empty(0, np.int32), 0), 0, 0, 0, 0)
"""Arrays of a run without a trace."""


def _count_entries(engine: Engine, n_steps: int) -> tuple[int, int, int]:
    """Return the most arrivals, plug-ins and departures that some steps of the day can have."""
    plan = engine.plan
    first = engine.clock - plan.first_step
    n_arrivals, n_departures = (
        int(offsets[first + n_steps] - offsets[first]) for offsets in (plan.arrival_offsets, plan.leaving_offsets)
    )
    return n_arrivals, n_arrivals + len(engine.plugs.waiting), n_departures


def store_trace(engine: Engine, arrays: TraceArrays, n_done: int) -> None:
    """Append what ``n_done`` steps have written to the records of the trace of an engine, if it has one."""
    trace, counts = engine.trace, arrays.counts.tolist()
    if trace is None or not n_done:
        return
    trace.n_stays = counts[N_STAYS]
    trace.stays.append(_make_stay_log(arrays.arrivals[: counts[N_ARRIVALS]]))
    stay, plug_in, evse, code = arrays.plug_ins[: counts[N_PLUG_INS]].T
    trace.plug_ins.append(
        PlugInLog(stay.astype(np.int32), plug_in.astype(np.int32), evse.astype(np.int32), code.astype(np.uint16))
    )
    stay, soc, cycled_soc, expected_soc = arrays.departures[: counts[N_DEPARTURES]].T
    trace.departures.append(DepartureLog(stay.astype(np.int32), soc, cycled_soc.astype(np.float32), expected_soc))
    if trace.keeps_states:
        g2v_mad_kwh, v2g_mad_kwh = arrays.prices_mad_kwh[:n_done].T
        states = StateLog(
            arrays.soc[:n_done],
            arrays.power_kw[:n_done],
            arrays.reason[:n_done],
            arrays.evse[:n_done],
            arrays.stay[:n_done],
            g2v_mad_kwh,
            v2g_mad_kwh,
        )
        trace.states.append(states)


def _make_stay_log(entries: Floats) -> StayLog:
    position, arrival, departure, soc, cycled_soc, driven_kwh, drawn_kwh = entries.T
    n = len(entries)
    return StayLog(
        position.astype(np.int32),
        arrival.astype(np.int32),
        departure.astype(np.int32),
        np.full(n, NO_STEP, np.int32),
        np.full(n, NO_EVSE, np.int32),
        np.full(n, UNPLUGGED, np.uint16),
        soc,
        cycled_soc.astype(np.float32),
        driven_kwh,
        drawn_kwh.astype(np.float32),
    )
