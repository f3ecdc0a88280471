"""Settlement of the end state: hand-solved rates, and parts that add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.service.simulation.counterfactuals import SAVINGS
from ev2gym_dashboard.service.simulation.end_settlement import compute_owed_rates, compute_settlement_kpis, is_open
from ev2gym_dashboard.strategies import STRATEGIES

EVENING = Scenario(fleet_size=40, start="2026-12-15T16:00", days=0.25)
"""It ends at 22:00, when the vehicles that discharged have yet to be charged."""


def test_a_kwh_owed_is_bought_at_the_lowest_price_of_the_next_day_and_at_the_efficiency_of_charging() -> None:
    simulation = Simulation(replace(EVENING, price_profile=((3.0,) * 12 + (0.8,) + (2.0,) * 11,)))
    simulation.advance(24)
    rates = compute_owed_rates(simulation.engine)
    kpis = simulate(Scenario(fleet_size=40, strategy="uncontrolled")).kpis
    assert rates.import_kwh == pytest.approx(1.0 / (1.0 - kpis["charge_loss_kwh"] / kpis["g2v_kwh"]), rel=0.02)
    assert rates.energy_mad == pytest.approx(0.8 * rates.import_kwh)


def test_the_co2_of_a_kwh_owed_is_that_of_the_hours_in_which_it_is_bought() -> None:
    prices, factors = ((3.0,) * 12 + (0.8,) * 2 + (2.0,) * 10,), ((900.0,) * 12 + (100.0, 300.0) + (900.0,) * 10,)
    simulation = Simulation(replace(EVENING, price_profile=prices, co2_profile=factors))
    simulation.advance(24)
    assert compute_owed_rates(simulation.engine).co2_kg == pytest.approx(
        0.2 * compute_owed_rates(simulation.engine).import_kwh
    )


def test_under_tiers_a_kwh_owed_costs_the_tier_that_the_month_reaches() -> None:
    rates = compute_owed_rates(Simulation(replace(EVENING, tariff="bt_domestique")).engine)
    assert rates.energy_mad == pytest.approx(1.5958 * rates.import_kwh)


def test_the_wear_of_a_kwh_owed_is_proportional_to_the_price_of_the_pack() -> None:
    scenarios = [replace(EVENING, pack_price_mad_kwh=price_mad_kwh) for price_mad_kwh in (300.0, 900.0)]
    cheap, dear = (compute_owed_rates(Simulation(scenario).engine).wear_mad for scenario in scenarios)
    assert 0.0 < cheap == pytest.approx(dear / 3.0)


def test_the_rates_are_the_same_for_all_strategies() -> None:
    rates = set()
    for strategy in STRATEGIES:
        simulation = Simulation(replace(EVENING, strategy=strategy))
        simulation.advance(24)
        rates.add(compute_owed_rates(simulation.engine))
    assert len(rates) == 1


def test_the_parts_add_up_to_the_total_by_hand() -> None:
    rates = compute_owed_rates(Simulation(EVENING).engine)
    kpis = {"cost_mad": 100.0, "wear_mad": 20.0, "unserved_kwh": 3.0, "plug_in_bonus_mad": 4.0, "service_mad": 1.0}
    settled = compute_settlement_kpis(kpis, owed_kwh=10.0, rates=rates, unserved_mad_kwh=5.0)
    assert settled["unserved_mad"] == 15.0
    assert settled["raw_total_mad"] == 130.0
    assert settled["total_mad"] == pytest.approx(130.0 + 10.0 * (rates.energy_mad + rates.wear_mad))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_owed_is_what_the_batteries_hold_less_than_at_the_start(strategy: str) -> None:
    result = simulate(replace(EVENING, strategy=strategy))
    kpis = result.kpis
    assert kpis["owed_kwh"] == pytest.approx(-result.ledger["stored_kwh"])
    parts = ("cost_mad", "wear_mad", "owed_mad", "owed_wear_mad", "unserved_mad")
    assert kpis["total_mad"] == pytest.approx(sum(kpis[name] for name in parts))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_saving_and_its_raw_one_differ_by_what_is_owed(strategy: str) -> None:
    scenario = replace(EVENING, strategy=strategy)
    kpis = simulate(scenario).kpis
    uncontrolled = simulate(replace(scenario, strategy="uncontrolled", v2g=False)).kpis
    corrected = [name for name in SAVINGS if KPIS[name].owed]
    assert corrected
    for name in corrected:
        owed = uncontrolled[KPIS[name].owed] - kpis[KPIS[name].owed]
        saved, raw = (kpis[f"{prefix}{name}_saved_vs_uncontrolled"] for prefix in ("", "raw_"))
        assert saved == pytest.approx(raw + owed)


def test_leaving_vehicles_uncharged_is_no_saving() -> None:
    scenario = Scenario(fleet_size=40, days=2.0, strategy="uncontrolled")
    served, starved = (simulate(replace(scenario, evse_per_vehicle=share)).kpis for share in (0.5, 0.05))
    assert starved["unserved_kwh"] > served["unserved_kwh"] + 100.0
    assert starved["cost_mad"] < served["cost_mad"]
    assert starved["total_mad"] > served["total_mad"]


def test_a_run_before_its_first_step_owes_nothing() -> None:
    kpis = Simulation(EVENING).kpis
    assert kpis["owed_kwh"] == kpis["total_mad"] == 0.0


@pytest.mark.parametrize(
    ("owed", "claimed", "expected"), [(11.0, -100.0, True), (-9.0, 100.0, False), (0.0, 0.0, False)]
)
def test_a_difference_is_open_while_more_than_a_tenth_of_it_is_owed(
    owed: float, claimed: float, expected: bool
) -> None:
    assert is_open(owed, claimed) is expected
