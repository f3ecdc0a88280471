"""Update of what a strategy keeps, once a step, before its decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ev2gym_dashboard.core.control.dispatch import make_step_view
from ev2gym_dashboard.core.control.memory import Memory, MemoryRule, make_memory
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.planning import PlanningInputs
from ev2gym_dashboard.core.control.step import Step
from ev2gym_dashboard.core.engine.step_numpy import gather_plugged


def remember_step(
    step: Step, rule: MemoryRule, memory: Memory, look_ahead: Callable[[Step, StepView], PlanningInputs]
) -> Step:
    """Return the step with the memory that its strategy has after having seen it.

    The blocks of a fleet may be decided several times in a step, in any order and in parallel: here, all plugged-in
    vehicles are seen once, so that the memory depends on none of this. ``look_ahead`` returns what a plan starts from.
    """
    fleet_size = int(step.offsets[-1])
    # A new run, or a change of the strategy: what another one kept means nothing to this one.
    if memory.vehicles.shape != (fleet_size, rule.per_vehicle) or memory.site.shape != (rule.per_site,):
        memory = make_memory(rule, fleet_size)
    step, params = step._replace(memory=memory), step.control.params
    view = make_step_view(gather_plugged(step, 0, fleet_size)[1], step)
    if rule.remember is not None:
        view = replace(view, planning=look_ahead(step, view))
        memory.vehicles[view.vehicle_id], memory.site[:] = rule.remember(view, params)
        return step
    # Both are computed before either is stored: each sees what was kept in the step before.
    vehicles = rule.remember_vehicles(view, params) if rule.remember_vehicles else view.memory
    site = rule.remember_site(view, params) if rule.remember_site else view.site_memory
    memory.vehicles[view.vehicle_id], memory.site[:] = vehicles, site
    return step
