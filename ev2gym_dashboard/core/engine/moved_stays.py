"""Moved stays: departures that the user has moved, in place of those of the plan of the day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Indices, Rows
from ev2gym_dashboard.core.control.overrides import (
    AS_STRATEGY,
    CHARGE_NOW,
    LEAVE,
    NO_STEP,
    NO_V2G,
    Overrides,
    get_override,
    release_vehicle,
    set_override,
)
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.transitions_numpy import TransitionContext, set_expected_soc
from ev2gym_dashboard.core.fleet.day_plan import DAY_TICKS, DayPlan
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.fleet import FleetState

if TYPE_CHECKING:
    from ev2gym_dashboard.core.engine.engine import Engine


def override_vehicle(engine: Engine, row: int, action: str, leave_step: int) -> None:
    """Do for a vehicle, from the next step on, what the user has decided.

    Parameters
    ----------
    row : row of the vehicle in the fleet
    action : one of `ACTIONS`
    leave_step : step in which it leaves with `LEAVE`, from midnight of day 0 on and after the next step

    Notes
    -----
    A vehicle on the road has no stay that could be charged at once or end at another time: it is left alone.
    """
    is_present = engine.state.reason[row] != Reason.AWAY
    if action == NO_V2G:
        engine.overrides = set_override(engine.overrides, row, bars_v2g=True)
    elif action == CHARGE_NOW and is_present:
        until = int(engine.state.departure_step[row])
        engine.overrides = set_override(engine.overrides, row, charge_until=until)
    elif action == LEAVE and is_present:
        _move_departure(engine, row, leave_step)
    elif action == AS_STRATEGY:
        _release(engine, row)


def _move_departure(engine: Engine, row: int, leave_step: int) -> None:
    """Let the present stay of a vehicle end in another step, and its charging now last until then."""
    own, present_step = get_override(engine.overrides, row), int(engine.state.departure_step[row])
    # Moved again, the stay still has the departure that was drawn for it.
    planned_step = own["planned_step"] if own.get("leave_step") == present_step else present_step
    if engine.plan.evse is not None:
        # The EVSE of a given stay is that of the next one too.
        leave_step = min(leave_step, planned_step)
    charges = own.get("charge_until", NO_STEP) > engine.clock
    engine.overrides = set_override(
        engine.overrides,
        row,
        leave_step=leave_step,
        planned_step=planned_step,
        charge_until=leave_step if charges else NO_STEP,
    )
    _set_departure(engine, row, leave_step)


def _release(engine: Engine, row: int) -> None:
    own = get_override(engine.overrides, row)
    if not own:
        return
    is_moved = own["leave_step"] == engine.state.departure_step[row] and own["leave_step"] >= engine.clock
    if is_moved and own["planned_step"] > engine.clock:
        engine.overrides = set_override(engine.overrides, row, leave_step=own["planned_step"])
        _set_departure(engine, row, own["planned_step"])
    engine.overrides = release_vehicle(engine.overrides, row)


def _set_departure(engine: Engine, row: int, step: int) -> None:
    state, rows = engine.state, np.array([row], np.int32)
    state.departure_step[row] = step
    if state.code[row] != UNPLUGGED:
        # A driver who leaves at another time can expect what full power reaches from now on.
        context = TransitionContext(engine.fleet, state, engine.models, engine.limits, engine.clock, engine.step)
        set_expected_soc(context, rows, state.code[rows], np.array([engine.clock], np.int32))
    if engine.trace is not None:
        engine.trace.log_moved_departure(row, step)


def move_stays(plan: DayPlan, state: FleetState, overrides: Overrides, clock: int) -> DayPlan:
    """Return the plan of one step, in which vehicles leave when the user lets them.

    Notes
    -----
    The plan of the days stays as it was drawn, so that all others come and go as without the change. The departure of
    the plan is none where the vehicle has another one; a vehicle that is still parked, or leaves in the step, does not
    arrive.
    """
    leaving, arriving = plan.find_departures(clock), plan.find_arrivals(clock)
    rows, moved = plan.leaving[leaving], overrides.find_moved()
    stays_parked = np.isin(rows, moved) & ~_is_leaving(state, rows, clock)
    due = overrides.rows[overrides.leave_step == clock]
    due = np.setdiff1d(due[_is_leaving(state, due, clock)], rows)
    leaving_rows = np.concatenate([rows[~stays_parked], due])
    ticks = np.concatenate([plan.leaving_tick[leaving][~stays_parked], np.full(len(due), _find_tick(plan, clock))])
    order, arrivals = np.argsort(leaving_rows, kind="stable"), np.arange(arriving.start, arriving.stop)
    arrivals = arrivals[~_is_parked(plan.arriving[arriving], moved, state, overrides, clock)]
    return replace(
        plan,
        first_step=clock,
        leaving=leaving_rows[order].astype(np.int32),
        leaving_tick=ticks[order].astype(np.int32),
        leaving_offsets=np.array([0, len(order)]),
        **_select_arrivals(plan, arrivals),
    )


def _is_leaving(state: FleetState, rows: Rows, clock: int) -> Booleans:
    """Return which vehicles are present, and leave in a step."""
    leaving: Booleans = (state.departure_step[rows] == clock) & (state.reason[rows] != Reason.AWAY)
    return leaving


def _is_parked(rows: Rows, moved: Rows, state: FleetState, overrides: Overrides, clock: int) -> Booleans:
    """Return which vehicles of a plan's arrivals have a moved departure, and have not left before the step."""
    stays = (state.departure_step[rows] > clock) & (state.reason[rows] != Reason.AWAY)
    leaves_now = np.isin(rows, overrides.rows[overrides.leave_step == clock])
    parked: Booleans = np.isin(rows, moved) & (stays | leaves_now)
    return parked


def _find_tick(plan: DayPlan, clock: int) -> int:
    return clock * (DAY_TICKS // (len(plan.leaving_offsets) - 1))


def _select_arrivals(plan: DayPlan, chosen: Indices) -> dict[str, Any]:
    """Return the fields of a plan of one step, with some arrivals of a plan of a day."""
    names = ("arriving", "arrival_tick", "departure_step", "drive_kwh", "evse", "code_offset")
    columns = {name: getattr(plan, name) for name in names}
    selected = {name: None if values is None else values[chosen] for name, values in columns.items()}
    return selected | {"arrival_offsets": np.array([0, len(chosen)])}
