"""Several fleets of one scenario, stepped together, each with its own arrivals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats32
from ev2gym_dashboard.integrations.gym.fleet import FleetEnv


class FleetVectorEnv(VectorEnv[Floats32, Floats32, NDArray[Any]]):
    """``num_envs`` fleets without individual wrappers; a fleet at its end restarts in the next step.

    Parameters
    ----------
    num_envs : number of fleets
    settings : settings of `FleetEnv`
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(self, num_envs: int = 1, **settings: Any) -> None:
        self.num_envs = num_envs
        self.envs = [FleetEnv(**settings) for _ in range(num_envs)]
        first = self.envs[0]
        self.single_observation_space, self.single_action_space = first.observation_space, first.action_space
        self.observation_space = batch_space(first.observation_space, num_envs)
        self.action_space = batch_space(first.action_space, num_envs)
        self.truncated = np.zeros(num_envs, np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats32, dict[str, Any]]:
        """Restart all fleets; a single seed counts up from the first fleet."""
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed or [None] * self.num_envs
        results = [
            fleet.reset(seed=fleet_seed, options=options) for fleet, fleet_seed in zip(self.envs, seeds, strict=True)
        ]
        self.truncated[:] = False
        return np.stack([observation for observation, _ in results]), self._merge_infos([info for _, info in results])

    def step(self, actions: Floats32) -> tuple[Floats32, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Run a step of each fleet; rewards, ends and infos are those of `FleetEnv`."""
        steps = [self._step(i, action) for i, action in enumerate(actions)]
        observations, rewards, _, truncated, infos = zip(*steps, strict=True)
        self.truncated = np.array(truncated)
        return (
            np.stack(observations),
            np.array(rewards),
            np.zeros_like(self.truncated),
            self.truncated.copy(),
            self._merge_infos(infos),
        )

    def _step(self, i: int, action: Floats32) -> tuple[Floats32, float, bool, bool, dict[str, Any]]:
        if not self.truncated[i]:
            return self.envs[i].step(action)
        observation, info = self.envs[i].reset()
        return observation, 0.0, False, False, info

    def _merge_infos(self, infos: Sequence[dict[str, Any]]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for i, info in enumerate(infos):
            merged = self._add_info(merged, info, i)
        return merged
