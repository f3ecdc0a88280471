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


def compile_kernels() -> None:
    """Compile every kernel, or load it from the cache on the disk; processes that start together compile once."""
    with nullcontext() if choose_kernel() is NUMPY_KERNEL else lock_kernel_cache():
        _run_kernels()


def _run_kernels() -> None:
    # A run from the page: the loop in one call.
    start_counterfactual_runs(SMALL).advance()
    # A large fleet, and a strategy that plans, go step by step.
    planning = replace(SMALL, strategy="predictive")
    # In a day of some vehicles, there are arrivals, plug-ins and departures.
    for scenario, n_steps in ((replace(SMALL, fleet_size=20), SMALL.steps_per_day), (planning, 1)):
        simulation = Simulation(scenario)
        simulation.engine.kernel = replace(simulation.engine.kernel, run_steps=None)
        simulation.advance(n_steps)
    _compile_agent_steps(Simulation(SMALL))


def _compile_agent_steps(simulation: Simulation) -> None:
    # Only here: Numba takes a second to import, and NumPy's kernel does without it.
    if simulation.engine.kernel.run_steps is None:
        return
    from ev2gym_dashboard.compiled.agents import AgentSteps  # noqa: PLC0415
    from ev2gym_dashboard.compiled.batch import RunBatch  # noqa: PLC0415

    batch = RunBatch([simulation.engine])
    agents = AgentSteps(batch, columns=[0], n_slots=1, law=None)
    batch.load([simulation.control])
    agents.observe()
    agents.advance()
