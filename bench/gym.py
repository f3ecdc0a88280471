"""Benchmark of the Gymnasium environments, compared with EV2Gym at the same work: part of ``make bench``.

In both, the agent charges every vehicle at full power, and its decisions are not timed. The steps of an episode are
timed with the wrappers of Gymnasium, and the reset separately.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from bench import ev2gym_reference
from bench.fleets import compute_elapsed, read_clocks
from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.integrations.gym import FLEET_ENV_ID

GYM_FLEETS = (25, 100, 1_000)
VECTORS = ("8x25", "8x100", "8x1000", "256x25", "16x1024")
"""Fleets x vehicles of the vector environments."""
GYM_ROUNDS = 3
GYM_SCENARIO: dict[str, Any] = {
    name: value for name, value in ev2gym_reference.REFERENCE_SCENARIO.items() if name != "strategy"
}
EPISODE_DAYS = ev2gym_reference.REFERENCE_STEPS / Scenario().steps_per_day


@dataclass(frozen=True)
class EpisodeTiming:
    """Durations of an episode; a step of a vector environment counts once per fleet.

    Parameters
    ----------
    steps_per_s : steps of one fleet per second, in the fastest round
    reset_ms : time of a reset, per fleet [ms]
    times_ev2gym : ``steps_per_s`` as a multiple of EV2Gym's with as many chargers as vehicles; None if EV2Gym is not
        installed
    """

    form: str
    fleets: int
    vehicles: int
    steps: int
    steps_per_s: float
    reset_ms: float
    times_ev2gym: float | None = None


def measure_env(vehicles: int, *, rounds: int = GYM_ROUNDS) -> EpisodeTiming:
    """Time the environment of one fleet, from ``gymnasium.make``."""
    env = gymnasium.make(FLEET_ENV_ID, fleet_size=vehicles, days=EPISODE_DAYS, **GYM_SCENARIO)
    action = np.ones(env.action_space.shape or (), np.float32)
    return _time_fastest("ours, make", 1, vehicles, lambda: env.reset(seed=0), lambda: env.step(action), rounds=rounds)


def measure_vector_env(vehicles: int, fleets: int, *, rounds: int = GYM_ROUNDS) -> EpisodeTiming:
    """Time the vector environment of several fleets, from ``gymnasium.make_vec``."""
    env = gymnasium.make_vec(FLEET_ENV_ID, num_envs=fleets, fleet_size=vehicles, days=EPISODE_DAYS, **GYM_SCENARIO)
    actions = np.ones(env.action_space.shape or (), np.float32)
    return _time_fastest(
        "ours, make_vec", fleets, vehicles, lambda: env.reset(seed=0), lambda: env.step(actions), rounds=rounds
    )


def measure_ev2gym_episode(chargers: int) -> EpisodeTiming:
    """Time EV2Gym once, under the configuration of its V2GProfitMax example."""
    env, _ = ev2gym_reference.make_ev2gym(chargers, steps=ev2gym_reference.REFERENCE_STEPS)
    ones = np.ones(chargers)
    form = f"EV2Gym {ev2gym_reference.EV2GYM_VERSION}"
    with np.errstate(all="ignore"):
        # A copy, because EV2Gym modifies its action.
        return _time_fastest(form, 1, chargers, lambda: env.reset(seed=0), lambda: env.step(ones.copy()), rounds=1)


def _time_fastest(
    form: str, fleets: int, vehicles: int, reset: Callable[[], Any], step: Callable[[], Any], *, rounds: int
) -> EpisodeTiming:
    timings = [_time_episode(reset, step) for _ in range(rounds)]
    reset_s, steps_s = (min(seconds) for seconds in zip(*timings, strict=True))
    steps = ev2gym_reference.REFERENCE_STEPS
    return EpisodeTiming(
        form, fleets, vehicles, steps, round(fleets * steps / steps_s, 1), round(1e3 * reset_s / fleets, 2)
    )


def _time_episode(reset: Callable[[], Any], step: Callable[[], Any]) -> tuple[float, float]:
    start = read_clocks()
    reset()
    reset_s, steps_start = compute_elapsed(start).wall_s, read_clocks()
    for _ in range(ev2gym_reference.REFERENCE_STEPS):
        step()
    return reset_s, compute_elapsed(steps_start).wall_s


def compare_episodes(episodes: Sequence[EpisodeTiming]) -> list[dict[str, Any]]:
    """Return the episodes with their speed as a multiple of EV2Gym's with as many vehicles."""
    ev2gym_speeds = {episode.vehicles: episode.steps_per_s for episode in episodes if episode.form.startswith("EV2Gym")}
    rows = []
    for episode in episodes:
        ev2gym_speed = ev2gym_speeds.get(episode.vehicles)
        times_ev2gym = None if ev2gym_speed is None else round(episode.steps_per_s / ev2gym_speed, 1)
        rows.append(asdict(episode) | {"times_ev2gym": times_ev2gym})
    return rows


def parse_vector(text: str) -> tuple[int, int]:
    """Return the fleets and the vehicles of each of a vector environment such as ``256x25``."""
    fleets, vehicles = text.split("x")
    return int(fleets), int(vehicles)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.gym", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=GYM_FLEETS, help="fleet sizes")
    parser.add_argument(
        "--vectors", type=parse_vector, nargs="+", default=[*map(parse_vector, VECTORS)], help="fleets x vehicles"
    )
    parser.add_argument("--quick", action="store_true", help="smoke test with a small fleet")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    vehicles, vectors = ([4], [(8, 4)]) if options.quick else (options.vehicles, options.vectors)
    measure_env(vehicles[0], rounds=1)
    episodes = [measure_env(number) for number in vehicles]
    episodes += [measure_vector_env(number, fleets) for fleets, number in vectors]
    if not ev2gym_reference.explain_unavailable():
        episodes += [measure_ev2gym_episode(number) for number in vehicles]
    rows = compare_episodes(episodes)
    print(format_table(rows), *filter(None, [ev2gym_reference.explain_unavailable()]), sep="\n\n")
    write_record({"machine": machine, "episodes": rows}, options.json)


if __name__ == "__main__":
    main()
