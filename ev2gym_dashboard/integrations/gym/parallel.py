"""PettingZoo's parallel form: an agent per vehicle, all of which act in each step; needs the extra ``pettingzoo``."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from ev2gym_dashboard.core.arrays import Booleans, Floats32
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.gym.fleet import FleetEnv
from ev2gym_dashboard.integrations.gym.observation import SLOT_ENTRIES

GIVEN_SETTINGS = {
    "action": "is given: each agent is a vehicle",
    "observe": "is given: each agent observes the site and its own vehicle",
    "observation_space": "is given: each agent observes the site and its own vehicle",
}


class FleetParallelEnv(ParallelEnv):  # type: ignore[misc, type-arg, unused-ignore]
    """A fleet whose vehicles are agents; all of them get the mean reward of the fleet, and see the site and themselves.

    Parameters
    ----------
    settings : settings of `FleetEnv` but ``action`` and the observation

    Raises
    ------
    ValidationError
        With every issue of the settings.
    """

    metadata = {"name": "ev2gym_dashboard_fleet_v0", "render_modes": ["ansi"]}  # noqa: RUF012 (PettingZoo declares it so)

    def __init__(self, render_mode: str | None = None, **settings: Any) -> None:
        if issues := [Issue(name, reason) for name, reason in GIVEN_SETTINGS.items() if name in settings]:
            raise ValidationError(issues)
        self.render_mode = render_mode
        self.fleet = FleetEnv(render_mode, action="vehicle", **settings)
        self.possible_agents = [name.replace(" ", "_") for name in self.fleet.slot_names]
        self.agents: list[str] = []
        n_agents, n_numbers = len(self.possible_agents), len(self.fleet.names)
        # The site's numbers come first, then for each entry one of each vehicle.
        self.n_site = n_numbers - len(SLOT_ENTRIES) * n_agents
        own = [self.n_site + entry * n_agents for entry in range(len(SLOT_ENTRIES))]
        self.columns = np.array([[*range(self.n_site), *(first + i for first in own)] for i in range(n_agents)])
        lows, highs = self.fleet.batch.bounds
        self.spaces = {
            agent: spaces.Box(lows[columns], highs[columns], dtype=np.float32)
            for agent, columns in zip(self.possible_agents, self.columns, strict=True)
        }
        self.actions = {agent: spaces.Box(-1.0, 1.0, (1,), np.float32) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of the observations of an agent."""
        return self.spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of the actions of an agent."""
        return self.actions[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Floats32], dict[str, dict[str, Any]]]:
        """Restart the scenario; ``seed`` gives the arrivals of `Scenario(seed=seed)`."""
        values, info = self.fleet.reset(seed=seed, options=options)
        self.agents = list(self.possible_agents)
        return self._share(values), self._make_infos(info["action_mask"])

    def step(self, actions: dict[str, Floats32]) -> tuple[Any, Any, Any, Any, Any]:
        """Run a step at the setpoints of all agents; each reward is that of the fleet, divided by its size."""
        agents = self.agents
        shares = np.array([np.asarray(actions[agent]).reshape(()) for agent in agents])
        values, reward, _, is_over, info = self.fleet.step(shares)
        self.agents = [] if is_over else agents
        return (
            self._share(values),
            dict.fromkeys(agents, reward / len(agents)),
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, is_over),
            self._make_infos(info["action_mask"]),
        )

    def render(self) -> str | None:
        """Return a line about the last step in mode ``"ansi"``, else None."""
        return self.fleet.render()

    def _share(self, values: Floats32) -> dict[str, Floats32]:
        return dict(zip(self.possible_agents, values[self.columns], strict=True))

    def _make_infos(self, mask: Booleans) -> dict[str, dict[str, Any]]:
        """Return whether the vehicle of each agent is plugged in, by agent."""
        pairs = zip(self.possible_agents, mask.tolist(), strict=True)
        return {agent: {"plugged_in": bool(is_present)} for agent, is_present in pairs}
