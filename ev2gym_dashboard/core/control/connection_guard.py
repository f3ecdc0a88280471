"""Connection guard: V2G and waiting only as far as the connection leaves enough to reach the targets."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import N_LAXITY_BINS, Allocation, Demand
from ev2gym_dashboard.core.control.room import compute_slack_kwh

ROOM_RESERVE = 0.6
"""Share of the room that V2G leaves to what is not foreseen. Chosen on four seeds of 200 vehicles: with 0.3 V2G left up
to 11 % more energy unserved at a tight connection, with 0.5 up to 3 %, with this share none."""
MIN_URGENT_KW = 1e-6
MIN_PUT_BACK_KWH = 1e-9


def guard_connection(
    allocation: Allocation,
    demand: Demand,
    room_kwh: Floats,
    newcomers_kwh: Floats,
    room_kw: float,
    timestep_h: float,
) -> Allocation:
    """Return the allocation under which the needs of the vehicles still fit into what the connection leaves.

    Parameters
    ----------
    allocation : the strategy's shares
    demand : power and needs of the fleet under these shares
    room_kwh : (N_DEADLINE_BINS,) energy that the connection leaves after the step until each deadline [kWh]
    newcomers_kwh : (N_DEADLINE_BINS,) part of it that vehicles which have yet to arrive are expected to need [kWh]
    room_kw : power that the connection leaves to charging in the step, without V2G, >= 0 [kW]
    timestep_h : length of the step [h]

    Returns
    -------
    Allocation with less V2G, so that what it takes out can be charged again until each departure; where even without
    V2G the needs do not fit, with the vehicles of least laxity charging at full power. The given one if all fits.
    """
    charging_kw = float(demand.g2v_kw.sum())
    # What the connection will cut in this step is still needed after it.
    taken_kwh = newcomers_kwh + max(charging_kw - room_kw, 0.0) * timestep_h
    slack_kwh = compute_slack_kwh(demand.need_kwh, room_kwh - taken_kwh)
    share = 1.0
    if demand.v2g_kw > 0.0:
        reserved_slack_kwh = compute_slack_kwh(demand.need_kwh, (1.0 - ROOM_RESERVE) * room_kwh - taken_kwh)
        share = compute_v2g_share(reserved_slack_kwh, np.cumsum(demand.put_back_kwh))
    missing_kw = min(-float(slack_kwh.min()) / timestep_h, room_kw - charging_kw)
    urgent_bin = find_urgent_bin(compute_gain_kw(demand), missing_kw)
    is_changed = share < 1.0 or urgent_bin > 0
    return Allocation(
        allocation.g2v_share,
        allocation.v2g_share * share,
        allocation.cut_bin,
        allocation.cut_share,
        allocation.export_share,
        urgent_bin if is_changed else allocation.urgent_bin,
        share == 0.0 if is_changed else allocation.keeps_energy,
        allocation.surplus_share,
    )


def can_guard(demand: Demand, room_kw: float) -> bool:
    """Return whether there is any V2G to cut, or any charging to add within the room of the step [kW]."""
    if demand.v2g_kw > 0.0:
        return True
    if float(demand.g2v_kw.sum()) >= room_kw:
        return False
    return float(compute_gain_kw(demand).sum()) > MIN_URGENT_KW


def compute_gain_kw(demand: Demand) -> Floats:
    """Return the power that full power to the sufficient SOC would add, by laxity, (N_LAXITY_BINS,) [kW]."""
    gain_kw: Floats = np.maximum(demand.urgent_kw - demand.g2v_kw, 0.0)
    return gain_kw


def compute_v2g_share(slack_kwh: Floats, put_back_kwh: Floats) -> float:
    """Return the share of V2G, 0..1, whose energy fits into the slack of every deadline."""
    share = 1.0
    for deadline in range(len(put_back_kwh)):
        # Half of the V2G needs at most half of the energy, as what lies above the target need not be put back.
        if put_back_kwh[deadline] > MIN_PUT_BACK_KWH:
            share = min(share, max(slack_kwh[deadline] / put_back_kwh[deadline], 0.0))
    return share


def find_urgent_bin(gain_kw: Floats, missing_kw: float) -> int:
    """Return the first bin of laxity up to which charging at full power makes up for the missing power."""
    cumulative_kw = np.cumsum(gain_kw)
    if missing_kw <= MIN_URGENT_KW or cumulative_kw[-1] <= MIN_URGENT_KW:
        return 0
    return min(int(np.searchsorted(cumulative_kw, missing_kw)) + 1, N_LAXITY_BINS)
