"""Signatures: each function of the loop is compiled once, for the types of its arguments and not for their values."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.compiled.agents import AgentSteps
from ev2gym_dashboard.compiled.batch import RunBatch
from ev2gym_dashboard.compiled.loop import advance_runs
from ev2gym_dashboard.core.engine import step_numba
from ev2gym_dashboard.service.simulation.warm_up import compile_kernels

LOOP: list[Any] = [advance_runs, step_numba._apply_step, step_numba._sum_demand]


@pytest.fixture(scope="module", autouse=True)
def _compiled_kernels() -> None:
    compile_kernels()
    simulation = Simulation(Scenario(fleet_size=1))
    batch = RunBatch([simulation.engine])
    agents = AgentSteps(batch, columns=[0], n_slots=1, law=None)
    batch.load([simulation.control])
    agents.observe()
    agents.advance()


@pytest.mark.parametrize("function", LOOP, ids=lambda function: function.__name__)
def test_no_function_is_compiled_for_a_value(function: Any) -> None:
    # Numba tells what it has compiled nowhere else: functions that others call are not loaded with these.
    signatures = [str(key) for key in function._cache._cache_file._load_index()]
    assert signatures
    assert not [signature for signature in signatures if "Literal" in signature]
