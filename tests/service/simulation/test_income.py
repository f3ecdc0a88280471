"""Income: the plug-in bonus and the service payment, by hand, in the total cost and in the value of V2G."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.service.simulation.income import compute_plug_in_bonus_mad

EVENING = Scenario(fleet_size=40, start="2026-12-15T16:00", days=0.5)
PAID = replace(EVENING, plug_in_bonus_mad_h=0.5, service_mad_kw_h=0.2)
MONTH_H = 730.0


def test_a_bonus_is_paid_by_the_hour_up_to_the_cap_of_the_month() -> None:
    bonus_mad = compute_plug_in_bonus_mad(
        np.array([0.0, 100.0, 400.0]), bonus_mad_h=0.25, cap_mad_month=60.0, run_h=MONTH_H
    )
    assert bonus_mad.tolist() == [0.0, 25.0, 60.0]


def test_half_a_month_earns_half_of_the_cap() -> None:
    bonus_mad = compute_plug_in_bonus_mad(np.array([365.0]), bonus_mad_h=1.0, cap_mad_month=60.0, run_h=MONTH_H / 2.0)
    assert bonus_mad.tolist() == [30.0]


def test_a_bonus_without_a_cap_pays_every_hour_that_a_vehicle_is_plugged_in() -> None:
    result = simulate(PAID)
    plugged_h = result.series["n_connected"].sum() * PAID.timestep_h
    assert result.kpis["plug_in_bonus_mad"] == pytest.approx(0.5 * plugged_h)


def test_a_low_cap_pays_each_vehicle_that_was_plugged_in_the_same() -> None:
    scenario = replace(PAID, plug_in_bonus_cap_mad_month=0.01)
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    n_plugged = np.count_nonzero(simulation.engine.plugged_steps)
    assert simulation.kpis["plug_in_bonus_mad"] == pytest.approx(n_plugged * 0.01 * 12.0 / MONTH_H)


def test_the_offer_is_the_rating_of_the_vehicles_that_are_plugged_in_step_by_step() -> None:
    simulation, offered_kwh = Simulation(EVENING), 0.0
    for _ in range(EVENING.n_steps):
        simulation.advance(1)
        offered_kwh += simulation.engine.limits.ratings.discharge_kw[simulation.state.code].sum() * 0.25
    assert simulation.kpis["offered_kwh"] == pytest.approx(offered_kwh)
    assert offered_kwh > simulation.kpis["v2g_kwh"] > 0.0


@pytest.mark.parametrize("change", [{"v2g": False}, {"strategy": "uncontrolled"}, {"bidirectional_share": 0.0}])
def test_no_offer_is_paid_without_v2g(change: dict[str, object]) -> None:
    kpis = simulate(replace(PAID, **change)).kpis  # type: ignore[arg-type]
    assert kpis["service_mad"] == pytest.approx(0.0, abs=1e-9)


def test_an_offer_ends_when_v2g_is_switched_off() -> None:
    simulation = Simulation(PAID)
    simulation.advance(8)
    offered_kwh = simulation.kpis["offered_kwh"]
    simulation.set(v2g=False)
    simulation.advance(8)
    assert simulation.kpis["offered_kwh"] == offered_kwh > 0.0


def test_payments_lower_the_total_cost_and_change_nothing_else() -> None:
    paid, unpaid = simulate(PAID).kpis, simulate(EVENING).kpis
    income_mad = paid["plug_in_bonus_mad"] + paid["service_mad"]
    assert unpaid["plug_in_bonus_mad"] == unpaid["service_mad"] == 0.0 < income_mad
    for name in ("total_mad", "raw_total_mad"):
        assert paid[name] == pytest.approx(unpaid[name] - income_mad)
    for name in ("cost_mad", "wear_mad", "v2g_kwh", "v2g_bill_mad", "unserved_kwh", "offered_kwh"):
        assert paid[name] == unpaid[name]


def test_the_value_of_v2g_contains_the_service_payment_and_not_the_bonus() -> None:
    paid, unpaid = simulate(PAID).kpis, simulate(EVENING).kpis
    assert paid["v2g_service_mad"] == paid["service_mad"]
    assert paid["v2g_net_mad"] == pytest.approx(unpaid["v2g_net_mad"] + paid["service_mad"])
    assert paid["total_mad_saved_vs_without_v2g"] == pytest.approx(paid["v2g_net_mad"])


def test_the_payments_of_the_models_add_up_to_the_net_value() -> None:
    result = simulate(PAID)
    assert result.models["v2g_net_mad"].sum() == pytest.approx(result.kpis["v2g_net_mad"])


def test_a_restored_run_keeps_its_offer() -> None:
    simulation = Simulation(PAID)
    simulation.advance(10)
    (fork,) = simulation.fork(1)
    simulation.advance(6)
    fork.advance(6)
    assert fork.kpis["offered_kwh"] == simulation.kpis["offered_kwh"] > 0.0
