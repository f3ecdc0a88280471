"""Properties of every registered strategy, over random scenarios."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from ev2gym_dashboard import Result, Scenario, Simulation
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import run_alone, scenarios

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
ROUNDING = 1e-9
POWER_ROUNDING = 1e-5


def make_day(strategy: str, **changed: Any) -> Scenario:
    # A plan takes most of the time of all strategies: half as many vehicles are enough for its tolerances.
    return replace(Scenario(fleet_size=1500 if STRATEGIES[strategy].plans else 3000, strategy=strategy), **changed)


@cache
def run_day(strategy: str, timestep_min: int = 15, **changed: Any) -> Result:
    return run_alone(make_day(strategy, timestep_min=timestep_min, **changed))


@every_strategy
@given(scenarios())
@settings(max_examples=15)
def test_every_step_keeps_to_the_physics(strategy: str, scenario: Scenario) -> None:
    simulation = Simulation(replace(scenario, strategy=strategy))
    engine, state = simulation.engine, simulation.engine.state
    ratings = engine.limits.ratings
    for _ in range(scenario.n_steps):
        simulation.advance()
        power_kw, code = state.power_kw, state.code
        assert np.all((state.soc >= 0.0) & (state.soc <= 1.0))
        assert not power_kw[code == UNPLUGGED].any()
        assert np.all(power_kw <= ratings.charge_kw[code] + POWER_ROUNDING)
        assert np.all(-power_kw <= ratings.discharge_kw[code] + POWER_ROUNDING)
        discharging = power_kw < 0.0
        assert not discharging.any() or scenario.v2g
        assert np.all(engine.catalog.v2g_capable[engine.fleet.find_models(np.flatnonzero(discharging))])
        assert np.all(state.soc[discharging] >= scenario.reserve_soc - ROUNDING)
        assert np.count_nonzero(code) <= scenario.n_evse
    ledger = simulation.ledger
    assert abs(ledger["residual_kwh"]) <= 1e-9 * max(ledger["grid_in_kwh"], engine.stored_kwh)


@every_strategy
@given(scenarios())
@settings(max_examples=5)
def test_the_reason_agrees_with_what_the_vehicle_does(strategy: str, scenario: Scenario) -> None:
    simulation = Simulation(replace(scenario, strategy=strategy))
    simulation.advance(scenario.n_steps)
    state = simulation.engine.state
    idle = (state.code != UNPLUGGED) & (state.power_kw == 0.0)
    # CANNOT_CHARGE also explains why a plugged-in model that only discharges idles; the catalogs have no such model.
    absent = np.isin(state.reason, [Reason.AWAY, Reason.WAITING, Reason.CANNOT_CHARGE])
    assert np.array_equal(absent, state.code == UNPLUGGED)
    assert np.all(state.power_kw[state.reason == Reason.CHARGING] > 0.0)
    assert np.all(state.power_kw[state.reason == Reason.DISCHARGING] < 0.0)
    assert not np.isin(state.reason[idle], [Reason.CHARGING, Reason.DISCHARGING, Reason.AWAY, Reason.WAITING]).any()


@every_strategy
def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(strategy: str) -> None:
    again, other = run_alone(make_day(strategy)), run_alone(make_day(strategy, seed=1))
    assert again.series.equals(run_day(strategy).series)
    assert not other.series.equals(again.series)


@every_strategy
@pytest.mark.parametrize("timestep_min", [5, 60])
def test_the_energy_hardly_depends_on_the_length_of_the_step(strategy: str, timestep_min: int) -> None:
    coarse, usual = run_day(strategy, timestep_min).kpis, run_day(strategy).kpis
    # A found cap depends on the length of the step, and with it the energy that the evening leaves to the night.
    tolerance = 0.02 if STRATEGIES[strategy].cap == "found" else 0.01
    # Who waits for better hours at the end of the run owes what another length of the step has charged already.
    coarse_kwh, usual_kwh = (kpis["g2v_kwh"] + kpis["owed_import_kwh"] for kpis in (coarse, usual))
    assert coarse_kwh == pytest.approx(usual_kwh, rel=tolerance)
    assert coarse["driven_kwh"] == pytest.approx(usual["driven_kwh"], rel=0.01)


@every_strategy
def test_the_ledger_closes_over_a_day(strategy: str) -> None:
    ledger = run_day(strategy).ledger
    assert abs(ledger["residual_kwh"]) <= 1e-9 * ledger["grid_in_kwh"]
    assert ledger["driven_kwh"] > 0.0
    assert ledger["charge_loss_kwh"] > 0.0


@every_strategy
def test_with_the_guard_no_vehicle_leaves_worse_off_than_uncontrolled_would_have_left_it(strategy: str) -> None:
    fleet_size = make_day(strategy).fleet_size
    ours, baseline = run_day(strategy).kpis, run_day("uncontrolled", fleet_size=fleet_size).kpis
    assert ours["unserved_kwh"] == pytest.approx(baseline["unserved_kwh"], rel=0.02)


@every_strategy
def test_with_v2g_off_nothing_is_discharged(strategy: str) -> None:
    assert run_day(strategy, v2g=False).kpis["v2g_kwh"] == 0.0


@every_strategy
def test_with_only_one_way_evses_nothing_is_discharged(strategy: str) -> None:
    assert run_day(strategy, bidirectional_share=0.0).kpis["v2g_kwh"] == 0.0


@every_strategy
@given(scenarios())
@settings(max_examples=5)
def test_the_counts_per_model_are_those_of_the_vehicles(strategy: str, scenario: Scenario) -> None:
    simulation = Simulation(replace(scenario, strategy=strategy, days=2.0))
    engine = simulation.engine
    for _ in range(4):
        simulation.advance(scenario.n_steps // 4)
        plugged = engine.state.code != UNPLUGGED
        present = engine.state.departure_step >= engine.clock
        assert engine.models.n_plugged.tolist() == engine.fleet.sum_by_model(plugged).tolist()
        assert engine.models.n_present.tolist() == engine.fleet.sum_by_model(present).tolist()
        assert engine.models.soc_sum == pytest.approx(engine.fleet.sum_by_model(engine.state.soc))
