"""Ratings of each model at each kind of EVSE."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY
from ev2gym_dashboard.core.fleet.evse import (
    EVSE_KINDS,
    EVSE_TYPES,
    UNPLUGGED,
    Ratings,
    apportion,
    compute_ratings,
    count_evses,
    encode_model_kind,
)
from ev2gym_dashboard.service.datasets.catalogs import load_catalog

AC_7, AC_11, AC_22, DC_50 = range(4)
ONE_WAY, BOTH_WAYS = 1, 2


def rate_catalog(catalog_key: str) -> tuple[dict[str, int], Ratings]:
    catalog = load_catalog(catalog_key).catalog
    return {name: i for i, name in enumerate(catalog.names)}, compute_ratings(catalog, transition_soc=0.8)


def find_code(model: int, evse: int, *, ways: int = BOTH_WAYS) -> int:
    return int(encode_model_kind(model, 2 * evse + ways))


def test_one_phase_at_32_a_is_7_kw_and_three_at_16_a_are_11() -> None:
    assert [evse.power_kw for evse in EVSE_TYPES] == pytest.approx([7.36, 11.04, 22.08, 50.0])


def test_a_model_that_takes_16_a_on_one_phase_draws_half_of_an_ac_7_kw_evse() -> None:
    model, ratings = rate_catalog("2024")
    assert ratings.charge_kw[find_code(model["Tesla Model 3"], AC_7)] == pytest.approx(3.68)
    assert ratings.charge_kw[find_code(model["Kia Niro"], AC_7)] == pytest.approx(7.36)


def test_the_vehicle_limits_a_large_evse() -> None:
    model, ratings = rate_catalog("2024")
    assert ratings.charge_kw[find_code(model["Volkswagen ID.4"], AC_22)] == 11.0
    assert ratings.charge_kw[find_code(model["Volkswagen ID.4"], DC_50)] == 50.0


def test_efficiency_is_that_of_the_nearest_current_that_the_vehicle_takes() -> None:
    model, ratings = rate_catalog("2024")
    assert ratings.charge_efficiency[find_code(model["Tesla Model 3"], AC_7)] == 0.87
    assert ratings.charge_efficiency[find_code(model["Peugeot 208"], AC_7)] == 0.87
    assert ratings.charge_efficiency[find_code(model["Hyundai Kona"], AC_11)] == 0.93
    assert ratings.charge_efficiency[find_code(model["Hyundai Kona"], DC_50)] == DEFAULT_EFFICIENCY


def test_a_leaf_discharges_only_at_a_bidirectional_dc_evse() -> None:
    model, ratings = rate_catalog("2023")
    leaf_codes = encode_model_kind(model["Nissan Leaf"], np.arange(1, len(EVSE_KINDS) + 1))
    able = leaf_codes[ratings.discharge_kw[leaf_codes] > 0.0]
    assert able.tolist() == [find_code(model["Nissan Leaf"], DC_50)]
    assert ratings.discharge_kw[able].tolist() == [7.0]


def test_no_model_discharges_at_a_one_way_evse_or_unplugged() -> None:
    model, ratings = rate_catalog("2024_2023")
    one_way = [find_code(m, evse, ways=ONE_WAY) for m in model.values() for evse in range(len(EVSE_TYPES))]
    assert not ratings.discharge_kw[[UNPLUGGED, *one_way]].any()


def test_unplugged_nothing_flows() -> None:
    _, ratings = rate_catalog("ev_phev")
    assert ratings.charge_kw[UNPLUGGED] == 0.0


def test_a_lower_current_has_its_own_efficiency_and_the_smallest_is_pulsed() -> None:
    model, ratings = rate_catalog("2024")
    code = np.array([find_code(model["Peugeot 208"], AC_7)])
    one_phase_kw = np.array([230.0, 6 * 230.0, 10 * 230.0, 32 * 230.0]) / 1000.0
    assert [float(ratings.find_efficiency(code, np.array([kw]))[0]) for kw in one_phase_kw] == [0.66, 0.66, 0.72, 0.87]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any), st.integers(0, 10_000))
def test_shares_by_the_largest_remainder_add_up_and_stay_within_one(weights: list[int], total: int) -> None:
    counts, exact = apportion(np.array(weights), total), np.array(weights) / sum(weights) * total
    assert counts.sum() == total
    assert np.all(np.abs(counts - exact) < 1.0)


def test_evse_kinds_come_in_their_shares() -> None:
    counts = count_evses(100, (0.4, 0.4, 0.1, 0.1), bidirectional_share=0.5)
    assert counts.tolist() == [20, 20, 20, 20, 5, 5, 5, 5]
    assert len(EVSE_KINDS) == len(counts)


def test_equal_ratings_are_computed_once() -> None:
    catalog = load_catalog("2024").catalog
    ratings = compute_ratings(catalog, transition_soc=0.8)
    assert compute_ratings(catalog, transition_soc=0.8, kinds=list(EVSE_KINDS)) is ratings
    assert compute_ratings(catalog, transition_soc=0.7).taper_soc.tolist() != ratings.taper_soc.tolist()
    assert len(compute_ratings(catalog, transition_soc=0.8, kinds=EVSE_KINDS[:1]).charge_kw) < len(ratings.charge_kw)
