"""Runs of the scalar reference and of the engine, compared for each vehicle in each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from tests.closeness import assert_close
from tests.reference.scalar_inputs import make_inputs
from tests.reference.scalar_simulator import ScalarSimulator, Totals, Vehicle, Wear

KERNELS = {"numpy": NUMPY_KERNEL, "numba": NUMBA_KERNEL}
ROUNDING = 1e-9
SINGLE_PRECISION = 2.0**-23
"""The engine stores the power of a vehicle in single precision, the totals of the site in double precision."""


@dataclass(frozen=True)
class Replay:
    """SOC, power and reason of each vehicle and totals of the site after each step, and the vehicles at the end."""

    steps: list[tuple[list[float], list[float], list[str], Totals]]
    vehicles: list[Vehicle]


def replay_scenario(scenario: Scenario) -> Replay:
    return replay_simulator(ScalarSimulator(make_inputs(scenario)), scenario.n_steps)


def replay_simulator(simulator: ScalarSimulator, n_steps: int) -> Replay:
    steps = []
    for _ in range(n_steps):
        totals, vehicles = simulator.advance(), simulator.vehicles
        steps.append(([v.soc for v in vehicles], [v.power_kw for v in vehicles], [v.reason for v in vehicles], totals))
    return Replay(steps, simulator.vehicles)


def step_engine(scenario: Scenario, kernel: Kernel) -> Iterator[Simulation]:
    """Yield the simulation after each of its steps."""
    simulation = Simulation(scenario)
    simulation.engine.kernel = kernel
    for _ in range(scenario.n_steps):
        simulation.advance()
        yield simulation


def assert_agreement(replayed: Replay, scenario: Scenario, kernel: Kernel) -> None:
    """Run the engine and compare each step with the reference."""
    simulation = None
    for (soc, power_kw, reason, totals), simulation in zip(replayed.steps, step_engine(scenario, kernel), strict=True):
        state = simulation.state
        assert [Reason(code).key for code in state.reason] == reason
        np.testing.assert_allclose(state.soc, soc, rtol=0.0, atol=ROUNDING)
        np.testing.assert_allclose(state.power_kw, power_kw, rtol=SINGLE_PRECISION, atol=ROUNDING)
        engine_totals = [simulation.series(name)[-1] for name in totals]
        assert_close(engine_totals, [*totals.values()], rel=ROUNDING, abs_=ROUNDING, name=[*totals])
    assert simulation is not None
    assert_equal_wear(simulation, [vehicle.wear for vehicle in replayed.vehicles], scenario.n_steps)


def assert_equal_wear(simulation: Simulation, wear: list[Wear], n_steps: int) -> None:
    engine, sums = simulation.engine, simulation.state.wear
    assert engine.plugged_steps.tolist() == [vehicle.plugged_steps for vehicle in wear]
    np.testing.assert_allclose(engine.mean_soc, [vehicle.soc_sum / n_steps for vehicle in wear], atol=ROUNDING)
    for name in ("swing_sum", "cycled_soc"):
        expected = [getattr(vehicle, name) for vehicle in wear]
        np.testing.assert_allclose(getattr(sums, name), expected, rtol=n_steps * SINGLE_PRECISION, atol=ROUNDING)
