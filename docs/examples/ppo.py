"""PPO: train an agent by stable-baselines3 on a CPU, and measure it against the rules.

Run it from the repository:

    pip install "ev2gym-dashboard[gym]" "stable-baselines3>=2.4"
    python -m docs.examples.ppo

It writes ppo.json, from which `python -m tools.learning_page` makes the section of docs/gymnasium.md. Site, action and
reward are those of `shared_budget.py`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from docs.examples.shared_budget import SITE, BudgetFleets, Values, run_agent, run_rule

HELD_OUT_SEEDS = range(30_000, 30_040)
"""Seeds of the comparison: neither training nor the choice of its settings saw them."""
TUNING_SEEDS = range(20_000, 20_020)
"""Seeds by which the settings below were chosen."""
N_FLEETS, DECISIONS_PER_CHECK = 128, 240
GAMMA, LEARNING_RATE = 0.99, 1e-3
PPO_SETTINGS: dict[str, Any] = {
    "n_steps": 24,
    "batch_size": 768,
    "n_epochs": 8,
    "gae_lambda": 0.97,
    # A narrow start, as a single high budget sets the peak of the day.
    "policy_kwargs": {"net_arch": [64, 64], "log_std_init": -1.0},
}
RULES: dict[str, tuple[str, dict[str, Any]]] = {
    "uncontrolled": ("uncontrolled", {}),
    "peak_shaving": ("peak_shaving", {}),
    "renewable": ("renewable", {}),
    "grid_support": ("grid_support", {}),
    "price": ("price", {}),
    "price with a site cap": ("price", {"site_cap_kw_per_vehicle": "auto"}),
}
"""Rules of the comparison: strategy, and settings of its scenario."""
RESULTS = Path(__file__).with_name("ppo.json")


class TrainingFleets(VecEnv):  # type: ignore[misc, unused-ignore]
    """Fleets as an environment of stable-baselines3: all days end together, and begin anew at once."""

    def __init__(self, fleets: BudgetFleets) -> None:
        self.fleets = fleets
        super().__init__(fleets.fleets.num_envs, fleets.observation_space, fleets.action_space)

    def reset(self) -> Values:
        """Restart all fleets; only the first time with declared seeds."""
        return self.fleets.reset(0)

    def step_async(self, actions: Values) -> None:
        self.actions = actions

    def step_wait(self) -> tuple[Values, Values, Values, list[dict[str, Any]]]:
        seen, rewards, _, is_over = self.fleets.step(self.actions)
        # All fleets are at the same time of the same day: their mean is what no action of one of them changes.
        rewards = rewards - rewards.mean()
        if is_over:
            seen = self.fleets.reset()
        return seen, rewards.astype(np.float32), np.full(self.num_envs, is_over), [{} for _ in range(self.num_envs)]

    def close(self) -> None:
        self.fleets.fleets.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(self.fleets, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        setattr(self.fleets, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        return [getattr(self.fleets, method_name)(*args, **kwargs)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


class Meter:
    """Processor time of training, without that of the checks."""

    def __init__(self) -> None:
        self.start_s, self.wall_start_s = time.process_time(), time.perf_counter()
        self.checked_s = 0.0

    @property
    def used_s(self) -> float:
        """Seconds of training so far."""
        return time.process_time() - self.start_s - self.checked_s


def train(seconds: float, *, n_fleets: int = N_FLEETS, seeds: Sequence[int] = HELD_OUT_SEEDS) -> dict[str, Any]:
    """Train for some seconds of processor time; return the costs of the days of seeds as training goes on."""
    torch.set_num_threads(1)
    fleets = VecNormalize(TrainingFleets(BudgetFleets(n_fleets, **SITE)), gamma=GAMMA, clip_obs=5.0)
    held_out, meter = BudgetFleets(len(seeds), **SITE), Meter()

    def decay(_: float) -> float:
        return LEARNING_RATE * max(1.0 - 0.9 * meter.used_s / seconds, 0.1)

    def act(seen: Values) -> Values:
        return np.asarray(model.predict(np.asarray(fleets.normalize_obs(seen)), deterministic=True)[0])

    model = PPO("MlpPolicy", fleets, gamma=GAMMA, learning_rate=decay, seed=0, **PPO_SETTINGS)
    curve: list[dict[str, float]] = []
    while True:
        used_s, check_start_s = meter.used_s, time.process_time()
        costs_mad = run_agent(held_out, act, seeds)
        meter.checked_s += time.process_time() - check_start_s
        curve.append(
            {"decisions": model.num_timesteps, "cpu_s": round(used_s, 1), "mean_mad": float(costs_mad.mean().round(2))}
        )
        print(f"{model.num_timesteps:9,} decisions, {used_s:5.1f} s: {costs_mad.mean():.1f} MAD", flush=True)
        if used_s >= seconds:
            return {"curve": curve, "wall_s": round(time.perf_counter() - meter.wall_start_s, 1), "ppo_mad": costs_mad}
        model.learn(n_fleets * DECISIONS_PER_CHECK, reset_num_timesteps=False)


def main() -> None:
    """Train, compare with the rules on the held-out seeds, and write the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="processor time of training")
    parser.add_argument("--tune", action="store_true", help="check on the tuning seeds, and write nothing")
    arguments = parser.parse_args()
    seeds = TUNING_SEEDS if arguments.tune else HELD_OUT_SEEDS
    measured = train(arguments.seconds, seeds=seeds)
    costs_mad = {name: run_rule(strategy, seeds, **settings) for name, (strategy, settings) in RULES.items()}
    costs_mad["ppo"] = measured.pop("ppo_mad")
    for name, values in costs_mad.items():
        print(f"{name:22s} {values.mean():8.1f} MAD, {(values - costs_mad['price']).mean():+6.1f} to price")
    if not arguments.tune:
        by_name = {name: values.round(2).tolist() for name, values in costs_mad.items()}
        record = {
            "seeds": [seeds[0], seeds[-1]],
            "site": SITE,
            "seconds": arguments.seconds,
            **measured,
            "costs_mad": by_name,
        }
        RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
