"""Transitions: the Numba kernel gives the bits of the NumPy kernel."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine import transitions_numba, transitions_numpy
from ev2gym_dashboard.core.engine.checkpoint import flatten_arrays
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.transitions_numpy import TransitionContext
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED

N_STEPS = 30
KERNELS = (transitions_numpy, transitions_numba)


@pytest.fixture
def engines() -> list[Engine]:
    """Return two engines in the same state, within a run."""
    simulation = Simulation(Scenario(fleet_size=400, seed=3))
    simulation.advance(N_STEPS)
    return [fork.engine for fork in simulation.fork(2)]


def make_context(engine: Engine) -> TransitionContext:
    return TransitionContext(
        fleet=engine.fleet,
        state=engine.state,
        models=engine.models,
        limits=engine.limits,
        clock=engine.clock,
        elapsed=engine.step,
    )


def assert_same_state(engines: list[Engine]) -> None:
    first, second = (flatten_arrays({"state": e.state, "models": e.models}) for e in engines)
    assert first.keys() == second.keys()
    assert not [name for name in first if not np.array_equal(first[name], second[name])]


def test_departures_agree(engines: list[Engine]) -> None:
    plugged = np.flatnonzero(engines[0].state.code != UNPLUGGED)
    waiting = engines[0].plugs.waiting
    assert len(plugged) > 10
    rows = np.sort(np.concatenate([plugged[::3], waiting[:2]])).astype(np.int32)
    order = np.random.default_rng(1).permutation(len(rows))
    departures, others = (
        kernel.apply_departures(make_context(engine), rows, order)
        for kernel, engine in zip(KERNELS, engines, strict=True)
    )
    assert departures.released.tolist() == others.released.tolist()
    assert departures[1:3] == pytest.approx(others[1:3])
    assert departures.n_at_target == others.n_at_target
    assert departures.missing_kwh.tolist() == others.missing_kwh.tolist()
    assert_same_state(engines)


def test_arrivals_agree_and_drive_no_more_than_the_battery_holds(engines: list[Engine]) -> None:
    rows = np.flatnonzero(engines[0].state.departure_step < engines[0].clock).astype(np.int32)[:50]
    assert len(rows) > 10
    drive_kwh = np.linspace(0.0, 200.0, len(rows), dtype=np.float32)
    departure_step = np.full(len(rows), engines[0].clock + 20, np.int32)
    driven_kwh, other_driven_kwh = (
        kernel.apply_arrivals(make_context(engine), rows, drive_kwh, departure_step)
        for kernel, engine in zip(KERNELS, engines, strict=True)
    )
    assert np.array_equal(driven_kwh, other_driven_kwh)
    assert driven_kwh.max() < drive_kwh.max()
    assert engines[0].state.soc[rows].min() >= transitions_numpy.ARRIVAL_MIN_SOC - 1e-9
    assert_same_state(engines)


def test_plug_ins_agree_in_the_order_of_the_queue(engines: list[Engine]) -> None:
    rows = np.flatnonzero(engines[0].state.code == UNPLUGGED).astype(np.int32)[20:3:-1]
    assert len(rows) > 10
    since = engines[0].clock - np.arange(len(rows), dtype=np.int32)
    kinds = (1 + np.arange(len(rows)) % 8).astype(np.uint8)
    code_offset = np.zeros(len(rows), np.uint16)
    rated_kw, other_rated_kw = (
        kernel.apply_plug_ins(make_context(engine), rows, since, kinds, code_offset)
        for kernel, engine in zip(KERNELS, engines, strict=True)
    )
    assert rated_kw == pytest.approx(other_rated_kw)
    assert_same_state(engines)
