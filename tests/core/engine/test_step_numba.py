"""The Numba step gives what the NumPy step gives; it runs where the extra ``fast`` is installed, as in `make test`."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import scenarios


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(scenarios())
@settings(max_examples=15)
def test_numba_and_numpy_agree(strategy: str, scenario: Scenario) -> None:
    ours, theirs = (Simulation(replace(scenario, strategy=strategy)) for _ in range(2))
    ours.engine.kernel, theirs.engine.kernel = NUMPY_KERNEL, NUMBA_KERNEL
    for simulation in (ours, theirs):
        simulation.advance(scenario.n_steps)
    a, b = ours.engine.state, theirs.engine.state
    assert a.soc == pytest.approx(b.soc, abs=1e-9)
    assert a.power_kw == pytest.approx(b.power_kw, abs=1e-4)
    assert np.mean(a.reason == b.reason) > 0.97
    assert a.wear.swing_sum == pytest.approx(b.wear.swing_sum, abs=1e-3)
    for name in ("g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw", "n_charging", "n_discharging"):
        assert ours.engine.records.series[name] == pytest.approx(theirs.engine.records.series[name], abs=1e-6)
    assert theirs.ledger["residual_kwh"] == pytest.approx(0.0, abs=1e-8)
