"""Vehicle view: the past and the stays of one vehicle are those of a traced run, to the bit."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ev2gym_dashboard import Result, Scenario, Simulation
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery
from ev2gym_dashboard.service.sessions.vehicle_view import SUMMED_COLUMNS, VehicleHistory
from ev2gym_dashboard.service.sessions.work_budget import compute_step_work
from ev2gym_dashboard.service.simulation.vehicle_trace import follow_vehicles
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=40, evse_per_vehicle=0.3, limit_kw_per_vehicle=1.0, strategy="price")
LEAVE = (("action", "leave"), ("leave_min", 360), ("vehicle", 11))
CHANGES = (
    Change(13, (("strategy", "renewable"),)),
    Change(20, (("overrides", (LEAVE, (("action", "charge_now"), ("vehicle", 0)))),)),
    Change(70, (("event", (("minutes", 60.0), ("reduction", 0.8))),)),
    Change(101, (("strategy", "grid_support"), ("params", (("grid_support.v2g_min_soc", 0.4),)))),
)
RUN = RunSpec(SCENARIO, CHANGES, 230, "live")
VEHICLES = (0, 11, 39)
EXACT_AMOUNTS = ("g2v_kwh", "v2g_kwh", "cost_mad", "calendar_mad", "cyclic_mad")


@cache
def trace_run(run: RunSpec, *, traces_warm_up: bool = False) -> Result:
    """Return the traced run, without a live session; its warm-up is that of a run without a trace, or traced too."""
    simulation = Simulation(run.scenario, trace=traces_warm_up)
    if not traces_warm_up:
        follow_vehicles(simulation.engine, np.arange(run.scenario.fleet_size, dtype=np.int32))
    for change in run.changes:
        simulation.advance(change.step - simulation.step)
        simulation.set(**change.settings)
    simulation.advance(run.step - simulation.step)
    return simulation.result()


def watch(sessions: SessionCache, run: RunSpec, vehicle: int) -> VehicleHistory:
    shown = sessions.get_vehicles_view(run, VehicleQuery(vehicle=str(vehicle))).shown
    assert shown is not None
    assert shown.history is not None
    return shown.history


def assert_equals_trace(history: VehicleHistory, run: RunSpec, vehicle: int) -> None:
    """Assert that the steps and the stays of a vehicle are those of the traced run, to the bit."""
    result = trace_run(run)
    assert result.vehicles is not None
    steps = result.vehicles.xs(vehicle, level="vehicle").iloc[history.shown_step :]
    assert history.soc == steps["soc"].tolist()
    assert history.power_kw == steps["power_kw"].tolist()
    assert history.modes == steps["mode"].tolist()
    assert [reason.key for reason in history.reasons] == steps["reason"].tolist()
    if history.first_step == 0:
        assert_stays_equal(history, result, vehicle)


def assert_stays_equal(history: VehicleHistory, result: Result, vehicle: int) -> None:
    assert result.sessions is not None
    sessions = result.sessions[result.sessions["vehicle"] == vehicle]
    assert len(history.stays) == len(sessions)
    for k, stay in enumerate(history.stays):
        expected = sessions.iloc[k].astype(object)
        assert stay == expected.where(expected.notna(), None).to_dict()
    assert history.totals == {name: float(sessions[name].sum()) for name in SUMMED_COLUMNS}


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_the_past_of_a_vehicle_is_its_trace_to_the_bit(vehicle: int) -> None:
    assert_equals_trace(watch(SessionCache(), RUN, vehicle), RUN, vehicle)


def test_it_is_that_of_a_run_traced_from_its_warm_up_but_for_rounding() -> None:
    history, result = watch(SessionCache(), RUN, 11), trace_run(RUN, traces_warm_up=True)
    assert result.vehicles is not None
    assert result.sessions is not None
    steps = result.vehicles.xs(11, level="vehicle").iloc[history.shown_step :]
    np.testing.assert_allclose(history.soc, steps["soc"], rtol=1e-9)
    np.testing.assert_allclose(history.power_kw, steps["power_kw"], rtol=1e-9, atol=1e-9)
    assert history.modes == steps["mode"].tolist()
    sessions = result.sessions[result.sessions["vehicle"] == 11]
    for name, total in history.totals.items():
        assert total == pytest.approx(sessions[name].sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_past_is_the_trace_under_every_strategy(strategy: str) -> None:
    run = RunSpec(replace(SCENARIO, strategy=strategy), (), 40, strategy)
    assert_equals_trace(watch(SessionCache(), run, 5), run, 5)


def test_a_watched_vehicle_follows_the_run_and_its_changes() -> None:
    sessions = SessionCache()
    assert watch(sessions, replace(RUN, step=0, changes=()), 11).soc == []
    for step in (1, 13, 14, 72, 100, 101, 102, 230):
        run = RunSpec(SCENARIO, tuple(change for change in CHANGES if change.step <= step), step, "live")
        assert_equals_trace(watch(sessions, run, 11), run, 11)


def test_another_vehicle_of_a_run_that_goes_on_has_its_own_past() -> None:
    sessions = SessionCache()
    for vehicle in VEHICLES:
        assert_equals_trace(watch(sessions, RUN, vehicle), RUN, vehicle)


def test_the_window_is_48_h_and_the_costs_are_those_since_the_record_began() -> None:
    long_run = replace(RUN, step=700)
    history = watch(SessionCache(), long_run, 11)
    assert len(history.soc) == 192
    assert history.shown_step == 700 - 192
    assert history.first_step == 0
    assert_equals_trace(history, long_run, 11)


def test_a_large_run_records_from_a_known_state_on(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "ev2gym_dashboard.service.sessions.watched_vehicle.MAX_REQUEST_WORK"
    monkeypatch.setattr(module, 100 * compute_step_work(SCENARIO.fleet_size))
    sessions, run = SessionCache(), replace(RUN, step=700)
    for step in range(96, 701, 96):
        due = tuple(change for change in CHANGES if change.step <= step)
        sessions.get_fleet_view(replace(run, step=step, changes=due))
    expected = trace_run(run).sessions
    assert expected is not None
    n_begun = 0
    for vehicle in range(11, 15):
        history = watch(sessions, run, vehicle)
        assert 0 < history.first_step <= history.shown_step == 700 - 192
        assert_equals_trace(history, run, vehicle)
        whole = expected[expected["vehicle"] == vehicle].set_index("departure")
        for stay in history.stays:
            match = whole.loc[stay["departure"]]
            if stay["arrival"] is None:
                # Of a stay that was there already, only what came since then counts.
                assert 0.0 <= stay["calendar_mad"] <= match["calendar_mad"]
                continue
            n_begun += 1
            assert {name: stay[name] for name in EXACT_AMOUNTS} == match[list(EXACT_AMOUNTS)].to_dict()
    assert n_begun > 0


def test_a_long_past_comes_in_several_requests() -> None:
    now = iter(range(10_000))
    sessions = SessionCache()
    sessions.get_fleet_view(RUN)
    sessions._slice_s, sessions._now = 0.0, lambda: float(next(now))
    progress: list[float] = []
    history = None
    while history is None and len(progress) < 100:
        shown = sessions.get_vehicles_view(RUN, VehicleQuery(vehicle="11")).shown
        assert shown is not None
        progress.append(shown.progress)
        history = shown.history
    assert progress == sorted(progress)
    assert progress[0] < 1.0
    assert progress[-1] == 1.0
    assert history is not None
    assert_equals_trace(history, RUN, 11)


def test_a_plan_gives_its_thresholds_while_the_vehicle_is_plugged_in() -> None:
    run = RunSpec(replace(SCENARIO, strategy="predictive"), (), 40, "plan")
    sessions = SessionCache()
    for vehicle in VEHICLES:
        history = watch(sessions, run, vehicle)
        plugged = [mode not in ("away", "waiting") for mode in history.modes]
        assert [value is not None for value in history.charge_below_soc] == plugged
        assert all(0.0 <= value <= 1.0 for value in history.give_above_soc if value is not None)
    without = watch(SessionCache(), RUN, 11)
    assert set(without.charge_below_soc) == {None}


def test_watching_leaves_the_live_run_as_it_is() -> None:
    sessions = SessionCache()
    before = sessions.get_fleet_view(RUN)
    watch(sessions, RUN, 3)
    assert sessions.get_fleet_view(RUN) == before
    later = replace(RUN, step=240)
    watch(sessions, later, 3)
    assert sessions.get_fleet_view(later) == SessionCache().get_fleet_view(later)


def test_spans_cover_the_window_without_gaps_and_hold_its_energy() -> None:
    history = watch(SessionCache(), RUN, 11)
    scenario = RUN.scenario
    assert history.spans[0].start == scenario.get_step_time(history.shown_step)
    assert history.spans[-1].end == scenario.get_step_time(RUN.step)
    assert all(one.end == other.start for one, other in zip(history.spans, history.spans[1:], strict=False))
    energy_kwh = sum(span.energy_kwh for span in history.spans)
    assert energy_kwh == pytest.approx(np.sum(history.power_kw) * scenario.timestep_h)
    assert history.spans[-1].soc_after == history.soc[-1]


@pytest.mark.parametrize("text", ["40", "-1", "1.0", "x", "²", "999999999999999999999"])
def test_a_vehicle_that_the_run_does_not_have_is_not_shown(text: str) -> None:
    view = SessionCache().get_vehicles_view(replace(RUN, step=5, changes=()), VehicleQuery(vehicle=text))
    assert view.shown is None
    assert view.listed is None
