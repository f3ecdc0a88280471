"""Bills by tiers: the tier of each month follows the meter, EVs included, in every sum of the costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Result, Scenario, Simulation, simulate
from ev2gym_dashboard.service.scenarios.tariff import estimate_monthly_kwh
from ev2gym_dashboard.service.sessions.site_view import compute_price_bands, compute_site_trends
from ev2gym_dashboard.service.sessions.trend_axis import make_trend_axis
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs

HOUSEHOLD = Scenario(
    fleet_size=1, tariff="bt_domestique", start="2026-12-01T00:00", days=31.0, timestep_min=60, strategy="uncontrolled",
    evse_per_vehicle=1.0, pv_kwp_per_vehicle=0.0, limit_kw_per_vehicle=9.0, base_load_profile=((250.0 / 744.0,),),
)  # fmt: skip
SMALL_SITE = replace(HOUSEHOLD, fleet_size=3, strategy="grid_support", bidirectional_share=1.0)


def compute_domestic_bill_mad(monthly_kwh: float) -> float:
    """Work out a month of BT domestique: by tiers up to 150 kWh, above at the price of the tier reached."""
    if monthly_kwh <= 150.0:
        return 0.901 * min(monthly_kwh, 100.0) + 1.0732 * max(monthly_kwh - 100.0, 0.0)
    price = (1.0732, 1.1676, 1.3817, 1.5958)[sum(monthly_kwh > bound for bound in (200.0, 300.0, 500.0))]
    return price * monthly_kwh


def sum_lines(result: Result) -> float:
    return sum(line.cost_mad for line in result.bill)


@pytest.mark.parametrize("drive_scale", [0.0, 0.2, 0.5, 1.0])
def test_a_month_of_a_household_with_an_ev_is_billed_by_its_meter(drive_scale: float) -> None:
    result = simulate(replace(HOUSEHOLD, drive_scale=drive_scale))
    bill_mad = compute_domestic_bill_mad(result.kpis["import_kwh"])
    assert result.kpis["cost_mad"] == pytest.approx(bill_mad, abs=0.005)
    assert sum_lines(result) == pytest.approx(bill_mad, abs=0.005)
    assert result.series["cost_mad"].sum() == pytest.approx(bill_mad, abs=0.005)


def test_the_ev_moves_the_household_to_a_higher_tier() -> None:
    alone, with_ev = (simulate(replace(HOUSEHOLD, return_share=share)) for share in (0.0, 0.7))
    assert alone.kpis["cost_mad"] == pytest.approx(250.0 * 1.1676)
    assert with_ev.kpis["import_kwh"] > 500.0
    assert with_ev.kpis["cost_mad"] == pytest.approx(with_ev.kpis["import_kwh"] * 1.5958)


def test_two_months_of_a_run_are_settled_each() -> None:
    result = simulate(replace(HOUSEHOLD, start="2026-11-01T00:00", days=61.0, drive_scale=0.3))
    november_kwh, december_kwh = (part.sum() for part in np.split(result.series["import_kw"].to_numpy(), [30 * 24]))
    bill_mad = compute_domestic_bill_mad(november_kwh) + compute_domestic_bill_mad(december_kwh)
    assert result.kpis["cost_mad"] == pytest.approx(bill_mad)


def test_a_part_of_a_month_is_billed_as_that_share_of_a_whole_one() -> None:
    result = simulate(replace(HOUSEHOLD, start="2026-12-11T06:00", days=7.0))
    whole_mad = compute_domestic_bill_mad(result.kpis["import_kwh"] * 744.0 / 168.0)
    assert result.kpis["cost_mad"] == pytest.approx(whole_mad * 168.0 / 744.0)


def test_solar_power_behind_the_meter_lowers_the_tier() -> None:
    load = replace(HOUSEHOLD, return_share=0.0, base_load_profile=((320.0 / 744.0,),))
    without, roof = (simulate(replace(load, pv_kwp_per_vehicle=kwp)) for kwp in (0.0, 2.0))
    assert without.kpis["cost_mad"] == pytest.approx(320.0 * 1.3817)
    assert roof.kpis["cost_mad"] == pytest.approx(compute_domestic_bill_mad(roof.kpis["import_kwh"]))
    assert roof.kpis["import_kwh"] < 300.0


@pytest.fixture(scope="module")
def runs() -> CounterfactualRuns:
    runs = start_counterfactual_runs(SMALL_SITE)
    runs.advance(SMALL_SITE.n_steps)
    return runs


def test_counterfactuals_are_settled_by_their_own_import(runs: CounterfactualRuns) -> None:
    for simulation in (runs.simulation, *runs.counterfactuals.values()):
        bill_mad = compute_domestic_bill_mad(simulation.kpis["import_kwh"])
        assert simulation.kpis["cost_mad"] == pytest.approx(bill_mad)
        assert sum(line.cost_mad for line in simulation.bill) == pytest.approx(bill_mad)


def test_the_savings_and_the_value_of_v2g_are_differences_of_these_bills(runs: CounterfactualRuns) -> None:
    value, kpis = runs.value, runs.result().kpis
    without_mad = runs.counterfactuals["without_v2g"].kpis["cost_mad"]
    assert value.v2g_kwh > 0.0
    assert value.bill_mad == pytest.approx(without_mad - kpis["cost_mad"])
    assert kpis["raw_cost_mad_saved_vs_without_v2g"] == pytest.approx(value.bill_mad)
    assert kpis["cost_mad_saved_vs_without_v2g"] == pytest.approx(value.bill_mad + value.stored_mad)
    assert value.per_model_mad.sum() == pytest.approx(value.net_mad)
    # BT pays nothing for what exceeds the small base load; the rest saves the price that charging costs.
    simulation = runs.simulation
    exported_share = simulation.kpis["export_kwh"] / value.v2g_kwh
    assert value.spread_mad_kwh == pytest.approx(-exported_share * simulation.series("price_mad_kwh")[0])


def test_the_site_shows_the_prices_and_the_totals_of_the_bill(runs: CounterfactualRuns) -> None:
    trends = compute_site_trends(runs, make_trend_axis(runs.simulation))
    simulation = runs.simulation
    assert trends["cost_mad"][-1] == pytest.approx(simulation.kpis["cost_mad"])
    mean_mad_kwh = simulation.kpis["cost_mad"] / simulation.kpis["import_kwh"]
    assert compute_price_bands(simulation)["price_mad_kwh"] == pytest.approx([mean_mad_kwh])


@pytest.mark.parametrize(
    "changes", [{"tariff": "flat"}, {"tariff": "bt_bi_horaire"}, {"price_profile": ((0.5, 2.0),)}], ids=str
)
def test_without_tiers_a_step_is_billed_at_its_price(changes: dict[str, Any]) -> None:
    simulation = Simulation(replace(HOUSEHOLD, **changes))
    simulation.advance(48)
    series = simulation.result().series
    assert np.array_equal(series["import_cost_mad"], series["import_kw"] * series["price_mad_kwh"])


def test_the_price_of_a_step_is_an_estimate_that_includes_the_expected_charging() -> None:
    base_kwh = estimate_monthly_kwh(replace(HOUSEHOLD, return_share=0.0))
    assert base_kwh == pytest.approx(730.0 * 250.0 / 744.0)
    charged_kwh = np.mean(
        [simulate(replace(HOUSEHOLD, fleet_size=50, days=28.0, seed=seed)).kpis["g2v_kwh"] / 50.0 for seed in range(2)]
    )
    assert estimate_monthly_kwh(HOUSEHOLD) - base_kwh == pytest.approx(charged_kwh * 730.0 / 672.0, rel=0.25)
    assert estimate_monthly_kwh(replace(HOUSEHOLD, evse_per_vehicle=0.0)) == base_kwh
