"""Hooks: a reward and an observation of one's own, and what is said of those that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym import FleetEnv, FleetVectorEnv, HookError, Observed, StepRecord

SMALL: dict[str, Any] = {"fleet_size": 10, "days": 0.1}
ONE = spaces.Box(0.0, 1e6, (1,), np.float64)
NOTHING = np.zeros(8, np.float32)


def reward_peak(record: StepRecord) -> float:
    """Return the negative import of the step."""
    return -max(record.info["net_load_kw"], 0.0)


def observe_connected(observed: Observed) -> Any:
    """Return the number of vehicles plugged in."""
    counts = [v for n, v in zip(observed.names, observed.values, strict=True) if n.startswith("n_connected")]
    return np.array([sum(counts)], np.float64)


def test_a_reward_of_ones_own_takes_the_place_of_the_negative_cost() -> None:
    env = FleetEnv(**SMALL, reward=reward_peak)
    env.reset(seed=0)
    _, reward, _, _, info = env.step(NOTHING)
    assert reward == -info["net_load_kw"] < 0.0
    assert info["cost_mad"] > 0.0


def test_a_reward_reads_step_action_run_and_end() -> None:
    records: list[StepRecord] = []
    env = FleetEnv(**SMALL, reward=lambda record: records.append(record) or 0.0)  # type: ignore[func-returns-value]
    env.reset(seed=0)
    over = False
    while not over:
        *_, over, _ = env.step(NOTHING + 0.5)
    assert [record.step for record in records] == list(range(env.scenario.n_steps))
    assert [record.is_over for record in records] == [False] * (len(records) - 1) + [True]
    assert records[0].shares.tolist() == [0.5] * 8
    assert records[0].simulation is env.simulation


def test_gymnasium_finds_nothing_wrong_with_an_observation_of_ones_own() -> None:
    env = FleetEnv(**SMALL, observe=observe_connected, observation_space=ONE)
    check_env(env, skip_render_check=True)
    seen, _ = env.reset(seed=0)
    assert seen.tolist() == [float(np.count_nonzero(env.simulation.state.code))]


def test_fleets_together_have_the_hooks_of_one() -> None:
    space = spaces.Dict({"n": ONE, "hour": spaces.Discrete(24)})

    def observe(observed: Observed) -> Any:
        return {"n": observe_connected(observed), "hour": np.int64(observed.simulation.time.hour)}

    given: dict[str, Any] = {**SMALL, "reward": reward_peak, "observe": observe, "observation_space": space}
    together: Any = FleetVectorEnv(2, **given)
    alone: list[Any] = [FleetEnv(**given) for _ in range(2)]

    before: list[Any] = list(together.reset(seed=4))
    for env, seed in zip(alone, (4, 5), strict=True):
        env.reset(seed=seed)
    assert together.observation_space.contains(before[0])
    after: list[Any] = list(together.step(np.stack([NOTHING, NOTHING])))
    steps = [env.step(NOTHING) for env in alone]
    assert after[0]["n"].tolist() == [step[0]["n"].tolist() for step in steps]
    assert after[1].tolist() == [step[1] for step in steps]


@pytest.mark.parametrize(
    ("reward", "sentence"),
    [
        (lambda _: float("nan"), "reward=<lambda> in step 0 returned nan: it must return a finite number"),
        (lambda _: float("-inf"), "reward=<lambda> in step 0 returned -inf"),
        (lambda _: None, "reward=<lambda> in step 0 failed: TypeError"),
        (lambda record: record.info["no_such"], "reward=<lambda> in step 0 failed: KeyError: 'no_such'"),
    ],
)
def test_a_reward_that_cannot_be_used_is_named(reward: Callable[[StepRecord], Any], sentence: str) -> None:
    env = FleetEnv(**SMALL, reward=reward)
    env.reset(seed=0)
    with pytest.raises(HookError) as raised:
        env.step(NOTHING)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.array([np.nan]), "observe=observe in step 0 returned an observation outside of observation_space: Box"),
        (np.array([1.0, 2.0]), "observe=observe in step 0 returned an observation outside"),
        (None, "observe=observe in step 0 returned an observation outside"),
    ],
)
def test_an_observation_that_cannot_be_used_is_named(value: Any, sentence: str) -> None:
    def observe(_: Observed) -> Any:
        return value

    with pytest.raises(HookError) as raised:
        FleetEnv(**SMALL, observe=observe, observation_space=ONE).reset(seed=0)
    assert str(raised.value).startswith(sentence)


def test_hooks_that_are_none_are_refused_with_every_other_issue() -> None:
    with pytest.raises(ValidationError) as raised:
        FleetEnv(fleet_size=0, reward=3, observe=observe_connected)
    assert {issue.field for issue in raised.value.issues} == {"fleet_size", "reward", "observation_space"}
    with pytest.raises(ValidationError, match="observe"):
        FleetEnv(**SMALL, observation_space=ONE)
    with pytest.raises(ValidationError, match="space of Gymnasium"):
        FleetEnv(**SMALL, observe=observe_connected, observation_space=(0, 1))
