"""Tariffs by tiers of monthly consumption, and thresholds: by hand, at the bounds."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.billing_period import compute_billed_price_mad_kwh, compute_fixed_charge_mad
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.season import make_season
from ev2gym_dashboard.core.site.tariff import (
    check_price_threshold,
    compute_import_price_mad_kwh,
    compute_tier_price_mad_kwh,
    find_midway_threshold,
    find_postes,
    list_prices_mad_kwh,
    make_flat_tariff,
)
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

TEXT = (Path(__file__).parents[3] / "data" / "onee_tariffs.json").read_text(encoding="utf-8")
DAY, HOURS = date(2026, 12, 15), np.arange(24.0)
TIERED = ("bt_patente", "bt_force_motrice", "bt_domestique")


def find_issue_fields(document: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as error:
        parse_tariffs(json.dumps(document).encode())
    return {issue.field for issue in error.value.issues}


@pytest.mark.parametrize(
    ("key", "monthly_kwh", "bill_mad"),
    [
        ("bt_patente", 150, 227.19),
        ("bt_patente", 151, 258.06),
        ("bt_force_motrice", 100, 136.39),
        ("bt_force_motrice", 101, 148.10),
        ("bt_force_motrice", 500, 733.15),
        ("bt_force_motrice", 501, 839.58),
        ("bt_domestique", 100, 90.10),
        ("bt_domestique", 101, 91.17),
        ("bt_domestique", 150, 143.76),
        ("bt_domestique", 151, 162.05),
        ("bt_domestique", 200, 214.64),
        ("bt_domestique", 201, 234.69),
        ("bt_domestique", 300, 350.28),
        ("bt_domestique", 301, 415.89),
        ("bt_domestique", 500, 690.85),
        ("bt_domestique", 501, 799.50),
    ],
)
def test_the_bill_of_a_month_is_that_of_hand_to_the_centime(key: str, monthly_kwh: float, bill_mad: float) -> None:
    prices = compute_import_price_mad_kwh(load_tariffs()[key], DAY, HOURS, monthly_kwh=monthly_kwh)
    assert len(set(prices)) == 1
    assert round(prices[0] * monthly_kwh, 2) == bill_mad


# 744 hours of December 2026: 250 kWh of base load, the rest by an EV in the first hours of the first nights.
MONTHS_BY_HAND = [
    # progressive up to 150 kWh, 100 * 0.901 + 50 * 1.0732
    ("bt_domestique", 90, 10, 90.10),
    ("bt_domestique", 100, 1, 91.17),
    ("bt_domestique", 100, 50, 143.76),
    # selective above: the whole month at the price of its tier
    ("bt_domestique", 100, 51, 162.05),
    ("bt_domestique", 100, 100, 214.64),
    ("bt_domestique", 150, 51, 234.69),
    ("bt_domestique", 250, 50, 350.28),
    ("bt_domestique", 250, 51, 415.89),
    # the household with one EV: 450 * 1.3817, not 450 * 1.1676 = 525.42 by the tier of its base load
    ("bt_domestique", 250, 200, 621.77),
    ("bt_domestique", 250, 250, 690.85),
    ("bt_domestique", 250, 251, 799.50),
    ("bt_patente", 100, 50, 227.19),
    ("bt_patente", 100, 51, 258.06),
    ("bt_force_motrice", 60, 40, 136.39),
    ("bt_force_motrice", 60, 41, 148.10),
    ("bt_force_motrice", 250, 250, 733.15),
    ("bt_force_motrice", 250, 251, 839.58),
]


def list_hours(first: str, end: str) -> NDArray[np.datetime64]:
    return np.arange(np.datetime64(first, "h"), np.datetime64(end, "h"))


def bill_hours(key: str, time: NDArray[np.datetime64], import_kwh: NDArray[np.float64]) -> float:
    price = compute_billed_price_mad_kwh(load_tariffs()[key], time, import_kwh, timestep_h=1.0)
    return round(float(price @ import_kwh), 2)


@pytest.mark.parametrize(("key", "base_kwh", "ev_kwh", "bill_mad"), MONTHS_BY_HAND)
def test_the_tier_of_a_month_counts_the_evs(key: str, base_kwh: float, ev_kwh: float, bill_mad: float) -> None:
    time = list_hours("2026-12-01", "2027-01-01")
    import_kwh = np.full(744, base_kwh / 744)
    import_kwh[:: 24 * 3][:10] += ev_kwh / 10
    assert bill_hours(key, time, import_kwh) == bill_mad


@pytest.mark.parametrize(("month", "hours"), [("2026-02", 672), ("2028-02", 696), ("2026-11", 720), ("2026-12", 744)])
def test_a_part_of_a_month_is_scaled_by_its_hours(month: str, hours: int) -> None:
    time = np.datetime64(f"{month}-01", "h") + np.arange(hours // 4)
    # A quarter of 150 kWh is billed as a quarter of that month, and a little more by the tier above.
    for quarter_kwh, bill_mad in ((37.5, 143.76 / 4), (37.6, 37.6 * 1.0732)):
        bill = bill_hours("bt_domestique", time, np.full(len(time), quarter_kwh / len(time)))
        assert bill == pytest.approx(bill_mad, abs=0.005)


def test_each_calendar_month_is_settled_on_its_own() -> None:
    time = list_hours("2026-12-01", "2027-02-01")
    import_kwh = np.repeat([200 / 744, 600 / 744], 744)
    # 200 * 1.0732 + 600 * 1.5958, not 800 * 1.5958 or twice the mean of 400
    assert bill_hours("bt_domestique", time, import_kwh) == 1172.12
    price = compute_billed_price_mad_kwh(load_tariffs()["bt_domestique"], time, import_kwh, timestep_h=1.0)
    assert (price[743], price[744]) == (1.0732, 1.5958)


def test_a_run_over_parts_of_two_months_scales_each_of_them() -> None:
    # 24 h of 1 kW are 744 kWh in a December and 0.25 kW are 186 kWh in a January.
    time, import_kwh = list_hours("2026-12-31", "2027-01-02"), np.repeat([1.0, 0.25], 24)
    assert bill_hours("bt_domestique", time, import_kwh) == round(24 * 1.5958 + 6 * 1.0732, 2)


@pytest.mark.parametrize("timestep_min", [1, 5, 15, 60])
def test_the_sum_of_many_steps_does_not_cross_a_bound_by_rounding(timestep_min: int) -> None:
    n = 30 * 24 * 60 // timestep_min
    time = np.datetime64("2026-11-01", "m") + np.arange(n) * np.timedelta64(timestep_min, "m")
    for key, bound_kwh, price_mad_kwh in (("bt_patente", 150.0, 1.5146), ("bt_domestique", 300.0, 1.1676)):
        price = compute_billed_price_mad_kwh(
            load_tariffs()[key], time, np.full(n, bound_kwh / n), timestep_h=timestep_min / 60.0
        )
        assert set(price.tolist()) == {price_mad_kwh}


def test_months_without_import_and_runs_without_steps_have_a_bill_of_zero() -> None:
    time = list_hours("2026-12-01", "2027-01-01")
    assert bill_hours("bt_domestique", time, np.zeros(744)) == 0.0
    assert bill_hours("bt_domestique", time[:0], np.zeros(0)) == 0.0


@pytest.mark.parametrize("key", TIERED)
def test_a_month_without_consumption_has_the_price_of_the_first_tier_and_a_fleet_that_of_the_last(key: str) -> None:
    tariff = load_tariffs()[key]
    assert compute_tier_price_mad_kwh(tariff, 0) == tariff.lowest_mad_kwh
    assert compute_import_price_mad_kwh(tariff, DAY, HOURS).tolist() == [tariff.highest_mad_kwh] * 24


@pytest.mark.parametrize("key", TIERED)
@given(st.floats(0, 2000), st.floats(0, 2000))
def test_a_higher_consumption_never_costs_less_per_kwh(key: str, one_kwh: float, other_kwh: float) -> None:
    lower_kwh, higher_kwh = sorted((one_kwh, other_kwh))
    tariff = load_tariffs()[key]
    assert compute_tier_price_mad_kwh(tariff, lower_kwh) <= compute_tier_price_mad_kwh(tariff, higher_kwh) + 1e-12


@pytest.mark.parametrize("monthly_kwh", [-1, math.nan, math.inf])
def test_an_impossible_consumption_is_refused(monthly_kwh: float) -> None:
    with pytest.raises(ValueError, match="monthly_kwh"):
        compute_tier_price_mad_kwh(load_tariffs()["bt_patente"], monthly_kwh)


def test_time_of_use_does_not_depend_on_the_consumption() -> None:
    tariff = load_tariffs()["mt_general"]
    few, many = (compute_import_price_mad_kwh(tariff, DAY, HOURS, monthly_kwh=kwh) for kwh in (1, 1e6))
    assert few.tolist() == many.tolist()


@pytest.mark.parametrize("key", TIERED)
def test_a_tariff_by_tiers_has_normal_hours_only(key: str) -> None:
    assert {POSTES[code] for code in find_postes(load_tariffs()[key], DAY, HOURS)} == {"HN"}


def test_a_flat_tariff_has_its_price_at_all_hours_for_all_consumption() -> None:
    tariff = make_flat_tariff(1.75)
    for monthly_kwh in (0, 1, 1e9):
        assert compute_import_price_mad_kwh(tariff, DAY, HOURS, monthly_kwh=monthly_kwh).tolist() == [1.75] * 24
    prices = list_prices_mad_kwh(tariff)
    assert (check_price_threshold(prices, 1.5), check_price_threshold(prices, 1.75)) == ("always", "never")
    assert find_midway_threshold(list_prices_mad_kwh(tariff)) is None


@pytest.mark.parametrize("price", [-0.01, math.nan, math.inf])
def test_an_impossible_flat_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="price_mad_kwh"):
        make_flat_tariff(price)


@pytest.mark.parametrize(
    ("key", "monthly_kwh", "verdict"),
    [
        ("bt_bi_horaire", 1000, "sometimes"),
        ("mt_general", 1000, "never"),
        ("grands_comptes", 1000, "never"),
        ("bt_patente", 10, "always"),
        ("bt_patente", 1000, "always"),
        ("bt_force_motrice", 500, "never"),
        ("bt_force_motrice", 501, "always"),
        ("bt_domestique", 500, "never"),
        ("bt_domestique", 501, "always"),
    ],
)
def test_only_bi_horaire_crosses_the_threshold_of_1_5(key: str, monthly_kwh: float, verdict: str) -> None:
    assert check_price_threshold(list_prices_mad_kwh(load_tariffs()[key], monthly_kwh=monthly_kwh), 1.5) == verdict


def test_a_price_at_the_threshold_is_not_above_it() -> None:
    tariff = load_tariffs()["bt_bi_horaire"]
    assert check_price_threshold(list_prices_mad_kwh(tariff), 2.4250) == "never"
    assert check_price_threshold(list_prices_mad_kwh(tariff), 1.3472) == "sometimes"
    assert check_price_threshold(list_prices_mad_kwh(tariff), 1.3471) == "always"


def test_both_seasons_count_for_the_verdict() -> None:
    tariff = load_tariffs()["mt_general"]
    winter, summer = tariff.seasons
    peak, *others = summer.rules
    dear = make_season("summer", summer.spans, (replace(peak, price_mad_kwh=1.6), *others))
    assert check_price_threshold(list_prices_mad_kwh(replace(tariff, seasons=(winter, dear))), 1.5) == "sometimes"


def test_the_threshold_that_means_something_lies_midway_below_the_peak_price() -> None:
    found = {key: find_midway_threshold(list_prices_mad_kwh(tariff)) for key, tariff in load_tariffs().items()}
    expected = {"bt_bi_horaire": 1.8861, "mt_general": 1.2129, "grands_comptes": 1.16905}
    assert found | expected | dict.fromkeys(TIERED) == found
    for key, threshold in expected.items():
        assert check_price_threshold(list_prices_mad_kwh(load_tariffs()[key]), threshold) == "sometimes"


def test_prices_of_any_source_have_a_verdict_and_a_threshold() -> None:
    assert check_price_threshold([1.0, 2.0], 1.0) == "sometimes"
    assert find_midway_threshold([2.0, 1.0, 2.0, 0.0]) == 1.5
    assert find_midway_threshold([1.0, 1.0]) is None


def test_the_fixed_charge_of_a_year_is_that_of_hand_to_the_centime() -> None:
    tariff, kva = load_tariffs()["mt_general"], 100
    for year, days, of_a_day in ((2027, 365, 140.44), (2028, 366, 140.06)):
        hours = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[h]")
        charge = compute_fixed_charge_mad(tariff, hours, timestep_h=1.0, subscribed_kva=kva)
        assert charge[:24].sum() == pytest.approx(of_a_day, abs=0.005)
        assert (charge.shape, charge.sum()) == ((24 * days,), pytest.approx(51262))
    assert not compute_fixed_charge_mad(
        load_tariffs()["bt_bi_horaire"], hours, timestep_h=1.0, subscribed_kva=kva
    ).any()


def test_every_issue_of_damaged_tiers_is_listed_at_once() -> None:
    document = json.loads(TEXT)
    tariffs = document["tariffs"]
    tariffs["bt_patente"]["tiers"][1]["up_to_kwh"] = 200
    tariffs["bt_patente"]["progressive_up_to_kwh"] = None
    tariffs["bt_force_motrice"]["tiers"] = [{"up_to_kwh": "all", "price_mad_kwh": True}, 3]
    tariffs["bt_domestique"]["tiers"] = []
    assert find_issue_fields(document) == {
        "tariffs.bt_patente.tiers",
        "tariffs.bt_patente.progressive_up_to_kwh",
        "tariffs.bt_force_motrice.tiers",
        "tariffs.bt_force_motrice.tiers.0.up_to_kwh",
        "tariffs.bt_force_motrice.tiers.0.price_mad_kwh",
        "tariffs.bt_force_motrice.tiers.1.price_mad_kwh",
        "tariffs.bt_domestique.tiers",
    }


@pytest.mark.parametrize("bounds", [[100, 100, None], [200, 100, None], [0, 100, None], [None, None], [None, 100]])
def test_bounds_of_tiers_must_rise_and_leave_nothing_out(bounds: list[float | None]) -> None:
    document = json.loads(TEXT)
    tiers = [{"up_to_kwh": bound, "price_mad_kwh": 1} for bound in bounds]
    document["tariffs"]["bt_patente"]["tiers"] = tiers
    assert find_issue_fields(document) == {"tariffs.bt_patente.tiers"}
