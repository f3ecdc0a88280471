"""Episodes: the arrays of an environment are made once, and an episode is the one of a new environment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats32
from ev2gym_dashboard.integrations.gym import FleetEnv, FleetVectorEnv

CROWDED: dict[str, Any] = {"fleet_size": 12, "days": 1.2, "evse_per_vehicle": 0.4, "limit_kw_per_vehicle": 1.2}
STAY = {"departure": "2026-12-16T02:00", "energy_kwh": 9.0}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"action": "evse", "forecast_error": 0.2},
    {"action": "urgency", "site_cap_kw_per_vehicle": 1.0},
    {"parts": "4 x home\n8 x work"},
    {
        "sessions": [
            {"arrival": f"2026-12-15T{h:02d}:00", "departure": "2026-12-16T02:00", "energy_kwh": 9} for h in (17, 19)
        ]
    },
]


def request_all(env: FleetEnv, share: float) -> Floats32:
    """Return the action that requests a share of the rated power of every vehicle."""
    return np.full(env.batch.n_slots, share, np.float32)


def run_episode(env: FleetVectorEnv, seed: int) -> tuple[list[Any], list[dict[str, float]]]:
    """Return all that the steps of an episode return, and the KPIs of its runs."""
    seen: list[Any] = [env.reset(seed=seed)[0]]
    rng = np.random.default_rng(seed)
    for _ in range(env.scenario.n_steps):
        observations, rewards, *_ = env.step(
            rng.uniform(-1.0, 1.0, (env.num_envs, env.batch.n_slots)).astype(np.float32)
        )
        seen += [observations, rewards]
    return seen, [simulation.kpis for simulation in env.batch.simulations]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("n_fleets", [1, 3])
def test_an_episode_after_others_has_the_bits_of_one_in_a_new_environment(
    settings: dict[str, Any], n_fleets: int
) -> None:
    old, new = (FleetVectorEnv(n_fleets, **(CROWDED | settings)) for _ in range(2))
    for seed in (7, 1):
        run_episode(old, seed)
    (seen, kpis), (expected, expected_kpis) = run_episode(old, 5), run_episode(new, 5)
    assert [values.tobytes() for values in seen] == [values.tobytes() for values in expected]
    assert kpis == expected_kpis


def test_an_episode_that_breaks_off_leaves_nothing_behind() -> None:
    old, new = (FleetEnv(**CROWDED) for _ in range(2))
    old.reset(seed=1)
    for _ in range(30):
        old.step(request_all(old, 1.0))
    assert np.array_equal(old.reset(seed=2)[0], new.reset(seed=2)[0])
    actions = np.linspace(-1.0, 1.0, 40).tolist()
    steps = [[env.step(request_all(env, share))[:2] for share in actions] for env in (old, new)]
    for one, other in zip(*steps, strict=True):
        assert one[0].tobytes() == other[0].tobytes()
        assert one[1] == other[1]


def test_a_run_that_somebody_keeps_stays_as_it_was() -> None:
    env, other = (FleetEnv(**CROWDED) for _ in range(2))
    runs = []
    for each in (env, other):
        each.reset(seed=1)
        for _ in range(20):
            each.step(request_all(each, 1.0))
        runs.append(each.simulation)
    env.step(request_all(env, 1.0))
    env.reset(seed=2)
    env.step(request_all(env, 1.0))
    other.step(request_all(other, 1.0))
    kept, expected = runs[0], other.simulation
    assert kept.step == 21
    assert kept.kpis == expected.kpis
    assert kept.state.soc.tobytes() == expected.state.soc.tobytes()


def test_a_fleet_that_somebody_changes_is_the_declared_one_in_the_next_episode() -> None:
    changed, plain = (FleetEnv(**CROWDED) for _ in range(2))
    changed.reset(seed=1)
    changed.simulation.set(event={"minutes": 600.0, "reduction": 1.0})
    changed.step(request_all(changed, 1.0))
    rewards = []
    for env in (changed, plain):
        env.reset(seed=3)
        rewards.append([env.step(request_all(env, 1.0))[1] for _ in range(12)])
    assert rewards[0] == rewards[1]
