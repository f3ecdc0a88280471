"""Several fleets of one scenario, stepped together, each with its own arrivals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Floats32
from ev2gym_dashboard.integrations.gym.batch import FleetBatch, check_shares, name_infos
from ev2gym_dashboard.integrations.gym.fleet import draw_seed
from ev2gym_dashboard.integrations.gym.settings import parse_settings


class FleetVectorEnv(VectorEnv[Floats32, Floats32, NDArray[Any]]):
    """``num_envs`` fleets without individual wrappers; fleets at their end restart in the next step.

    Parameters
    ----------
    num_envs : number of fleets
    settings : settings of `FleetEnv`
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(self, num_envs: int = 1, **settings: Any) -> None:
        self.num_envs = num_envs
        self.batch = FleetBatch(*parse_settings(settings), num_envs)
        self.scenario, self.settings = self.batch.scenario, self.batch.settings
        self.models, self.slot_names, self.names = self.batch.models, self.batch.slot_names, self.batch.names
        self.single_observation_space, self.single_action_space = self.batch.observation_space, self.batch.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        # A generator per fleet, as if each were an environment of its own: seeds of later episodes are the same.
        self.generators = [seeding.np_random()[0] for _ in range(num_envs)]

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats32, dict[str, Any]]:
        """Restart all fleets; a single seed counts up from the first fleet."""
        super().reset(options=options)
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed or [None] * self.num_envs
        for number, fleet_seed in enumerate(seeds):
            if fleet_seed is not None:
                self.generators[number] = seeding.np_random(fleet_seed)[0]
        drawn = [
            draw_seed(rng) if fleet_seed is None else fleet_seed
            for fleet_seed, rng in zip(seeds, self.generators, strict=True)
        ]
        observations, masks = self.batch.reset(drawn)
        return self._join(observations), self._make_info({"seed": np.array(drawn)}, masks)

    def step(self, actions: Floats32) -> tuple[Floats32, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Run a step of each fleet; rewards, ends and infos are those of `FleetEnv`."""
        # The episodes of a scenario are equally long: all fleets reach their ends together.
        ended = np.zeros(self.num_envs, np.bool_)
        if self.batch.is_over:
            observations, info = self.reset()
            return observations, np.zeros(self.num_envs), ended, ended.copy(), info
        shares = check_shares(actions, (self.num_envs, self.batch.n_slots), self.batch.form.about)
        infos = self.batch.step(shares)
        rewards = self.batch.compute_rewards(infos, shares)
        observations, masks = self.batch.observe()
        truncated = np.full(self.num_envs, self.batch.is_over)
        return self._join(observations), rewards, ended, truncated, self._make_info(name_infos(infos), masks)

    def _join(self, observations: Any) -> Any:
        """Return the observations of all fleets as one of `observation_space`."""
        if isinstance(observations, np.ndarray):
            return observations
        empty: Any = create_empty_array(self.single_observation_space, self.num_envs)
        return concatenate(self.single_observation_space, observations, empty)

    def _make_info(self, values: dict[str, Any], masks: Booleans) -> dict[str, Any]:
        masked = {"action_mask": masks.astype(np.int8)} if self.batch.form.is_masked else {}
        present = {f"_{name}": np.ones(self.num_envs, np.bool_) for name in (*values, *masked)}
        return {**values, **masked, **present}
