"""Response: the exact answer of each vehicle to prices, by dynamic programming over the energy in its battery."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.compiler import compile_inner_kernel, compile_kernel
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles
from ev2gym_dashboard.core.optimum.pieces import MIN_WIDTH_KWH
from ev2gym_dashboard.core.optimum.thresholds import StepColumns, find_thresholds, insert_cheapest, price_charging

PIECES_PER_STEP = 4


@compile_kernel
def answer_prices(vehicles, stays, prices, price_mad_kwh, first, last, mix, profiles_kw, costs_mad, plan_kw, plan_kwh):
    """Return the least cost of some vehicles at some prices; add up their loads, costs and plans.

    Parameters
    ----------
    vehicles, stays, prices : `Vehicles`, `Stays`, `Prices`
    price_mad_kwh : (steps,) price of a kWh at the EVSE [MAD/kWh]
    first, last : vehicles ``first:last`` are answered
    mix : (groups,) share of this answer in the plan
    profiles_kw : (groups, steps) loads, to which the answers are added [kW]
    costs_mad : (groups,) costs of the vehicles but for their energy, to which those of the answers are added [MAD]
    plan_kw, plan_kwh : (fleet, steps) plans of power and of energy after each step, to which the shares are added;
        (0, steps) without a plan

    Returns
    -------
    Lower bound of the cost of these vehicles, with their energy [MAD]; it is the cost of their answers, unless an
    arrival or the floor of V2G makes the problem not convex

    Notes
    -----
    The cost-to-go is convex and piecewise linear in the energy: it is kept as slopes that rise, with their widths,
    and the cost of an empty battery. Backwards, a step inserts a piece for charging and one for V2G where their slopes
    belong; these places are the two thresholds of the step: the vehicle charges below the one and gives back above the
    other. Under negative prices both may pay in one step, which no vehicle can do: that is a lower bound still. Where a
    step or a drive makes it not convex, its convex envelope goes on, which is a lower bound too.
    """
    vehicles, stays, prices = Vehicles(*vehicles), Stays(*stays), Prices(*prices)
    first_stay, weight, group, row = vehicles.first_stay, vehicles.weight, vehicles.group, vehicles.row
    n_steps = len(price_mad_kwh)
    # A step more: the end of the run has a cost-to-go as well.
    a, b, c, d = np.zeros(n_steps + 1), np.zeros(n_steps + 1), np.zeros(n_steps + 1), np.zeros(n_steps + 1)
    steps = StepColumns(np.zeros(n_steps), np.zeros(n_steps), a, b, c, d, np.zeros(n_steps))
    most = 0
    for vehicle in range(first, last):
        most = max(most, PIECES_PER_STEP * (n_steps + 4 * (first_stay[vehicle + 1] - first_stay[vehicle])) + 8)
    slope, width, slope_2, width_2 = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    value_mad = 0.0
    for vehicle in range(first, last):
        value_mad += weight[vehicle] * find_thresholds(
            vehicle, vehicles, stays, prices, price_mad_kwh, steps, slope, width, slope_2, width_2
        )
        g, r = group[vehicle], row[vehicle]
        costs_mad[g] += weight[vehicle] * follow_thresholds(
            vehicle,
            vehicles,
            stays,
            prices,
            price_mad_kwh,
            steps,
            profiles_kw[g],
            plan_kw[r] if len(plan_kw) else plan_kw[:0].ravel(),
            plan_kwh[r] if len(plan_kwh) else plan_kwh[:0].ravel(),
            mix[g],
        )
    return value_mad


@compile_inner_kernel
def _plan_rise(stay, stays, price_mad_kwh, steps, floor, energy):
    """Set the thresholds of a vehicle that arrives below the floor of V2G.

    It charges in the cheapest steps until the best one to reach the floor in, or leaves below the floor, if what it
    would have to charge for that is dearer than it is worth at the departure.
    """
    gain, start, end = stays.gain_kwh[stay], stays.start[stay], stays.end[stay]
    if gain <= 0.0:
        return
    needed = (floor - energy) / gain
    n_needed = int(np.ceil(needed - 1e-9))
    cells = min(n_needed, end - start)
    cheapest, n_cheapest = steps.cheapest, 0
    best, best_step, dearest = np.inf, end, np.inf
    for step in range(start, end):
        n_cheapest = insert_cheapest(cheapest, n_cheapest, cells, price_charging(step, stay, stays, price_mad_kwh))
        cost = steps.at_floor_mad[step + 1] + gain * _sum_cheapest(cheapest, cells, needed, np.inf)
        if n_cheapest == n_needed and cost < best:
            best, best_step, dearest = cost, step + 1, cheapest[cells - 1]
    worth = -steps.below_mad_kwh[end]
    if steps.at_floor_mad[end] + gain * _sum_cheapest(cheapest, cells, needed, worth) < best:
        best_step, dearest = end, min(cheapest[cells - 1], worth)
    _choose_steps(stay, stays, price_mad_kwh, steps.charge_below, start, best_step, cells, dearest, floor)


@compile_inner_kernel
def _sum_cheapest(cheapest, size, needed, worth):
    """Return the sum of the cheapest prices for some steps, the last one in part; none is above what it is worth."""
    total, n_needed = 0.0, int(np.ceil(needed - 1e-9))
    for k in range(n_needed):
        if k >= size and worth == np.inf:
            return np.inf
        price = min(cheapest[k], worth) if k < size else worth
        total += min(needed - k, 1.0) * price
    return total


@compile_inner_kernel
def _choose_steps(stay, stays, price_mad_kwh, charge_below, start, end, cells, dearest, floor):
    """Let a vehicle charge to the floor in some of the steps whose price is at most the dearest, and in no others."""
    n_ties = cells
    for step in range(start, end):
        n_ties -= price_charging(step, stay, stays, price_mad_kwh) < dearest
    n_left = cells
    for step in range(start, end):
        price = price_charging(step, stay, stays, price_mad_kwh)
        is_tie = price == dearest and n_ties > 0
        n_ties -= is_tie
        is_chosen = price < dearest or is_tie
        n_left -= is_chosen
        if not is_chosen:
            charge_below[step] = 0.0
        elif n_left > 0:
            # The last chosen step reaches the floor, and goes on from there as its own threshold says.
            charge_below[step] = floor


@compile_inner_kernel
def follow_thresholds(vehicle, vehicles, stays, prices, price_mad_kwh, steps, load_kw, plan_kw, plan_kwh, share):
    """Go forwards through the stays of a vehicle by its thresholds; return its cost but for its energy."""
    capacity, weight = vehicles.capacity_kwh[vehicle], vehicles.weight[vehicle]
    energy, cost_mad, timestep_h = vehicles.energy_kwh[vehicle], 0.0, prices.timestep_h
    for stay in range(vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]):
        cost_mad += stays.road_mad_kwh[stay] * energy
        drive, drive_floor = stays.drive_kwh[stay], stays.drive_floor_kwh[stay]
        energy = max(energy - drive, min(energy, drive_floor)) if drive >= 0.0 else min(energy - drive, capacity)
        cost_mad += stays.arrival_mad[stay] + stays.arrival_mad_kwh[stay] * energy
        gain, taper_gain, floor = stays.gain_kwh[stay], stays.taper_gain[stay], stays.floor_kwh[stay]
        charge_efficiency, give_efficiency = stays.charge_efficiency[stay], stays.give_efficiency[stay]
        if stays.give_kwh[stay] > 0.0 and energy < floor < vehicles.top_kwh[vehicle] - MIN_WIDTH_KWH:
            _plan_rise(stay, stays, price_mad_kwh, steps, floor, energy)
        for step in range(stays.start[stay], stays.end[stay]):
            give, power_kw, after = stays.give_kwh[stay], 0.0, energy
            if energy < steps.charge_below[step]:
                most = max(energy + min(gain, (capacity - energy) * taper_gain), energy)
                after = min(steps.charge_below[step], most)
                power_kw = (after - energy) / (charge_efficiency * timestep_h)
            elif energy > steps.give_above[step] and give > 0.0 and energy > floor:
                after = min(max(steps.give_above[step], energy - give), energy)
                power_kw = (after - energy) * give_efficiency / timestep_h
                cost_mad -= prices.wear_mad_kwh * power_kw * timestep_h
            load_kw[step] += weight * power_kw
            energy = after
            cost_mad += prices.hold_mad_kwh * energy
            if share > 0.0 and len(plan_kw):
                plan_kw[step] += share * power_kw
                plan_kwh[step] += share * energy
        cost_mad += stays.due_mad_kwh[stay] * max(stays.due_kwh[stay] - energy, 0.0)
        cost_mad += stays.departure_mad_kwh[stay] * energy
    return cost_mad + vehicles.tail_mad_kwh[vehicle] * energy
