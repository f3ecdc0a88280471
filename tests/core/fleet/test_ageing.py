"""Battery wear: hand-solved values, and the running sums against a kept history."""

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.ageing import (
    AGEING_LAWS,
    compute_declared_cyclic_loss,
    compute_lfp_calendar_loss,
    compute_lfp_cyclic_loss,
    compute_loss_cost_mad,
    compute_nmc_calendar_loss,
    compute_nmc_cyclic_loss,
    compute_past_cycles,
)
from ev2gym_dashboard.core.scenario_options import CHEMISTRIES
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear, compute_vehicle_wear


def compute_one(function: object, *args: float, **kwargs: Any) -> float:
    return float(function(*(np.array([arg]) for arg in args), **kwargs)[0])  # type: ignore[operator]


def test_calendar_loss_of_a_day_at_half_charge_by_hand() -> None:
    alpha = (7.543e6 * (3.3324 + 0.8263 * 0.5) - 23.75e6) * np.exp(-6976 / 298.15)
    loss = compute_one(compute_nmc_calendar_loss, 0.5, days=1.0, temperature_c=25.0)
    assert loss == pytest.approx(alpha * 0.75 / 730**0.25)


def test_cyclic_loss_of_78_kwh_is_that_of_ev2gym_by_hand() -> None:
    beta = 7.348e-3 * (3.74555 - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * 0.3
    energy_kwh, past_ah = 20.0, 2 * 730 * (15_000 / 365) * 0.186 * 2.05 / 78
    expected = beta * 0.5 * (energy_kwh / 78 * 2.05) / np.sqrt(past_ah)
    past_cycles = compute_past_cycles(np.array([78.0]), km_per_year=15_000.0)
    assert compute_one(compute_nmc_cyclic_loss, energy_kwh / 78, 0.3, past_cycles=past_cycles) == pytest.approx(
        expected
    )


def test_an_lfp_pack_stored_half_full_for_a_day_by_hand() -> None:
    # 1.2571e-5 x 0.60225 per root of a second; the slope of a root of time is half of it over the root of the age.
    expected = 1.2571e-5 * 0.60225 * 0.5 * 86_400.0 / np.sqrt(730 * 86_400.0)
    assert compute_one(compute_lfp_calendar_loss, 0.5, days=1.0, temperature_c=25.0) == pytest.approx(expected)
    # A cell that is not linearised loses 6.01 % in its first two years.
    assert 1.2571e-5 * 0.60225 * np.sqrt(730 * 86_400.0) == pytest.approx(0.0601, abs=1e-4)


def test_a_full_lfp_cycle_after_a_hundred_by_hand() -> None:
    percent_per_root = (0.0630 * 0.2 + 0.0971) * (4.0253 * (1.0 - 0.6) ** 3 + 1.0923)
    expected = percent_per_root / 100.0 * 0.5 * 1.0 / np.sqrt(100.0)
    loss = compute_one(compute_lfp_cyclic_loss, 2.0, 1.0, past_cycles=np.array([100.0]))
    assert loss == pytest.approx(expected)
    exact = percent_per_root / 100.0 * (np.sqrt(100.5) - np.sqrt(99.5))
    assert loss == pytest.approx(exact, rel=1e-4)


def test_ten_degrees_more_age_nmc_by_2_14_and_lfp_by_1_25() -> None:
    for compute, factor in ((compute_nmc_calendar_loss, 2.137), (compute_lfp_calendar_loss, 1.251)):
        warm, cool = (compute_one(compute, 0.5, days=1.0, temperature_c=celsius) for celsius in (35.0, 25.0))
        assert warm / cool == pytest.approx(factor, abs=1e-3)


@pytest.mark.parametrize("chemistry", CHEMISTRIES)
def test_a_fuller_or_deeper_cycled_pack_ages_faster(chemistry: str) -> None:
    law, past = AGEING_LAWS[chemistry], np.array([100.0])
    calendar = [compute_one(law.compute_calendar_loss, soc, days=1.0, temperature_c=25.0) for soc in (0.3, 0.9)]
    cyclic = [compute_one(law.compute_cyclic_loss, 1.0, depth, past_cycles=past) for depth in (0.1, 0.5, 0.9)]
    assert calendar == sorted(calendar)
    assert 0.0 < cyclic[0] < cyclic[1] < cyclic[2]


def test_a_declared_cycle_life_is_used_up_by_as_many_full_cycles() -> None:
    full_cycles = 2.0 * 1500.0
    assert compute_one(compute_declared_cyclic_loss, full_cycles, cycle_life=1500.0, end_of_life_loss=0.2) == 0.2


def test_a_pack_at_its_end_of_life_costs_its_price() -> None:
    per_loss = compute_loss_cost_mad(np.array([60.0]), pack_price_mad_kwh=1000.0, end_of_life_loss=0.2)
    assert 0.2 * per_loss == pytest.approx([60_000.0])


def test_the_running_sums_are_those_of_a_kept_history() -> None:
    simulation = Simulation(Scenario(fleet_size=200, days=2.0))
    state, history, cycled = simulation.engine.state, [], np.zeros(200)
    for _ in range(simulation.scenario.n_steps):
        simulation.advance()
        history.append(state.soc.copy())
        kw_to_soc = simulation.engine.limits.ratings.capacity_kwh[state.code]
        cycled += np.abs(state.power_kw) / kw_to_soc
    always_plugged_or_away = simulation.engine.models.waited_h.sum() == 0.0
    assert not always_plugged_or_away
    assert simulation.engine.mean_soc == pytest.approx(np.mean(history, axis=0), abs=0.02)
    assert np.corrcoef(cycled, state.wear.cycled_soc)[0, 1] > 0.99


def test_v2g_cycles_more_and_wears_more() -> None:
    with_v2g, without = (simulate(Scenario(fleet_size=500, v2g=v2g)).kpis for v2g in (True, False))
    assert with_v2g["cyclic_loss"] > without["cyclic_loss"]
    assert 0.0 < with_v2g["wear_mad_kwh"] < 5.0


def test_a_run_that_has_not_begun_has_no_wear() -> None:
    wear = compute_battery_wear(Simulation(Scenario(fleet_size=10)).engine)
    assert not wear.cost_mad.any()


@pytest.mark.parametrize("chemistry", AGEING_LAWS)
def test_the_wear_of_some_vehicles_is_theirs_in_the_fleet_to_the_bit(chemistry: str) -> None:
    # With few EVSEs, some vehicles wait, some are plugged in, and some are on the road.
    scenario = Scenario(fleet_size=200, evse_per_vehicle=0.1, battery_chemistry=chemistry)
    simulation, rows = Simulation(scenario), np.array([199, 0, 7, 7, *range(30, 90)], np.int32)
    simulation.advance(70)
    reasons = set(simulation.state.reason[rows].tolist())
    assert {Reason.AWAY, Reason.WAITING} < reasons
    fleet, some = compute_battery_wear(simulation.engine), compute_vehicle_wear(simulation.engine, rows)
    for name, values in vars(some).items():
        np.testing.assert_array_equal(values, vars(fleet)[name][rows])


def test_the_wear_of_the_models_adds_up_to_that_of_the_fleet() -> None:
    result = simulate(Scenario(fleet_size=300))
    for name in ("wear_mad", "calendar_mad", "cyclic_mad"):
        assert result.models[name].sum() == pytest.approx(result.kpis[name])
    assert result.models["unserved_kwh"].sum() == pytest.approx(result.kpis["unserved_kwh"])
    assert result.models["n_departures"].sum() == result.kpis["n_departures"]
    assert result.models["waited_h"].sum() == pytest.approx(result.series["n_waiting"].sum() * 0.25)


def test_wear_is_the_sum_of_its_calendar_and_cyclic_parts() -> None:
    kpis = simulate(Scenario(fleet_size=300, days=0.5)).kpis
    assert kpis["calendar_mad"] > 0.0
    assert kpis["cyclic_mad"] > 0.0
    assert kpis["wear_mad"] == pytest.approx(kpis["calendar_mad"] + kpis["cyclic_mad"])
    assert kpis["v2g_wear_mad"] == pytest.approx(kpis["v2g_calendar_mad"] + kpis["v2g_cyclic_mad"])


def test_v2g_adds_cyclic_wear_and_spares_calendar_wear() -> None:
    # An emptier pack ages less in time: the two parts of the wear of V2G have opposite signs.
    kpis = simulate(Scenario(fleet_size=500)).kpis
    assert kpis["v2g_cyclic_mad"] > 0.0 > kpis["v2g_calendar_mad"]


@pytest.mark.parametrize("declared", ["auto", 1500.0, 3000.0])
def test_a_cycled_kwh_wears_the_pack_price_over_the_cycle_life(declared: float | str) -> None:
    scenario = Scenario(fleet_size=200, declared_cycle_life=declared, pack_price_mad_kwh=990.0)
    kpis = simulate(scenario).kpis
    assert kpis["wear_mad_kwh"] == pytest.approx(990.0 / kpis["cycle_life"])
    assert declared == "auto" or kpis["cycle_life"] == pytest.approx(declared)


def test_wear_of_each_chemistry_and_temperature_is_its_own() -> None:
    nmc, lfp, warm = (
        simulate(Scenario(fleet_size=200, battery_chemistry=chemistry, cell_temperature_c=celsius)).kpis
        for chemistry, celsius in (("nmc", 25.0), ("lfp", 25.0), ("nmc", 35.0))
    )
    assert lfp["cyclic_mad"] < 0.5 * nmc["cyclic_mad"]
    assert warm["calendar_mad"] == pytest.approx(nmc["calendar_mad"] * 2.137, rel=1e-3)
    assert warm["cyclic_mad"] == nmc["cyclic_mad"]
    assert {nmc["cost_mad"], lfp["cost_mad"], warm["cost_mad"]} == {nmc["cost_mad"]}
