"""Flexibility: the constant change of its power that a fleet can promise for a time, from what it knows then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.dispatch import PluggedVehicles, dispatch_vehicles, make_step_view
from ev2gym_dashboard.core.control.following import find_power_range, follow_setpoint
from ev2gym_dashboard.core.control.memory import Memory
from ev2gym_dashboard.core.control.step import Step

UP, DOWN = 1.0, -1.0
"""Signs of the directions: more import, and less of it or export."""
N_HALVINGS = 7
FOLLOWED_SHARE = 0.01
"""Deviation, as a share of the promised change, up to which it counts as kept; a promise is made with half of it."""
FOLLOWED_KW = 1e-3


@dataclass(frozen=True, eq=False)
class FleetAhead:
    """A fleet at the start of a promise.

    Parameters
    ----------
    plugged : the plugged-in vehicles that stay for the first step, n of them
    step : inputs of their decisions, whose strategy does not matter
    own_kw : their net power without the promise, in the coming steps, (k,) [kW]
    room_up_kw, room_down_kw : change that the connection leaves in the coming steps, (k,), both >= 0 [kW]
    """

    plugged: PluggedVehicles
    step: Step
    own_kw: Floats
    room_up_kw: Floats
    room_down_kw: Floats


def find_promises_kw(fleet: FleetAhead, n_steps: Sequence[int], direction: float) -> Floats:
    """Return the largest constant change of its power that a fleet can keep for some times.

    Parameters
    ----------
    fleet : the fleet at the start
    n_steps : lengths, rising, each at most k
    direction : `UP` or `DOWN`

    Returns
    -------
    (lengths,) change of the net power, >= 0, which falls with the length [kW]

    Notes
    -----
    A change can be kept if vehicles that follow it by `follow_setpoint`, with their batteries and departure guard, take
    that power in each step. What is possible for a time is so for a shorter one: bisection finds the largest one,
    between 0 and what the first step and the connection allow.
    """
    promises_kw = np.zeros(len(n_steps))
    most_kw = _find_first_change(fleet, direction)
    for i, n in enumerate(n_steps):
        room_kw = (fleet.room_up_kw if direction > 0.0 else fleet.room_down_kw)[:n]
        most_kw = max(min(most_kw, float(room_kw.min())), 0.0)
        promises_kw[i] = most_kw = _find_largest(fleet, most_kw, n, direction)
    return promises_kw


def _find_first_change(fleet: FleetAhead, direction: float) -> float:
    """Return the change that the vehicles can make in the first step alone [kW]."""
    lowest_kw, highest_kw = find_power_range(make_step_view(fleet.plugged, fleet.step))
    ends_kw = highest_kw if direction > 0.0 else lowest_kw
    return direction * (float(ends_kw.sum()) - float(fleet.own_kw[0]))


def _find_largest(fleet: FleetAhead, most_kw: float, n_steps: int, direction: float) -> float:
    if most_kw <= FOLLOWED_KW:
        return 0.0
    if keeps_change(fleet, direction * most_kw, n_steps):
        return most_kw
    low_kw, high_kw = 0.0, most_kw
    for _ in range(N_HALVINGS):
        middle_kw = (low_kw + high_kw) / 2.0
        if keeps_change(fleet, direction * middle_kw, n_steps):
            low_kw = middle_kw
        else:
            high_kw = middle_kw
    return low_kw


def keeps_change(fleet: FleetAhead, change_kw: float, n_steps: int) -> bool:
    """Return whether the fleet keeps a change of its power for some steps."""
    plugged, step = fleet.plugged, fleet.step
    for k in range(n_steps):
        setpoint_kw = float(fleet.own_kw[k]) + change_kw
        power_kw = follow_setpoint(make_step_view(plugged, step), setpoint_kw)
        if abs(float(power_kw.sum()) - setpoint_kw) > FOLLOWED_KW:
            return False
        plugged, delivered_kw = _apply(plugged, step, power_kw)
        # The departure guard corrects what a lower current, less efficient, has left out.
        if abs(delivered_kw - setpoint_kw) > FOLLOWED_SHARE / 2.0 * abs(change_kw) + FOLLOWED_KW:
            return False
    return True


def _apply(plugged: PluggedVehicles, step: Step, power_kw: Floats) -> tuple[PluggedVehicles, float]:
    """Return the vehicles that stay after a step with requested powers (n,), and the power that they took [kW]."""
    # As `Schedule` does it: the powers are read from what is kept of each vehicle.
    memory = Memory(power_kw[:, None], np.zeros(0))
    numbered = replace(plugged, vehicle_id=np.arange(len(power_kw), dtype=np.intp))
    decision = dispatch_vehicles(numbered, step._replace(memory=memory))
    soc, hours_left = plugged.soc + decision.soc_change, plugged.hours_left - step.limits.timestep_h
    after = replace(plugged, soc=np.maximum(soc, 0.0), hours_left=hours_left)
    return after.select(hours_left > 0.5 * step.limits.timestep_h), float(decision.power_kw.sum())
