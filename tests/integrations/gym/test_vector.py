"""Several fleets together are those same fleets one by one."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from ev2gym_dashboard.integrations.gym import FLEET_ENV_ID, FleetEnv, FleetVectorEnv

SMALL: dict[str, Any] = {"fleet_size": 60, "days": 0.25}


@pytest.mark.parametrize("mode", ["sync", "vector_entry_point"])
def test_fleets_together_are_those_one_by_one(mode: str) -> None:
    together = gymnasium.make_vec(FLEET_ENV_ID, num_envs=3, vectorization_mode=mode, **SMALL)
    alone = [FleetEnv(**SMALL) for _ in range(3)]
    seen, info = together.reset(seed=11)
    assert np.array_equal(seen, [env.reset(seed=11 + i)[0] for i, env in enumerate(alone)])
    assert info["seed"].tolist() == [11, 12, 13]
    together.action_space.seed(0)
    for step in range(24):
        actions = together.action_space.sample()
        seen, rewards, terminated, truncated, info = together.step(actions)
        steps = [env.step(action) for env, action in zip(alone, actions, strict=True)]
        assert np.array_equal(seen, [each[0] for each in steps])
        assert rewards.tolist() == [each[1] for each in steps]
        assert info["net_load_kw"].tolist() == [each[4]["net_load_kw"] for each in steps]
        assert not terminated.any()
        assert truncated.tolist() == [step == 23] * 3


@pytest.mark.parametrize("mode", ["sync", "vector_entry_point"])
def test_fleets_that_are_over_begin_anew_in_the_next_step_and_the_same_way(mode: str) -> None:
    together = gymnasium.make_vec(FLEET_ENV_ID, num_envs=2, vectorization_mode=mode, **SMALL)
    seeds: Any = [4, 9]
    together.reset(seed=seeds)
    for _ in range(24):
        together.step(np.zeros((2, 8), np.float32))
    seen, rewards, _, truncated, info = together.step(np.zeros((2, 8), np.float32))
    alone = [FleetEnv(**SMALL) for _ in range(2)]
    for env, seed in zip(alone, (4, 9), strict=True):
        env.reset(seed=seed)
    assert np.array_equal(seen, [env.reset()[0] for env in alone])
    assert rewards.tolist() == [0.0, 0.0]
    assert not truncated.any()
    assert len(set(info["seed"].tolist()) - {4, 9}) == 2


def test_make_vec_returns_the_vector_environment() -> None:
    fleets = gymnasium.make_vec(FLEET_ENV_ID, num_envs=2, **SMALL)
    assert isinstance(fleets, FleetVectorEnv)
    assert fleets.single_observation_space.shape is not None
    assert fleets.observation_space.shape == (2, *fleets.single_observation_space.shape)
    fleets.close()
