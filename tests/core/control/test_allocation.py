"""Allocation: the connection is kept, and the most urgent vehicles are cut last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.control.allocation import (
    N_LAXITY_BINS,
    UNLIMITED,
    Allocation,
    Demand,
    allocate_feeder,
    compute_covered_share,
)
from ev2gym_dashboard.core.control.room import N_DEADLINE_BINS

NO_NEED = np.zeros(N_DEADLINE_BINS)


def make_demand(g2v_kw: dict[int, float], v2g_kw: float = 0.0) -> Demand:
    by_laxity = np.zeros(N_LAXITY_BINS)
    for laxity, power_kw in g2v_kw.items():
        by_laxity[laxity] = power_kw
    return Demand(by_laxity.sum(), v2g_kw, by_laxity, v2g_kw, NO_NEED, NO_NEED, NO_NEED)


def apply_allocation(allocation: Allocation, demand: Demand) -> tuple[float, float]:
    share = np.where(np.arange(N_LAXITY_BINS) < allocation.cut_bin, 1.0, 0.0)
    if allocation.cut_bin < N_LAXITY_BINS:
        share[allocation.cut_bin] = allocation.cut_share
    return float(demand.g2v_kw @ share), demand.v2g_kw * allocation.export_share


def test_where_the_connection_suffices_nobody_is_cut() -> None:
    allocation = allocate_feeder(UNLIMITED, make_demand({3: 50.0}), other_load_kw=20.0, limit_kw=100.0)
    assert allocation == UNLIMITED


def test_the_one_with_the_most_time_is_cut_first() -> None:
    allocation = allocate_feeder(UNLIMITED, make_demand({0: 40.0, 5: 40.0, 9: 40.0}), other_load_kw=0.0, limit_kw=60.0)
    assert (allocation.cut_bin, allocation.cut_share) == (5, 0.5)


def test_what_v2g_frees_is_usable() -> None:
    demand = make_demand({0: 100.0}, v2g_kw=30.0)
    allocation = allocate_feeder(UNLIMITED, demand, other_load_kw=50.0, limit_kw=100.0)
    assert apply_allocation(allocation, demand) == pytest.approx((80.0, 30.0))


def test_where_the_other_load_alone_exceeds_the_limit_no_charging_is_left() -> None:
    demand = make_demand({0: 10.0})
    assert apply_allocation(allocate_feeder(UNLIMITED, demand, other_load_kw=120.0, limit_kw=100.0), demand) == (
        0.0,
        0.0,
    )


def test_export_is_bound_by_the_connection_too() -> None:
    demand = make_demand({}, v2g_kw=200.0)
    assert apply_allocation(
        allocate_feeder(UNLIMITED, demand, other_load_kw=50.0, limit_kw=100.0), demand
    ) == pytest.approx((0.0, 150.0))


@given(
    st.dictionaries(st.integers(0, N_LAXITY_BINS - 1), st.floats(0.0, 1e4), max_size=8),
    st.floats(0.0, 1e4),
    st.floats(-1e4, 1e4),
    st.floats(0.0, 1e4),
)
def test_the_connection_is_kept_whenever_the_other_load_keeps_it(
    g2v_kw: dict[int, float], v2g_kw: float, other_kw: float, limit_kw: float
) -> None:
    demand = make_demand(g2v_kw, v2g_kw)
    charging_kw, discharging_kw = apply_allocation(
        allocate_feeder(UNLIMITED, demand, other_load_kw=other_kw, limit_kw=limit_kw), demand
    )
    net_kw = other_kw + charging_kw - discharging_kw
    assert net_kw <= max(limit_kw, other_kw) + 1e-6
    assert net_kw >= min(-limit_kw, other_kw) - 1e-6


@pytest.mark.parametrize(
    ("available_kw", "requested_kw", "share"), [(5, 10, 0.5), (20, 10, 1.0), (-5, 10, 0.0), (5, 0, 1.0)]
)
def test_the_available_power_covers_a_share(available_kw: float, requested_kw: float, share: float) -> None:
    assert compute_covered_share(available_kw, requested_kw) == share


def test_a_headroom_between_the_two_roundings_of_the_demand_cuts_nobody() -> None:
    rng = np.random.default_rng(0)
    draws = (rng.random(N_LAXITY_BINS) for _ in range(1000))
    g2v_kw = next(draw for draw in draws if draw.sum() > np.cumsum(draw)[-1])
    demand = Demand(float(g2v_kw.sum()), 0.0, g2v_kw, 0.0, NO_NEED, NO_NEED, NO_NEED)
    headroom_kw = float(np.cumsum(g2v_kw)[-1])
    assert allocate_feeder(UNLIMITED, demand, other_load_kw=0.0, limit_kw=headroom_kw) == UNLIMITED


def test_a_cap_cuts_charging_as_a_lower_connection_would() -> None:
    demand = make_demand({0: 40.0, 5: 40.0}, v2g_kw=10.0)
    capped = allocate_feeder(UNLIMITED, demand, other_load_kw=30.0, limit_kw=500.0, cap_kw=60.0)
    assert capped == allocate_feeder(UNLIMITED, demand, other_load_kw=30.0, limit_kw=60.0)
    assert apply_allocation(capped, demand) == pytest.approx((40.0, 10.0))


def test_a_cap_cuts_neither_export_nor_the_load_without_evs() -> None:
    demand = make_demand({0: 10.0}, v2g_kw=80.0)
    capped = allocate_feeder(UNLIMITED, demand, other_load_kw=-50.0, limit_kw=500.0, cap_kw=20.0)
    assert apply_allocation(capped, demand) == pytest.approx((10.0, 80.0))
    above = allocate_feeder(UNLIMITED, make_demand({0: 10.0}), other_load_kw=90.0, limit_kw=500.0, cap_kw=20.0)
    assert (above.cut_bin, above.cut_share) == (0, 0.0)


def test_a_cap_above_the_connection_changes_nothing() -> None:
    demand = make_demand({0: 40.0, 5: 40.0})
    capped = allocate_feeder(UNLIMITED, demand, other_load_kw=30.0, limit_kw=60.0, cap_kw=61.0)
    assert capped == allocate_feeder(UNLIMITED, demand, other_load_kw=30.0, limit_kw=60.0)
