"""Given stays that wait for EVSEs: first come, first served; late or never plugged in, and counted like drawn ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Result, Scenario, Simulation, compare, simulate
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.checkpoint import restore_day_plan
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.scenarios.evse_notes import format_note, list_evse_notes
from ev2gym_dashboard.service.scenarios.sessions import list_session_notes
from ev2gym_dashboard.strategies import STRATEGIES

RUN: dict[str, Any] = {"start": "2026-12-14T00:00", "limit_kw_per_vehicle": 1000.0, "strategy": "uncontrolled"}
VAN: dict[str, Any] = {"capacity_kwh": 60.0, "power_kw": 11.0}


def make_row(vehicle: str, arrival: str, departure: str, **others: Any) -> dict[str, Any]:
    times = {"arrival": f"2026-12-14T{arrival}", "departure": f"2026-12-14T{departure}"}
    return VAN | {"vehicle": vehicle, **times, "energy_kwh": 11.0} | others


def run_traced(rows: list[dict[str, Any]], **changes: Any) -> Any:
    sessions = simulate(Scenario(sessions=rows, **RUN | changes), trace=True).sessions
    assert sessions is not None
    return sessions.set_index("vehicle_name")


def get_hour(time: Any) -> float:
    return float(time.hour + time.minute / 60.0)


def test_a_stay_without_a_free_evse_plugs_in_when_one_comes_free() -> None:
    rows = [
        make_row("first", "08:00", "10:00"),
        make_row("second", "08:15", "12:00"),
        make_row("third", "08:30", "14:00"),
    ]
    stays = run_traced(rows, evses="2 x AC 11")
    assert [get_hour(stays.plug_in[name]) for name in ("first", "second", "third")] == [8.0, 8.25, 10.0]
    assert stays.waited_h["third"] == 1.5
    assert stays.evse["third"] == stays.evse["first"]
    assert stays.g2v_kwh["third"] == pytest.approx(11.0, rel=1e-6)


def test_a_stay_that_finds_no_evse_is_counted_like_a_drawn_one() -> None:
    rows = [make_row("first", "08:00", "18:00"), make_row("second", "09:00", "12:00", target_soc=0.7)]
    result = simulate(Scenario(sessions=rows, evses="1 x AC 11", **RUN), trace=True)
    assert result.sessions is not None
    second: Any = result.sessions.set_index("vehicle_name").loc["second"]
    assert pd.isna(second.plug_in)
    assert (second.waited_h, second.g2v_kwh) == (3.0, 0.0)
    assert second.target_soc == pytest.approx(0.7)
    assert not second.target_met
    missing_kwh = (0.7 - 0.005 - second.soc_in) * 60.0
    assert result.kpis["unserved_kwh"] == pytest.approx(missing_kwh)
    assert (result.kpis["n_departures"], result.kpis["share_at_target"]) == (2.0, 0.5)
    assert result.series["n_waiting"].max() == 1


def test_what_a_stay_could_not_charge_is_missing_at_the_next_one() -> None:
    rows = [
        make_row("first", "08:00", "11:00"),
        make_row("second", "08:30", "10:00"),
        make_row("second", "12:00", "16:00"),
    ]
    stays = run_traced(rows, evses="1 x AC 11")
    assert stays.loc["second", "g2v_kwh"].tolist() == pytest.approx([0.0, 22.0], abs=0.01)


def test_a_stay_at_an_evse_of_the_file_neither_waits_nor_serves_the_queue() -> None:
    rows = [
        make_row("shared", "08:00", "18:00"),
        make_row("waits", "08:15", "17:00"),
        make_row("fixed", "09:00", "10:00", evse="CP7"),
        make_row("fixed later", "10:00", "12:00", evse="CP7"),
    ]
    result = simulate(Scenario(sessions=rows, evses="1 x AC 22", **RUN), trace=True)
    assert result.sessions is not None
    assert result.evses is not None
    stays: Any = result.sessions.set_index("vehicle_name")
    names: Any = result.evses["name"]
    assert sorted(names) == ["AC 22 kW #1", "CP7"]
    assert [names[stays.evse[name]] for name in ("shared", "fixed", "fixed later")] == ["AC 22 kW #1", "CP7", "CP7"]
    assert stays.waited_h.to_dict() == {"shared": 0.0, "waits": 8.75, "fixed": 0.0, "fixed later": 0.0}


def test_evses_by_share_are_no_queue() -> None:
    rows = [make_row(f"van {i}", "08:00", "12:00") for i in range(5)]
    stays = run_traced(rows, evses="100% AC 11")
    assert stays.waited_h.tolist() == [0.0] * 5


def test_no_evse_at_all_leaves_every_stay_waiting() -> None:
    rows = [make_row("a", "08:00", "12:00"), make_row("b", "09:00", "12:00", evse="CP1")]
    stays = run_traced(rows, evses="0 x AC 11")
    assert stays.g2v_kwh.to_dict() == pytest.approx({"a": 0.0, "b": 11.0})


def test_a_vehicle_takes_an_evse_that_charges_it() -> None:
    hybrid = {"model": "Mitsubishi Outlander", "capacity_kwh": None, "power_kw": None, "energy_kwh": 5.0}
    rows = [make_row("hybrid", "08:00", "12:00", **hybrid), make_row("van", "08:30", "12:00")]
    stays = run_traced(rows, evses="1 x DC 50; 1 x AC 11", catalog="ev_phev")
    assert stays.waited_h.tolist() == [0.0, 0.0]
    assert stays.g2v_kwh.to_dict() == pytest.approx({"hybrid": 5.0, "van": 11.0}, rel=1e-6)
    only_dc = run_traced(rows, evses="1 x DC 50", catalog="ev_phev")
    assert only_dc.g2v_kwh.to_dict() == pytest.approx({"hybrid": 0.0, "van": 11.0}, rel=1e-6)


def test_who_waits_at_the_start_depends_on_who_came_before() -> None:
    rows = [
        make_row("parked", "06:00", "20:00"),
        make_row("gone before", "05:00", "11:00"),
        make_row("waiting", "07:00", "22:00"),
    ]
    stays = run_traced(rows, evses="1 x AC 11", start="2026-12-14T12:00")
    assert stays.waited_h.to_dict() == {"parked": 0.0, "waiting": 8.0}


def test_stays_without_vehicles_queue_too() -> None:
    rows = [{k: v for k, v in make_row("", "08:00", "10:00").items() if k != "vehicle"} for _ in range(3)]
    stays = run_traced(rows, evses="2 x AC 11")
    assert sorted(stays.waited_h) == [0.0, 0.0, 2.0]


def test_the_page_and_the_result_count_the_evses_of_the_file_and_the_declared_ones() -> None:
    rows = [
        make_row("a", "08:00", "10:00", evse="CP1"),
        make_row("b", "08:00", "10:00"),
        make_row("c", "9:00", "11:00"),
    ]
    scenario = Scenario(sessions=rows, evses="1 x AC 22 V2G", bidirectional_share=0.0, **RUN)
    assert scenario.sessions is not None
    counts = simulate(scenario).evse_counts
    assert counts == {"exact": 2.0, "total": 2, "bidirectional": 1, "AC 22 kW V2G": 1, "AC 11 kW": 1}
    assert format_note(list_evse_notes(scenario)[0]).startswith("EVSEs: 2, of which 1 bidirectional")
    assert "at 2 EVSE(s)" in format_note(list_session_notes(scenario.sessions, scenario)[0])


def test_a_snapshot_of_a_queue_continues_to_the_bit() -> None:
    rows = [
        make_row(f"van {i}", f"{8 + i % 3:02}:{i % 4 * 15:02}", "23:00", target_soc=0.5 + i / 30) for i in range(12)
    ]
    scenario = Scenario(sessions=rows, evses="3 x AC 22", **RUN | {"strategy": "price"})
    whole = Simulation(scenario)
    whole.advance(42)
    assert whole.series("n_waiting")[-1] > 0
    state, plan = ({k: v.copy() for k, v in part.items()} for part in (whole.save_state(), whole.save_day_plan()))
    resumed = Simulation(scenario, start=partial(resume_engine, plan=restore_day_plan(plan)))
    resumed.restore_state(state)
    for simulation in (whole, resumed):
        simulation.advance(54)
    assert np.array_equal(whole.state.soc, resumed.state.soc)
    assert whole.kpis == resumed.kpis


def test_a_comparison_has_the_same_queue_in_each_row() -> None:
    rows = [make_row(f"van {i}", "08:00", "12:00") for i in range(4)]
    table = compare(Scenario(sessions=rows, evses="2 x AC 11 V2G", **RUN))
    assert set(table["strategy"]) == set(STRATEGIES)
    assert set(table["share_at_target"]) == {0.5}


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[dict[str, Any]], int]:
    rows, n = [], draw(st.integers(2, 8))
    for vehicle in range(n):
        quarter = 0
        for _ in range(draw(st.integers(1, 3))):
            arrival = quarter + draw(st.integers(0, 30))
            quarter = arrival + draw(st.integers(1, 40))
            times = [str(pd.Timestamp("2026-12-14") + pd.Timedelta(minutes=15 * k)) for k in (arrival, quarter)]
            rows.append(VAN | {"vehicle": vehicle, "arrival": times[0], "departure": times[1], "soc": 0.4})
    return rows, draw(st.integers(0, n))


@given(queues(), st.sampled_from(list(STRATEGIES)))
@settings(max_examples=12)
def test_present_vehicles_are_plugged_in_or_wait_and_nobody_waits_beside_a_free_evse(
    queue: tuple[list[dict[str, Any]], int], strategy: str
) -> None:
    rows, n_evse = queue
    scenario = Scenario(sessions=rows, evses=f"{n_evse} x AC 11 V2G", **RUN | {"strategy": strategy, "days": 1.5})
    simulation = Simulation(scenario)
    for _ in range(scenario.n_steps):
        simulation.advance()
        state = simulation.state
        present = state.departure_step >= simulation.engine.clock
        n_plugged = int((state.code != UNPLUGGED).sum())
        assert n_plugged == min(int(present.sum()), n_evse)
        assert len(set(state.evse[state.code != UNPLUGGED].tolist())) == n_plugged
        assert (state.reason[present] != Reason.AWAY).all()
    assert abs(simulation.result().ledger["residual_kwh"]) < 1e-6


def test_enough_evses_charge_as_much_as_evses_of_their_own() -> None:
    rows = [make_row(f"van {i}", f"{6 + i:02}:00", f"{9 + i:02}:30") for i in range(8)]
    results: list[Result] = [
        simulate(Scenario(sessions=rows, evses=evses, bidirectional_share=0.0, **RUN)) for evses in ("", "8 x AC 11")
    ]
    for name in ("g2v_kwh", "unserved_kwh", "driven_kwh"):
        assert results[0].kpis[name] == pytest.approx(results[1].kpis[name], rel=1e-6, abs=1e-9)
