"""What it does to vehicles, and to the counts of their models, that they leave, come back and plug in; in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Kinds, Rows
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import ModelTotals
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, Ratings, decode_evse_kind, encode_model_kind
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState

ARRIVAL_MIN_SOC = 0.05
"""No vehicle comes back emptier; what the draw asks for beyond is not driven."""


@dataclass(frozen=True, slots=True)
class TransitionContext:
    """What the movements of a step share.

    Parameters
    ----------
    fleet, state, models : of the engine; the movements write into the last two
    ratings : by code
    target_soc : SOC that drivers want
    clock, elapsed : steps from midnight of day 0, and from the start of the run
    """

    fleet: Fleet
    state: FleetState
    models: ModelTotals
    ratings: Ratings
    target_soc: float
    clock: int
    elapsed: int


def apply_departures(
    context: TransitionContext, rows: Rows, departure_order: NDArray[np.intp]
) -> tuple[Kinds, float, float]:
    """Let vehicles leave.

    Parameters
    ----------
    rows : (n,) who leaves
    departure_order : (n,) places in ``rows``, who leaves first first

    Returns
    -------
    kinds of the EVSEs that become free, in time, and what the vehicles at them could draw and give [kW]
    """
    state, models = context.state, context.models
    code, model = state.code[rows], context.fleet.find_models(rows)
    plugged, released = code != UNPLUGGED, code[departure_order]
    state.wear.plugged_steps[rows[plugged]] += np.int32(context.elapsed)
    missing_soc = np.maximum(context.target_soc - state.soc[rows], 0.0)
    models.count_departures(model, plugged=plugged, missing_kwh=missing_soc * context.fleet.capacity_kwh[model])
    state.code[rows], state.power_kw[rows], state.reason[rows] = UNPLUGGED, 0.0, Reason.AWAY
    return decode_evse_kind(released[released != UNPLUGGED]), *_sum_ratings_kw(context, code)


def apply_arrivals(
    context: TransitionContext, rows: Rows, drive_kwh: NDArray[np.float32], departure_step: Rows
) -> Floats:
    """Take what they drove off the batteries of those that come back, and let them wait.

    Parameters
    ----------
    rows : (n,) who comes
    drive_kwh : (n,) energy driven, as far as the battery held it [kWh]
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
    """Plug in vehicles (n,) that have waited since a step, at EVSEs of kinds; return what they could draw and give."""
    model = context.fleet.find_models(rows)
    code = encode_model_kind(model, kinds)
    context.state.code[rows] = code
    context.state.wear.plugged_steps[rows] -= np.int32(context.elapsed)
    context.models.count_plug_ins(model)
    accumulate_unplugged_soc(context, rows, context.clock - since)
    return _sum_ratings_kw(context, code)


def accumulate_unplugged_soc(context: TransitionContext, rows: Rows, steps: Rows) -> None:
    """Count the SOC of vehicles that were not plugged in for some steps, as far as they lie in the run."""
    context.state.wear.soc_sum[rows] += context.state.soc[rows] * np.minimum(steps, context.elapsed)


def _sum_ratings_kw(context: TransitionContext, code: NDArray[np.integer]) -> tuple[float, float]:
    ratings = context.ratings
    return float(ratings.charge_kw.take(code).sum()), float(ratings.discharge_kw.take(code).sum())
