"""Allocation: how the limits of the site as a whole are shared among its vehicles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.room import N_DEADLINE_BINS

# The feeder cuts by bins of laxity instead of sorting the vehicles: blocks add up their bins in any order and in
# parallel, and the cut is one bin and one share for a fleet of any size.
SHARE_ROUNDING = 1e-12
LAXITY_BIN_H = 0.25
N_LAXITY_BINS = 256
"""Bins of laxity, the time that a vehicle can lose before the target SOC is out of reach: up to 64 h."""


class Allocation(NamedTuple):
    """Shares of the requested or decided power that the site allows, each 0..1.

    Parameters
    ----------
    g2v_share, v2g_share : of the power that the strategy requests, before the departure guard
    cut_bin : first bin of laxity whose charging the feeder cuts; ``N_LAXITY_BINS`` cuts no vehicle
    cut_share : share of the charging that is left to that bin; vehicles with more laxity do not charge
    export_share : share of V2G that is left
    urgent_bin : vehicles of less laxity than this bin charge at full power, so that no room is lost; 0 for none
    keeps_energy : whether no V2G is left because the connection leaves too little to charge it again
    surplus_share : share of the charging requests that the site's surplus covers, which the strategy itself applies
    """

    g2v_share: float = 1.0
    v2g_share: float = 1.0
    cut_bin: int = N_LAXITY_BINS
    cut_share: float = 1.0
    export_share: float = 1.0
    urgent_bin: int = 0
    keeps_energy: bool = False
    surplus_share: float = 1.0


UNLIMITED = Allocation()


class Demand(NamedTuple):
    """Power of the fleet under an allocation, before the feeder cuts.

    The last three are empty where nothing asks for them.

    Parameters
    ----------
    requested_g2v_kw, requested_v2g_kw : sums of the requested power, before shares and departure guard, >= 0 [kW]
    g2v_kw : (`N_LAXITY_BINS`,) charging by laxity, after the departure guard [kW]
    v2g_kw : V2G, after the departure guard, >= 0 [kW]
    need_kwh : (`N_DEADLINE_BINS`,) energy that the vehicles need after the step, V2G left out, by departure [kWh]
    put_back_kwh : (`N_DEADLINE_BINS`,) what V2G adds to it [kWh]
    urgent_kw : (`N_LAXITY_BINS`,) charging at full power to the sufficient SOC, by laxity [kW]
    """

    requested_g2v_kw: float
    requested_v2g_kw: float
    g2v_kw: Floats
    v2g_kw: float
    need_kwh: Floats
    put_back_kwh: Floats
    urgent_kw: Floats


FIRST_NEED = 3 + N_LAXITY_BINS
N_DEMAND_SUMS = 3 + 2 * N_LAXITY_BINS + 2 * N_DEADLINE_BINS
"""Sums of a demand: requested charging and V2G, V2G, and the four arrays by bin in the order of `Demand`."""


def compute_covered_share(available_kw: float, requested_kw: float) -> float:
    """Return the share, 0..1, of the requested power that the available power covers; 1 if none is requested."""
    return min(max(available_kw, 0.0) / requested_kw, 1.0) if requested_kw > 0.0 else 1.0


def compute_own_load_share(demand: Demand, other_load_kw: float) -> float:
    """Return the share, 0..1, of the requested V2G that the site itself takes, so that none of it is exported.

    Parameters
    ----------
    demand : power of the fleet without shares; its charging is what the departure guard requires
    other_load_kw : load of the site without its EVs, net of PV output; may be negative [kW]
    """
    return compute_covered_share(other_load_kw + float(demand.g2v_kw.sum()), demand.requested_v2g_kw)


def share_requests(v2g_share: float, surplus_share: float) -> Allocation:
    """Return the allocation that leaves shares of the V2G, and of the charging from the surplus."""
    # Numba knows no defaults: all fields are named, here once for all strategies.
    return Allocation(1.0, v2g_share, N_LAXITY_BINS, 1.0, 1.0, 0, False, surplus_share)


def unpack_demand(sums: Floats) -> Demand:
    """Return a demand from its sums, shape (N_DEMAND_SUMS,), or (FIRST_NEED,) without needs."""
    need, put_back, urgent = FIRST_NEED, FIRST_NEED + N_DEADLINE_BINS, FIRST_NEED + 2 * N_DEADLINE_BINS
    g2v_kw, need_kwh, put_back_kwh, urgent_kw = sums[3:need], sums[need:put_back], sums[put_back:urgent], sums[urgent:]
    return Demand(float(sums[0]), float(sums[1]), g2v_kw, float(sums[2]), need_kwh, put_back_kwh, urgent_kw)


def allocate_feeder(
    allocation: Allocation, demand: Demand, other_load_kw: float, limit_kw: float, cap_kw: float = math.inf
) -> Allocation:
    """Return the allocation that keeps the site within its connection, in both directions, and within its cap.

    Parameters
    ----------
    allocation : the strategy's shares
    demand : power of the fleet under these shares
    other_load_kw : load of the site without its EVs, net of PV output; may be negative [kW]
    limit_kw : limit of the connection, in both directions [kW]
    cap_kw : site cap; it cuts charging as a lower connection would, and no export [kW]

    Returns
    -------
    Allocation that cuts charging from the largest laxity down, the most urgent vehicles last. V2G adds to the headroom
    for charging. If the other load alone exceeds the limit or the cap, no charging is left.
    """
    total_kw = float(demand.g2v_kw.sum())
    # V2G first: its power, once bounded by the limit for export, widens the headroom for charging.
    export_kw = min(demand.v2g_kw, max(limit_kw + other_load_kw + total_kw, 0.0))
    export_share = export_kw / demand.v2g_kw if demand.v2g_kw > 0.0 else 1.0
    headroom_kw = max(min(limit_kw, cap_kw) - other_load_kw + export_kw, 0.0)
    cut_bin, cut_share = allocation.cut_bin, allocation.cut_share
    if total_kw > headroom_kw:
        cumulative_kw = np.cumsum(demand.g2v_kw)
        # A cumulative sum rounds otherwise than a sum: where the headroom lies between the two, no bin exceeds it.
        if cumulative_kw[-1] > headroom_kw:
            cut_bin, cut_share = find_cut(cumulative_kw, demand.g2v_kw, headroom_kw)
    return Allocation(
        allocation.g2v_share,
        allocation.v2g_share,
        cut_bin,
        cut_share,
        export_share,
        allocation.urgent_bin,
        allocation.keeps_energy,
        allocation.surplus_share,
    )


def find_cut(cumulative_kw: Floats, charging_kw: Floats, headroom_kw: float) -> tuple[int, float]:
    """Return the first bin whose cumulative charging exceeds the headroom, and the share that is left to it."""
    cut_bin = int(np.searchsorted(cumulative_kw, headroom_kw, side="right"))
    remaining_kw = headroom_kw - (cumulative_kw[cut_bin - 1] if cut_bin > 0 else 0.0)
    cut_share = float(remaining_kw / charging_kw[cut_bin])
    # A cap that is the least sufficient one is filled exactly: rounding alone neither cuts nor charges anybody.
    if cut_share > 1.0 - SHARE_ROUNDING:
        return cut_bin, 1.0
    return cut_bin, 0.0 if cut_share < SHARE_ROUNDING else cut_share


def compute_laxity_bin(hours_left: Floats, hours_needed: Floats) -> NDArray[np.intp]:
    """Return the bin (n,) of each vehicle's laxity."""
    # The first bin holds every vehicle that is late already, the last one all beyond 64 h.
    return np.clip((hours_left - hours_needed) / LAXITY_BIN_H, 0, N_LAXITY_BINS - 1).astype(np.intp)
