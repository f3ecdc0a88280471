"""Warm-up: compile the kernels before somebody waits for them; run as a module when an environment is made."""

from __future__ import annotations

from dataclasses import replace

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.simulation import Simulation

SMALL = Scenario(fleet_size=1)


def compile_kernels() -> None:
    """Compile every kernel, or load it from the cache on the disk."""
    # A run from the page: the loop in one call.
    start_counterfactual_runs(SMALL).advance()
    # A large fleet, and a strategy that plans, go step by step.
    planning = replace(SMALL, strategy="predictive")
    for simulation in (Simulation(SMALL), Simulation(planning)):
        simulation.engine.kernel = replace(simulation.engine.kernel, run_steps=None)
        simulation.advance()


if __name__ == "__main__":
    compile_kernels()
