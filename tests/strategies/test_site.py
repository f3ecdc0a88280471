"""The site, for every strategy: the meter adds up, the connection is kept, the bill is price times import."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Result, Scenario, simulate
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import run_alone, scenarios

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@cache
def run_day(strategy: str, **changed: Any) -> Result:
    return simulate(replace(Scenario(fleet_size=1000, strategy=strategy), **changed))


@every_strategy
@given(scenarios(), st.floats(0.5, 6.0), st.floats(0.0, 3.0))
@settings(max_examples=10)
def test_the_meter_adds_up_and_the_connection_is_kept(
    strategy: str, scenario: Scenario, limit: float, pv: float
) -> None:
    tight = replace(scenario, strategy=strategy, limit_kw_per_vehicle=limit, pv_kwp_per_vehicle=pv)
    result = simulate(tight)
    series = result.series
    net_kw = series["base_load_kw"] + series["net_power_kw"] - series["solar_kw"] + series["curtailed_kw"]
    other_kw = series["base_load_kw"] - series["solar_kw"]
    assert np.allclose(series["net_load_kw"], net_kw)
    assert np.allclose(series["import_kw"] - series["export_kw"], net_kw)
    assert (series["net_load_kw"] <= np.maximum(series["limit_kw"], other_kw) + 1e-6).all()
    assert (series["net_load_kw"] >= -series["limit_kw"] - 1e-6).all()
    assert (series["curtailed_kw"] <= np.maximum(-other_kw - series["limit_kw"], 0.0) + 1e-6).all()
    cost = (series["import_kw"] * series["price_mad_kwh"]).sum() * tight.timestep_h
    assert series["import_cost_mad"].sum() == pytest.approx(cost)
    assert sum(line.cost_mad for line in result.bill) == pytest.approx(result.kpis["cost_mad"])
    assert abs(result.ledger["residual_kwh"]) <= 1e-9 * max(result.ledger["grid_in_kwh"], 60 * 60.0)


def test_the_default_connection_is_tight_on_an_ordinary_evening() -> None:
    series = run_day("uncontrolled").series
    assert series["net_load_kw"].max() == pytest.approx(series["limit_kw"].max())


@pytest.mark.parametrize("start", ["2026-12-15T16:00", "2026-06-20T05:00"])
@pytest.mark.parametrize("place", ["home", "public", "work"])
@pytest.mark.parametrize("tariff", ["bt_bi_horaire", "mt_general"])
def test_shaving_never_raises_the_peak_of_the_site_above_uncontrolled_s(start: str, place: str, tariff: str) -> None:
    """Of a fleet: among a few vehicles, one that was put off can meet one that nobody knew would come."""
    kpis = simulate(Scenario(fleet_size=200, strategy="peak_shaving", start=start, place=place, tariff=tariff)).kpis
    assert kpis["site_peak_kw_saved_vs_uncontrolled"] >= -1e-9 * kpis["site_peak_kw"]


@pytest.mark.parametrize(("stay_model", "share"), [("hour_mean", 0.9), ("elaadnl", 0.97)])
def test_shaving_lowers_the_peak_of_the_default_site(stay_model: str, share: float) -> None:
    """Less with ElaadNL's stays: many are short, and their charging cannot be put off."""
    shaved, uncontrolled = (run_day(key, stay_model=stay_model) for key in ("peak_shaving", "uncontrolled"))
    assert shaved.kpis["site_peak_kw"] < share * uncontrolled.kpis["site_peak_kw"]


def test_a_demand_response_event_takes_its_share_of_the_connection() -> None:
    called = run_day("uncontrolled", event_start="2026-12-15T19:00", event_reduction=0.4).series
    during = called.between_time("19:00", "19:45")
    assert (during["limit_kw"] == 0.6 * called["limit_kw"].max()).all()
    assert (during["overload_kw"] <= np.maximum(during["base_load_kw"] - during["limit_kw"], 0.0) + 1e-6).all()
    assert during["g2v_kw"].sum() < run_day("uncontrolled").series.between_time("19:00", "19:45")["g2v_kw"].sum()


