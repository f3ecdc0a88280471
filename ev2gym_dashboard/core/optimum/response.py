"""Response: the exact answer of each vehicle to prices, by dynamic programming over the energy in its battery.

With Numba these functions are compiled; without it, the same code runs as Python, some hundred times slower.
"""

# One file, although it is long: Numba's cache looks at the file of the outermost function alone, and would keep using
# what was compiled from others after they have changed.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles

try:
    from numba import njit
except ImportError:

    def njit(**_options):
        """Return a decorator that leaves a function as it is."""
        return lambda function: function


MIN_WIDTH_KWH = 1e-12
"""Pieces of the cost that are narrower are rounding errors."""
MAX_TAPER_GAIN = 1.0 - 1e-9
"""A step that fills the battery at once would have no inverse."""
PIECES_PER_STEP = 4


class StepColumns(NamedTuple):
    """Thresholds of a vehicle by step, and the room to find them.

    Parameters
    ----------
    charge_below, give_above : (steps,) energy below which it charges, and above which it gives back [kWh]
    at_floor_mad : (steps + 1,) cost-to-go from the floor of V2G at the beginning of each step [MAD]
    cheapest, least : (steps + 1,) prices and costs of reaching the floor
    worth_mad_kwh : (steps,) what a kWh is worth that a step at full power charges above the floor last [MAD/kWh]
    """

    charge_below: Floats
    give_above: Floats
    at_floor_mad: Floats
    cheapest: Floats
    least: Floats
    worth_mad_kwh: Floats


@njit(nogil=True, cache=True)
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
    a, b, c = np.zeros(n_steps + 1), np.zeros(n_steps + 1), np.zeros(n_steps + 1)
    steps = StepColumns(np.zeros(n_steps), np.zeros(n_steps), a, b, c, np.zeros(n_steps))
    most = 0
    for vehicle in range(first, last):
        most = max(most, PIECES_PER_STEP * (n_steps + 4 * (first_stay[vehicle + 1] - first_stay[vehicle])) + 8)
    slope, width, slope_2, width_2 = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    value_mad = 0.0
    for vehicle in range(first, last):
        value_mad += weight[vehicle] * _find_thresholds(
            vehicle, vehicles, stays, prices, price_mad_kwh, steps, slope, width, slope_2, width_2
        )
        g, r = group[vehicle], row[vehicle]
        costs_mad[g] += weight[vehicle] * _follow_thresholds(
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


@njit(nogil=True, cache=True)
def _find_thresholds(vehicle, vehicles, stays, prices, price_mad_kwh, steps, slope, width, slope_2, width_2):
    """Go backwards through the stays of a vehicle; return its least cost, and write the thresholds of each step."""
    top, capacity = vehicles.top_kwh[vehicle], vehicles.capacity_kwh[vehicle]
    begin, end = vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]
    slope[0], width[0], size, empty_mad = vehicles.tail_mad_kwh[vehicle], top, 1, 0.0
    for stay in range(end - 1, begin - 1, -1):
        size, empty_mad = _add_due(slope, width, size, empty_mad, stay, stays, slope_2, width_2)
        size = _convexify(slope, width, size)
        # A vehicle above the floor of V2G never falls below it: the cost-to-go above it is convex by itself.
        floor = stays.floor_kwh[stay] if stays.give_kwh[stay] > 0.0 else 0.0
        give = stays.give_kwh[stay] if floor < top - MIN_WIDTH_KWH else 0.0
        floor = floor if give > 0.0 else 0.0
        size, at_floor_mad, floor_slope = _cut_below(slope, width, size, empty_mad, floor)
        steps.at_floor_mad[stays.end[stay]] = at_floor_mad
        for step in range(stays.end[stay] - 1, stays.start[stay] - 1, -1):
            if floor > 0.0:
                steps.worth_mad_kwh[step] = -_find_slope(slope, width, size, stays.gain_kwh[stay]) - prices.hold_mad_kwh
            size, at_floor_mad, below, above = _go_back_a_step(
                slope,
                width,
                size,
                at_floor_mad,
                stay,
                stays,
                prices,
                price_mad_kwh[step],
                give,
                top - floor,
                capacity - floor,
                slope_2,
                width_2,
            )
            steps.charge_below[step], steps.give_above[step] = floor + below, floor + above
            at_floor_mad += prices.hold_mad_kwh * floor
            steps.at_floor_mad[step] = at_floor_mad
        empty_mad = at_floor_mad
        if floor > 0.0:
            size, empty_mad = _add_below(
                slope, width, size, stay, stays, price_mad_kwh, steps, floor, floor_slope, slope_2, width_2
            )
        empty_mad += stays.arrival_mad[stay]
        for i in range(size):
            slope[i] += stays.arrival_mad_kwh[stay]
        size, empty_mad = _go_back_a_drive(slope, width, size, empty_mad, stay, stays, top, slope_2, width_2)
    left, cost_mad = vehicles.energy_kwh[vehicle], empty_mad
    for i in range(size):
        part = min(left, width[i])
        cost_mad += part * slope[i]
        left -= part
    return cost_mad


