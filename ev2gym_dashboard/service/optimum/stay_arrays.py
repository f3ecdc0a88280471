"""Stay arrays: limits, efficiencies and costs of each stay, as favourable as the engine can be, or as it usually is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.transitions_numpy import ARRIVAL_MIN_SOC
from ev2gym_dashboard.core.fleet.evse import N_CURRENT_BINS, Ratings
from ev2gym_dashboard.core.optimum.chains import Stays
from ev2gym_dashboard.core.optimum.objective import Objective
from ev2gym_dashboard.service.optimum.stay_costs import DueCosts, DueEnergy, bound_due_costs, expect_due_costs
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun
from ev2gym_dashboard.service.optimum.stay_times import StayTimes


@dataclass(frozen=True, eq=False)
class Efficiencies:
    """Best and worst efficiency of charging and of V2G at the currents of each code, each (codes,)."""

    charge: Floats
    charge_low: Floats
    give: Floats
    give_low: Floats


def find_efficiencies(ratings: Ratings) -> Efficiencies:
    """Return the best and the worst efficiencies up to the full current, in both directions."""
    charge, charge_low = _find_range(ratings, ratings.charge_kw, ratings.charge_efficiency)
    give, give_low = _find_range(ratings, ratings.discharge_kw, ratings.discharge_efficiency)
    return Efficiencies(charge, charge_low, give, give_low)


def get_full_current_efficiencies(ratings: Ratings) -> Efficiencies:
    """Return the efficiencies at full current, at which a plan runs."""
    charge, give = ratings.charge_efficiency, ratings.discharge_efficiency
    return Efficiencies(charge, charge, give, give)


def _find_range(ratings: Ratings, power_kw: Floats, full: Floats) -> tuple[Floats, Floats]:
    last = np.minimum(power_kw * ratings.bins_per_kw, N_CURRENT_BINS - 1).astype(np.intp)
    is_reached = np.arange(N_CURRENT_BINS) <= last[:, None]
    best = np.where(is_reached, ratings.efficiency_by_bin, 0.0).max(axis=1)
    worst = np.where(is_reached, ratings.efficiency_by_bin, np.inf).min(axis=1)
    return np.maximum(best, full), np.minimum(worst, full)


def make_stay_arrays(
    reference: ReferenceRun,
    times: StayTimes,
    costs: DueCosts,
    efficiencies: Efficiencies,
    *,
    capacity_kwh: Floats,
    hold_mad_kwh: float,
    objective: Objective,
) -> Stays:
    """Return the stays as the answer to prices reads them.

    Parameters
    ----------
    costs : of missing energy, per SOC at a price of 1
    efficiencies : by code
    capacity_kwh : (s,) of the vehicle of each stay [kWh]
    hold_mad_kwh : calendar wear of a kWh in a battery for a step [MAD/kWh]
    objective : prices
    """
    scenario, limits = reference.simulation.scenario, reference.simulation.engine.limits
    code, ratings, price = times.code, limits.ratings, objective.unserved_mad_kwh
    before = np.where(times.is_first, 0, np.roll(times.departure, 1))
    is_charging = times.plug_in < times.departure
    give_kwh = ratings.discharge_kw[code] * scenario.timestep_h / ratings.discharge_efficiency[code]
    drive_floor_soc = ARRIVAL_MIN_SOC if scenario.sessions is None else 0.0
    return Stays(
        start=times.plug_in.astype(np.int32),
        end=times.departure.astype(np.int32),
        drive_kwh=reference.stays.drawn_kwh[times.order],
        drive_floor_kwh=drive_floor_soc * capacity_kwh,
        road_mad_kwh=(hold_mad_kwh * (times.arrival - before)).astype(np.float64),
        arrival_mad=price * costs.arrival_cost * capacity_kwh,
        arrival_mad_kwh=price * costs.arrival_slope + hold_mad_kwh * (times.plug_in - times.arrival),
        due_kwh=costs.due_soc * capacity_kwh,
        due_mad_kwh=price * costs.due_price,
        departure_mad_kwh=price * costs.departure_slope,
        gain_kwh=limits.gain[code] * capacity_kwh * is_charging,
        taper_gain=limits.taper_gain[code],
        charge_efficiency=efficiencies.charge[code],
        charge_efficiency_low=efficiencies.charge_low[code],
        give_kwh=give_kwh * is_charging * reference.allows_v2g,
        give_efficiency=efficiencies.give[code],
        give_efficiency_low=efficiencies.give_low[code],
        floor_kwh=scenario.reserve_soc * capacity_kwh,
    )


def make_due_energy(reference: ReferenceRun, times: StayTimes) -> DueEnergy:
    """Return what is due at the departures."""
    engine = reference.simulation.engine
    # A stay that had an EVSE at the start knows what its driver expects; all others can be computed.
    is_known = times.is_present & times.is_plugged & (times.plug_in == 0)
    known_soc = np.where(is_known, reference.initial_expected_soc[times.row], np.nan)
    return DueEnergy(engine.limits, times.code, times.length, times.is_plugged, times.is_closed, known_soc)


def find_arrival_socs(reference: ReferenceRun, times: StayTimes, capacity_kwh: Floats) -> tuple[Floats, Floats]:
    """Return the lowest and the highest SOC with which any strategy lets each vehicle arrive, both (s,)."""
    scenario, limits = reference.simulation.scenario, reference.simulation.engine.limits
    driven = reference.stays.drawn_kwh[times.order] / capacity_kwh
    floor = ARRIVAL_MIN_SOC if scenario.sessions is None else 0.0
    may_give = (limits.ratings.discharge_kw[times.code] > 0.0) & times.is_plugged & reference.allows_v2g
    n_steps = times.departure - times.plug_in
    lowest, highest = np.zeros(len(driven)), np.zeros(len(driven))
    first = np.flatnonzero(times.is_first)
    number = np.arange(len(driven)) - np.repeat(first, np.diff(times.first_stay))
    low = high = reference.initial_soc[times.row[first]]
    # All first stays, then all second ones: a vehicle has few.
    for k in range(int(number.max(initial=-1)) + 1):
        stays = np.flatnonzero(number == k)
        kept = np.searchsorted(first, stays, side="right") - 1
        lowest[stays] = _drive(low[kept], driven[stays], floor)
        highest[stays] = _drive(high[kept], driven[stays], floor)
        low, high = low.copy(), high.copy()
        gives = may_give[stays]
        low[kept] = np.where(gives, np.minimum(lowest[stays], scenario.reserve_soc), lowest[stays])
        reached = limits.compute_reachable_soc(highest[stays], times.code[stays], n_steps[stays])
        high[kept] = np.where(times.is_plugged[stays], np.clip(reached, highest[stays], 1.0), highest[stays])
    return lowest, highest


def _drive(soc: Floats, driven: Floats, floor: float) -> Floats:
    after = np.maximum(soc - driven, np.minimum(soc, floor))
    return np.where(driven >= 0.0, after, np.minimum(soc - driven, 1.0))


def make_bound_costs(reference: ReferenceRun, times: StayTimes, capacity_kwh: Floats) -> DueCosts:
    """Return costs of missing energy that no strategy is below."""
    due, usual_soc = make_due_energy(reference, times), reference.stays.soc_in[times.order]
    return bound_due_costs(due, usual_soc, *find_arrival_socs(reference, times, capacity_kwh))


def make_plan_costs(reference: ReferenceRun, times: StayTimes) -> DueCosts:
    """Return the costs of missing energy of vehicles that arrive as in the reference run.

    A vehicle that leaves after the run owes at its end what the departure guard would not have let it miss.
    """
    engine, due = reference.simulation.engine, make_due_energy(reference, times)
    usual_soc = reference.stays.soc_in[times.order]
    costs = expect_due_costs(due, usual_soc)
    if not engine.rules.departure_guard:
        return costs
    departure_step = engine.state.departure_step[times.row].astype(np.float64)
    hours_left = (departure_step - engine.clock) * engine.limits.timestep_h
    reached_soc = engine.limits.compute_reachable_soc(usual_soc, times.code, times.departure - times.plug_in)
    guarded_soc = np.clip(engine.limits.find_required_soc(hours_left, times.code), 0.0, reached_soc)
    is_open = times.is_plugged & ~times.is_closed
    return replace(
        costs,
        due_soc=np.where(is_open, guarded_soc, costs.due_soc),
        due_price=np.where(is_open, 1.0, costs.due_price),
    )


def sum_plugged_kw(times: StayTimes, power_kw: Floats, n_steps: int) -> Floats:
    """Return the sum of the ratings (s,) of the plugged-in vehicles, (steps,) [kW]."""
    begun_kw, ended_kw = (np.bincount(steps, power_kw, n_steps + 1) for steps in (times.plug_in, times.departure))
    changes = begun_kw - ended_kw
    return np.cumsum(changes)[:n_steps].astype(np.float64)
