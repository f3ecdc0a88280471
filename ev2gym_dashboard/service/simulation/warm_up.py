"""Warm-up: compile the kernels before somebody waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.runtime.kernel_cache import lock_kernels
from ev2gym_dashboard.service.simulation.backend import choose_kernel
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.simulation import Simulation

SMALL = Scenario(fleet_size=1)
MAX_WAIT_S = 600.0
"""Time after which a process compiles beside the one that holds the lock [s]."""


def compile_kernels(*, with_agents: bool = False) -> None:
    """Compile the kernels of a live run, or load them from the cache on the disk; on request, those of agents too.

    Processes that start together share the parts.
    """
    if choose_kernel() is not NUMPY_KERNEL:
        share_parts({**PARTS, **(AGENT_PARTS if with_agents else {})})
        return
    for run in PARTS.values():
        run()


def share_parts(parts: Mapping[str, Callable[[], None]]) -> None:
    """Run all parts; those that another process compiles come last, when their kernels can be read."""
    taken = {name: run for name, run in parts.items() if not _run_locked(name, run)}
    for name, run in taken.items():
        if not _run_locked(name, run, wait_s=MAX_WAIT_S):
            run()


def _run_locked(name: str, run: Callable[[], None], *, wait_s: float = 0.0) -> bool:
    with lock_kernels(name, wait_s=wait_s) as is_mine:
        if is_mine:
            run()
    return is_mine


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


PARTS: Mapping[str, Callable[[], None]] = {
    "loop": _run_in_one_call,
    "plan": _run_plan,
    "steps": _run_large_fleet,
}
"""Runs that compile the kernels, the dearest one first."""
AGENT_PARTS: Mapping[str, Callable[[], None]] = {"agents": _run_agents}
