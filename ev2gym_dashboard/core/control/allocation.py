"""What the site as a whole imposes: few numbers that each vehicle can be told, so that their order does not matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

LAXITY_BIN_H = 0.25
N_LAXITY_BINS = 256
"""Bins of laxity, the time that could be lost before the target is out of reach: up to 64 h."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Shares of what vehicles wish or would do, each 0..1.

    Parameters
    ----------
    g2v_share, v2g_share : of the strategy's wishes, before the departure guard
    cut_bin : first bin of laxity whose charging the feeder cuts; ``N_LAXITY_BINS`` cuts nobody
    cut_share : what it leaves to that bin; those with more laxity get nothing
    export_share : what it leaves of V2G
    """

    g2v_share: float = 1.0
    v2g_share: float = 1.0
    cut_bin: int = N_LAXITY_BINS
    cut_share: float = 1.0
    export_share: float = 1.0


UNLIMITED = Allocation()


@dataclass(frozen=True, slots=True)
class Demand:
    """What the fleet would do under given allocation.

    Parameters
    ----------
    requested_g2v_kw, requested_v2g_kw : sums of the strategy's wishes, before shares and guard, both >= 0 [kW]
    g2v_kw : (`N_LAXITY_BINS`,) charging by laxity, after the guard [kW]
    v2g_kw : V2G, after the guard, >= 0 [kW]
    """

    requested_g2v_kw: float
    requested_v2g_kw: float
    g2v_kw: Floats
    v2g_kw: float


def compute_covered_share(granted_kw: float, wished_kw: float) -> float:
    """Return the share, 0..1, of what is wished that what is granted covers."""
    return min(max(granted_kw, 0.0) / wished_kw, 1.0) if wished_kw > 0.0 else 1.0


def unpack_demand(sums: Floats) -> Demand:
    """Read a demand from its sums, shape (3 + N_LAXITY,)."""
    return Demand(float(sums[0]), float(sums[1]), sums[3:], float(sums[2]))


def allocate_feeder(allocation: Allocation, demand: Demand, *, other_load_kw: float, limit_kw: float) -> Allocation:
    """Return the allocation that keep the site within its connection, either way.

    Parameters
    ----------
    allocation : the strategy's shares
    demand : what the fleet would do under them
    other_load_kw : load of the site without its EVs, net of the sun; may be negative [kW]
    limit_kw : what the connection carries, in both directions [kW]

    Returns
    -------
    Caps; charging is cut from the largest laxity down, the most urgent last; what V2G frees is usable. Where the other
    load alone exceeds the limit, no charging is left.
    """
    total_kw = float(demand.g2v_kw.sum())
    export_kw = np.clip(demand.v2g_kw, 0.0, max(limit_kw + other_load_kw + total_kw, 0.0))
    export_share = float(export_kw / demand.v2g_kw) if demand.v2g_kw > 0.0 else 1.0
    headroom_kw = max(limit_kw - other_load_kw + float(export_kw), 0.0)
    if total_kw <= headroom_kw:
        return Allocation(allocation.g2v_share, allocation.v2g_share, export_share=export_share)
    upto_kw = np.cumsum(demand.g2v_kw)
    cut_bin = int(np.searchsorted(upto_kw, headroom_kw, side="right"))
    left_kw = headroom_kw - (float(upto_kw[cut_bin - 1]) if cut_bin else 0.0)
    return Allocation(
        allocation.g2v_share, allocation.v2g_share, cut_bin, left_kw / float(demand.g2v_kw[cut_bin]), export_share
    )


def compute_laxity_bin(hours_left: Floats, hours_needed: Floats) -> NDArray[np.intp]:
    """Return the bin (n,) of each vehicle's laxity."""
    return np.clip((hours_left - hours_needed) / LAXITY_BIN_H, 0, N_LAXITY_BINS - 1).astype(np.intp)
