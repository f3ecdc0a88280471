"""Benchmark of the Gymnasium environments: it runs, and its results are consistent; no time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import gymnasium
import pytest

from bench import ev2gym_reference, gym
from ev2gym_dashboard.integrations.gym import FLEET_ENV_ID


def test_one_fleet_several_fleets_and_ev2gym_if_installed_are_timed(tmp_path: Path) -> None:
    path = tmp_path / "gym.json"
    gym.main(["--quick", "--json", str(path)])
    rows = json.loads(path.read_text(encoding="utf-8"))["episodes"]
    ev2gym_rows = [] if ev2gym_reference.explain_unavailable() else [("EV2Gym 2.0.0", 1)]
    assert [(row["form"], row["fleets"]) for row in rows] == [("ours, make", 1), ("ours, make_vec", 8), *ev2gym_rows]
    assert all(row["steps"] == 112 and row["steps_per_s"] > 0.0 and row["reset_ms"] > 0.0 for row in rows)
    assert all((row["times_ev2gym"] is None) == bool(ev2gym_reference.explain_unavailable()) for row in rows)


def test_a_timed_episode_ends_with_its_last_step() -> None:
    env = gymnasium.make(FLEET_ENV_ID, fleet_size=4, days=gym.EPISODE_DAYS, **gym.GYM_SCENARIO)
    env.reset(seed=0)
    truncated = [env.step(env.action_space.sample())[3] for _ in range(ev2gym_reference.REFERENCE_STEPS)]
    assert truncated.index(True) == ev2gym_reference.REFERENCE_STEPS - 1


@pytest.mark.parametrize(("ev2gym_vehicles", "times"), [(25, 4.0), (100, None)])
def test_a_multiple_compares_the_same_number_of_vehicles(ev2gym_vehicles: int, times: float | None) -> None:
    episodes = [
        gym.EpisodeTiming("ours, make", 1, 25, 112, 800.0, 1.0),
        gym.EpisodeTiming("EV2Gym", 1, ev2gym_vehicles, 112, 200.0, 1.0),
    ]
    assert gym.compare_episodes(episodes)[0]["times_ev2gym"] == times