@njit(nogil=True, cache=True)
def _find_slope(slope, width, size, energy):
    """Return the slope at an energy above the lowest one, that of the last piece beyond the top."""
    i = 0
    while i < size - 1 and energy > width[i]:
        energy -= width[i]
        i += 1
    return slope[i]


@njit(nogil=True, cache=True)
def _cut_below(slope, width, size, empty_mad, floor):
    """Drop the pieces below a floor; return the size, the cost at the floor, and the slope of the last piece below."""
    if floor <= 0.0:
        return size, empty_mad, 0.0
    left, at_floor_mad, floor_slope, new_size = floor, empty_mad, slope[0], 0
    for i in range(size):
        below = min(left, width[i])
        if below > 0.0:
            at_floor_mad += below * slope[i]
            floor_slope = slope[i]
        left -= below
        if width[i] - below > MIN_WIDTH_KWH:
            slope[new_size], width[new_size] = slope[i], width[i] - below
            new_size += 1
    return new_size, at_floor_mad, floor_slope


@njit(nogil=True, cache=True)
def _price_charging(step, stay, stays, price_mad_kwh):
    """Return the price of a kWh that is charged into the battery in a step [MAD/kWh]."""
    price = price_mad_kwh[step]
    return price / (stays.charge_efficiency[stay] if price >= 0.0 else stays.charge_efficiency_low[stay])


@njit(nogil=True, cache=True)
def _add_below(slope, width, size, stay, stays, price_mad_kwh, steps, floor, floor_slope, slope_2, width_2):
    """Add the pieces below the floor of V2G at an arrival; return the size, and the cost of an empty battery.

    Below the floor a vehicle only charges. It reaches the floor in some step, for which the cheapest steps until then
    count, and goes on from there; or it leaves below the floor. Between the multiples of what a step charges, the least
    of these costs lies on a line or above it.
    """
    gain, start, end = stays.gain_kwh[stay], stays.start[stay], stays.end[stay]
    cells = min(int(np.ceil(floor / gain)), end - start) if gain > 0.0 else 0
    cheapest, least = steps.cheapest, steps.least
    least[0] = steps.at_floor_mad[start]
    for k in range(1, cells + 1):
        least[k] = np.inf
    n_cheapest = 0
    for step in range(start, end):
        # The step that reaches the floor has less left for what comes above it: there it costs what a kWh is worth.
        price = _price_charging(step, stay, stays, price_mad_kwh)
        worth = max(price, steps.worth_mad_kwh[step])
        cost = steps.at_floor_mad[step]
        for k in range(min(n_cheapest + 1, cells)):
            last = min(cheapest[k], worth) if k < n_cheapest else worth
            least[k + 1] = min(least[k + 1], cost + gain * last)
            cost += gain * cheapest[k]
        n_cheapest = _insert_cheapest(cheapest, n_cheapest, cells, price)
    for k in range(1, cells + 1):
        # Who leaves below the floor charges while that is cheaper than what is missing.
        cost = steps.at_floor_mad[end] - floor_slope * gain * k
        for j in range(min(k, n_cheapest)):
            cost += min(gain * (cheapest[j] + floor_slope), 0.0)
        least[k] = min(least[k], cost)
    # Beyond what all steps of the stay charge, a kWh less at the arrival is one less at the departure.
    new_size, rest = 0, floor - cells * gain
    empty_mad = least[cells]
    if rest > MIN_WIDTH_KWH:
        empty_mad -= floor_slope * rest
        slope_2[0], width_2[0], new_size = floor_slope, rest, 1
    for k in range(cells, 0, -1):
        part = gain + min(rest, 0.0) if k == cells else gain
        if part > MIN_WIDTH_KWH:
            slope_2[new_size], width_2[new_size] = (least[k - 1] - least[k]) / gain, part
            new_size += 1
    if rest < 0.0 and cells > 0:
        empty_mad += (least[cells - 1] - least[cells]) / gain * -rest
    slope_2[new_size : new_size + size], width_2[new_size : new_size + size] = slope[:size], width[:size]
    slope[: new_size + size], width[: new_size + size] = slope_2[: new_size + size], width_2[: new_size + size]
    return new_size + size, empty_mad


@njit(nogil=True, cache=True)
def _insert_cheapest(cheapest, size, most, price):
    """Insert a price into the cheapest ones, which rise; return their number."""
    if most == 0 or (size == most and price >= cheapest[size - 1]):
        return size
    i = size if size < most else size - 1
    while i > 0 and cheapest[i - 1] > price:
        cheapest[i] = cheapest[i - 1]
        i -= 1
    cheapest[i] = price
    return min(size + 1, most)


