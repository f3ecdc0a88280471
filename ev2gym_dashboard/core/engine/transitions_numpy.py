"""What it does to vehicles, and to the counts of their models, that they leave, come back and plug in; in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import ModelTotals
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, Ratings, decode_evse_kind, encode_model_kind
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState

ARRIVAL_MIN_SOC = 0.05
"""No vehicle comes back emptier; what the draw asks for beyond is not driven."""

Rows = NDArray[np.int32]
Kinds = NDArray[np.uint8]


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


def apply_departures(moving: TransitionContext, rows: Rows, in_time: NDArray[np.intp]) -> tuple[Kinds, float, float]:
    """Let vehicles leave.

    Parameters
    ----------
    rows : (n,) who leaves
    in_time : (n,) places in ``rows``, who leaves first first

    Returns
    -------
    kinds of the EVSEs that become free, in time, and what the vehicles at them could draw and give [kW]
    """
    state, models = moving.state, moving.models
    code, model = state.code[rows], moving.fleet.find_models(rows)
    plugged, released = code != UNPLUGGED, code[in_time]
    state.wear.plugged_steps[rows[plugged]] += np.int32(moving.elapsed)
    missing_soc = np.maximum(moving.target_soc - state.soc[rows], 0.0)
    models.leave(model, plugged=plugged, missing_kwh=missing_soc * moving.fleet.capacity_kwh[model])
    state.code[rows], state.power_kw[rows], state.reason[rows] = UNPLUGGED, 0.0, Reason.AWAY
    return decode_evse_kind(released[released != UNPLUGGED]), *_sum_ratings_kw(moving, code)


def apply_arrivals(
    moving: TransitionContext, rows: Rows, drive_kwh: NDArray[np.float32], departure_step: Rows
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
    state, capacity_kwh = moving.state, moving.fleet.capacity_kwh
    model, soc = moving.fleet.find_models(rows), state.soc[rows]
    accumulate_unplugged_soc(
        moving, rows, moving.clock - np.maximum(state.departure_step[rows], moving.clock - moving.elapsed)
    )
    driven = np.minimum(drive_kwh / capacity_kwh[model], np.maximum(soc - ARRIVAL_MIN_SOC, 0.0))
    state.soc[rows], state.departure_step[rows], state.reason[rows] = soc - driven, departure_step, Reason.WAITING
    moving.models.arrive(model, driven)
    return driven * capacity_kwh[model]


def apply_plug_ins(moving: TransitionContext, rows: Rows, since: Rows, kinds: Kinds) -> tuple[float, float]:
    """Plug in vehicles (n,) that have waited since a step, at EVSEs of kinds; return what they could draw and give."""
    model = moving.fleet.find_models(rows)
    code = encode_model_kind(model, kinds)
    moving.state.code[rows] = code
    moving.state.wear.plugged_steps[rows] -= np.int32(moving.elapsed)
    moving.models.plug_in(model)
    accumulate_unplugged_soc(moving, rows, moving.clock - since)
    return _sum_ratings_kw(moving, code)


def accumulate_unplugged_soc(moving: TransitionContext, rows: Rows, steps: Rows) -> None:
    """Count the SOC of vehicles that were not plugged in for some steps, as far as they lie in the run."""
    moving.state.wear.soc_sum[rows] += moving.state.soc[rows] * np.minimum(steps, moving.elapsed)


def _sum_ratings_kw(moving: TransitionContext, code: NDArray[np.integer]) -> tuple[float, float]:
    ratings = moving.ratings
    return float(ratings.charge_kw.take(code).sum()), float(ratings.discharge_kw.take(code).sum())
