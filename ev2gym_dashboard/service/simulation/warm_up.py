"""Warm-up: compile the kernels before somebody waits for them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.runtime.kernel_cache import lock_kernel_cache
from ev2gym_dashboard.service.simulation.backend import choose_kernel
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.simulation import Simulation

SMALL = Scenario(fleet_size=1)


def compile_kernels(*, with_agents: bool = False) -> None:
    """Compile the kernels of a live run, or load them from the cache on the disk; on request, those of agents too.

    Of the processes that start together one compiles. Two that shared the kernels would both compile what these have in
    common, and take as long.
    """
    is_compiled = choose_kernel() is not NUMPY_KERNEL
    with lock_kernel_cache() if is_compiled else nullcontext():
        _run_kernels()
        if is_compiled and with_agents:
            _run_agents()


def _run_kernels() -> None:
    _run_in_one_call()
    _run_large_fleet()
    _run_plan()


def _run_in_one_call() -> None:
    # A run from the page: the loop in one call.
    start_counterfactual_runs(SMALL).advance()


def _run_large_fleet() -> None:
    # In a day of some vehicles, there are arrivals, plug-ins and departures.
    _run_by_steps(replace(SMALL, fleet_size=20), SMALL.steps_per_day)


def _run_plan() -> None:
    _run_by_steps(replace(SMALL, strategy="predictive"), 1)


def _run_by_steps(scenario: Scenario, n_steps: int) -> None:
    """Run a scenario step by step, as a large fleet and a strategy that plans go."""
    simulation = Simulation(scenario)
    simulation.engine.kernel = replace(simulation.engine.kernel, run_steps=None)
    simulation.advance(n_steps)


def _run_agents() -> None:
    # Only here: Numba takes a second to import, and NumPy's kernel does without it.
    from ev2gym_dashboard.compiled.agents import AgentSteps  # noqa: PLC0415
    from ev2gym_dashboard.compiled.batch import RunBatch  # noqa: PLC0415

    simulation = Simulation(SMALL)
    batch = RunBatch([simulation.engine])
    agents = AgentSteps(batch, columns=[0], n_slots=1, law=None)
    batch.load([simulation.control])
    agents.observe()
    agents.advance()
