"""Simulations and results, as notebooks use them."""

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS


def test_the_series_has_a_row_per_step_from_the_start_in_utc() -> None:
    series = simulate(Scenario(fleet_size=50, days=0.5, timestep_min=30)).series
    assert len(series) == 24
    assert series.index[0] == pd.Timestamp("2026-12-15T16:00Z")
    assert str(pd.DatetimeIndex(series.index).tz) == "UTC"
    assert list(series.columns) == [*COLUMNS, *BILL_COLUMNS]


def test_the_columns_fit_together() -> None:
    series = simulate(Scenario(fleet_size=500)).series
    assert np.allclose(series["net_power_kw"], series["g2v_kw"] - series["v2g_kw"])
    assert (series["n_connected"] == series["n_charging"] + series["n_discharging"] + series["n_idle"]).all()
    assert series["soc_mean"].between(0.0, 1.0).all()
    assert (series[["n_idle", "n_waiting", "g2v_kw", "v2g_kw", "unserved_kwh"]] >= 0).all(axis=None)


def test_the_models_table_is_numeric_and_adds_up_to_the_fleet() -> None:
    result = simulate(Scenario(fleet_size=500))
    models = result.models.set_index("model")
    assert all(map(pd.api.types.is_numeric_dtype, models.dtypes))
    assert models["n_fleet"].sum() == 500
    assert models["power_kw"].sum() == pytest.approx(result.series["net_power_kw"].iloc[-1])


def test_the_figures_are_those_of_the_series() -> None:
    result = simulate(Scenario(fleet_size=300))
    assert result.kpis["g2v_kwh"] == pytest.approx(result.series["g2v_kw"].sum() * 0.25)
    assert result.kpis["peak_kw"] == result.series["net_power_kw"].max()
    assert result.ledger["grid_in_kwh"] == pytest.approx(result.kpis["g2v_kwh"])


def test_a_change_acts_from_its_step_on_and_nothing_else_restarts() -> None:
    steady, changed = Simulation(Scenario(fleet_size=300)), Simulation(Scenario(fleet_size=300))
    steady.advance(20)
    changed.advance(12)
    changed.set(strategy="uncontrolled", v2g=False)
    changed.advance(8)
    before, after = (s.result().series["net_power_kw"].to_numpy() for s in (steady, changed))
    assert np.array_equal(before[:12], after[:12])
    assert not np.array_equal(before[12:], after[12:])


def test_an_invalid_change_changes_nothing() -> None:
    simulation = Simulation(Scenario(fleet_size=10))
    with pytest.raises(ValueError, match="strategy"):
        simulation.set(strategy="magic", v2g=False)
    assert simulation.v2g


@pytest.mark.parametrize("event", [{"minutes": -1.0}, {"reduction": 2.0}, {"seconds": 60.0}])
def test_an_invalid_event_is_refused(event: dict[str, float]) -> None:
    simulation = Simulation(Scenario(fleet_size=10))
    with pytest.raises(ValueError, match=next(iter(event))):
        simulation.set(event=event)
    assert simulation.scenario.event_start == ""


def test_the_accessors_are_the_columns_and_totals_of_the_result() -> None:
    simulation = Simulation(Scenario(fleet_size=100))
    simulation.advance(8)
    result = simulation.result()
    assert all(simulation.series(name).tolist() == result.series[name].tolist() for name in COLUMNS if name != "poste")
    assert simulation.get_totals().to_row()["net_power_kw"] == simulation.series("net_power_kw")[-1]
    assert simulation.model_totals.n_departures.tolist() == result.models["n_departures"].tolist()
    assert simulation.fleet.counts.tolist() == simulation.build_model_columns()["n_fleet"]
    assert float(simulation.wear.cost_mad.sum()) == pytest.approx(result.kpis["wear_mad"])


def test_a_restored_simulation_continues_as_the_saved_one() -> None:
    saved = Simulation(Scenario(fleet_size=50))
    (restored,) = saved.fork(1)
    saved.advance(10)
    restored.restore_state({name: array.copy() for name, array in saved.save_state().items()})
    for simulation in (saved, restored):
        simulation.advance(10)
    assert restored.result().series.equals(saved.result().series)


