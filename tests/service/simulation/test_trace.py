"""Traced runs: vehicles, sessions and EVSEs add up to the ledger, and a trace changes no result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.engine.trace import NO_STAY
from ev2gym_dashboard.service.simulation.evse_table import EVSE_COLUMNS
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.session_table import SESSION_COLUMNS
from ev2gym_dashboard.service.simulation.vehicle_trace import MAX_TRACED_VEHICLE_STEPS, VEHICLE_COLUMNS
from ev2gym_dashboard.strategies import STRATEGIES

ENERGIES = ("g2v_kwh", "v2g_kwh", "charge_loss_kwh", "discharge_loss_kwh", "driven_kwh", "unserved_kwh", "cyclic_mad")


def make_scenario(strategy: str, place: str, *, tight: bool) -> Scenario:
    """Return a scenario with a surplus of PV; of a tight site, with waiting vehicles and a binding connection."""
    return Scenario(
        strategy=strategy,
        place=place,
        fleet_size=70,
        days=1.75,
        seed=len(place) + 3,
        timestep_min=60 if tight else 15,
        start="2026-06-15T06:00",
        pv_kwp_per_vehicle=3.0,
        limit_kw_per_vehicle=1.2 if tight else 5.0,
        # Declared: a cap that peak shaving finds itself costs more than all other strategies together.
        site_cap_kw_per_vehicle=0.9 if tight else 3.0,
        evse_per_vehicle=0.15 if tight else 0.6,
    )


MIXED: dict[str, Any] = {
    "parts": "30 x home, target 90%; 25 x work, target 60%; 15 x public, target 80%",
    "evses": "10 x AC 11 at home; 8 x AC 22 V2G at work; 3 x DC 50 V2G",
}


GIVEN = Scenario(
    sessions=[
        {
            "vehicle": f"van {(7 * i) % 9}",
            "capacity_kwh": 60.0 + 20.0 * (i % 9 % 2),
            "power_kw": 22.0,
            "arrival": f"2026-06-{13 + i // 9}T{17 + i % 3}:{10 * (i % 6):02d}",
            "departure": f"2026-06-{14 + i // 9}T0{5 + i % 4}:00",
            **({"energy_kwh": 18.0 + i} if i % 2 else {"soc": 0.3, "target": 0.7}),
        }
        for i in range(36)
    ],
    strategy="price",
    start="2026-06-15T06:00",
    days=1.75,
)
"""Stays of a file, some of which begin before the run, and one of each vehicle that is open at its end."""


def run_traced(scenario: Scenario) -> tuple[Simulation, Result]:
    """Return a traced run whose strategy, V2G and connection change on the way."""
    simulation = Simulation(scenario, trace=True)
    simulation.advance(simulation.scenario.n_steps // 3)
    simulation.set(event={"minutes": 180.0, "reduction": 0.7})
    simulation.advance(simulation.scenario.n_steps // 3)
    simulation.set(strategy="grid_support", v2g=True)
    simulation.advance(scenario.n_steps - simulation.step)
    return simulation, simulation.result()


# Every strategy and every place meets both kinds of site.
@pytest.fixture(
    params=[
        make_scenario(strategy, place, tight=(i + k) % 2 == 0)
        for i, strategy in enumerate(STRATEGIES)
        for k, place in enumerate(("home", "work", "public"))
    ]
    + [replace(make_scenario("renewable", "home", tight=False), **MIXED), GIVEN],
    ids=lambda scenario: (
        f"{scenario.strategy}-{scenario.place}-{scenario.timestep_min}{'-mixed' * bool(scenario.parts)}"
    ),
    scope="module",
)
def traced(request: pytest.FixtureRequest) -> tuple[Simulation, Result]:
    return run_traced(request.param)


def near(values: Any) -> Any:
    return pytest.approx(values, rel=1e-9, abs=1e-9)


def get_tables(result: Result) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    assert result.vehicles is not None
    assert result.sessions is not None
    assert result.evses is not None
    return result.vehicles, result.sessions, result.evses


def test_the_steps_of_the_vehicles_add_up_to_the_series(traced: tuple[Simulation, Result]) -> None:
    vehicles, series = get_tables(traced[1])[0], traced[1].series
    power_kw, by_time = vehicles["power_kw"], vehicles.groupby(level="time")
    for name, values in {"g2v_kw": power_kw.clip(lower=0.0), "v2g_kw": -power_kw.clip(upper=0.0)}.items():
        assert values.groupby(level="time").sum().to_numpy() == near(series[name].to_numpy())
    assert by_time["soc"].mean().to_numpy() == near(series["soc_mean"].to_numpy())
    assert by_time["evse"].count().tolist() == series["n_connected"].tolist()
    is_mode = pd.get_dummies(vehicles["mode"]).groupby(level="time").sum()
    for mode, name in {"g2v": "charging", "v2g": "discharging", "idle": "idle", "waiting": "waiting"}.items():
        assert is_mode[mode].tolist() == series[f"n_{name}"].tolist()


def test_the_sessions_add_up_to_the_ledger(traced: tuple[Simulation, Result]) -> None:
    result = traced[1]
    sessions = get_tables(result)[1]
    for name in ENERGIES:
        assert sessions[name].sum() == near(result.kpis[name])
    assert result.kpis["g2v_kwh"] > 0.0
    closed = sessions[~sessions["is_open"]]
    assert len(closed) == result.kpis["n_departures"]
    assert closed["target_met"].sum() == result.series["n_at_target"].sum()
    assert sessions[sessions["is_open"]][["target_met", "unserved_kwh"]].isna().all(axis=None)
    assert int(sessions["is_open"].sum()) == result.series["n_connected"].iloc[-1] + result.series["n_waiting"].iloc[-1]


def test_the_sessions_of_a_model_add_up_to_its_totals(traced: tuple[Simulation, Result]) -> None:
    simulation, result = traced
    sums = get_tables(result)[1].groupby("model").sum(numeric_only=True)
    models = result.models.set_index("model").assign(cost_mad=simulation.model_totals.energy_cost_mad)
    for name in ("waited_h", "unserved_kwh", "cyclic_mad", "cost_mad"):
        found = sums[name].reindex(models.index, fill_value=0.0).to_numpy()
        assert found == near(models[name].to_numpy())


def test_the_costs_of_the_sessions_are_what_the_vehicles_add_to_the_cost_of_energy(
    traced: tuple[Simulation, Result],
) -> None:
    series = traced[1].series
    other_kw = series["base_load_kw"] - series["solar_kw"]
    price, pay = series["price_mad_kwh"], series["export_mad_kwh"]
    with_evs = series["import_kw"] * price - series["export_kw"] * pay
    exported_kw = np.minimum(-other_kw.clip(upper=0.0), series["limit_kw"])
    without_evs = other_kw.clip(lower=0.0) * price - exported_kw * pay
    added_mad = (with_evs - without_evs).sum() * traced[0].scenario.timestep_h
    assert get_tables(traced[1])[1]["cost_mad"].sum() == near(added_mad)


def test_the_evses_add_up_to_the_ledger(traced: tuple[Simulation, Result]) -> None:
    simulation, result = traced
    _, sessions, evses = get_tables(result)
    for name in ("g2v_kwh", "v2g_kwh"):
        assert evses[name].sum() == near(result.kpis[name])
    timestep_h = simulation.scenario.timestep_h
    assert evses["occupied_h"].sum() == near(result.series["n_connected"].sum() * timestep_h)
    assert evses["utilisation"].between(0.0, 1.0).all()
    assert evses["n_sessions"].sum() == sessions["evse"].count()
    assert len(evses) == result.evse_counts["total"]
    assert evses["bidirectional"].sum() == result.evse_counts["bidirectional"]
    assert not (evses["v2g_kwh"] > 0.0)[~evses["bidirectional"]].any()


def test_no_evse_has_two_vehicles_in_a_step(traced: tuple[Simulation, Result]) -> None:
    plugged = get_tables(traced[1])[0].dropna(subset="evse").reset_index()
    assert not plugged.duplicated(["time", "evse"]).any()


def test_the_battery_of_a_stay_balances(traced: tuple[Simulation, Result]) -> None:
    result = traced[1]
    sessions = get_tables(result)[1]
    capacity_kwh = sessions["model"].map(result.models.set_index("model")["battery_kwh"])
    charged_kwh = sessions["g2v_kwh"] - sessions["charge_loss_kwh"]
    taken_kwh = sessions["v2g_kwh"] + sessions["discharge_loss_kwh"]
    gained_kwh = (sessions["soc_out"] - sessions["soc_in"]) * capacity_kwh
    assert gained_kwh.to_numpy() == near((charged_kwh - taken_kwh).to_numpy())


def test_the_stays_of_a_vehicle_follow_each_other(traced: tuple[Simulation, Result]) -> None:
    simulation, result = traced
    sessions = get_tables(result)[1]
    for _, stays in sessions.sort_values("arrival").groupby("vehicle"):
        assert (stays["arrival"].iloc[1:].to_numpy() >= stays["departure"].iloc[:-1].to_numpy()).all()
    assert sessions["arrival"].notna().all()
    assert (sessions["arrival"] < sessions["departure"]).all()
    plugged = sessions.dropna(subset="evse")
    assert plugged["plug_in"].between(plugged["arrival"], plugged["departure"], inclusive="left").all()
    assert (sessions.loc[sessions["is_open"], "departure"] >= simulation.time).all()


def test_a_stay_has_the_target_of_its_part_and_of_its_evse(traced: tuple[Simulation, Result]) -> None:
    simulation, result = traced
    limits, engine = simulation.engine.limits, simulation.engine
    open_stays = get_tables(result)[1].query("is_open").dropna(subset="evse")
    rows = open_stays["vehicle"].to_numpy()
    assert len(rows) > 0
    assert np.array_equal(open_stays["target_soc"], limits.target_soc[engine.state.code[rows]])
    assert np.array_equal(open_stays["evse"].to_numpy(np.int32), engine.state.evse[rows])


def test_calendar_wear_is_that_of_the_time_of_the_stay(traced: tuple[Simulation, Result]) -> None:
    simulation, result = traced
    sessions = get_tables(result)[1]
    trace = simulation.engine.trace
    assert trace is not None
    present_share = (trace.stack_states().stay != NO_STAY).mean(axis=0)
    calendar_mad = (
        sessions.groupby("vehicle")["calendar_mad"]
        .sum()
        .reindex(range(simulation.fleet.size), fill_value=0.0)
        .to_numpy()
    )
    assert calendar_mad == near(simulation.wear.calendar_cost_mad * present_share)
    assert (sessions["wear_mad"] == sessions["calendar_mad"] + sessions["cyclic_mad"]).all()


def test_a_trace_changes_no_result_beyond_rounding() -> None:
    scenario = Scenario(fleet_size=80, strategy="renewable", limit_kw_per_vehicle=1.5)
    result, traced = simulate(scenario), simulate(scenario, trace=True)
    # Traced steps are run one by one, and add up in another order than compiled ones.
    pd.testing.assert_frame_equal(traced.series, result.series, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(traced.models, result.models, rtol=1e-9, atol=1e-9)
    assert traced.kpis == pytest.approx(result.kpis, rel=1e-9, abs=1e-9)
    assert traced.ledger == pytest.approx(result.ledger, rel=1e-9, abs=1e-9)
    assert (result.vehicles, result.sessions, result.evses) == (None, None, None)


def test_the_trace_of_some_vehicles_is_their_part_of_the_whole_one() -> None:
    scenario = Scenario(fleet_size=60, days=1.5, evse_per_vehicle=0.2)
    whole, some = simulate(scenario, trace=True), simulate(scenario, trace=[41, 3, np.int64(17), 3])
    vehicles, sessions, _ = get_tables(whole)
    assert some.vehicles is not None
    assert some.sessions is not None
    assert some.evses is None
    assert some.vehicles.equals(vehicles.loc[(slice(None), [3, 17, 41]), :])
    assert some.sessions.equals(sessions[sessions["vehicle"].isin([3, 17, 41])].reset_index(drop=True))


def test_vehicles_of_a_file_can_be_named() -> None:
    whole, named = simulate(GIVEN, trace=True).sessions, simulate(GIVEN, trace=["van 7", 0]).sessions
    assert whole is not None
    assert named is not None
    assert GIVEN.sessions is not None
    assert set(whole["vehicle_name"]) == set(GIVEN.sessions.vehicle_ids)
    is_named = (whole["vehicle_name"] == "van 7") | (whole["vehicle"] == 0)
    assert named.equals(whole[is_named].reset_index(drop=True))
    with pytest.raises(ValueError, match="trace: vehicles have the numbers 0 to 8; van 11 is none of them"):
        simulate(GIVEN, trace=["van 11"])


def test_the_columns_are_the_documented_ones() -> None:
    tables = get_tables(simulate(Scenario(fleet_size=5, days=0.25), trace=True))
    assert [list(table.columns) for table in tables] == [
        list(columns) for columns in (VEHICLE_COLUMNS, SESSION_COLUMNS, EVSE_COLUMNS)
    ]


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(fleet_size=3, days=0.0),
        Scenario(fleet_size=1, days=0.5),
        Scenario(fleet_size=30, days=0.5, evse_per_vehicle=0.0),
    ],
    ids=["no step", "one vehicle", "no EVSE"],
)
def test_odd_runs_have_tables_too(scenario: Scenario) -> None:
    vehicles, sessions, evses = get_tables(simulate(scenario, trace=True))
    assert len(vehicles) == scenario.fleet_size * scenario.n_steps
    assert sessions["is_open"].dtype == np.bool_
    assert (evses["utilisation"] <= 1.0).all()


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        ([9, 10], "trace: vehicles have the numbers 0 to 9; 10 is none of them"),
        ([-1], "trace: vehicles have the numbers 0 to 9; -1 is none of them"),
        ([1.5], "trace: vehicles have the numbers 0 to 9; 1.5 is none of them"),
        ([True], "trace: vehicles have the numbers 0 to 9; True is none of them"),
        ("all", "trace: vehicles have the numbers 0 to 9; all is none of them"),
        (12, "trace: vehicles have the numbers 0 to 9; 12 is none of them"),
        ([], "trace: must name a vehicle"),
    ],
)
def test_unknown_vehicles_are_refused_in_one_sentence(trace: object, message: str) -> None:
    with pytest.raises(ValueError, match="trace") as caught:
        simulate(Scenario(fleet_size=10), trace=trace)  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize("trace", [None, False])
def test_without_a_choice_nothing_is_traced(trace: bool | None) -> None:
    assert simulate(Scenario(fleet_size=2, days=0.25), trace=trace).vehicles is None


def test_a_trace_that_would_fill_the_memory_is_refused_before_the_run() -> None:
    scenario = Scenario(fleet_size=500_000, days=7)
    with pytest.raises(ValueError, match=f"at most {MAX_TRACED_VEHICLE_STEPS // scenario.n_steps} vehicles over 672"):
        simulate(scenario, trace=True)


def test_a_run_that_goes_on_keeps_its_trace_within_the_memory() -> None:
    simulation = Simulation(Scenario(fleet_size=4), trace=True)
    with pytest.raises(ValueError, match="may have at most 3 vehicles over 10000001 steps"):
        simulation.advance(10_000_001)
    assert simulation.step == 0


def test_a_fork_has_no_trace() -> None:
    simulation = Simulation(Scenario(fleet_size=10), trace=True)
    simulation.advance(2)
    (fork,) = simulation.fork(1)
    fork.advance(3)
    assert fork.result().vehicles is None
    assert len(get_tables(simulation.result())[0]) == 20
