"""Control of a plan: each vehicle follows the planned energy of its battery, within the engine's own limits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True, eq=False)
class Plan:
    """Plan of a fleet, and the parameters of its control.

    Parameters
    ----------
    power_kw : (fleet, steps) planned power, positive = charging [kW]
    soc : (fleet, steps) planned SOC after each step; 0 where a vehicle is not plugged in
    first_ordinal, first_step : day of the first step, and its step in that day
    """

    power_kw: Floats32 = field(repr=False)
    soc: Floats32 = field(repr=False)
    first_ordinal: int
    first_step: int
    v2g_min_soc: float = 0.0

    def find_step(self, moment: Moment) -> int:
        """Return the step of the run to which a moment belongs."""
        steps_per_day = round(24.0 / moment.timestep_h)
        step_of_day = round(moment.hour_h / moment.timestep_h)
        return (moment.day_ordinal - self.first_ordinal) * steps_per_day + step_of_day - self.first_step


def make_plan(scenario: Scenario, power_kw: Floats, energy_kwh: Floats, capacity_kwh: Floats) -> Plan:
    """Return the plan of a scenario from powers [kW] and energies [kWh], (fleet, steps), and capacities, (fleet,)."""
    start = scenario.start_time
    first_step = (start.hour * MINUTES_PER_HOUR + start.minute) // scenario.timestep_min
    soc = (energy_kwh / capacity_kwh[:, None]).astype(np.float32)
    return Plan(power_kw.astype(np.float32), soc, start.date().toordinal(), first_step)


def blend_plans(first: Plan, second: Plan, share: float) -> Plan:
    """Return the plan between two of the same scenario, with a share of the second one; it is feasible as both are."""
    power_kw, soc = (
        ((1.0 - share) * a + share * b).astype(np.float32)
        for a, b in ((first.power_kw, second.power_kw), (first.soc, second.soc))
    )
    return replace(first, power_kw=power_kw, soc=soc)


def make_plan_control(plan: Plan, *, v2g: bool) -> Control:
    """Return the control that follows a plan.

    The planned SOC is followed instead of the power, so that what the model leaves out does not add up: a lower current
    that is less efficient, or a step that crosses into the taper. The connection guard, which foresees by statistics,
    is off, as the plan knows what comes.
    """
    return Control(
        request_power=_request_planned_power,
        requests_v2g=_requests_v2g,
        idle_reason=Reason.NO_NEED,
        params=plan,
        v2g=v2g,
        guards_connection=False,
    )


def _request_planned_power(view: StepView, plan: Plan) -> Floats:
    step = plan.find_step(view.moment)
    planned_kw, soc = plan.power_kw[view.vehicle_id, step], plan.soc[view.vehicle_id, step].astype(np.float64)
    charging_kw = np.where(planned_kw > 0.0, view.charge_to_soc(soc), 0.0)
    return np.where(planned_kw < 0.0, view.discharge_to_soc(soc), charging_kw)


def _requests_v2g(moment: Moment, plan: Plan) -> bool:
    return bool((plan.power_kw[:, plan.find_step(moment)] < 0.0).any())
