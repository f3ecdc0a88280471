"""Exchange: vehicles that swap the power of two steps, so that the load of the site and all energies stay the same."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.compiler import compile_inner_kernel, compile_kernel
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles

ROUNDING_KW = 1e-6
"""Power up to which a vehicle is idle: mixtures of answers leave rounding errors."""
CHANGE_SCORE = 1_000_000
"""Score of a change of mode: above any sum of squares of the lengths of blocks."""
NO_ROOM = -1_000_000_000
"""Score of a move for which a step has no room: below that of any other."""
MAX_PARTNERS = 400
"""Vehicles that are tried as partners of a swap: where hundreds cannot take part, others rarely can."""


@compile_kernel
def join_blocks(vehicles, stays, prices, power_kw, energy_kwh, max_passes):
    """Swap power between vehicles, in place, so that they change their modes less often.

    Parameters
    ----------
    vehicles, stays, prices : `Vehicles`, `Stays`, `Prices`
    power_kw, energy_kwh : (fleet, steps) power [kW], and energy after each step [kWh]
    max_passes : passes over all vehicles at most

    Returns
    -------
    Number of swaps

    Notes
    -----
    A vehicle gives all its power of a step to a partner, which gives it as much in another step, in which both are
    plugged in. Each keeps its energy at the departure, and each step its load: the cost stays the same, but for the
    calendar wear where efficiencies differ. A swap is made if the vehicle has fewer changes, or longer blocks beside
    shorter ones with as many, and both together do not lose that again.
    """
    vehicles, stays, prices = Vehicles(*vehicles), Stays(*stays), Prices(*prices)
    n_vehicles, n_steps = len(vehicles.row), power_kw.shape[1]
    stay_at = locate_stays(vehicles, stays, n_vehicles, n_steps)
    n_swaps = 0
    for _ in range(max_passes):
        n_before = n_swaps
        for vehicle in range(n_vehicles):
            for step in range(n_steps):
                if stay_at[vehicle, step] >= 0 and _find_mode(power_kw[vehicles.row[vehicle], step]) != 0:
                    n_swaps += _move_step(vehicle, step, vehicles, stays, prices, power_kw, energy_kwh, stay_at)
        if n_swaps == n_before:
            break
    return n_swaps


@compile_kernel
def locate_stays(vehicles, stays, n_vehicles, n_steps):
    """Return the stay in which each vehicle can charge in each step, (vehicles, steps); -1 for none."""
    stay_at = np.full((n_vehicles, n_steps), -1, np.int32)
    for vehicle in range(n_vehicles):
        for stay in range(vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]):
            stay_at[vehicle, stays.start[stay] : stays.end[stay]] = stay
    return stay_at


@compile_inner_kernel
def _move_step(vehicle, step, vehicles, stays, prices, power_kw, energy_kwh, stay_at):
    """Move the power of a vehicle in a step to a better one, if a partner takes its place; return the swaps."""
    row, stay = vehicles.row[vehicle], stay_at[vehicle, step]
    moved_kw = power_kw[row, step]
    for target in range(stays.start[stay], stays.end[stay]):
        score = _score_move(row, stay, step, target, moved_kw, stays, prices, power_kw)
        if score <= 0 or not _is_feasible(
            vehicle, stay, step, target, moved_kw, vehicles, stays, prices, power_kw, energy_kwh
        ):
            continue
        partner = _find_partner(
            vehicle, step, target, moved_kw, score, vehicles, stays, prices, power_kw, energy_kwh, stay_at
        )
        if partner >= 0:
            other_row, other_stay = vehicles.row[partner], stay_at[partner, step]
            _move(row, stay, step, target, moved_kw, stays, prices, power_kw, energy_kwh)
            _move(other_row, other_stay, target, step, moved_kw, stays, prices, power_kw, energy_kwh)
            return 1
    return 0


@compile_inner_kernel
def _find_partner(vehicle, step, target, moved_kw, score, vehicles, stays, prices, power_kw, energy_kwh, stay_at):
    """Return a vehicle that can move as much the other way and loses less than the score; -1 for none."""
    n_vehicles = len(vehicles.row)
    for k in range(1, min(n_vehicles, MAX_PARTNERS + 1)):
        partner = (vehicle + k) % n_vehicles
        row, stay = vehicles.row[partner], stay_at[partner, target]
        if stay < 0 or stay != stay_at[partner, step]:
            continue
        given_kw = power_kw[row, target]
        if given_kw * moved_kw <= 0.0 or abs(given_kw) < abs(moved_kw):
            continue
        lost = _score_move(row, stay, target, step, moved_kw, stays, prices, power_kw)
        if score + lost > 0 and _is_feasible(
            partner, stay, target, step, moved_kw, vehicles, stays, prices, power_kw, energy_kwh
        ):
            return partner
    return -1


@compile_inner_kernel
def _has_room(row, stay, step, moved_kw, stays, prices, power_kw):
    """Return whether a vehicle can take power in a step on top of its own, in the same direction."""
    present_kw = power_kw[row, step]
    if moved_kw > 0.0:
        rating_kw = stays.gain_kwh[stay] / (stays.charge_efficiency[stay] * prices.timestep_h)
        return present_kw >= -ROUNDING_KW and present_kw + moved_kw <= rating_kw + ROUNDING_KW
    rating_kw = stays.give_kwh[stay] * stays.give_efficiency[stay] / prices.timestep_h
    return present_kw <= ROUNDING_KW and present_kw + moved_kw >= -rating_kw - ROUNDING_KW


@compile_inner_kernel
def _find_mode(power_kw):
    return 1 if power_kw > ROUNDING_KW else (-1 if power_kw < -ROUNDING_KW else 0)


@compile_inner_kernel
def _score_move(row, stay, source, target, moved_kw, stays, prices, power_kw):
    """Return the score of a vehicle whose power moves to another step, beyond that without the move."""
    if source == target or not _has_room(row, stay, target, moved_kw, stays, prices, power_kw):
        return NO_ROOM
    source_kw, target_kw = power_kw[row, source], power_kw[row, target]
    before = _score_modes(row, stay, stays, power_kw)
    power_kw[row, source], power_kw[row, target] = source_kw - moved_kw, target_kw + moved_kw
    after = _score_modes(row, stay, stays, power_kw)
    # Set back to the bit, which adding and subtracting would not.
    power_kw[row, source], power_kw[row, target] = source_kw, target_kw
    return after - before


@compile_inner_kernel
def _score_modes(row, stay, stays, power_kw):
    """Return the score of a stay: few changes of mode and, with as many, long blocks beside short ones."""
    score, length, mode = 0, 0, _find_mode(power_kw[row, stays.start[stay]])
    for k in range(stays.start[stay], stays.end[stay]):
        now = _find_mode(power_kw[row, k])
        if now != mode:
            score -= CHANGE_SCORE
            if mode != 0:
                score += length * length
            mode, length = now, 0
        length += 1
    return score + (length * length if mode != 0 else 0)


@compile_inner_kernel
def _find_shift_kwh(stay, source, target, moved_kw, stays, prices):
    """Return by how much the battery holds more between two steps if power moves from one to the other [kWh]."""
    efficiency = stays.charge_efficiency[stay] if moved_kw > 0.0 else 1.0 / stays.give_efficiency[stay]
    moved_kwh = moved_kw * efficiency * prices.timestep_h
    return moved_kwh if target < source else -moved_kwh


@compile_inner_kernel
def _is_feasible(vehicle, stay, source, target, moved_kw, vehicles, stays, prices, power_kw, energy_kwh):
    """Return whether battery, taper and floor of V2G allow that power moves from one step to another."""
    row, capacity, floor = vehicles.row[vehicle], vehicles.capacity_kwh[vehicle], stays.floor_kwh[stay]
    shift = _find_shift_kwh(stay, source, target, moved_kw, stays, prices)
    low, high = min(source, target), max(source, target)
    for k in range(low, high + 1):
        after = energy_kwh[row, k] + (shift if k < high else 0.0)
        power = power_kw[row, k] - (moved_kw if k == source else 0.0) + (moved_kw if k == target else 0.0)
        if power > ROUNDING_KW:
            gain = power * stays.charge_efficiency[stay] * prices.timestep_h
            # What the taper leaves of the distance to full, from the energy before the step.
            if gain > (capacity - after + gain) * stays.taper_gain[stay] + ROUNDING_KW:
                return False
        elif power < -ROUNDING_KW and after < floor - ROUNDING_KW:
            return False
        if shift > 0.0 and after > vehicles.top_kwh[vehicle] + ROUNDING_KW:
            return False
    return True


@compile_inner_kernel
def _move(row, stay, source, target, moved_kw, stays, prices, power_kw, energy_kwh):
    shift = _find_shift_kwh(stay, source, target, moved_kw, stays, prices)
    for k in range(min(source, target), max(source, target)):
        energy_kwh[row, k] += shift
    power_kw[row, source] = _drop_rest(power_kw[row, source] - moved_kw)
    power_kw[row, target] = _drop_rest(power_kw[row, target] + moved_kw)


@compile_inner_kernel
def _drop_rest(power_kw):
    # A rest of rounding would be a mode of its own to the engine.
    return power_kw if _find_mode(power_kw) != 0 else 0.0
