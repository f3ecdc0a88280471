"""The bill of the site without its EVs, and what the EVs add to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.simulation.base_bill import BaseLoadRun
from tests.strategies.scenarios import run_alone

SITES: dict[str, dict[str, Any]] = {
    "sun above the connection": {"pv_kwp_per_vehicle": 6.0, "limit_kw_per_vehicle": 1.0, "start": "2026-06-16T05:00"},
    "tiers": {"tariff": "bt_domestique", "start": "2026-12-30T00:00", "days": 4.0},
    "a demand charge": {"tariff": "mt_general", "start": "2026-12-30T00:00", "days": 4.0, "subscribed_kva": 20.0},
    "a subscription by the load": {"tariff": "mt_general", "subscribed_kva": "auto"},
    "hours of export": {"tariff": "mt_general", "pv_kwp_per_vehicle": 6.0, "start": "2026-06-16T00:00"},
}


@pytest.mark.parametrize("name", SITES)
def test_a_site_whose_vehicles_stay_on_the_road_has_the_bill_of_its_load(name: str) -> None:
    scenario = Scenario(**({"fleet_size": 30, "return_share": 0.0, "days": 2.0} | SITES[name]))
    result = run_alone(scenario)
    assert not result.series["net_power_kw"].any()
    assert result.kpis["base_cost_mad"] == pytest.approx(result.kpis["cost_mad"])
    assert result.kpis["ev_cost_mad"] == pytest.approx(0.0, abs=1e-6)


def test_under_a_flat_price_the_evs_pay_for_their_energy() -> None:
    scenario = Scenario(fleet_size=30, tariff="flat", pv_kwp_per_vehicle=0.0, strategy="uncontrolled")
    kpis = run_alone(scenario).kpis
    assert kpis["g2v_kwh"] > 100.0
    assert kpis["ev_cost_mad"] == pytest.approx(1.4 * kpis["g2v_kwh"])


def test_under_tiers_the_evs_pay_more_for_a_kwh_than_the_site() -> None:
    """They are what lifts the site into the upper tiers."""
    kpis = run_alone(Scenario(fleet_size=1, tariff="bt_domestique", pv_kwp_per_vehicle=0.0, evse_per_vehicle=1.0,
                              base_load_kw_per_vehicle=0.3, days=31.0, start="2026-12-01T00:00")).kpis  # fmt: skip
    base_kwh = kpis["import_kwh"] - kpis["g2v_kwh"] + kpis["v2g_kwh"]
    assert kpis["g2v_kwh"] > 50.0
    assert kpis["ev_cost_mad"] / kpis["g2v_kwh"] > 1.05 * kpis["base_cost_mad"] / base_kwh


def test_vehicles_that_raise_the_peak_pay_for_it() -> None:
    site: dict[str, Any] = {"fleet_size": 30, "tariff": "mt_general", "pv_kwp_per_vehicle": 0.0, "subscribed_kva": 30.0}
    kpis = run_alone(Scenario(strategy="uncontrolled", **site)).kpis
    assert kpis["excess_mad"] > 0.0
    energy_mad = kpis["g2v_kwh"] * 1.4157
    assert kpis["ev_cost_mad"] > energy_mad * 0.5 + 0.5 * kpis["excess_mad"]


def test_the_import_of_the_base_load_goes_on_over_midnight() -> None:
    scenario = Scenario(fleet_size=10, start="2026-12-15T22:30", days=1.0)
    series = run_alone(scenario).series
    run = BaseLoadRun(scenario)
    run.advance(7)
    run.advance(scenario.n_steps - 7)
    expected = np.maximum(series["base_load_kw"] - series["solar_kw"], 0.0)
    assert run.series("import_kw") == pytest.approx(expected.tolist())
