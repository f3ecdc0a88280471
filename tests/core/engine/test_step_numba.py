"""Numba kernel: it agrees with the NumPy kernel; the tests need the extra ``fast``."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.strategies import STRATEGIES
from tests.closeness import assert_close
from tests.strategies.scenarios import scenarios, session_scenarios


def advance_both(scenario: Scenario) -> tuple[Simulation, Simulation]:
    with_numpy, with_numba = (Simulation(scenario) for _ in range(2))
    with_numpy.engine.kernel, with_numba.engine.kernel = NUMPY_KERNEL, NUMBA_KERNEL
    for simulation in (with_numpy, with_numba):
        simulation.advance(scenario.n_steps)
    return with_numpy, with_numba


def assert_agreement(with_numpy: Simulation, with_numba: Simulation) -> None:
    a, b = with_numpy.engine.state, with_numba.engine.state
    assert_close(a.soc, b.soc, abs_=1e-9)
    assert_close(a.power_kw, b.power_kw, abs_=1e-4)
    assert np.mean(a.reason == b.reason) > 0.97
    assert_close(a.wear.swing_sum, b.wear.swing_sum, abs_=1e-3)
    for name in ("g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw", "n_charging", "n_discharging"):
        assert_close(with_numpy.series(name), with_numba.series(name), abs_=1e-6, name=name)
    assert with_numba.ledger["residual_kwh"] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(scenarios())
@settings(max_examples=15)
def test_numba_and_numpy_agree(strategy: str, scenario: Scenario) -> None:
    assert_agreement(*advance_both(replace(scenario, strategy=strategy)))


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(session_scenarios())
@settings(max_examples=6)
def test_they_agree_on_sessions_with_a_queue(strategy: str, scenario: Scenario) -> None:
    with_numpy, with_numba = advance_both(replace(scenario, strategy=strategy))
    assert_agreement(with_numpy, with_numba)
    for name in ("n_connected", "n_waiting", "n_departures", "n_at_target"):
        assert with_numpy.series(name).tolist() == with_numba.series(name).tolist()
    a, b = with_numpy.engine, with_numba.engine
    for name in ("evse", "code", "departure_step"):
        assert np.array_equal(getattr(a.state, name), getattr(b.state, name))
    for name in ("waiting", "since", "code_offset", "ring", "first", "n_free"):
        assert np.array_equal(getattr(a.plugs, name), getattr(b.plugs, name))
    assert_close(a.state.expected_soc, b.state.expected_soc, abs_=1e-9)
