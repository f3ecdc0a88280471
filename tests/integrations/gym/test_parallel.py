"""PettingZoo: its own check, and the same run as with one agent for all vehicles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym import FleetEnv

pytest.importorskip("pettingzoo", reason="the extra pettingzoo is not installed")

from pettingzoo.test import parallel_api_test

from ev2gym_dashboard.pettingzoo import FleetParallelEnv

SMALL: dict[str, Any] = {"fleet_size": 6, "days": 0.25}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pettingzoo_finds_nothing_wrong() -> None:
    parallel_api_test(FleetParallelEnv(**SMALL), num_cycles=60)


def test_agents_together_run_as_one_agent_with_a_number_per_vehicle() -> None:
    agents, fleet = FleetParallelEnv(**SMALL), FleetEnv(**SMALL, action="vehicle")
    seen, infos = agents.reset(seed=3)
    values, info = fleet.reset(seed=3)
    rng = np.random.default_rng(0)
    while agents.agents:
        plugged_in = [infos[agent]["plugged_in"] for agent in agents.possible_agents]
        assert plugged_in == (info["action_mask"] == 1).tolist()
        for number, agent in enumerate(agents.possible_agents):
            assert agents.observation_space(agent).contains(seen[agent])
            own = [fleet.names.index(f"{name}: vehicle {number}") for name in ("soc_mean", "hours_left_h")]
            assert set(values[own]) <= set(seen[agent])
        shares = rng.uniform(-1.0, 1.0, 6).astype(np.float32)
        actions = {agent: shares[i : i + 1] for i, agent in enumerate(agents.agents)}
        seen, rewards, _, truncations, infos = agents.step(actions)
        values, reward, _, truncated, info = fleet.step(shares)
        assert sum(rewards.values()) == pytest.approx(reward)
        assert set(truncations.values()) == {truncated}
    assert truncated


def test_settings_that_the_form_gives_are_refused() -> None:
    with pytest.raises(ValidationError, match="each agent is a vehicle"):
        FleetParallelEnv(**SMALL, action="evse")
