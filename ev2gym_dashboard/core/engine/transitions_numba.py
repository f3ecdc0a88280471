"""The movements of vehicles in Numba: the same equations as in `moves`, one pass over those that move."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Kinds, Rows
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import AT_TARGET_KWH
from ev2gym_dashboard.core.engine.transitions_numpy import ARRIVAL_MIN_SOC, TransitionContext
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS

AWAY, WAITING = np.uint8(Reason.AWAY), np.uint8(Reason.WAITING)
N_KINDS = len(EVSE_KINDS)


def apply_departures(
    context: TransitionContext, rows: Rows, departure_order: NDArray[np.intp]
) -> tuple[Kinds, float, float]:
    """Let vehicles leave."""
    state, models, ratings = context.state, context.models, context.ratings
    kinds = np.empty(len(rows), np.uint8)
    n_released, charge_kw, discharge_kw = _apply_departures(
        rows,
        departure_order,
        (context.target_soc, context.elapsed),
        (state.code, state.soc, state.power_kw, state.reason, state.wear.plugged_steps),
        (context.fleet.offsets, context.fleet.capacity_kwh, ratings.charge_kw, ratings.discharge_kw),
        (models.n_present, models.n_plugged, models.n_departures, models.n_at_target, models.unserved_kwh),
        kinds,
    )
    return kinds[:n_released], charge_kw, discharge_kw


def apply_arrivals(
    context: TransitionContext, rows: Rows, drive_kwh: NDArray[np.float32], departure_step: Rows
) -> Floats:
    """Take what they drove off the batteries of those that come back, and let them wait."""
    state = context.state
    driven_kwh = np.empty(len(rows))
    _apply_arrivals(
        (rows, drive_kwh, departure_step),
        (context.clock, context.elapsed),
        (state.soc, state.departure_step, state.reason, state.wear.soc_sum),
        (context.fleet.offsets, context.fleet.capacity_kwh),
        (context.models.n_present, context.models.soc_sum),
        driven_kwh,
    )
    return driven_kwh


def apply_plug_ins(context: TransitionContext, rows: Rows, since: Rows, kinds: Kinds) -> tuple[float, float]:
    """Plug in vehicles."""
    state, ratings = context.state, context.ratings
    kw: tuple[float, float] = _apply_plug_ins(
        (rows, since, kinds),
        (context.clock, context.elapsed),
        (state.code, state.soc, state.wear.plugged_steps, state.wear.soc_sum),
        (context.fleet.offsets, ratings.charge_kw, ratings.discharge_kw),
        context.models.n_plugged,
    )
    return kw


@njit(nogil=True, cache=True)
def _apply_departures(rows, departure_order, rules, fleet, tables, models, kinds):  # type: ignore[no-untyped-def]
    target_soc, elapsed = rules
    code, soc, power_kw, reason, plugged_steps = fleet
    offsets, capacity_kwh, charge_kw, discharge_kw = tables
    n_present, n_plugged, n_departures, n_at_target, unserved_kwh = models
    n_released, model, g2v_kw, v2g_kw = 0, 0, 0.0, 0.0
    for place in departure_order:
        c = code[rows[place]]
        if c != 0:
            kinds[n_released] = (c - 1) % N_KINDS + 1
            n_released += 1
    missing_kwh = np.zeros(unserved_kwh.size)
    for row in rows:
        while row >= offsets[model + 1]:
            model += 1
        c, missing = code[row], max(target_soc - soc[row], 0.0) * capacity_kwh[model]
        n_present[model] -= 1
        n_departures[model] += 1
        n_at_target[model] += missing <= AT_TARGET_KWH
        missing_kwh[model] += missing
        if c != 0:
            n_plugged[model] -= 1
            plugged_steps[row] += elapsed
            g2v_kw += charge_kw[c]
            v2g_kw += discharge_kw[c]
        code[row], power_kw[row], reason[row] = 0, 0.0, AWAY
    unserved_kwh += missing_kwh
    return n_released, g2v_kw, v2g_kw


@njit(nogil=True, cache=True)
def _apply_arrivals(coming, now, fleet, tables, models, driven_kwh):  # type: ignore[no-untyped-def]
    rows, drive_kwh, until = coming
    clock, elapsed = now
    soc, departure_step, reason, soc_sum = fleet
    offsets, capacity_kwh = tables
    n_present, soc_sum_by_model = models
    model, driven_soc = 0, np.zeros(soc_sum_by_model.size)
    for i in range(rows.size):
        row = rows[i]
        while row >= offsets[model + 1]:
            model += 1
        s = soc[row]
        soc_sum[row] += s * min(clock - max(departure_step[row], clock - elapsed), elapsed)
        driven = min(drive_kwh[i] / capacity_kwh[model], max(s - ARRIVAL_MIN_SOC, 0.0))
        soc[row], departure_step[row], reason[row] = s - driven, until[i], WAITING
        n_present[model] += 1
        driven_soc[model] += driven
        driven_kwh[i] = driven * capacity_kwh[model]
    soc_sum_by_model -= driven_soc


@njit(nogil=True, cache=True)
def _apply_plug_ins(plugging, now, fleet, tables, n_plugged):  # type: ignore[no-untyped-def]
    rows, since, kinds = plugging
    clock, elapsed = now
    code, soc, plugged_steps, soc_sum = fleet
    offsets, charge_kw, discharge_kw = tables
    g2v_kw, v2g_kw = 0.0, 0.0
    for i in range(rows.size):
        row, model = rows[i], 0
        while row >= offsets[model + 1]:
            model += 1
        c = model * N_KINDS + kinds[i]
        code[row] = c
        plugged_steps[row] -= elapsed
        n_plugged[model] += 1
        soc_sum[row] += soc[row] * min(clock - since[i], elapsed)
        g2v_kw += charge_kw[c]
        v2g_kw += discharge_kw[c]
    return g2v_kw, v2g_kw
