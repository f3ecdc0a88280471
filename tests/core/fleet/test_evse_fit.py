"""EVSE fit: waiting vehicles take free EVSEs that can charge them, first come, first served."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.catalog import Catalog, ModelSpec, make_catalog
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, compute_ratings
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit, find_evse_fit, match_evses
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog

N_KINDS = len(EVSE_KINDS)
AC_7, DC_50 = 1, 7
ONLY_AC, ONLY_DC, BOTH = 2**AC_7, 2**DC_50, 2**AC_7 + 2**DC_50
ONE_OF_EACH = np.ones(N_KINDS, np.int64)


def make_fit(catalog: Catalog, kind_counts: np.ndarray = ONE_OF_EACH) -> EvseFit | None:
    ratings = compute_ratings(catalog, transition_soc=0.8)
    is_usable = np.broadcast_to(kind_counts > 0, (len(catalog), N_KINDS))
    return find_evse_fit(ratings, is_usable, is_present=catalog.registrations > 0)


def make_model(name: str, *, ac_kw: float = 11.0, dc_kw: float = 50.0, **discharge_kw: float) -> ModelSpec:
    limits: dict[str, Any] = {"max_ac_discharge_kw": 0.0, "max_dc_discharge_kw": 0.0} | discharge_kw
    return ModelSpec(name, 1, 50.0, max_ac_charge_kw=ac_kw, max_dc_charge_kw=dc_kw, **limits)


def match(masks: list[int], kinds: list[int]) -> list[int]:
    positions: list[int] = match_evses(np.array(masks, np.int64), np.array(kinds, np.uint8)).tolist()
    return positions


def match_one_by_one(masks: list[int], kinds: list[int]) -> list[int]:
    """Return the match by its definition: each vehicle takes the first free EVSE that fits."""
    taken: list[int] = []
    for mask in masks:
        fitting = [i for i, kind in enumerate(kinds) if mask >> kind & 1 and i not in taken]
        taken.append(fitting[0] if fitting else -1)
    return taken


def test_a_vehicle_leaves_a_free_evse_that_does_not_fit_to_the_next_one() -> None:
    assert match([ONLY_AC, BOTH], [DC_50, AC_7]) == [1, 0]


def test_a_vehicle_that_nothing_fits_does_not_block_the_others() -> None:
    assert match([ONLY_DC, ONLY_AC, ONLY_DC], [AC_7, AC_7]) == [-1, 0, -1]


def test_of_the_evses_that_fit_the_first_one_is_taken() -> None:
    assert match([BOTH, BOTH, BOTH], [AC_7, DC_50, AC_7]) == [0, 1, 2]


@pytest.mark.parametrize(("masks", "kinds"), [([], []), ([ONLY_AC], []), ([], [AC_7]), ([0, 0], [AC_7])])
def test_nobody_or_nothing_matches_nothing(masks: list[int], kinds: list[int]) -> None:
    assert match(masks, kinds) == [-1] * len(masks)


@given(
    st.lists(st.integers(0, 2 ** (N_KINDS + 1) - 2).map(lambda mask: mask & ~1), max_size=40),
    st.lists(st.integers(1, N_KINDS), max_size=40),
)
def test_the_match_is_that_of_one_vehicle_after_the_other(masks: list[int], kinds: list[int]) -> None:
    assert match(masks, kinds) == match_one_by_one(masks, kinds)


@given(
    st.lists(st.sampled_from([ONLY_AC, ONLY_DC, BOTH]), max_size=30),
    st.lists(st.sampled_from([AC_7, DC_50]), max_size=20),
    st.integers(0, 100),
)
def test_the_queue_keeps_the_order_of_the_others_round_the_ring(masks: list[int], kinds: list[int], first: int) -> None:
    n_evse = len(kinds) + 3
    first %= n_evse
    ring = np.full(n_evse, 99, np.int32)
    ring.put(np.arange(first, first + len(kinds)), np.arange(len(kinds)), mode="wrap")
    rows = np.arange(100, 100 + len(masks), dtype=np.int32)
    plugs = EvseQueue(
        np.array(kinds, np.uint8), ring, first, len(kinds), rows, rows - 90, np.zeros(len(rows), np.uint16)
    )
    fit = EvseFit(np.array(masks, np.int64), np.ones(len(masks), np.bool_))
    plugged, since, assigned, _ = plugs.assign_fitting_evses(fit, np.arange(len(masks)))
    taken = match_one_by_one(masks, kinds)
    assert plugged.tolist() == [100 + i for i, position in enumerate(taken) if position >= 0]
    assert assigned.tolist() == [position for position in taken if position >= 0]
    assert since.tolist() == (plugged - 90).tolist()
    assert plugs.waiting.tolist() == [100 + i for i, position in enumerate(taken) if position < 0]
    free = plugs.ring.take(np.arange(plugs.first, plugs.first + plugs.n_free), mode="wrap")
    assert free.tolist() == [i for i in range(len(kinds)) if i not in taken]


@pytest.mark.parametrize("key", [key for key in CATALOGS if key != "ev_phev"])
def test_catalogs_in_which_every_model_takes_every_evse_need_no_match(key: str) -> None:
    assert make_fit(load_catalog(key).catalog) is None


def test_only_models_with_vehicles_and_kinds_with_evses_count() -> None:
    catalog = load_catalog("ev_phev").catalog
    no_dc = ONE_OF_EACH * np.array([evse.phases > 0 for evse, _ in EVSE_KINDS])
    assert make_fit(catalog) is not None
    assert make_fit(catalog, no_dc) is None
    assert make_fit(catalog, 0 * ONE_OF_EACH) is None


def test_a_model_without_dc_accepts_ac_alone_and_one_without_ac_dc_alone() -> None:
    fit = make_fit(make_catalog([make_model("no DC", dc_kw=0.0), make_model("no AC", ac_kw=0.0)]))
    assert fit is not None
    assert fit.chargeable.all()
    accepted = [[bool(mask >> kind & 1) for kind in range(1, N_KINDS + 1)] for mask in fit.kind_masks.tolist()]
    assert accepted == [[evse.phases > 0 for evse, _ in EVSE_KINDS], [evse.phases == 0 for evse, _ in EVSE_KINDS]]


def test_a_model_that_only_discharges_comes_after_those_that_charge() -> None:
    gives = make_model("gives", ac_kw=0.0, dc_kw=0.0, max_ac_discharge_kw=11.0, max_dc_discharge_kw=10.0)
    fit = make_fit(make_catalog([gives, make_model("charges")]))
    assert fit is not None
    assert fit.chargeable.tolist() == [False, True]
    assert fit.match(np.array([0, 1, 0]), np.array([2, 2], np.uint8)).tolist() == [1, 0, -1]
    assert fit.match(np.array([0, 1]), np.array([1], np.uint8)).tolist() == [-1, 0]
