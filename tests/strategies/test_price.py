"""Strategies about money look within each stay: none costs more than charging at once would have cost it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation, simulate
from tests.strategies.scenarios import run_alone

CENTIME_MAD = 0.01
HOURS = np.arange(24)
DAY_AHEAD = tuple(np.round(0.8 + 0.7 * np.sin(HOURS / 24 * 4 * np.pi) - 1.4 * ((HOURS >= 11) & (HOURS < 15)), 3))
EVENING_PAY = tuple(np.where((HOURS >= 18) & (HOURS < 21), 1.4, 0.3))
MARKETS: dict[str, dict[str, Any]] = {
    "BT bi-horaire": {"tariff": "bt_bi_horaire"},
    "MT": {"tariff": "mt_general", "params": {"price.price_threshold_mad_kwh": 1.2}},
    "day-ahead": {"price_profile": DAY_AHEAD},
    "day-ahead, V2G": {"price_profile": DAY_AHEAD, "params": {"price.price_threshold_mad_kwh": 0.4}},
    "export pays": {
        "tariff": "mt_general",
        "export_price_profile": EVENING_PAY,
        "params": {"price.price_threshold_mad_kwh": 1.2},
    },
    "hourly noise": {
        "price_profile": tuple(np.random.default_rng(4).normal(0.8, 0.6, 24).round(3)),
        "params": {"price.price_threshold_mad_kwh": 0.8},
    },
}
SITE = Scenario(fleet_size=25, days=2.0, evse_per_vehicle=1.0, limit_kw_per_vehicle=90.0, pv_kwp_per_vehicle=0.0)
every_market = pytest.mark.parametrize("market", MARKETS)


def compare_stays(scenario: Scenario) -> pd.DataFrame:
    """Return the closed stays of a strategy beside those of uncontrolled, on the same arrivals."""
    ours, uncontrolled = (
        simulate(replace(scenario, strategy=key), trace=True).sessions for key in (scenario.strategy, "uncontrolled")
    )
    assert ours is not None
    assert uncontrolled is not None
    both = ours.merge(uncontrolled, on=["vehicle", "arrival"], suffixes=("", "_uncontrolled"))
    assert len(both) == len(ours)
    return both[~both["is_open"].astype(bool)]


@every_market
@pytest.mark.parametrize("strategy", ["price", "renewable"])
@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    place=st.sampled_from(["home", "work", "public"]),
    start=st.sampled_from(["2026-12-15T00:00", "2026-06-16T05:00"]),
    seed=st.integers(0, 10_000),
    target_soc=st.sampled_from([0.7, 0.9, 1.0]),
    timestep_min=st.sampled_from([15, 60]),
    v2g=st.booleans(),
    load_kw=st.sampled_from([0.0, 20.0]),
)
def test_no_stay_costs_more_than_under_uncontrolled(strategy: str, market: str, load_kw: float, **changes: Any) -> None:
    scenario = replace(SITE, strategy=strategy, base_load_kw_per_vehicle=load_kw, **MARKETS[market], **changes)
    stays = compare_stays(scenario)
    assert len(stays)
    # Both leave with the same energy, so that nothing is owed.
    assert (stays["soc_out"] - stays["soc_out_uncontrolled"]).abs().max() < 1e-6
    assert (stays["cost_mad"] - stays["cost_mad_uncontrolled"]).max() <= CENTIME_MAD


@every_market
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("place", ["home", "work", "public"])
def test_a_site_with_sun_and_a_tight_connection_pays_less_than_under_uncontrolled(
    place: str, seed: int, market: str
) -> None:
    site = replace(SITE, fleet_size=60, limit_kw_per_vehicle=3.5, pv_kwp_per_vehicle=4.0, place=place, seed=seed)
    bills = {}
    for strategy in ("price", "uncontrolled"):
        simulation = Simulation(replace(site, strategy=strategy, **MARKETS[market]))
        simulation.advance(site.n_steps)
        bills[strategy] = simulation.kpis["cost_mad"] + simulation.kpis["owed_mad"]
    assert bills["price"] < bills["uncontrolled"]


def make_session(arrival: str, departure: str, **values: Any) -> dict[str, Any]:
    stay = {"arrival": f"2026-12-15T{arrival}", "departure": f"2026-12-15T{departure}"}
    return {"capacity_kwh": 60.0, "power_kw": 11.0} | stay | values


GIVEN: dict[str, Any] = {
    "strategy": "price",
    "start": "2026-12-15T00:00",
    "days": 1.0,
    "timestep_min": 60,
    "base_load_kw_per_vehicle": 0.0,
    "pv_kwp_per_vehicle": 0.0,
    "limit_kw_per_vehicle": 50.0,
    "departure_guard": False,
    "v2g": False,
}


def list_charging_hours(sessions: list[dict[str, Any]], prices: dict[int, float], **changes: Any) -> list[int]:
    """Return the hours of charging under prices that are 1 MAD/kWh elsewhere."""
    profile = tuple(prices.get(hour, 1.0) for hour in range(24))
    series = run_alone(Scenario(sessions=sessions, price_profile=profile, **(GIVEN | changes))).series
    return [time.hour for time in pd.DatetimeIndex(series.index[series["g2v_kw"] > 0.0])]


def test_it_does_not_wait_for_a_price_that_comes_after_the_departure() -> None:
    assert list_charging_hours([make_session("08:00", "16:00", energy_kwh=20.0)], {10: 0.9, 22: 0.1}) == [8, 10]
    assert list_charging_hours([make_session("08:00", "23:00", energy_kwh=10.0)], {10: 0.9, 22: 0.1}) == [22]


def test_it_takes_as_many_of_the_cheapest_hours_as_the_vehicle_needs() -> None:
    prices = {9: 0.5, 11: 0.3, 13: -0.2, 14: 0.4}
    assert list_charging_hours([make_session("08:00", "16:00", energy_kwh=10.0)], prices) == [13]
    assert list_charging_hours([make_session("08:00", "16:00", energy_kwh=30.0)], prices) == [11, 13, 14]


def test_a_surplus_ahead_is_waited_for_as_long_as_the_price_stays_the_same() -> None:
    sun = {"pv_profile": [0.0] * 11 + [12.0] * 2 + [0.0] * 11}
    session = [make_session("08:00", "18:00", energy_kwh=15.0)]
    assert list_charging_hours(session, {}, **sun) == [11, 12]
    assert list_charging_hours(session, {}) == [8, 9]
    # A night that is cheaper than what export pays comes first.
    paid = sun | {"export_price_profile": [0.8] * 24}
    assert list_charging_hours([make_session("08:00", "23:00", energy_kwh=15.0)], {20: 0.1, 21: 0.1}, **paid) == [
        20,
        21,
    ]


def test_where_export_costs_money_the_surplus_is_charged_before_cheap_hours() -> None:
    sun = {"pv_profile": [0.0] * 11 + [12.0] * 2 + [0.0] * 11, "export_price_profile": [-0.5] * 24}
    session = [make_session("08:00", "23:00", energy_kwh=15.0)]
    assert list_charging_hours(session, {20: -0.1, 21: -0.1}, **sun) == [11, 12]


def sum_v2g(departure: str, prices: dict[int, float], **changes: Any) -> float:
    """Return the energy that a vehicle at its target gives back, under a load that takes all of it [kWh]."""
    session = make_session("08:00", departure, soc=0.9, target=0.9)
    profile = tuple(prices.get(hour, 1.0) for hour in range(24))
    site: dict[str, Any] = {"v2g": True, "bidirectional_share": 1.0, "base_load_kw_per_vehicle": 20.0}
    scenario = Scenario(sessions=[session], price_profile=profile, **(GIVEN | site | changes))
    return float(run_alone(scenario).kpis["v2g_kwh"])


def test_v2g_gives_only_what_cheaper_hours_before_the_departure_charge_again() -> None:
    dear = {9: 2.0, 10: 2.0}
    assert sum_v2g("14:00", dear) > 10.0
    # One hour is left after the dear ones: it charges less than an hour of V2G takes out, losses included.
    assert sum_v2g("12:00", dear) == 0.0
    assert sum_v2g("14:00", dear | dict.fromkeys(range(11, 14), 1.9)) == 0.0
    assert sum_v2g("14:00", {9: 1.4, 10: 1.4}) == 0.0
