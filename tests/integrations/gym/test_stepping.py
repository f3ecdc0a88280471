"""Stepping: fleets stepped in one compiled call are those whose engines step one by one in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.integrations.gym import FleetEnv, FleetVectorEnv
from ev2gym_dashboard.integrations.gym.actions import ACTIONS
from ev2gym_dashboard.integrations.gym.compiled_steps import CompiledSteps
from ev2gym_dashboard.integrations.gym.stepping import EngineSteps

CROWDED: dict[str, Any] = {"fleet_size": 20, "days": 1.5, "evse_per_vehicle": 0.3, "limit_kw_per_vehicle": 1.2}


def step_both(settings: dict[str, Any], n_steps: int) -> None:
    compiled, stepwise = FleetEnv(**settings), FleetEnv(**settings)
    assert np.array_equal(compiled.reset(seed=3)[0], stepwise.reset(seed=3)[0])
    stepwise.simulation.engine.kernel = NUMPY_KERNEL
    rng = np.random.default_rng(0)
    for _ in range(n_steps):
        action = rng.uniform(-1.0, 1.0, compiled.batch.n_slots).astype(np.float32)
        one, other = compiled.step(action), stepwise.step(action)
        assert one[0] == pytest.approx(other[0], rel=1e-6, abs=1e-6)
        assert one[1] == pytest.approx(other[1], abs=1e-9)
        assert one[2:4] == other[2:4]
        for name, value in one[4].items():
            assert value == pytest.approx(other[4][name], abs=1e-9), name
    assert isinstance(compiled.batch.steps, CompiledSteps)
    assert isinstance(stepwise.batch.steps, EngineSteps)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_slots_of_every_action_are_compiled(action: str) -> None:
    step_both({**CROWDED, "action": action}, 144)


@pytest.mark.parametrize(
    "settings",
    [
        {"forecast_error": 0.3},
        {"wear": False},
        {"tariff": "mt_general", "timestep_min": 60},
        {"battery_chemistry": "lfp"},
        {"declared_cycle_life": 1500.0},
    ],
)
def test_forecasts_wear_and_bills_are_the_same(settings: dict[str, Any]) -> None:
    step_both({**CROWDED, **settings}, 36)


def test_a_fleet_that_somebody_changes_goes_on_changed() -> None:
    envs = FleetEnv(**CROWDED), FleetEnv(**CROWDED)
    for env in envs:
        env.reset(seed=1)
        env.step(np.ones(env.batch.n_slots, np.float32))
    changed, _ = envs
    changed.simulation.set(event={"minutes": 120.0, "reduction": 1.0})
    for env in envs:
        env.step(np.ones(env.batch.n_slots, np.float32))
    limits_kw = [env.simulation.series("limit_kw").tolist() for env in envs]
    assert limits_kw[0][0] == limits_kw[1][0]
    assert limits_kw[0][1] < limits_kw[1][1]


def test_a_fleet_may_be_looked_at_in_any_step() -> None:
    settings = {**CROWDED, "days": 1.1}
    looked_at, alone = FleetEnv(**settings), FleetEnv(**settings)
    for env in (looked_at, alone):
        env.reset(seed=5)
    for step in range(100):
        rewards = [env.step(np.full(env.batch.n_slots, 0.5, np.float32))[1] for env in (looked_at, alone)]
        assert rewards[0] == rewards[1]
        if step % 7 == 0:
            assert looked_at.simulation.step == step + 1
    assert looked_at.simulation.kpis == alone.simulation.kpis


def test_fleets_of_different_lengths_of_queues_stay_apart() -> None:
    together = FleetVectorEnv(4, **CROWDED, action="urgency")
    alone = [FleetEnv(**CROWDED, action="urgency") for _ in range(4)]
    together.reset(seed=8)
    for number, env in enumerate(alone):
        env.reset(seed=8 + number)
    actions = np.random.default_rng(1).uniform(-1.0, 1.0, (110, 4, 5))
    for action in actions:
        seen, rewards, *_ = together.step(action)
        steps = [env.step(own) for env, own in zip(alone, action, strict=True)]
        assert np.array_equal(seen, [each[0] for each in steps])
        assert rewards.tolist() == [each[1] for each in steps]
    waiting = {tuple(run.series("n_waiting").tolist()) for run in together.batch.simulations}
    assert len(waiting) == 4


def test_fleets_on_several_threads_are_those_on_one() -> None:
    envs = [FleetVectorEnv(300, fleet_size=2, days=0.1) for _ in range(2)]
    seen = []
    for env, n_threads in zip(envs, (1, 3), strict=True):
        env.reset(seed=0)
        assert isinstance(env.batch.steps, CompiledSteps)
        env.batch.steps.agents.n_threads = n_threads
        steps = [env.step(np.full((300, env.batch.n_slots), 0.5)) for _ in range(9)]
        seen.append([np.concatenate([values, rewards[:, None]], axis=1) for values, rewards, *_ in steps])
    assert np.array_equal(seen[0], seen[1])
