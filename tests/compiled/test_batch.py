"""Batch: runs together are those one by one, to the bit, and so is their warm-up."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.compiled.batch import RunBatch
from ev2gym_dashboard.compiled.kernel import COMPILED_KERNEL, warm_up
from ev2gym_dashboard.compiled.loop import N_DONE
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.service.simulation import engine_setup
from tests.closeness import assert_close
from tests.strategies.scenarios import scenarios

STATE = ("soc", "expected_soc", "departure_step", "code", "evse", "power_kw", "reason")


def assert_same_bits(one: Simulation, other: Simulation) -> None:
    for name, values in one.engine.records.series.items():
        assert values.tobytes() == other.series(name).tobytes(), name
    for name in STATE:
        assert getattr(one.state, name).tobytes() == getattr(other.state, name).tobytes(), name
    assert one.kpis == other.kpis


@given(st.lists(scenarios(), min_size=2, max_size=4), st.integers(1, 40))
@settings(max_examples=8)
def test_runs_together_have_the_bits_of_runs_alone(drawn: list[Scenario], n_steps: int) -> None:
    together, alone = ([Simulation(scenario) for scenario in drawn] for _ in range(2))
    batch = RunBatch([run.engine for run in together])
    batch.load([run.control for run in together])
    batch.expect_newcomers()
    batch.advance(n_steps)
    batch.store()
    for run, other in zip(together, alone, strict=True):
        # Each stops at its own midnight.
        other.advance(run.step)
        assert 0 < run.step <= n_steps
        assert_same_bits(run, other)


@given(scenarios())
@settings(max_examples=15)
def test_the_warm_up_leaves_the_state_of_its_steps_one_by_one(scenario: Scenario) -> None:
    with pytest.MonkeyPatch.context() as patch:
        runs = []
        for kernel in (COMPILED_KERNEL, NUMPY_KERNEL):
            patch.setattr(engine_setup, "choose_kernel", lambda kernel=kernel: kernel)
            runs.append(Simulation(scenario))
    compiled, stepwise = runs
    for name in STATE:
        # The exponentials of NumPy and of compiled code may differ in their last bit.
        assert_close(getattr(compiled.state, name), getattr(stepwise.state, name), rel=1e-12, name=name)
    for name in ("soc_sum", "plugged_steps"):
        assert not getattr(compiled.state.wear, name).any(), name
    queues = compiled.engine.plugs, stepwise.engine.plugs
    assert queues[0].waiting.tolist() == queues[1].waiting.tolist()
    assert (queues[0].first, queues[0].n_free) == (queues[1].first, queues[1].n_free)
    assert compiled.engine.clock == stepwise.engine.clock
    assert compiled.engine.plugged_g2v_kw == pytest.approx(stepwise.engine.plugged_g2v_kw, abs=1e-6)


def test_a_traced_run_warms_up_step_by_step() -> None:
    assert warm_up([Simulation(Scenario(fleet_size=5), trace=True).engine], 0) is None


@given(st.integers(0, MAX_SEED))
@settings(max_examples=5)
def test_a_restarted_run_is_one_that_is_made_anew(seed: int) -> None:
    scenario = Scenario(fleet_size=30, limit_kw_per_vehicle=1.0, strategy="price")
    used = Simulation(scenario)
    used.advance(30)
    for restarted in used.restart([seed, 7, seed + 1 if seed < MAX_SEED else 0]):
        fresh = Simulation(restarted.scenario)
        # Through two midnights, whose days are drawn for all of them at once.
        for run in (restarted, fresh):
            run.advance(150)
        assert_same_bits(restarted, fresh)
    assert used.step == 30


def test_a_copied_engine_makes_a_table_of_its_own() -> None:
    run = Simulation(Scenario(fleet_size=10))
    run.advance(3)
    assert isinstance(run.engine.workspace, RunBatch)
    assert copy.deepcopy(run.engine.workspace) is None
    assert pickle.loads(pickle.dumps(run.engine.workspace)) is None


def test_a_full_room_of_records_ends_a_call() -> None:
    run = Simulation(Scenario(fleet_size=3, timestep_min=5, start="2026-06-01T00:00"))
    batch = RunBatch([run.engine])
    batch.load([run.control])
    batch.expect_newcomers()
    assert batch.advance(200) == 1
    assert batch.counters[0, N_DONE] == len(batch.rows[0]) == 96
