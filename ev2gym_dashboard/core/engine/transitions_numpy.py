"""Departures, arrivals and plug-ins in NumPy: their effect on vehicles and on the totals of their models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Kinds, Rows
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import ModelTotals
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, Ratings, encode_model_kind
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState

ARRIVAL_MIN_SOC = 0.05
"""Lowest SOC on arrival: energy drawn beyond it counts as not driven."""


@dataclass(frozen=True, slots=True)
class TransitionContext:
    """Inputs that the transitions of a step share.

    Parameters
    ----------
    fleet, state, models : of the engine; transitions write into the last two
    ratings : by code
    clock, elapsed : steps from midnight of day 0, and from the start of the run
    """

    fleet: Fleet
    state: FleetState
    models: ModelTotals
    ratings: Ratings
    clock: int
    elapsed: int


def apply_departures(context: TransitionContext, rows: Rows) -> tuple[float, float]:
    """Let vehicles leave.

    Parameters
    ----------
    rows : (n,) vehicles that leave, rising

    Returns
    -------
    summed charge and discharge ratings at the EVSEs that come free [kW]
    """
    state, models = context.state, context.models
    code, model = state.code[rows], context.fleet.find_models(rows)
    plugged = code != UNPLUGGED
    state.wear.plugged_steps[rows[plugged]] += np.int32(context.elapsed)
    missing_soc = np.maximum(state.expected_soc[rows] - state.soc[rows], 0.0)
    models.count_departures(model, plugged=plugged, missing_kwh=missing_soc * context.fleet.capacity_kwh[model])
    state.code[rows], state.power_kw[rows], state.reason[rows] = UNPLUGGED, 0.0, Reason.AWAY
    return _sum_ratings_kw(context, code)


def apply_arrivals(
    context: TransitionContext, rows: Rows, drive_kwh: NDArray[np.float32], departure_step: Rows
) -> Floats:
    """Let vehicles arrive and wait, and subtract the energy that they have driven from their batteries.

    Parameters
    ----------
    rows : (n,) vehicles that arrive, rising
    drive_kwh : (n,) energy to drive, of which the battery may hold less [kWh]
    departure_step : (n,) step in which the stay ends

    Returns
    -------
    (n,) energy driven [kWh]
    """
    state, capacity_kwh = context.state, context.fleet.capacity_kwh
    model, soc = context.fleet.find_models(rows), state.soc[rows]
    accumulate_unplugged_soc(
        context, rows, context.clock - np.maximum(state.departure_step[rows], context.clock - context.elapsed)
    )
    driven = np.minimum(drive_kwh / capacity_kwh[model], np.maximum(soc - ARRIVAL_MIN_SOC, 0.0))
    state.soc[rows], state.departure_step[rows], state.reason[rows] = soc - driven, departure_step, Reason.WAITING
    context.models.count_arrivals(model, driven)
    return driven * capacity_kwh[model]


def apply_plug_ins(context: TransitionContext, rows: Rows, since: Rows, kinds: Kinds) -> tuple[float, float]:
    """Plug in vehicles at EVSEs of some kinds.

    Parameters
    ----------
    rows : (n,) vehicles that plug in, in the order of the queue
    since : (n,) steps in which they arrived
    kinds : (n,) kinds of their EVSEs

    Returns
    -------
    summed charge and discharge ratings [kW]
    """
    model = context.fleet.find_models(rows)
    code = encode_model_kind(model, kinds, n_kinds=context.ratings.n_kinds)
    context.state.code[rows] = code
    # Less the step of plug-in here, plus the step of departure there: the difference is the length of the stay.
    context.state.wear.plugged_steps[rows] -= np.int32(context.elapsed)
    context.models.count_plug_ins(model)
    accumulate_unplugged_soc(context, rows, context.clock - since)
    return _sum_ratings_kw(context, code)


def accumulate_unplugged_soc(context: TransitionContext, rows: Rows, steps: Rows) -> None:
    """Add the SOC of vehicles that were not plugged in for some steps, those before the run left out."""
    # Added at the end of the absence, so that a step touches none of the vehicles on the road.
    context.state.wear.soc_sum[rows] += context.state.soc[rows] * np.minimum(steps, context.elapsed)


def _sum_ratings_kw(context: TransitionContext, code: NDArray[np.integer]) -> tuple[float, float]:
    ratings = context.ratings
    return float(ratings.charge_kw.take(code).sum()), float(ratings.discharge_kw.take(code).sum())
