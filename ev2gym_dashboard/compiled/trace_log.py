"""Trace log, compiled: the stays and states of the traced vehicles, as `core.engine.trace` keeps them.

A row of the arrivals holds the position of the vehicle, its arrival and departure step, its SOC and cycled SOC, and the
energy driven and drawn; one of the plug-ins the number of the stay, its step, EVSE and code; one of the departures the
number of the stay, SOC, cycled SOC and expected SOC.
"""

from __future__ import annotations

from ev2gym_dashboard.compiled.records import G2V, V2G
from ev2gym_dashboard.core.compiler import inline_kernel
from ev2gym_dashboard.core.engine.trace import NO_STAY
from ev2gym_dashboard.core.site.settlement import compute_ev_prices

N_STAYS, N_ARRIVALS, N_PLUG_INS, N_DEPARTURES = range(4)
ARRIVAL_WIDTH, PLUG_IN_WIDTH, DEPARTURE_WIDTH = 7, 4, 4


@inline_kernel
def log_departures(trace, fleet, rows):  # type: ignore[no-untyped-def]
    for row in rows:
        k = trace.position[row]
        if k >= 0:
            entry = trace.departures[trace.counts[N_DEPARTURES]]
            entry[0], entry[1] = trace.current_stay[k], fleet.soc[row]
            entry[2], entry[3] = fleet.cycled_soc[row], fleet.expected_soc[row]
            trace.current_stay[k] = NO_STAY
            trace.counts[N_DEPARTURES] += 1


@inline_kernel
def log_arrivals(trace, fleet, rows, driven_kwh, drawn_kwh, clock):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        row = rows[i]
        k = trace.position[row]
        if k >= 0:
            entry = trace.arrivals[trace.counts[N_ARRIVALS]]
            entry[0], entry[1], entry[2] = k, clock, fleet.departure_step[row]
            entry[3], entry[4] = fleet.soc[row], fleet.cycled_soc[row]
            entry[5], entry[6] = driven_kwh[i], drawn_kwh[i]
            trace.last_arrival[k], trace.current_stay[k] = clock, trace.counts[N_STAYS]
            trace.counts[N_STAYS] += 1
            trace.counts[N_ARRIVALS] += 1


@inline_kernel
def log_plug_ins(trace, fleet, rows, clock):  # type: ignore[no-untyped-def]
    for row in rows:
        k = trace.position[row]
        if k >= 0:
            entry = trace.plug_ins[trace.counts[N_PLUG_INS]]
            entry[0], entry[1] = trace.current_stay[k], clock
            entry[2], entry[3] = fleet.evse[row], fleet.code[row]
            trace.last_plug_in[k] = clock
            trace.counts[N_PLUG_INS] += 1


@inline_kernel
def log_states(trace, step, fleet, flows, moment):  # type: ignore[no-untyped-def]
    """Log the state after a step of the call, and what the energy of the vehicles costs at the meter in it."""
    prices = compute_ev_prices(moment, flows[G2V].sum(), flows[V2G].sum())
    trace.prices_mad_kwh[step, 0], trace.prices_mad_kwh[step, 1] = prices
    for k in range(trace.rows.size):
        row = trace.rows[k]
        trace.soc[step, k], trace.stay[step, k] = fleet.soc[row], trace.current_stay[k]
        # Departures leave the exact power as it was.
        trace.power_kw[step, k] = fleet.exact_kw[row] if fleet.code[row] != 0 else 0.0
        trace.reason[step, k], trace.evse[step, k] = fleet.reason[row], fleet.evse[row]
