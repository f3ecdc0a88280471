"""Problem: the vehicles, stays and site of a scenario as the arrays of the optimum, from a run of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles
from ev2gym_dashboard.core.optimum.objective import Objective
from ev2gym_dashboard.core.optimum.site_cost import SiteCost
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.optimum.site import make_site_cost
from ev2gym_dashboard.service.optimum.stay_arrays import (
    find_efficiencies,
    get_full_current_efficiencies,
    make_bound_costs,
    make_plan_costs,
    make_stay_arrays,
    sum_plugged_kw,
)
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun
from ev2gym_dashboard.service.optimum.stay_times import StayTimes, find_stay_times
from ev2gym_dashboard.service.simulation.calendar_line import compute_calendar_line

MAX_GROUPS = 32
"""Groups of vehicles whose loads the master mixes; a single one for the fleet would not converge."""


@dataclass(frozen=True, eq=False)
class Problem:
    """The optimum of a scenario as arrays.

    Parameters
    ----------
    scenario, objective : inputs of the run, and prices by which it is judged
    vehicles : vehicles with a stay in the run
    bound_stays, plan_stays : their stays, as favourable as the engine can be to any strategy, and as it is to vehicles
        at full current
    prices : prices of wear
    site : cost of the net load
    fixed_mad : energy in the batteries, and what does not depend on the vehicles with stays [MAD]
    usual_price_mad_kwh : price of import by step, to begin with, (steps,) [MAD/kWh]
    n_groups : number of groups
    """

    scenario: Scenario
    objective: Objective
    vehicles: Vehicles
    bound_stays: Stays
    plan_stays: Stays
    prices: Prices
    site: SiteCost
    fixed_mad: float
    usual_price_mad_kwh: Floats
    n_groups: int

    @property
    def n_steps(self) -> int:
        """Number of steps of the run."""
        return len(self.usual_price_mad_kwh)

    @cached_property
    def vehicle_digest(self) -> str:
        """Digest of all that the vehicles' answers to prices depend on: a price of the peak, say, changes none."""
        digest = sha256(repr((self.prices, self.n_groups)).encode())
        for values in (*self.vehicles, *self.plan_stays):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def make_problem(reference: ReferenceRun, objective: Objective) -> Problem:
    """Return the problem of the scenario of a reference run, under an objective."""
    engine, scenario = reference.simulation.engine, reference.simulation.scenario
    times = find_stay_times(reference)
    capacity_kwh = np.repeat(engine.fleet.capacity_kwh, engine.fleet.counts)
    calendar_mad, hold_mad_kwh = (objective.calendar_share * value for value in compute_calendar_line(engine))
    vehicles = _make_vehicles(reference, times, capacity_kwh, hold_mad_kwh, objective.owed_mad_kwh)
    ratings, of_stay_kwh = engine.limits.ratings, capacity_kwh[times.row]
    make_stays = partial(
        make_stay_arrays,
        reference,
        times,
        capacity_kwh=of_stay_kwh,
        hold_mad_kwh=hold_mad_kwh,
        objective=objective,
    )
    bound_costs, plan_costs = make_bound_costs(reference, times, of_stay_kwh), make_plan_costs(reference, times)
    bound = make_stays(bound_costs, find_efficiencies(ratings))
    plan = make_stays(plan_costs, get_full_current_efficiencies(ratings))
    charge_kw = sum_plugged_kw(times, ratings.charge_kw[times.code], scenario.n_steps)
    give_kw = sum_plugged_kw(times, ratings.discharge_kw[times.code] * reference.allows_v2g, scenario.n_steps)
    site, usual_price_mad_kwh = make_site_cost(reference.simulation, objective, charge_kw=charge_kw, give_kw=give_kw)
    stored_kwh = float(reference.initial_soc @ capacity_kwh)
    still_kwh = stored_kwh - float(vehicles.energy_kwh.sum())
    return Problem(
        scenario=scenario,
        objective=objective,
        vehicles=vehicles,
        bound_stays=bound,
        plan_stays=plan,
        prices=Prices(objective.v2g_wear_mad_kwh, hold_mad_kwh, scenario.timestep_h),
        site=site,
        fixed_mad=calendar_mad
        + objective.owed_mad_kwh * (stored_kwh - still_kwh)
        + still_kwh * hold_mad_kwh * scenario.n_steps,
        usual_price_mad_kwh=usual_price_mad_kwh,
        n_groups=int(vehicles.group.max(initial=-1)) + 1,
    )


def _make_vehicles(
    reference: ReferenceRun, times: StayTimes, capacity_kwh: Floats, hold_mad_kwh: float, owed_mad_kwh: float
) -> Vehicles:
    first_stay, n_steps = times.first_stay, reference.simulation.scenario.n_steps
    row, last = times.row[first_stay[:-1]], first_stay[1:] - 1
    away_steps = np.where(times.is_closed[last], n_steps - times.departure[last], 0)
    is_charged_elsewhere = np.add.reduceat(reference.stays.drawn_kwh[times.order] < 0.0, first_stay[:-1]) > 0
    top_soc = np.maximum(np.where(is_charged_elsewhere, 1.0, FULL_SOC), reference.initial_soc[row])
    return Vehicles(
        row=row,
        first_stay=first_stay,
        group=_assign_groups(reference, times, last),
        weight=np.ones(len(row)),
        energy_kwh=reference.initial_soc[row] * capacity_kwh[row],
        top_kwh=top_soc * capacity_kwh[row],
        capacity_kwh=capacity_kwh[row],
        tail_mad_kwh=hold_mad_kwh * away_steps - owed_mad_kwh,
    )


def _assign_groups(reference: ReferenceRun, times: StayTimes, last: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the group of each vehicle: those with V2G and without, by their last departure."""
    gives = reference.simulation.engine.limits.ratings.discharge_kw[times.code[last]] > 0.0
    order = np.lexsort((times.departure[last], gives))
    group = np.empty(len(last), np.int32)
    group[order] = np.arange(len(last)) * min(MAX_GROUPS, len(last)) // max(len(last), 1)
    return group
