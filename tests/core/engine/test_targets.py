"""Targets that differ between models: every vehicle charges to its own, in both kernels."""

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.control.power_limits import make_step_limits
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.strategies import STRATEGIES

LOW_SOC, HIGH_SOC = 0.75, 0.92


def start_with_two_targets(strategy: str, kernel: Kernel) -> tuple[Simulation, np.ndarray]:
    """Return a simulation whose models have a low and a high target in turn, and the target of each row."""
    simulation = Simulation(Scenario(fleet_size=60, strategy=strategy, evse_per_vehicle=1.0, limit_kw_per_vehicle=20.0))
    engine = simulation.engine
    models = np.arange(len(engine.catalog))
    by_model = np.where(models % 2, HIGH_SOC, LOW_SOC)
    by_code = np.concatenate([[HIGH_SOC], np.repeat(by_model, engine.limits.ratings.n_kinds)])
    simulation.engine = replace(
        engine,
        kernel=kernel,
        limits=make_step_limits(engine.limits.ratings, engine.rules, timestep_h=0.25, target_soc=by_code),
    )
    engine.state.soc[:] = 0.5
    return simulation, np.repeat(by_model, engine.fleet.counts)


@pytest.mark.parametrize("kernel", [NUMPY_KERNEL, NUMBA_KERNEL], ids=["numpy", "numba"])
def test_a_vehicle_charges_to_the_target_of_its_model(kernel: Kernel) -> None:
    simulation, target_soc = start_with_two_targets("uncontrolled", kernel)
    simulation.advance(48)
    charged = simulation.state.soc > 0.5
    assert set(target_soc[charged]) == {LOW_SOC, HIGH_SOC}
    assert (simulation.state.soc <= target_soc + 1e-9).all()
    assert np.isclose(simulation.state.soc, LOW_SOC).sum() > 5
    assert np.isclose(simulation.state.soc, HIGH_SOC).sum() > 5


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_both_kernels_agree_on_different_targets(strategy: str) -> None:
    runs = [start_with_two_targets(strategy, kernel)[0] for kernel in (NUMPY_KERNEL, NUMBA_KERNEL)]
    for run in runs:
        run.advance(32)
    np.testing.assert_allclose(runs[0].state.soc, runs[1].state.soc, rtol=0.0, atol=1e-12)
    assert runs[0].state.reason.tolist() == runs[1].state.reason.tolist()
