"""Compiled loop: many steps in one call, with the results of the engine's own steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.compiled import loop
from ev2gym_dashboard.compiled.rules import NUMBERS
from ev2gym_dashboard.compiled.run import COMPILED_KERNEL, can_run
from ev2gym_dashboard.core.engine.checkpoint import restore_day_plan
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.service.simulation.setpoint_control import make_setpoint_control
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import scenarios

COMPILED = [key for key, strategy in STRATEGIES.items() if strategy.request_power in NUMBERS]
CALLS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def start(scenario: Scenario, *, compiled: bool) -> Simulation:
    simulation = Simulation(scenario)
    simulation.engine.kernel = COMPILED_KERNEL if compiled else NUMBA_KERNEL
    return simulation


def assert_equal_runs(one: Simulation, other: Simulation) -> None:
    for name, values in one.engine.records.series.items():
        assert values == pytest.approx(other.series(name), rel=1e-9, abs=1e-9), name
    for name in ("soc", "expected_soc", "departure_step", "code", "evse", "power_kw", "reason"):
        assert np.array_equal(getattr(one.state, name), getattr(other.state, name)), name
    for name in ("n_plugged", "n_present", "n_departures", "n_at_target"):
        assert np.array_equal(getattr(one.model_totals, name), getattr(other.model_totals, name)), name
    for name in ("soc_sum", "unserved_kwh", "waited_h", "energy_cost_mad"):
        assert getattr(one.model_totals, name) == pytest.approx(getattr(other.model_totals, name), abs=1e-7), name
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


def test_a_traced_run_goes_step_by_step_to_the_same_result() -> None:
    scenario = Scenario(fleet_size=30, strategy="grid_support")
    traced, plain = Simulation(scenario, trace=True), Simulation(scenario)
    for run in (traced, plain):
        run.advance(60)
    assert not can_run(traced.engine, traced.control)
    assert traced.series("net_load_kw") == pytest.approx(plain.series("net_load_kw"), abs=1e-9)


def test_the_loop_is_not_compiled_again_for_a_restored_plan() -> None:
    run = Simulation(Scenario(fleet_size=20, strategy="grid_support", place="work", limit_kw_per_vehicle=1.0))
    run.advance(120)
    n_compiled = len(loop.run_steps.signatures)
    plan = {name: values.copy() for name, values in run.save_day_plan().items()}
    for values in plan.values():
        values.flags.writeable = False
    run.engine.plan = restore_day_plan(plan)
    run.advance(10)
    assert len(loop.run_steps.signatures) == n_compiled
