"""Series of the user in a run: negative prices, prices of export, PV output and a limit that changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.control.allocation import N_DEMAND_SUMS, UNLIMITED, Demand, unpack_demand
from ev2gym_dashboard.core.site.exogenous import make_moments
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.price import Price, allocate_surplus_or_load, is_v2g_worth_it

NEGATIVE = [1.2] * 11 + [-0.5, -0.3, -0.5, -0.5] + [1.2] * 9
SITE = Scenario(
    fleet_size=60,
    evse_per_vehicle=1.0,
    start="2026-12-15T00:00",
    timestep_min=60,
    pv_kwp_per_vehicle=0.0,
    strategy="price",
    price_profile=NEGATIVE,
    place="work",
)


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(SITE)


def test_the_bill_has_negative_lines_at_negative_prices(result: Result) -> None:
    cost = result.series["import_cost_mad"].to_numpy()
    assert (cost[11:15] < 0.0).all()
    assert (cost[:11] > 0.0).all()
    by_hand = (result.series["import_kw"].to_numpy() * np.array(NEGATIVE)).sum()
    assert result.kpis["cost_mad"] == pytest.approx(by_hand + result.series["fixed_mad"].sum())


def test_the_price_strategy_charges_at_every_negative_price(result: Result) -> None:
    g2v_kw, uncontrolled_kw = (
        run.series["g2v_kw"].to_numpy() for run in (result, simulate(replace(SITE, strategy="uncontrolled")))
    )
    assert (g2v_kw[11:15] > 0.0).all()
    assert g2v_kw[11:15].sum() / g2v_kw.sum() > 2.0 * uncontrolled_kw[11:15].sum() / uncontrolled_kw.sum()
    assert result.kpis["cost_mad_saved_vs_uncontrolled"] > 0.0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_runs_under_negative_prices_of_import_and_export(strategy: str) -> None:
    scenario = replace(SITE, strategy=strategy, export_price_profile=[-0.2, 0.4] * 12, pv_kwp_per_vehicle=8.0)
    run = simulate(scenario)
    credit = run.series["export_credit_mad"].to_numpy()
    exported = run.series["export_kw"].to_numpy() > 1e-6
    assert exported.any()
    assert (np.sign(credit[exported]) == np.sign(np.array([-0.2, 0.4] * 12)[exported])).all()
    assert np.isfinite(list(run.kpis.values())).all()


def make_moment(price: float, export: float, *, load_kw: float = 10.0, solar_kw: float = 0.0) -> Moment:
    day = make_exogenous_source(SITE)(0)
    moment = make_moments(day, day)[0]
    return replace(
        moment,
        price_mad_kwh=price,
        export_mad_kwh=export,
        price_low_mad_kwh=0.5,
        base_load_kw=load_kw,
        solar_kw=solar_kw,
    )


def make_demand(v2g_kw: float) -> Demand:
    sums = np.zeros(N_DEMAND_SUMS)
    sums[1] = sums[2] = v2g_kw
    return unpack_demand(sums)


def test_v2g_looks_at_the_price_of_export_too() -> None:
    params = Price()
    assert is_v2g_worth_it(make_moment(1.0, 3.0), params)
    assert not is_v2g_worth_it(make_moment(1.0, 1.2), params)
    # With surplus, V2G would be exported.
    assert not is_v2g_worth_it(make_moment(3.0, 1.0, solar_kw=20.0), params)
    # 10 kW of own load at 0.1 and 90 kW of export at 3 pay for buying back; 9 kW beyond 100 of load do not.
    assert allocate_surplus_or_load(make_moment(0.1, 3.0), params, make_demand(100.0)) == UNLIMITED
    low = Price(price_threshold_mad_kwh=0.6)
    assert allocate_surplus_or_load(make_moment(0.1, 0.7, load_kw=100.0), low, make_demand(109.0)).v2g_share == 0.0
    assert allocate_surplus_or_load(make_moment(2.0, 0.2), params, make_demand(100.0)).v2g_share == pytest.approx(0.1)


def test_pv_output_and_limit_are_those_of_the_series() -> None:
    pv_kw, limit_kw = [0.0] * 8 + [120.0] * 8 + [0.0] * 8, [1000.0] * 12 + [90.0] * 12
    simulation = Simulation(replace(SITE, pv_profile=pv_kw, limit_profile=limit_kw, pv_kwp_per_vehicle=2.0))
    simulation.advance(24)
    series = simulation.result().series
    assert series["solar_kw"].tolist() == pv_kw
    assert series["solar_kw_per_kwp"].tolist() == [kw / 120.0 for kw in pv_kw]
    assert series["limit_kw"].tolist() == [SITE.limit_kw] * 12 + [90.0] * 12
    net_kw, base_kw = (series[name].to_numpy()[12:] for name in ("net_load_kw", "base_load_kw"))
    assert (net_kw <= np.maximum(90.0, base_kw) + 1e-6).all()
