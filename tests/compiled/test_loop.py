"""Compiled loop: many steps in one call, with the results of the engine's own steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.compiled import loop
from ev2gym_dashboard.compiled.kernel import COMPILED_KERNEL
from ev2gym_dashboard.compiled.rules import NUMBERS
from ev2gym_dashboard.compiled.run import can_run
from ev2gym_dashboard.core.engine.checkpoint import restore_day_plan
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.service.optimum.stay_recorder import run_reference
from ev2gym_dashboard.service.simulation.setpoint_control import make_setpoint_control
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice
from ev2gym_dashboard.strategies import STRATEGIES
from tests.closeness import assert_close
from tests.strategies.scenarios import scenarios, session_scenarios

COMPILED = [key for key, strategy in STRATEGIES.items() if strategy.request_power in NUMBERS]
CALLS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def start(scenario: Scenario, *, compiled: bool, trace: VehicleChoice = None) -> Simulation:
    simulation = Simulation(scenario, trace=trace)
    simulation.engine.kernel = COMPILED_KERNEL if compiled else NUMBA_KERNEL
    return simulation


def assert_equal_runs(one: Simulation, other: Simulation) -> None:
    for name, values in one.engine.records.series.items():
        assert_close(values, other.series(name), rel=1e-9, abs_=1e-9, name=name)
    for name in ("soc", "expected_soc", "departure_step", "code", "evse", "power_kw", "reason"):
        assert np.array_equal(getattr(one.state, name), getattr(other.state, name)), name
    for name in ("n_plugged", "n_present", "n_departures", "n_at_target"):
        assert np.array_equal(getattr(one.model_totals, name), getattr(other.model_totals, name)), name
    for name in ("soc_sum", "unserved_kwh", "waited_h", "energy_cost_mad"):
        assert_close(getattr(one.model_totals, name), getattr(other.model_totals, name), abs_=1e-7, name=name)
    queue, other_queue = one.engine.plugs, other.engine.plugs
    assert np.array_equal(queue.waiting, other_queue.waiting)
    assert np.array_equal(queue.since, other_queue.since)
    assert (queue.n_free, one.step, one.engine.clock) == (other_queue.n_free, other.step, other.engine.clock)
    assert one.kpis == pytest.approx(other.kpis, rel=1e-7, abs=1e-7)


def test_every_rule_of_the_package_is_compiled() -> None:
    rules = [key for key, strategy in STRATEGIES.built_in.items() if not strategy.plans]
    assert rules == COMPILED


def test_a_strategy_that_plans_runs_step_by_step() -> None:
    simulation = start(Scenario(fleet_size=5, strategy="predictive"), compiled=True)
    assert not can_run(simulation.engine, simulation.control)


@pytest.mark.parametrize("strategy", COMPILED)
@given(scenarios(), st.sampled_from([0.3, 1.0, 2.5, 20.0]), st.floats(0.0, 6.0), CALLS)
@settings(max_examples=12)
def test_the_loop_equals_the_steps_of_the_engine(
    strategy: str, scenario: Scenario, limit_kw: float, pv_kwp: float, calls: list[int]
) -> None:
    scenario = replace(scenario, strategy=strategy, limit_kw_per_vehicle=limit_kw, pv_kwp_per_vehicle=pv_kwp)
    runs = [start(scenario, compiled=compiled) for compiled in (True, False)]
    for run in runs:
        for n_steps in calls:
            run.advance(n_steps)
    assert_equal_runs(*runs)


@pytest.mark.parametrize("strategy", COMPILED)
def test_calls_of_any_length_give_the_same_bits(strategy: str) -> None:
    scenario = Scenario(fleet_size=40, strategy=strategy, limit_kw_per_vehicle=1.5, pv_kwp_per_vehicle=2.0, days=2)
    at_once, one_by_one = Simulation(scenario), Simulation(scenario)
    at_once.advance(150)
    for _ in range(150):
        one_by_one.advance()
    for name, values in at_once.engine.records.series.items():
        assert values.tobytes() == one_by_one.series(name).tobytes(), name
    assert at_once.state.soc.tobytes() == one_by_one.state.soc.tobytes()


@given(st.integers(0, MAX_SEED), st.lists(st.floats(-1.0, 1.0), min_size=26, max_size=26))
@settings(max_examples=5)
def test_setpoints_are_compiled(seed: int, drawn: list[float]) -> None:
    runs = [start(Scenario(fleet_size=30, seed=seed), compiled=compiled) for compiled in (True, False)]
    for run in runs:
        shares = np.resize(drawn, len(run.catalog.names))
        control = make_setpoint_control(run.engine.limits.ratings, shares, v2g=True)
        assert can_run(run.engine, control)
        run.engine.advance(30, control)
    assert_equal_runs(*runs)


def test_a_change_of_strategy_event_and_v2g_takes_effect() -> None:
    runs = [start(Scenario(fleet_size=50, strategy="grid_support"), compiled=compiled) for compiled in (True, False)]
    for run in runs:
        run.advance(10)
        run.set(strategy="peak_shaving", event={"minutes": 60, "reduction": 0.9})
        run.advance(10)
        run.set(v2g=False, strategy="grid_support", params={"grid_support.window_end_h": 23.0})
        run.advance(30)
    assert_equal_runs(*runs)


def test_forks_and_restored_runs_go_on_alike() -> None:
    run = Simulation(Scenario(fleet_size=50, strategy="grid_support"))
    run.advance(20)
    (fork,) = run.fork(1)
    restored = Simulation(run.scenario)
    restored.advance(1)
    restored.restore_state({name: values.copy() for name, values in run.save_state().items()})
    for other in (run, fork, restored):
        other.advance(40)
    assert_equal_runs(run, fork)
    assert_equal_runs(run, restored)


def get_trace_logs(run: Simulation) -> dict[str, np.ndarray]:
    trace = run.engine.trace
    assert trace is not None
    return {f"states.{name}": values for name, values in trace.stack_states()._asdict().items()} | {
        f"stays.{name}": values for name, values in trace.list_stays(run.state)._asdict().items()
    }


def assert_equal_logs(logs: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> None:
    assert logs.keys() == others.keys()
    for name, values in logs.items():
        assert values.dtype == others[name].dtype, name
        # Prices depend on sums over the fleet, whose order differs.
        tolerance = 1e-12 if name.endswith("mad_kwh") else 0.0
        assert_close(values, others[name], rel=tolerance, nan_ok=True, name=name)


@pytest.mark.parametrize("strategy", COMPILED)
@given(session_scenarios(), st.sampled_from([None, True, [0, 2]]), CALLS)
@settings(max_examples=12)
def test_given_sessions_that_queue_or_have_an_evse_are_compiled(
    strategy: str, scenario: Scenario, trace: VehicleChoice, calls: list[int]
) -> None:
    scenario = replace(scenario, strategy=strategy)
    runs = [start(scenario, compiled=compiled, trace=trace) for compiled in (True, False)]
    for run in runs:
        assert can_run(run.engine, run.control)
        for n_steps in calls:
            run.advance(n_steps)
    assert_equal_runs(*runs)
    assert runs[0].engine.plugs.code_offset.tolist() == runs[1].engine.plugs.code_offset.tolist()
    if trace is not None:
        assert_equal_logs(*map(get_trace_logs, runs))


@pytest.mark.parametrize("strategy", COMPILED)
@given(session_scenarios())
@settings(max_examples=3)
def test_given_sessions_have_the_results_of_numpy(strategy: str, scenario: Scenario) -> None:
    run, other = (Simulation(replace(scenario, strategy=strategy)) for _ in range(2))
    other.engine.kernel = NUMPY_KERNEL
    for simulation in (run, other):
        simulation.advance(scenario.n_steps)
    assert_close(run.state.soc, other.state.soc, abs_=1e-12)
    assert_close(run.state.expected_soc, other.state.expected_soc, abs_=1e-12)
    for name, values in run.engine.records.series.items():
        assert_close(values, other.series(name), rel=1e-9, abs_=1e-9, name=name)


@pytest.mark.parametrize("trace", [True, [3, 11, 29]])
def test_a_traced_run_keeps_the_past_that_the_steps_of_the_engine_keep(trace: VehicleChoice) -> None:
    scenario = Scenario(fleet_size=30, strategy="grid_support", limit_kw_per_vehicle=1.5, evse_per_vehicle=0.4)
    runs = [start(scenario, compiled=compiled, trace=trace) for compiled in (True, False)]
    for run in runs:
        assert can_run(run.engine, run.control)
        for n_steps in (1, 1, 45, 60):
            run.advance(n_steps)
    assert_equal_runs(*runs)
    assert_equal_logs(*map(get_trace_logs, runs))


def test_a_trace_may_keep_the_stays_alone() -> None:
    reference = run_reference(Scenario(fleet_size=30, evse_per_vehicle=0.5, days=2))
    trace = Simulation(reference.simulation.scenario, trace=True)
    trace.engine.kernel = NUMBA_KERNEL
    trace.advance(reference.simulation.step)
    assert reference.simulation.engine.trace is not None
    assert reference.simulation.engine.trace.states == []
    stays = {name: values for name, values in get_trace_logs(trace).items() if name.startswith("stays.")}
    assert_equal_logs({f"stays.{name}": values for name, values in reference.stays._asdict().items()}, stays)


def test_the_loop_is_compiled_once_for_drawn_given_and_traced_runs() -> None:
    van = {"vehicle": "van", "capacity_kwh": 60.0, "power_kw": 11.0, "energy_kwh": 9.0}
    stay = van | {"arrival": "2026-12-14T18:00", "departure": "2026-12-15T06:00"}
    given_sessions = Scenario(sessions=[stay], start="2026-12-14T00:00", strategy="uncontrolled")
    start(Scenario(fleet_size=3), compiled=True).advance()
    n_compiled = len(loop.advance_runs.signatures)
    for scenario, trace in ((given_sessions, None), (given_sessions, True), (Scenario(fleet_size=3), True)):
        start(scenario, compiled=True, trace=trace).advance(90)
    assert len(loop.advance_runs.signatures) == n_compiled


def test_the_loop_is_not_compiled_again_for_a_restored_plan() -> None:
    run = Simulation(Scenario(fleet_size=20, strategy="grid_support", place="work", limit_kw_per_vehicle=1.0))
    run.advance(120)
    n_compiled = len(loop.advance_runs.signatures)
    plan = {name: values.copy() for name, values in run.save_day_plan().items()}
    for values in plan.values():
        values.flags.writeable = False
    run.engine.plan = restore_day_plan(plan)
    run.advance(10)
    assert len(loop.advance_runs.signatures) == n_compiled
