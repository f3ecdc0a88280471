"""Departures, arrivals and plug-ins in NumPy: their effect on vehicles and on the totals of their models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE, CodeOffsets, Codes, Evses, Floats, Kinds, Rows
from ev2gym_dashboard.core.control.power_limits import StepLimits
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import ModelTotals
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, encode_model_kind
from ev2gym_dashboard.core.fleet.fleet import Fleet, FleetState

ARRIVAL_MIN_SOC = 0.05
"""Lowest SOC on arrival: energy drawn beyond it counts as not driven."""


@dataclass(frozen=True, slots=True)
class TransitionContext:
    """Inputs that the transitions of a step share.

    Parameters
    ----------
    fleet, state, models : of the engine; transitions write into the last two
    limits : constants of a step by code
    clock, elapsed : steps from midnight of day 0, and from the start of the run
    arrival_min_soc : lowest SOC on arrival, down to which the battery is driven
    """

    fleet: Fleet
    state: FleetState
    models: ModelTotals
    limits: StepLimits
    clock: int
    elapsed: int
    arrival_min_soc: float = ARRIVAL_MIN_SOC


class Departures(NamedTuple):
    """What the vehicles that leave in a step leave behind.

    Parameters
    ----------
    released : EVSEs that come free, in that order
    g2v_kw, v2g_kw : summed charge and discharge ratings at them [kW]
    n_at_target : vehicles that leave without missing energy
    missing_kwh : (models,) energy missing to what they could expect [kWh]
    """

    released: Evses
    g2v_kw: float
    v2g_kw: float
    n_at_target: int
    missing_kwh: Floats


class Transitions(NamedTuple):
    """What changes at the beginning of a step.

    Parameters
    ----------
    plugging_in : rows that plug in
    driven_kwh : energy driven by the vehicles that arrive [kWh]
    n_departures, n_at_target : vehicles that leave, and those of them without missing energy
    unserved_kwh : energy missing to those that leave [kWh]
    """

    plugging_in: Rows
    driven_kwh: float
    n_departures: int
    n_at_target: int
    unserved_kwh: float


def apply_departures(context: TransitionContext, rows: Rows, departure_order: NDArray[np.intp]) -> Departures:
    """Let vehicles leave.

    Parameters
    ----------
    rows : (n,) vehicles that leave, rising
    departure_order : (n,) indices into ``rows``, in the order of the departures
    """
    state, models = context.state, context.models
    code, model = state.code[rows], context.fleet.find_models(rows)
    plugged = code != UNPLUGGED
    state.wear.plugged_steps[rows[plugged]] += np.int32(context.elapsed)
    missing_kwh = np.maximum(state.expected_soc[rows] - state.soc[rows], 0.0) * context.fleet.capacity_kwh[model]
    n_at_target, missing_by_model_kwh = models.count_departures(model, plugged=plugged, missing_kwh=missing_kwh)
    state.code[rows], state.power_kw[rows], state.reason[rows] = UNPLUGGED, 0.0, Reason.AWAY
    released = state.evse[rows[departure_order]]
    state.evse[rows] = NO_EVSE
    return Departures(released[released != NO_EVSE], *_sum_ratings_kw(context, code), n_at_target, missing_by_model_kwh)


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
    driven = np.minimum(drive_kwh / capacity_kwh[model], np.maximum(soc - context.arrival_min_soc, 0.0))
    # Negative where the vehicle has been charged elsewhere, up to a full battery.
    driven = np.maximum(driven, soc - 1.0)
    state.soc[rows], state.departure_step[rows], state.reason[rows] = soc - driven, departure_step, Reason.WAITING
    context.models.count_arrivals(model, driven)
    return driven * capacity_kwh[model]


def apply_plug_ins(
    context: TransitionContext, rows: Rows, since: Rows, kinds: Kinds, code_offset: CodeOffsets
) -> tuple[float, float]:
    """Plug in vehicles at EVSEs of some kinds.

    Parameters
    ----------
    rows : (n,) vehicles that plug in, in the order of the queue
    since : (n,) steps in which they arrived
    kinds : (n,) kinds of their EVSEs
    code_offset : (n,) offsets of their codes, by their targets

    Returns
    -------
    summed charge and discharge ratings [kW]
    """
    model = context.fleet.find_models(rows)
    code = encode_model_kind(model, kinds, n_kinds=context.limits.ratings.n_kinds) + code_offset
    context.state.code[rows] = code
    # Less the step of plug-in here, plus the step of departure there: the difference is the length of the stay.
    context.state.wear.plugged_steps[rows] -= np.int32(context.elapsed)
    context.models.count_plug_ins(model)
    accumulate_unplugged_soc(context, rows, context.clock - since)
    # From the arrival on: the time that a vehicle waits for an EVSE is not the driver's.
    set_expected_soc(context, rows, code, since)
    return _sum_ratings_kw(context, code)


def set_expected_soc(context: TransitionContext, rows: Rows, code: Codes, arrival_step: Rows) -> None:
    """Set what drivers can expect of stays at some codes (n,), from arrivals in steps (n,) to the departures."""
    state, limits = context.state, context.limits
    soc, n_steps = state.soc[rows], state.departure_step[rows] - arrival_step
    state.expected_soc[rows] = limits.sufficient_soc.take(code)
    # Most stays reach the target: the straight line back from the departure spares them the exact solution.
    short = np.flatnonzero(soc < limits.required_soc.take(code) - limits.gain.take(code) * n_steps)
    if short.size:
        reachable_soc = limits.compute_reachable_soc(soc[short], code[short], n_steps[short])
        state.expected_soc[rows[short]] = np.minimum(state.expected_soc[rows[short]], reachable_soc)


def accumulate_unplugged_soc(context: TransitionContext, rows: Rows, steps: Rows) -> None:
    """Add the SOC of vehicles that were not plugged in for some steps, those before the run left out."""
    # Added at the end of the absence, so that a step touches none of the vehicles on the road.
    context.state.wear.soc_sum[rows] += context.state.soc[rows] * np.minimum(steps, context.elapsed)


def _sum_ratings_kw(context: TransitionContext, code: NDArray[np.integer]) -> tuple[float, float]:
    ratings = context.limits.ratings
    return float(ratings.charge_kw.take(code).sum()), float(ratings.discharge_kw.take(code).sum())