@njit(nogil=True, cache=True)
def _plan_rise(stay, stays, price_mad_kwh, steps, floor, energy):
    """Set the thresholds of a vehicle that arrives below the floor of V2G: the cheapest steps until the best one."""
    gain, start, end = stays.gain_kwh[stay], stays.start[stay], stays.end[stay]
    if gain <= 0.0:
        return
    needed = (floor - energy) / gain
    cells = min(int(np.ceil(needed - 1e-9)), end - start)
    cheapest, n_cheapest = steps.cheapest, 0
    best, best_step, dearest = np.inf, end, np.inf
    for step in range(start, end):
        n_cheapest = _insert_cheapest(cheapest, n_cheapest, cells, _price_charging(step, stay, stays, price_mad_kwh))
        if n_cheapest < cells:
            continue
        cost = steps.at_floor_mad[step + 1]
        for k in range(cells):
            cost += gain * min(needed - k, 1.0) * cheapest[k]
        if cost < best:
            best, best_step, dearest = cost, step + 1, cheapest[cells - 1]
    n_ties = cells
    for step in range(start, best_step):
        n_ties -= _price_charging(step, stay, stays, price_mad_kwh) < dearest
    n_left = cells
    for step in range(start, best_step):
        price = _price_charging(step, stay, stays, price_mad_kwh)
        is_tie = price == dearest and n_ties > 0
        n_ties -= is_tie
        is_chosen = price < dearest or is_tie
        n_left -= is_chosen
        if not is_chosen:
            steps.charge_below[step] = 0.0
        elif n_left > 0:
            # The last chosen step reaches the floor, and goes on from there as its own threshold says.
            steps.charge_below[step] = floor


@njit(nogil=True, cache=True)
def _add_due(slope, width, size, empty_mad, stay, stays, slope_2, width_2):
    """Add the costs at a departure: the price of what is missing to the energy due, and a linear one."""
    due, price, linear = stays.due_kwh[stay], stays.due_mad_kwh[stay], stays.departure_mad_kwh[stay]
    new_size, below = 0, due
    for i in range(size):
        part = min(max(below, 0.0), width[i])
        if part > MIN_WIDTH_KWH:
            slope_2[new_size], width_2[new_size] = slope[i] - price + linear, part
            new_size += 1
        if width[i] - part > MIN_WIDTH_KWH:
            slope_2[new_size], width_2[new_size] = slope[i] + linear, width[i] - part
            new_size += 1
        below -= part
    slope[:new_size], width[:new_size] = slope_2[:new_size], width_2[:new_size]
    return new_size, empty_mad + price * due


@njit(nogil=True, cache=True)
def _convexify(slope, width, size):
    """Merge neighbouring pieces until the slopes rise: the convex envelope, in place."""
    new_size = 0
    for i in range(size):
        new_size = _append(slope, width, new_size, slope[i], width[i])
    return new_size


@njit(nogil=True, cache=True)
def _append(slope, width, size, new_slope, new_width):
    """Append a piece; pieces whose slope is not below it become one with it."""
    while size > 0 and slope[size - 1] >= new_slope:
        size -= 1
        total = width[size] + new_width
        new_slope += (slope[size] - new_slope) * (width[size] / total)
        new_width = total
    slope[size], width[size] = new_slope, new_width
    return size + 1


@njit(nogil=True, cache=True)
def _go_back_a_step(slope, width, size, empty_mad, stay, stays, prices, price, give, top, capacity, slope_2, width_2):
    """Go back over a step: insert the pieces of charging and V2G; return size, cost when empty, and thresholds."""
    gain = stays.gain_kwh[stay]
    # What is bought at a negative price is bought with the worst efficiency: that is paid for most.
    charge_efficiency = stays.charge_efficiency[stay] if price >= 0.0 else stays.charge_efficiency_low[stay]
    earned = price - prices.wear_mad_kwh
    give_efficiency = stays.give_efficiency[stay] if earned >= 0.0 else stays.give_efficiency_low[stay]
    charge_slope, give_slope = -price / charge_efficiency, -earned * give_efficiency
    if prices.hold_mad_kwh != 0.0:
        for i in range(size):
            slope[i] += prices.hold_mad_kwh
    low, below = 0.0, 0.0
    if gain > 0.0:
        new_size, low, below = _insert_charging(
            slope, width, size, charge_slope, gain, stays.taper_gain[stay], capacity, slope_2, width_2
        )
        empty_mad += charge_slope * low
    else:
        new_size = size
        slope_2[:size], width_2[:size] = slope[:size], width[:size]
    size, empty_mad, above = _insert_v2g(
        slope_2, width_2, new_size, low, empty_mad, give_slope, give, top, slope, width
    )
    return size, empty_mad, below, above


