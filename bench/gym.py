"""Times the Gymnasium form of a fleet beside EV2Gym's, at the same work as `bench.reference`: ``make bench``.

An agent that charges everything at full power acts in both; what it costs to decide is not in the figures. Timed are
the steps of an episode with what Gymnasium wraps around them, and the reset on its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from bench import reference
from bench.fleets import compute_elapsed, read_clocks
from bench.report import describe_machine, format_table, write_record
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.integrations.gym import FLEET_ENV_ID

GYM_FLEETS = (25, 100, 1_000)
VECTOR_FLEETS = 8
GYM_ROUNDS = 3
GYM_SCENARIO: dict[str, Any] = {
    name: value for name, value in reference.REFERENCE_SCENARIO.items() if name != "strategy"
}
EPISODE_DAYS = reference.REFERENCE_STEPS / Scenario().steps_per_day


@dataclass(frozen=True)
class EpisodeTiming:
    """An episode; a step of ``fleets`` together counts as many steps.

    Parameters
    ----------
    steps_per_s : steps of one fleet per second, of the fastest round
    reset_ms : time of a reset, per fleet [ms]
    times_ev2gym : ``steps_per_s`` as a multiple of EV2Gym's with as many chargers as vehicles; None where it is not
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
    """Time one fleet as ``gymnasium.make`` gives it."""
    env = gymnasium.make(FLEET_ENV_ID, fleet_size=vehicles, days=EPISODE_DAYS, **GYM_SCENARIO)
    action = np.ones(env.action_space.shape or (), np.float32)
    return _time_fastest("ours, make", 1, vehicles, lambda: env.reset(seed=0), lambda: env.step(action), rounds)


def measure_vector_env(vehicles: int, fleets: int, *, rounds: int = GYM_ROUNDS) -> EpisodeTiming:
    """Time several fleets as ``gymnasium.make_vec`` gives them."""
    env = gymnasium.make_vec(FLEET_ENV_ID, num_envs=fleets, fleet_size=vehicles, days=EPISODE_DAYS, **GYM_SCENARIO)
    actions = np.ones(env.action_space.shape or (), np.float32)
    return _time_fastest(
        "ours, make_vec", fleets, vehicles, lambda: env.reset(seed=0), lambda: env.step(actions), rounds
    )


def measure_ev2gym_episode(chargers: int) -> EpisodeTiming:
    """Time EV2Gym once, under the configuration of its V2GProfitMax example."""
    env, _ = reference.make_ev2gym(chargers, steps=reference.REFERENCE_STEPS)
    ones = np.ones(chargers)
    form = f"EV2Gym {reference.EV2GYM_VERSION}"
    with np.errstate(all="ignore"):
        # It changes the action that it is given.
        return _time_fastest(form, 1, chargers, lambda: env.reset(seed=0), lambda: env.step(ones.copy()), rounds=1)


def _time_fastest(
    form: str, fleets: int, vehicles: int, reset: Callable[[], Any], step: Callable[[], Any], rounds: int
) -> EpisodeTiming:
    timed = [_time_episode(reset, step) for _ in range(rounds)]
    reset_s, steps_s = (min(seconds) for seconds in zip(*timed, strict=True))
    steps = reference.REFERENCE_STEPS
    return EpisodeTiming(
        form, fleets, vehicles, steps, round(fleets * steps / steps_s, 1), round(1e3 * reset_s / fleets, 2)
    )


def _time_episode(reset: Callable[[], Any], step: Callable[[], Any]) -> tuple[float, float]:
    before = read_clocks()
    reset()
    reset_s, begun = compute_elapsed(before).wall_s, read_clocks()
    for _ in range(reference.REFERENCE_STEPS):
        step()
    return reset_s, compute_elapsed(begun).wall_s


def compare_episodes(episodes: Sequence[EpisodeTiming]) -> list[dict[str, Any]]:
    """Return the episodes with our steps as a multiple of EV2Gym's, where it was timed with as many vehicles."""
    theirs = {e.vehicles: e.steps_per_s for e in episodes if e.form.startswith("EV2Gym")}
    return [
        asdict(e) | {"times_ev2gym": round(e.steps_per_s / theirs[e.vehicles], 1) if e.vehicles in theirs else None}
        for e in episodes
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="bench.gym", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=GYM_FLEETS, help="fleets that are timed")
    parser.add_argument("--quick", action="store_true", help="see that it runs: a small fleet")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    on, vehicles = describe_machine(), [4] if options.quick else options.vehicles
    measure_env(vehicles[0], rounds=1)
    episodes = [
        measure(number)
        for number in vehicles
        for measure in (measure_env, lambda n: measure_vector_env(n, VECTOR_FLEETS))
    ]
    if not reference.explain_unavailable():
        episodes += [measure_ev2gym_episode(number) for number in vehicles]
    rows = compare_episodes(episodes)
    print(format_table(rows), *filter(None, [reference.explain_unavailable()]), sep="\n\n")
    write_record({"on": on, "episodes": rows}, options.json)


if __name__ == "__main__":
    main()
