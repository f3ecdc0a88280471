"""Capital, yearly cost, net present value and payback, checked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.service.simulation.investment import (
    compute_capex,
    compute_investment_kpis,
    compute_payback_years,
    compute_present_value_factor,
)

SITE = Scenario(
    evses="2 x AC 22\n1 x DC 50 V2G",
    fleet_size=10,
    limit_kw_per_vehicle=9.0,
    power_factor=0.9,
    evse_ac_capex_mad_kw=1000.0,
    evse_dc_capex_mad_kw=5000.0,
    bidirectional_capex_mad_kw=2000.0,
    connection_capex_mad_kva=500.0,
    investment_years=2,
    discount_rate=0.1,
)


def test_capex_is_rated_power_times_price() -> None:
    capex = compute_capex(SITE)
    assert capex["bidirectional_capex_mad"] == pytest.approx(50.0 * 2000.0)
    assert capex["evse_capex_mad"] == pytest.approx(2 * 22.08 * 1000.0 + 50.0 * 5000.0 + 50.0 * 2000.0)
    assert capex["connection_capex_mad"] == pytest.approx(90.0 / 0.9 * 500.0)


@pytest.mark.parametrize(
    ("rate", "factor"), [(0.1, 1 / 1.1 + 1 / 1.21), (0.0, 2.0), (1.0, 0.75), (5.5e-17, 2.0), (5e-324, 2.0)]
)
def test_the_factor_is_the_sum_of_the_discounted_years(rate: float, factor: float) -> None:
    assert compute_present_value_factor(replace(SITE, discount_rate=rate)) == pytest.approx(factor)


def test_value_and_cost_of_a_day_stand_for_the_year() -> None:
    kpis = compute_investment_kpis(SITE, {"total_mad": 100.0, "v2g_net_mad": 300.0}, n_steps=96)
    factor = 1 / 1.1 + 1 / 1.21
    assert kpis["v2g_npv_mad"] == pytest.approx(300.0 * 365.0 * factor - 100_000.0)
    capital_mad = kpis["evse_capex_mad"] + kpis["connection_capex_mad"]
    assert kpis["total_mad_year"] == pytest.approx(36_500.0 + capital_mad / factor)
    assert compute_payback_years(SITE, kpis) == pytest.approx(100_000.0 / (300.0 * 365.0))


def test_v2g_that_loses_money_never_pays_back() -> None:
    kpis = compute_investment_kpis(SITE, {"total_mad": 100.0, "v2g_net_mad": -1.0}, n_steps=96)
    assert compute_payback_years(SITE, kpis) is None


def test_a_run_tells_its_investment_and_no_price_changes_its_power() -> None:
    site = Scenario(fleet_size=20, days=0.5)
    cheap, dear = (simulate(replace(site, bidirectional_capex_mad_kw=price)) for price in (0.0, 9e3))
    assert cheap.series.equals(dear.series)
    assert cheap.kpis["v2g_npv_mad"] > dear.kpis["v2g_npv_mad"]
    assert cheap.v2g_payback_years in (0.0, None)
    assert dear.describe().loc["v2g_npv_mad", "unit"] == "MAD"


def test_the_defaults_follow_from_the_figures_of_their_sources() -> None:
    """8,900 MAD for 7.4 kW; 382,500 USD for six DC EVSEs of 50 kW; loans at 4.95 % less 0.8 % inflation."""
    default = Scenario()
    assert default.evse_ac_capex_mad_kw == pytest.approx(8_900.0 / 7.4, rel=0.01)
    assert default.evse_dc_capex_mad_kw == pytest.approx(382_500.0 * 10.0 / (6 * 50.0))
    assert default.discount_rate == pytest.approx(0.0495 - 0.008, abs=0.005)