@njit(nogil=True, cache=True)
def _insert_charging(slope, width, size, charge_slope, gain, taper_gain, capacity, slope_2, width_2):
    """Insert the piece of charging; return the size, the new lower end (below 0), and the threshold.

    A step takes the energy e to ``min(e + gain, e + taper_gain (capacity - e))`` at most. Pieces that are worth
    charging into move by that: below the kink as they are, above it stretched, as a kWh more before the step is less
    after it.
    """
    taper_gain = min(taper_gain, MAX_TAPER_GAIN)
    left = 1.0 - taper_gain
    kink = capacity - gain / taper_gain + gain
    low = -gain if kink >= 0.0 else capacity - capacity / left
    new_size, i, energy = 0, 0, 0.0
    while i < size and slope[i] < charge_slope:
        straight = min(max(kink - energy, 0.0), width[i])
        if straight > 0.0:
            slope_2[new_size], width_2[new_size] = slope[i], straight
            new_size += 1
        tapered = width[i] - straight
        if tapered > 0.0:
            slope_2[new_size] = left * slope[i] + taper_gain * charge_slope
            width_2[new_size] = tapered / left
            new_size += 1
        energy += width[i]
        i += 1
    before = energy - gain if energy <= kink else capacity - (capacity - energy) / left
    slope_2[new_size], width_2[new_size] = charge_slope, max(energy - before, 0.0)
    new_size += 1
    for j in range(i, size):
        slope_2[new_size], width_2[new_size] = slope[j], width[j]
        new_size += 1
    return new_size, low, energy


@njit(nogil=True, cache=True)
def _insert_v2g(slope_2, width_2, size_2, low, empty_mad, give_slope, give, top, slope, width):
    """Cut to the range from 0 to the top, and insert the piece of V2G; return also the threshold."""
    is_inserted, size, length, position, above = give <= 0.0, 0, 0.0, low, top
    for i in range(size_2):
        begin, end = position, position + width_2[i]
        position = end
        if begin < 0.0:
            cut = min(end, 0.0) - begin
            empty_mad += slope_2[i] * cut
            begin += cut
        if not is_inserted and end > begin and slope_2[i] >= give_slope:
            above, is_inserted = begin, True
            part = min(give, top - length)
            if part > MIN_WIDTH_KWH:
                size = _append(slope, width, size, give_slope, part)
                length += part
        part = min(end - begin, top - length)
        if part > MIN_WIDTH_KWH:
            size = _append(slope, width, size, slope_2[i], part)
            length += part
    if top - length > MIN_WIDTH_KWH:
        size = _append(slope, width, size, give_slope if give > 0.0 else slope[size - 1], top - length)
    return size, empty_mad, above


@njit(nogil=True, cache=True)
def _go_back_a_drive(slope, width, size, empty_mad, stay, stays, top, slope_2, width_2):
    """Go back over a drive, which takes energy, but not below its floor, or adds energy, but not above the top."""
    drive, floor, road = stays.drive_kwh[stay], stays.drive_floor_kwh[stay], stays.road_mad_kwh[stay]
    if drive == 0.0:
        if road != 0.0:
            for i in range(size):
                slope[i] += road
        return size, empty_mad
    new_size, position, length = 0, 0.0, 0.0
    for i in range(size):
        begin, end = position, position + width[i]
        position = end
        if drive < 0.0:
            # Energy below what was charged elsewhere is never reached.
            cut = min(max(-drive - begin, 0.0), end - begin)
            empty_mad += cut * slope[i]
            begin += cut
        elif begin <= floor < end:
            new_size, length = _push(slope_2, width_2, new_size, length, slope[i] + road, floor - begin, top)
            new_size, length = _push(slope_2, width_2, new_size, length, road, drive, top)
            begin = floor
        new_size, length = _push(slope_2, width_2, new_size, length, slope[i] + road, end - begin, top)
    new_size, length = _push(slope_2, width_2, new_size, length, road, top - length, top)
    slope[:new_size], width[:new_size] = slope_2[:new_size], width_2[:new_size]
    return new_size, empty_mad


@njit(nogil=True, cache=True)
def _push(slope, width, size, length, new_slope, new_width, top):
    """Append a piece as it is, up to the top."""
    part = min(new_width, top - length)
    if part <= MIN_WIDTH_KWH:
        return size, length
    slope[size], width[size] = new_slope, part
    return size + 1, length + part


@njit(nogil=True, cache=True)
def _follow_thresholds(vehicle, vehicles, stays, prices, price_mad_kwh, steps, load_kw, plan_kw, plan_kwh, share):
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
