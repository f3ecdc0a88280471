"""Battery wear: hand-solved values, and the running sums against a kept history."""

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.fleet.ageing import compute_calendar_loss, compute_cyclic_loss, compute_loss_cost_mad
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear


def one(function: object, *args: float, **kwargs: Any) -> float:
    return float(function(*(np.array([arg]) for arg in args), **kwargs)[0])  # type: ignore[operator]


def test_calendar_loss_of_a_day_at_half_charge_by_hand() -> None:
    alpha = (7.543e6 * (3.3324 + 0.8263 * 0.5) - 23.75e6) * np.exp(-6976 / 298.15)
    assert one(compute_calendar_loss, 0.5, days=1.0) == pytest.approx(alpha * 0.75 / 730**0.25)


def test_cyclic_loss_of_78_kwh_is_that_of_ev2gym_by_hand() -> None:
    beta = 7.348e-3 * (3.74555 - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * 0.3
    energy_kwh, past_ah = 20.0, 2 * 730 * (15_000 / 365) * 0.186 * 2.05 / 78
    expected = beta * 0.5 * (energy_kwh / 78 * 2.05) / np.sqrt(past_ah)
    assert one(compute_cyclic_loss, energy_kwh / 78, 0.3, capacity_kwh=np.array([78.0])) == pytest.approx(expected)


def test_a_fuller_pack_ages_faster() -> None:
    assert one(compute_calendar_loss, 0.9, days=1.0) > one(compute_calendar_loss, 0.3, days=1.0)


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


def test_the_wear_of_the_models_adds_up_to_that_of_the_fleet() -> None:
    result = simulate(Scenario(fleet_size=300))
    assert result.models["wear_mad"].sum() == pytest.approx(result.kpis["wear_mad"])
    assert result.models["unserved_kwh"].sum() == pytest.approx(result.kpis["unserved_kwh"])
    assert result.models["n_departures"].sum() == result.kpis["n_departures"]
    assert result.models["waited_h"].sum() == pytest.approx(result.series["n_waiting"].sum() * 0.25)
