"""Transitions: the departures, arrivals and plug-ins at the beginning of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ev2gym_dashboard.core.arrays import Rows
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.moved_stays import move_stays
from ev2gym_dashboard.core.engine.recorder import sum_models
from ev2gym_dashboard.core.engine.transitions_numpy import (
    ARRIVAL_MIN_SOC,
    TransitionContext,
    Transitions,
    accumulate_unplugged_soc,
    set_expected_soc,
)
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse_queue import PlugIns

if TYPE_CHECKING:
    from ev2gym_dashboard.core.engine.engine import Engine


def find_plan_now(engine: Engine) -> DayPlan:
    """Return the plan of this step, with the departures that the user has moved; at midnight, load that of the day."""
    load_plan(engine)
    moved = engine.overrides.find_moved()
    return move_stays(engine.plan, engine.state, engine.overrides, engine.clock) if moved.size else engine.plan


def load_plan(engine: Engine) -> None:
    """At midnight, load the plan of the day."""
    # A day at a time: the plans of a year of a large fleet would not fit the memory.
    if engine.clock >= engine.plan.first_step + engine.scenario.steps_per_day:
        engine.plan = next(engine.days)


def find_arrival_min_soc(plan: DayPlan) -> float:
    """Return the lowest SOC on arrival under a plan."""
    # Given stays say with what SOC a vehicle comes; drawn ones only how far it has driven.
    return ARRIVAL_MIN_SOC if plan.evse is None else 0.0


def apply_transitions(engine: Engine, plan: DayPlan) -> Transitions:
    """Apply the departures, arrivals and plug-ins of a plan at the beginning of a step."""
    leaving, arriving = plan.find_departures(engine.clock), plan.find_arrivals(engine.clock)
    min_soc = find_arrival_min_soc(plan)
    context = TransitionContext(
        engine.fleet, engine.state, engine.models, engine.limits, engine.clock, engine.step, min_soc
    )
    # Departures first: an EVSE that comes free in a step serves a vehicle that arrives in the same step.
    n_at_target, unserved_kwh, driven_kwh = 0, 0.0, 0.0
    if leaving.start < leaving.stop:
        n_at_target, unserved_kwh = _apply_departures(engine, context, plan, leaving)
    if arriving.start < arriving.stop:
        driven_kwh = _apply_arrivals(engine, context, plan, arriving)
    plugging_in = _apply_plug_ins(engine, context, plan)
    return Transitions(plugging_in, driven_kwh, leaving.stop - leaving.start, n_at_target, unserved_kwh)


def _apply_departures(engine: Engine, context: TransitionContext, plan: DayPlan, indices: slice) -> tuple[int, float]:
    """Let vehicles leave; return how many left without missing energy, and the missing energy [kWh]."""
    if engine.plugs.waiting.size:
        _set_expected_soc_of_waiting(engine, context)
    # The plan's rows rise within a step; the ticks give the order in which EVSEs come free.
    rows, departure_order = plan.leaving[indices], plan.leaving_tick[indices].argsort(kind="stable")
    departures = engine.kernel.apply_departures(context, rows, departure_order)
    engine.plugs.release_evses(departures.released)
    _count_ratings(engine, -departures.g2v_kw, -departures.v2g_kw)
    if engine.trace is not None:
        engine.trace.log_departures(engine.state, rows)
    # More vehicles leave than EVSEs come free: the rest leave the queue without having been plugged in.
    if len(departures.released) < len(rows):
        unserved, since = engine.plugs.drop_waiting(engine.state.departure_step[engine.plugs.waiting] == engine.clock)
        accumulate_unplugged_soc(context, unserved, engine.clock - since)
    return departures.n_at_target, sum_models(departures.missing_kwh)


def _apply_arrivals(engine: Engine, context: TransitionContext, plan: DayPlan, indices: slice) -> float:
    rows = plan.arriving[indices]
    driven_kwh = engine.kernel.apply_arrivals(context, rows, plan.drive_kwh[indices], plan.departure_step[indices])
    if engine.fit is not None:
        unfit = rows[~engine.fit.chargeable[engine.fleet.find_models(rows)]]
        engine.state.reason[unfit] = Reason.CANNOT_CHARGE
    order = plan.order_arrivals(engine.clock)
    offsets = None if plan.code_offset is None else plan.code_offset[order]
    engine.plugs.add_waiting(plan.arriving[order], engine.clock, offsets)
    if engine.trace is not None:
        engine.trace.log_arrivals(engine.state, rows, driven_kwh, plan.drive_kwh[indices], clock=engine.clock)
    # Not a dot product: its threads cost more than they save, and their number would change the last bits.
    return float(driven_kwh.sum())


def _apply_plug_ins(engine: Engine, context: TransitionContext, plan: DayPlan) -> Rows:
    rows, since, evses, code_offset = _assign_evses(engine, plan)
    if rows.size:
        engine.state.evse[rows] = evses
        kinds = engine.plugs.kinds[evses]
        _count_ratings(engine, *engine.kernel.apply_plug_ins(context, rows, since, kinds, code_offset))
        if engine.trace is not None:
            engine.trace.log_plug_ins(engine.state, rows, clock=engine.clock)
    return rows


def _set_expected_soc_of_waiting(engine: Engine, context: TransitionContext) -> None:
    """Set the expected SOC of vehicles that leave without having been plugged in: at the fastest EVSE."""
    plugs = engine.plugs
    leaving = np.flatnonzero(engine.state.departure_step[plugs.waiting] == engine.clock)
    if leaving.size:
        rows = plugs.waiting[leaving]
        code = engine.fastest_code[engine.fleet.find_models(rows)] + plugs.code_offset[leaving]
        set_expected_soc(context, rows, code, plugs.since[leaving])


def _assign_evses(engine: Engine, plan: DayPlan) -> PlugIns:
    if plan.evse is None:
        return _assign_free_evses(engine)
    given = engine.plugs.assign_given_evses(plan.evse[plan.order_arrivals(engine.clock)])
    if not engine.plugs.waiting.size:
        return given
    return given.join(_assign_free_evses(engine))


def _assign_free_evses(engine: Engine) -> PlugIns:
    plugs = engine.plugs
    # Without a free EVSE there is nothing to match, and the waiting vehicles may be many.
    if engine.fit is None or not plugs.n_free:
        return plugs.assign_evses()
    return plugs.assign_fitting_evses(engine.fit, engine.fleet.find_models(plugs.waiting))


def _count_ratings(engine: Engine, g2v_kw: float, v2g_kw: float) -> None:
    # Running sums, kept up by the transitions alone: a step never sums the ratings of the fleet.
    engine.plugged_g2v_kw += g2v_kw
    engine.plugged_v2g_kw += v2g_kw
