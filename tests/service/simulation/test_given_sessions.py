"""Runs on charging sessions of a user: energy, hours and peak of the file, with all strategies and counterfactuals."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Result, Scenario, Simulation, compare, read_sessions, simulate
from ev2gym_dashboard.core.engine.checkpoint import restore_day_plan
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.scenarios.serialization import deserialize_scenario, encode_scenario, serialize_scenario
from ev2gym_dashboard.strategies import STRATEGIES

WIDE: dict[str, Any] = {"limit_kw_per_vehicle": 1000.0, "start": "2026-12-14T00:00"}


def make_stays(n: int, *, seed: int = 1, days: int = 3) -> pd.DataFrame:
    """Return stays at any minute, of vehicles that come once or twice a day, each long enough for its energy."""
    rng = np.random.default_rng(seed)
    rows = []
    for vehicle in range(n):
        power = float(rng.choice([7.4, 11.0, 22.0, 150.0]))
        for day in range(days):
            for start_h, longest_h in ((6.5, 3.0), (16.0, 12.0))[: rng.integers(1, 3)]:
                arrival = pd.Timestamp("2026-12-14") + pd.Timedelta(hours=24 * day + start_h + rng.uniform(0.0, 1.0))
                stay_h = rng.uniform(0.6, longest_h)
                energy = min(power * stay_h * rng.uniform(0.3, 1.0), 50.0)
                departure = arrival + pd.Timedelta(hours=stay_h)
                rows.append(
                    {
                        "vehicle": f"van {vehicle}",
                        "capacity_kwh": 75.0,
                        "power_kw": power,
                        "arrival": arrival.floor("s"),
                        "departure": departure.ceil("s"),
                        "energy_kwh": energy,
                    }
                )
    return pd.DataFrame(rows)


def sum_kwh(result: Result, name: str) -> float:
    return float(result.series[name].sum()) * result.scenario.timestep_h


@pytest.mark.parametrize("timestep_min", [1, 15, 60])
def test_uncontrolled_charging_meets_the_energy_and_the_hours_of_the_file(timestep_min: int) -> None:
    stays = make_stays(30)
    scenario = Scenario(sessions=stays, strategy="uncontrolled", days=4.5, timestep_min=timestep_min, **WIDE)
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    energy_kwh = sum(simulation.series("g2v_kw")) * scenario.timestep_h
    assert energy_kwh == pytest.approx(stays.energy_kwh.sum(), rel=1e-3)
    hours = (stays.departure - stays.arrival).dt.total_seconds().sum() / 3600.0
    simulated_h = simulation.engine.plugged_steps.sum() * scenario.timestep_h
    # In long steps a stay that is full of charging is extended by the rest of its last step.
    assert simulated_h == pytest.approx(hours, rel=1e-3 if timestep_min < 60 else 0.1)


def test_the_peak_is_that_of_the_file() -> None:
    vans = [
        {
            "vehicle": i,
            "capacity_kwh": 60,
            "power_kw": 11,
            "arrival": "2026-12-14T18:00",
            "departure": "2026-12-15T06:00",
        }
        | {"energy_kwh": 5 + i}
        for i in range(20)
    ]
    result = simulate(Scenario(sessions=vans, strategy="uncontrolled", days=2, **WIDE))
    assert result.series["g2v_kw"].max() == pytest.approx(220.0, rel=1e-3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_serves_the_file_and_closes_its_ledger(strategy: str) -> None:
    stays = make_stays(12, seed=3)
    result = simulate(Scenario(sessions=stays, strategy=strategy, days=4.5, **WIDE))
    ledger = result.ledger
    assert abs(ledger["residual_kwh"]) < 1e-9 * ledger["grid_in_kwh"] + 1e-9
    # The target counts as met half a per cent below it.
    missing_kwh = stays.energy_kwh.sum() - (sum_kwh(result, "g2v_kw") - sum_kwh(result, "v2g_kw"))
    assert missing_kwh < 0.005 * 75.0 / 0.933 * len(stays) + 1e-6
    # A cap that is found may leave 0.05 % of the energy.
    assert result.kpis["unserved_kwh"] < 1e-3 * stays.energy_kwh.sum()
    assert "cost_mad_saved_vs_uncontrolled" in result.kpis


def test_soc_at_arrival_and_target_are_those_of_the_file() -> None:
    rows = [
        {"vehicle": "bus", "model": "Bus", "capacity_kwh": 500, "power_kw": 350, "soc": 20, "target_soc": 80}
        | {"arrival": "2026-12-14T10:00", "departure": "2026-12-14T11:00"},
        {"vehicle": "bus", "model": "Bus", "capacity_kwh": 500, "power_kw": 350, "soc": 50, "target_soc": 95}
        | {"arrival": "2026-12-14T20:00", "departure": "2026-12-15T05:00"},
    ]
    simulation = Simulation(Scenario(sessions=rows, strategy="uncontrolled", **WIDE))
    socs = {}
    for hour in range(24):
        socs[hour] = float(simulation.state.soc[0])
        simulation.advance(4)
    assert socs[11] == pytest.approx(0.8)
    assert socs[23] == pytest.approx(0.95)
    assert max(simulation.series("g2v_kw")) == pytest.approx(350.0)
    assert simulation.catalog.names == ("Bus",)


def test_a_vehicle_is_at_the_evse_of_the_file() -> None:
    rows: list[dict[str, Any]] = [
        {"vehicle": "a", "evse": "CP2", "arrival": "2026-12-14T08:00", "departure": "2026-12-14T10:00"},
        {"vehicle": "b", "evse": "CP1", "arrival": "2026-12-14T09:00", "departure": "2026-12-14T12:00"},
        {"vehicle": "a", "evse": "CP1", "arrival": "2026-12-14T12:00", "departure": "2026-12-14T15:00"},
    ]
    rows = [{**row, "capacity_kwh": 50, "power_kw": 11, "energy_kwh": 8} for row in rows]
    simulation = Simulation(Scenario(sessions=rows, **WIDE))
    names = simulation.engine.installation.list_names()
    assert sorted(names) == ["CP1", "CP2"]
    simulation.advance(38)
    assert [names[i] for i in simulation.state.evse] == ["CP2", "CP1"]
    simulation.advance(12)
    assert names[simulation.state.evse[0]] == "CP1"
    assert simulation.state.code[1] == UNPLUGGED


def test_a_stay_that_lasts_at_the_start_is_in_progress() -> None:
    row: dict[str, Any] = {"capacity_kwh": 50, "power_kw": 11, "energy_kwh": 22, "departure": "2026-12-16T08:00"}
    late = simulate(
        Scenario(sessions=[{**row, "arrival": "2026-12-14T06:00"}], strategy="uncontrolled", start="2026-12-14T07:00")
    )
    assert sum_kwh(late, "g2v_kw") == pytest.approx(11.0, rel=1e-6)


def test_what_a_strategy_leaves_out_is_missing_at_the_next_arrival() -> None:
    rows = [
        {"vehicle": "a", "arrival": f"2026-12-{day}T08:00", "departure": f"2026-12-{day}T12:00"}
        | {"capacity_kwh": 50, "power_kw": 11, "energy_kwh": 20}
        for day in (14, 15)
    ]
    runs = []
    for limit in (1000.0, 3.0):
        scenario = Scenario(
            sessions=rows, strategy="uncontrolled", base_load_kw_per_vehicle=0.0, pv_kwp_per_vehicle=0.0
        )
        simulation = Simulation(replace(scenario, start="2026-12-14T00:00", limit_kw_per_vehicle=limit))
        simulation.advance(96 + 32)
        runs.append(float(simulation.state.soc[0]))
    simulation.advance(1)
    # 12 of 20 kWh on the first day.
    assert runs[0] - runs[1] == pytest.approx(8.0 * 0.933 / 50.0, abs=1e-6)


def test_a_scenario_with_sessions_is_a_value() -> None:
    table = read_sessions(make_stays(3))
    scenario = Scenario(sessions=table, **WIDE)
    assert scenario == Scenario(sessions=make_stays(3), **WIDE)
    assert hash(scenario) == hash(Scenario(sessions=make_stays(3), **WIDE))
    assert scenario.fleet_size == 3
    assert replace(scenario, fleet_size=7).fleet_size == 3
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert encode_scenario(scenario) != encode_scenario(Scenario(sessions=make_stays(3, seed=2), **WIDE))
    read_back, issues = deserialize_scenario(serialize_scenario(scenario))
    assert (read_back, issues) == (scenario, [])


@pytest.mark.parametrize("value", ["/etc/passwd", "abc", 3, {"a": 1}, b"x", ["a"]])
def test_what_is_no_table_of_sessions_is_refused_in_a_sentence(value: object) -> None:
    issues = Scenario(sessions=value).validate()
    assert [issue.field for issue in issues] == ["sessions"]
    _, stored_issues = deserialize_scenario({"sessions": value})
    assert stored_issues


def test_a_changed_packed_text_is_refused() -> None:
    packed = str(serialize_scenario(Scenario(sessions=make_stays(2), **WIDE))["sessions"])
    for text in (packed[:-5], packed[5:], packed[:40] + packed[60:], packed * 2):
        assert deserialize_scenario({"sessions": text, "start": "2026-12-14T00:00"})[1]


def test_a_run_beside_the_dates_of_the_file_is_refused_with_its_dates() -> None:
    (issue,) = Scenario(sessions=make_stays(2), start="2027-03-01T00:00").validate()
    assert issue.field == "start"
    assert "from 2026-12-14T" in str(issue)


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    rows = [{"model": "Moon rover", "arrival": "2026-12-14T08:00", "departure": "2026-12-14T12:00", "energy_kwh": 5}]
    with pytest.raises(ValidationError, match="Moon rover: not in the catalog"):
        simulate(Scenario(sessions=rows, **WIDE))


def test_more_combinations_of_vehicles_powers_and_targets_than_codes_are_refused() -> None:
    rows = [
        {"vehicle": i, "capacity_kwh": 40 + i / 10, "power_kw": 10 + i % 50, "soc": 0.2, "target_soc": 0.5 + i % 4 / 10}
        | {"arrival": "2026-12-14T08:00", "departure": "2026-12-14T12:00"}
        for i in range(400)
    ]
    with pytest.raises(ValidationError, match="too many different vehicles, powers and targets: 65535 combinations"):
        simulate(Scenario(sessions=rows, **WIDE))


def test_a_model_of_the_catalog_keeps_its_battery() -> None:
    rows = [{"model": "Kia Niro", "arrival": "2026-12-14T08:00", "departure": "2026-12-14T18:00", "soc": 0.3}]
    simulation = Simulation(Scenario(sessions=rows, **WIDE))
    assert simulation.catalog.names == ("Kia Niro",)
    assert simulation.catalog.capacity_kwh[0] > 50.0


def test_a_comparison_runs_on_the_sessions() -> None:
    table = compare(Scenario(sessions=make_stays(4), days=1.0, **WIDE))
    assert len(table) >= 2


def test_a_run_that_is_restored_from_a_snapshot_continues_to_the_bit() -> None:
    scenario = Scenario(sessions=make_stays(6), strategy="price", days=3, **WIDE)
    whole = Simulation(scenario)
    whole.advance(100)
    state, plan = ({k: v.copy() for k, v in part.items()} for part in (whole.save_state(), whole.save_day_plan()))
    resumed = Simulation(scenario, start=partial(resume_engine, plan=restore_day_plan(plan)))
    resumed.restore_state(state)
    for simulation in (whole, resumed):
        simulation.advance(150)
    assert np.array_equal(whole.state.soc, resumed.state.soc)
    assert whole.kpis == resumed.kpis


def test_the_trace_has_the_stays_of_the_file() -> None:
    stays = make_stays(6)
    result = simulate(Scenario(sessions=stays, strategy="uncontrolled", days=4.5, **WIDE), trace=True)
    assert result.sessions is not None
    assert len(result.sessions) == len(stays)
    assert result.sessions["g2v_kwh"].sum() == pytest.approx(stays.energy_kwh.sum(), rel=1e-3)
