"""Gymnasium environment of a fleet: the agent sets the power of its vehicles."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats32
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.integrations.gym.batch import FleetBatch, check_shares, name_infos
from ev2gym_dashboard.integrations.gym.settings import parse_settings
from ev2gym_dashboard.service.simulation.simulation import Simulation


class FleetEnv(gymnasium.Env[Floats32, Floats32]):
    """A fleet behind one meter for the days of a scenario.

    Parameters
    ----------
    render_mode : ``"ansi"`` for a line of text about the last step from `render`
    settings : fields of a `Scenario` but ``seed``, ``strategy`` and ``params``, and those of `EnvSettings` and `Hooks`

    Raises
    ------
    ValidationError
        With every issue of the settings.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(self, render_mode: str | None = None, **settings: Any) -> None:
        self.render_mode = render_mode
        self.batch = FleetBatch(*parse_settings(settings), 1)
        self.scenario, self.settings = self.batch.scenario, self.batch.settings
        self.models, self.slot_names, self.names = self.batch.models, self.batch.slot_names, self.batch.names
        self.observation_space, self.action_space = self.batch.observation_space, self.batch.action_space

    @property
    def simulation(self) -> Simulation:
        """The run of the episode."""
        return self.batch.simulations[0]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats32, dict[str, Any]]:
        """Restart the scenario; ``seed`` gives the arrivals of `Scenario(seed=seed)`."""
        super().reset(seed=seed, options=options)
        env_seed = draw_seed(self.np_random) if seed is None else seed
        observations, masks = self.batch.reset([env_seed])
        return observations[0], {"seed": env_seed} | self._make_mask(masks)

    def step(self, action: Floats32) -> tuple[Floats32, float, bool, bool, dict[str, Any]]:
        """Run a step at the setpoints; the reward is its negative cost [MAD], or that of the hook."""
        batch = self.batch
        shares = check_shares(action, (batch.n_slots,), batch.form.about)
        infos = batch.step(shares[None])
        reward = float(batch.compute_rewards(infos, shares[None])[0])
        info: dict[str, Any] = name_infos(infos[:, 0].tolist())
        observations, masks = batch.observe()
        return observations[0], reward, False, batch.is_over, info | self._make_mask(masks)

    def render(self) -> str | None:
        """Return a line about the last step in mode ``"ansi"``, else None."""
        if self.render_mode != "ansi":
            return None
        row = self.simulation.engine.get_totals().to_row()
        return (
            f"{self.simulation.time:%Y-%m-%d %H:%M} UTC: {row['n_charging']:.0f} charge, "
            f"{row['n_discharging']:.0f} discharge, {row['n_idle']:.0f} idle, {row['net_power_kw']:.1f} kW net\n"
        )

    def _make_mask(self, masks: Booleans) -> dict[str, Any]:
        return {"action_mask": masks[0].astype(np.int8)} if self.batch.form.is_masked else {}


def draw_seed(rng: np.random.Generator) -> int:
    """Return the seed of an episode for which none is given."""
    return int(rng.integers(MAX_SEED, endpoint=True))
