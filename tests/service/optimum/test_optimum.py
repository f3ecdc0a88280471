"""Tests of the optimum of a scenario: its plan runs in the engine, and its figures are those of the run."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, find_bound, optimum
from ev2gym_dashboard.core.optimum.objective import OBJECTIVE_PRICES, Objective, evaluate_objective
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=120, days=2.0, timestep_min=30, limit_kw_per_vehicle=2.4, pv_kwp_per_vehicle=1.0)
CHEAP_WEAR = {"v2g_wear_mad_kwh": 0.2, "peak_mad_kw": 2.0}


def test_plan_in_the_engine_is_between_bound_and_every_strategy() -> None:
    found = optimum(SITE, prices=CHEAP_WEAR)
    costs_mad = {}
    for strategy in STRATEGIES:
        run = Simulation(replace(SITE, strategy=strategy))
        run.advance(SITE.n_steps)
        costs_mad[strategy] = evaluate_objective(found.objective, run.kpis)
    assert found.bound_mad <= found.objective_mad < min(costs_mad.values())
    assert found.model_gap < 0.002
    assert found.gap < 0.02
    assert found.objective_mad == pytest.approx(found.model_mad, rel=0.01)


def test_objective_is_that_of_the_result() -> None:
    found = optimum(replace(SITE, fleet_size=30, days=1.0))
    assert found.objective_mad == evaluate_objective(found.objective, found.result.kpis)
    assert found.shadow_price_mad_kwh.shape == (48,)
    assert found.result.ledger["residual_kwh"] == pytest.approx(0.0, abs=1e-6)


def test_objective_adds_up_priced_kpis() -> None:
    objective = Objective(0.5, 5.0, 1.2, calendar_share=0.5, co2_mad_t=100.0, peak_mad_kw=3.0)
    kpis = {"cost_mad": 10.0, "co2_kg": 20.0, "v2g_kwh": 4.0, "calendar_mad": 6.0, "unserved_kwh": 1.0}
    kpis |= {"owed_kwh": -5.0, "site_peak_kw": 7.0}
    assert evaluate_objective(objective, kpis) == pytest.approx(10 + 2 + 2 + 3 + 5 - 6 + 21)


def test_plan_of_each_vehicle_is_followed() -> None:
    found = optimum(replace(SITE, fleet_size=40, days=1.0), trace=True)
    vehicles = found.result.vehicles
    assert vehicles is not None
    power_kw = vehicles["power_kw"].to_numpy().reshape(-1, 40)
    planned_kw = found.plan.power_kw.T
    both = (power_kw * planned_kw > 0.0).sum() / (planned_kw != 0.0).sum()
    assert both > 0.9


def test_v2g_switch_is_respected() -> None:
    found = optimum(replace(SITE, v2g=False), prices={"v2g_wear_mad_kwh": 0.0})
    assert found.result.kpis["v2g_kwh"] == 0.0
    with_v2g = optimum(SITE, prices={"v2g_wear_mad_kwh": 0.0})
    assert with_v2g.bound_mad < found.bound_mad
    assert with_v2g.objective_mad < found.objective_mad


@pytest.mark.parametrize(
    "settings",
    [
        {"limit_kw_per_vehicle": 0.0},
        {"limit_kw_per_vehicle": 0.5, "base_load_kw_per_vehicle": 4.0},
        {"evse_per_vehicle": 0.0},
        {"fleet_size": 1, "return_share": 0.0},
        {"reserve_soc": 1.0, "target_soc": 1.0},
        {"days": 0.03},
        {"unserved_mad_kwh": 0.0, "bidirectional_share": 1.0},
    ],
)
def test_optimum_is_never_infeasible(settings: dict[str, Any]) -> None:
    found = optimum(replace(replace(SITE, fleet_size=20, days=1.0), **settings))
    assert np.isfinite(found.objective_mad)
    assert found.bound_mad <= found.objective_mad + 1e-6 * abs(found.objective_mad)


def test_bad_input_is_refused_with_every_issue() -> None:
    prices = {"v2g_wear_mad_kwh": -1.0, "calendar_share": 2.0, "peak": 1.0, "co2_mad_t": float("nan")}
    with pytest.raises(ValidationError) as refused:
        optimum(replace(SITE, fleet_size=0), prices=prices, tolerance=0.0, time_limit_s=float("nan"))
    assert {issue.field for issue in refused.value.issues} == {*prices, "fleet_size", "tolerance", "time_limit_s"}


def test_objective_is_by_default_that_of_the_total_cost() -> None:
    small = replace(SITE, fleet_size=20, days=1.0)
    by_default, in_full, without = (
        find_bound(small, prices=prices) for prices in ({}, {"calendar_share": 1.0}, {"calendar_share": 0.0})
    )
    assert by_default.objective == in_full.objective
    assert by_default.bound_mad == in_full.bound_mad > without.bound_mad
    assert find_bound(small, prices=dict.fromkeys(("v2g_wear_mad_kwh", "owed_mad_kwh"), "auto")).objective == (
        by_default.objective
    )


def test_prices_of_a_scenario_are_those_of_its_objective() -> None:
    declared = {
        "v2g_wear_mad_kwh": 0.3,
        "owed_mad_kwh": 2.0,
        "calendar_share": 0.5,
        "co2_mad_t": 400.0,
        "peak_mad_kw": 9.0,
    }
    small = replace(SITE, fleet_size=10, days=1.0)
    by_scenario, by_argument = find_bound(replace(small, **declared)), find_bound(small, prices=declared)  # type: ignore[arg-type]
    assert by_scenario.objective == by_argument.objective
    assert by_scenario.bound_mad == by_argument.bound_mad


def test_table_of_prices_has_the_fields_of_the_objective() -> None:
    assert tuple(OBJECTIVE_PRICES) == tuple(field.name for field in fields(Objective))


def test_optimum_does_not_depend_on_the_strategy_of_the_scenario() -> None:
    small = replace(SITE, fleet_size=30, days=1.0)
    costs = {optimum(replace(small, strategy=strategy)).bound_mad for strategy in ("uncontrolled", "price")}
    assert len(costs) == 1