@every_strategy
def test_pv_above_the_connection_is_curtailed_counted_and_no_overload(strategy: str) -> None:
    """Of 5 kWp per vehicle behind 0.5 kW per vehicle, without a base load."""
    site: dict[str, Any] = {"limit_kw_per_vehicle": 0.5, "base_load_kw_per_vehicle": 0.0, "pv_kwp_per_vehicle": 5.0}
    result = run_alone(Scenario(fleet_size=200, strategy=strategy, start="2026-12-15T00:00", **site))
    series, kpis = result.series, result.kpis
    assert series["export_kw"].max() == pytest.approx(100.0)
    assert kpis["overload_kw"] == pytest.approx(0.0, abs=1e-6)
    excess_kwh = (series["solar_kw"] - series["net_power_kw"] - 100.0).clip(lower=0.0).sum() / 4
    assert kpis["curtailed_kwh"] == pytest.approx(excess_kwh)
    assert excess_kwh > 1000.0
    # Neither used nor exported, and V2G is cut before the sun.
    used_kwh = (series["solar_kw"] - series["export_kw"] - series["curtailed_kw"]).clip(lower=0.0).sum() / 4
    assert kpis["self_consumption"] == pytest.approx(used_kwh / (series["solar_kw"].sum() / 4))
    assert series["v2g_kw"][series["curtailed_kw"] > 0.0].sum() == 0.0


def test_a_saving_is_the_difference_to_a_counterfactual() -> None:
    ours, uncontrolled = run_day("peak_shaving"), run_day("uncontrolled")
    difference = {name: uncontrolled.kpis[name] - ours.kpis[name] for name in ("cost_mad", "owed_mad")}
    assert ours.kpis["raw_cost_mad_saved_vs_uncontrolled"] == pytest.approx(difference["cost_mad"])
    assert ours.kpis["cost_mad_saved_vs_uncontrolled"] == pytest.approx(sum(difference.values()))


def test_uncontrolled_saves_nothing_against_itself() -> None:
    kpis = run_day("uncontrolled").kpis
    assert all(value == pytest.approx(0.0, abs=1e-9) for name, value in kpis.items() if "_saved_vs_" in name)
    assert kpis["v2g_net_mad"] == pytest.approx(0.0, abs=1e-9)


def test_the_net_value_of_v2g_is_what_it_saves_less_its_wear() -> None:
    kpis = run_day("grid_support").kpis
    costs_mad = sum(kpis[f"v2g_{name}_mad"] for name in ("wear", "owed_wear", "unserved"))
    assert kpis["v2g_net_mad"] == pytest.approx(kpis["v2g_bill_mad"] + kpis["v2g_stored_mad"] - costs_mad)
    assert kpis["v2g_wear_mad"] > 0.0


@every_strategy
@pytest.mark.parametrize("tariff", ["bt_bi_horaire", "mt_general", "bt_domestique"])
@given(st.floats(0.0, 1.0), st.floats(0.0, 4.0), st.floats(0.3, 6.0), st.integers(0, 1000))
@settings(max_examples=4)
def test_the_values_of_v2g_by_model_add_up_to_the_total(
    strategy: str, tariff: str, base: float, pv: float, limit: float, seed: int
) -> None:
    site: dict[str, Any] = {"base_load_kw_per_vehicle": base, "pv_kwp_per_vehicle": pv, "limit_kw_per_vehicle": limit}
    params = (("price.price_threshold_mad_kwh", 1.0),)
    scenario = Scenario(
        fleet_size=40, strategy=strategy, tariff=tariff, seed=seed, params=params, timestep_min=30, **site
    )
    result = simulate(replace(scenario, start="2026-12-15T08:00", bidirectional_share=1.0, days=1.5))
    # To rounding: of the whole bill, which the value is a small difference of.
    rounding = pytest.approx(result.kpis["v2g_net_mad"], abs=1e-9 * (1.0 + abs(result.kpis["cost_mad"])))
    assert result.models["v2g_net_mad"].sum() == rounding


def test_no_co2_is_saved_by_a_flat_factor() -> None:
    kpis = run_day("grid_support").kpis
    assert kpis["co2_kg"] == pytest.approx(kpis["import_kwh"] * 0.551)
    assert kpis["co2_kg_saved_vs_without_v2g"] <= kpis["v2g_kwh"] * 0.551
