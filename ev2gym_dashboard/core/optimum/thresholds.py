"""Thresholds, compiled: the cost-to-go of a vehicle, back through its stays, and where a step charges or gives back."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.compiler import compile_inner_kernel
from ev2gym_dashboard.core.optimum.pieces import (
    MIN_WIDTH_KWH,
    convexify,
    copy_pieces,
    cut_below,
    find_slope,
    insert_charging,
    insert_v2g,
    push_piece,
)


class StepColumns(NamedTuple):
    """Thresholds of a vehicle by step, and the room to find them.

    Parameters
    ----------
    charge_below, give_above : (steps,) energy below which it charges, and above which it gives back [kWh]
    at_floor_mad : (steps + 1,) cost-to-go from the floor of V2G at the beginning of each step [MAD]
    cheapest, least : (steps + 1,) prices and costs of reaching the floor
    below_mad_kwh : (steps + 1,) slope of the cost-to-go below the floor of V2G at the end of a stay [MAD/kWh]
    worth_mad_kwh : (steps,) what a kWh is worth that a step at full power charges above the floor last [MAD/kWh]
    """

    charge_below: Floats
    give_above: Floats
    at_floor_mad: Floats
    cheapest: Floats
    least: Floats
    below_mad_kwh: Floats
    worth_mad_kwh: Floats


@compile_inner_kernel
def find_thresholds(vehicle, vehicles, stays, prices, price_mad_kwh, steps, slope, width, slope_2, width_2):
    """Go backwards through the stays of a vehicle; return its least cost, and write the thresholds of each step."""
    top, capacity = vehicles.top_kwh[vehicle], vehicles.capacity_kwh[vehicle]
    begin, end = vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]
    slope[0], width[0], size, empty_mad = vehicles.tail_mad_kwh[vehicle], top, 1, 0.0
    for stay in range(end - 1, begin - 1, -1):
        size, empty_mad = _add_due(slope, width, size, empty_mad, stay, stays, slope_2, width_2)
        size = convexify(slope, width, size)
        # A vehicle above the floor of V2G never falls below it: the cost-to-go above it is convex by itself.
        floor = stays.floor_kwh[stay] if stays.give_kwh[stay] > 0.0 else 0.0
        give = stays.give_kwh[stay] if floor < top - MIN_WIDTH_KWH else 0.0
        floor = floor if give > 0.0 else 0.0
        size, at_floor_mad, floor_slope = cut_below(slope, width, size, empty_mad, floor)
        steps.at_floor_mad[stays.end[stay]], steps.below_mad_kwh[stays.end[stay]] = at_floor_mad, floor_slope
        for step in range(stays.end[stay] - 1, stays.start[stay] - 1, -1):
            if floor > 0.0:
                steps.worth_mad_kwh[step] = -find_slope(slope, width, size, stays.gain_kwh[stay]) - prices.hold_mad_kwh
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


@compile_inner_kernel
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
        new_size, low, below = insert_charging(
            slope, width, size, charge_slope, gain, stays.taper_gain[stay], capacity, slope_2, width_2
        )
        empty_mad += charge_slope * low
    else:
        new_size = size
        copy_pieces(slope, width, size, slope_2, width_2, 0)
    size, empty_mad, above = insert_v2g(slope_2, width_2, new_size, low, empty_mad, give_slope, give, top, slope, width)
    return size, empty_mad, below, above


@compile_inner_kernel
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
            new_size, length = push_piece(slope_2, width_2, new_size, length, slope[i] + road, floor - begin, top)
            new_size, length = push_piece(slope_2, width_2, new_size, length, road, drive, top)
            begin = floor
        new_size, length = push_piece(slope_2, width_2, new_size, length, slope[i] + road, end - begin, top)
    new_size, length = push_piece(slope_2, width_2, new_size, length, road, top - length, top)
    copy_pieces(slope_2, width_2, new_size, slope, width, 0)
    return new_size, empty_mad


@compile_inner_kernel
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
    copy_pieces(slope_2, width_2, new_size, slope, width, 0)
    return new_size, empty_mad + price * due


@compile_inner_kernel
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
        price = price_charging(step, stay, stays, price_mad_kwh)
        worth = max(price, steps.worth_mad_kwh[step])
        cost = steps.at_floor_mad[step]
        for k in range(min(n_cheapest + 1, cells)):
            last = min(cheapest[k], worth) if k < n_cheapest else worth
            least[k + 1] = min(least[k + 1], cost + gain * last)
            cost += gain * cheapest[k]
        n_cheapest = insert_cheapest(cheapest, n_cheapest, cells, price)
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
    copy_pieces(slope, width, size, slope_2, width_2, new_size)
    copy_pieces(slope_2, width_2, new_size + size, slope, width, 0)
    return new_size + size, empty_mad


@compile_inner_kernel
def price_charging(step, stay, stays, price_mad_kwh):
    """Return the price of a kWh that is charged into the battery in a step [MAD/kWh]."""
    price = price_mad_kwh[step]
    return price / (stays.charge_efficiency[stay] if price >= 0.0 else stays.charge_efficiency_low[stay])


@compile_inner_kernel
def insert_cheapest(cheapest, size, most, price):
    """Insert a price into the cheapest ones, which rise; return their number."""
    if most == 0 or (size == most and price >= cheapest[size - 1]):
        return size
    i = size if size < most else size - 1
    while i > 0 and cheapest[i - 1] > price:
        cheapest[i] = cheapest[i - 1]
        i -= 1
    cheapest[i] = price
    return min(size + 1, most)