def test_a_fork_keeps_the_totals_of_its_last_step_while_the_run_goes_on() -> None:
    run = Simulation(Scenario(fleet_size=50, start="2026-12-15T17:00"))
    run.advance(4)
    (fork,) = run.fork(1)
    totals = fork.get_totals()
    power_kw, connected = totals.get_flow("g2v_kw").tolist(), totals.n_connected.tolist()
    run.advance(8)
    assert run.get_totals().get_flow("g2v_kw").tolist() != power_kw
    assert fork.get_totals().get_flow("g2v_kw").tolist() == power_kw
    assert fork.get_totals().n_connected.tolist() == connected


def test_figures_are_those_of_the_present_step_and_state() -> None:
    run, other = Simulation(Scenario(fleet_size=20)).fork(2)
    run.advance(20)
    saved, figures = {name: array.copy() for name, array in run.save_state().items()}, run.kpis
    run.kpis.clear()
    assert run.kpis == figures
    run.advance(20)
    other.advance(40)
    assert run.kpis == other.kpis != figures
    # As many steps, of another strategy.
    other.restore_state(saved)
    other.set(strategy="uncontrolled")
    other.advance(20)
    (copy,) = other.fork(1)
    assert copy.kpis == other.kpis != run.kpis
    run.restore_state({name: array.copy() for name, array in other.save_state().items()})
    run.set(strategy="uncontrolled")
    assert run.kpis == other.kpis


def test_a_run_without_a_step_has_figures_too() -> None:
    result = Simulation(Scenario(fleet_size=10)).result()
    assert result.kpis["peak_kw"] == 0.0
    assert result.ledger["residual_kwh"] == 0.0


@pytest.mark.parametrize("scenario", [Scenario(fleet_size=1), Scenario(fleet_size=50, evse_per_vehicle=0.0)])
def test_odd_fleets_run(scenario: Scenario) -> None:
    assert simulate(scenario).series["soc_mean"].between(0.0, 1.0).all()


def test_without_evses_all_vehicles_wait_and_no_power_flows() -> None:
    series = simulate(Scenario(fleet_size=200, evse_per_vehicle=0.0)).series
    assert series["n_waiting"].max() > 0
    assert not series["g2v_kw"].any()


def test_a_fleet_is_shared_out_by_registrations() -> None:
    models = simulate(Scenario(fleet_size=1000, days=0.0)).models
    exact = models["registrations"] / models["registrations"].sum() * 1000
    assert ((models["n_fleet"] - exact).abs() < 1.0).all()


def test_a_run_has_the_same_figures_with_an_event_and_without() -> None:
    with_event = simulate(Scenario(fleet_size=60, strategy="uncontrolled", event_start="2026-12-15T19:00"))
    without_event = simulate(Scenario(fleet_size=60, strategy="uncontrolled"))
    assert with_event.kpis.keys() == without_event.kpis.keys()
    assert with_event.kpis["event_response_kwh"] > 0.0
    assert without_event.kpis["event_response_kwh"] == without_event.kpis["event_rebound_kwh"] == 0.0


def test_a_result_states_its_evses_before_and_after_rounding() -> None:
    evses = simulate(Scenario(fleet_size=3, days=0.25)).evse_counts
    assert (evses["exact"], evses["total"], evses["bidirectional"], evses["ac_7"]) == (1.5, 2, 1, 2)


def test_the_table_of_a_run_can_be_changed_and_the_run_does_not_see_it() -> None:
    run = Simulation(Scenario(fleet_size=10))
    run.advance(8)
    result = run.result()
    before = run.kpis
    result.series.loc[:, "import_kw"] = 0.0
    result.series.iloc[0, 0] = 5
    result.series["cost_mad"] *= 2.0
    assert run.result() != result
    assert run.kpis == before == run.result().kpis
    run.advance(1)
    assert len(result.series) == 8
