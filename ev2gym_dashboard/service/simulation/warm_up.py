"""Warm-up: compile the kernels before somebody waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace

from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.runtime.environment import KERNEL_VARIABLE
from ev2gym_dashboard.service.runtime.kernel_cache import lock_kernel_cache
from ev2gym_dashboard.service.simulation.backend import choose_kernel
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.simulation import Simulation

SMALL = Scenario(fleet_size=1)


def compile_kernels(*, plans_beside: bool = False) -> None:
    """Compile the kernels of a live run, or load them from the cache on the disk; those of agents come with an agent.

    Of the processes that start together one compiles. Two that shared the kernels would both compile what these have in
    common, and take as long. Plans have nothing in common with the loop: on request, another process compiles these.
    """
    is_compiled = choose_kernel() is not NUMPY_KERNEL
    with lock_kernel_cache() if is_compiled else nullcontext():
        with _compile_plans_beside() if is_compiled and plans_beside else nullcontext():
            _run_in_one_call()
            _run_large_fleet()
        _run_plan()


def _compile_plans_beside() -> subprocess.Popen[bytes]:
    # NumPy's kernel, as its runs need no loop: a strategy that plans is compiled with either.
    environment = os.environ | {KERNEL_VARIABLE: "numpy"}
    return subprocess.Popen([sys.executable, "-m", __name__], env=environment)  # noqa: S603 (this module)


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


if __name__ == "__main__":
    _run_plan()
