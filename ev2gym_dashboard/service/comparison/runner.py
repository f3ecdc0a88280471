"""The duel: strategies, or any scenarios, on the same arrivals, over several seeds, each against `uncontrolled`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Invalid, Issue, Quantity, declared
from ev2gym_dashboard.service.comparison.result import FIGURES, Comparison, Contestant
from ev2gym_dashboard.service.execution.worker_pool import Watch, Workers, do_here
from ev2gym_dashboard.service.scenarios.validation import Params, check_scenario
from ev2gym_dashboard.service.simulation.downsampling import steps_together, thinned
from ev2gym_dashboard.service.simulation.progress import Asked, Progress, never, silent
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.v2g_value import value_of
from ev2gym_dashboard.strategies import STRATEGIES

Scenarios = Scenario | Mapping[str, Scenario] | Sequence[Scenario]
BASELINE = "uncontrolled"
SEEDS = Quantity(1, "", 1, 1000, "Seeds that each contestant is repeated on")
SEED = declared(Scenario)["seed"]
SAME = ("start", "days", "timestep_min", "seed")
"""What several scenarios have to agree in, so that their load curves and their seeds stand beside each other."""


def contestants(scenario: Scenario) -> tuple[Contestant, ...]:
    """Return `uncontrolled`, and every other strategy with V2G and without, in a scenario's place."""
    others = [
        Contestant(f"{strategy.name}, V2G {'on' if v2g else 'off'}", replace(scenario, strategy=key, v2g=v2g))
        for key, strategy in STRATEGIES.items()
        if key != BASELINE
        for v2g in (True, False)
    ]
    return Contestant(STRATEGIES[BASELINE].name, baseline_of(scenario)), *others


def baseline_of(scenario: Scenario) -> Scenario:
    """Return the scenario, all charging at once."""
    return replace(scenario, strategy=BASELINE, v2g=False, params=())


def compare(scenarios: Scenarios, *, seeds: int = 1, workers: Workers | None = None) -> pd.DataFrame:
    """Compare on the same arrivals and seeds, each with `uncontrolled` in its own place.

    Parameters
    ----------
    scenarios, seeds, workers : as those of `play_duel`

    Returns
    -------
    A row per contestant: its strategy and V2G switch, each of `FIGURES` as a mean over the seeds, with half its 95 %
    interval (``_ci95``), its difference to `uncontrolled` seed by seed (``_vs_uncontrolled``) and half the interval of
    that, and whether it is in the Pareto set of bill and peak

    Raises
    ------
    ValueError
        One, that lists every issue of all scenarios.
    """
    return play_duel(scenarios, seeds=seeds, workers=workers).table


def play_duel(
    scenarios: Scenarios,
    *,
    seeds: int = 1,
    workers: Workers | None = None,
    progress: Progress = silent,
    cancelled: Asked = never,
) -> Comparison:
    """Compare on the same arrivals and seeds, each with `uncontrolled` in its own place.

    Parameters
    ----------
    scenarios : one, in whose place every strategy runs with V2G and without; or several, by label or in order, which
        run as they stand
    seeds : how many; the first is that of each scenario, the others follow it
    workers : processes that share the work; without any it is done here
    progress : told the share that is done
    cancelled : asked whether to stop

    Returns
    -------
    The same to the bit, however many workers there are, as `simulate` gives for each scenario and seed

    Raises
    ------
    ValueError
        One, that lists every issue of all scenarios.
    Cancelled
        Where ``cancelled`` said so.
    """
    those = _contestants_of(scenarios)
    _require_valid(those, seeds)
    tasks = _tasks(those, seeds, split=workers is not None)
    total = sum(len(task.plays) * task.place.n_steps for task in tasks)
    do = do_here if workers is None else workers.do
    played: dict[Key, Outcome] = {}
    for outcomes in do(play, tasks, total=max(total, 1), progress=progress, cancelled=cancelled):
        played |= outcomes
    asked = (scenarios,) if isinstance(scenarios, Scenario) else tuple(contestant.scenario for contestant in those)
    return _comparison(asked, those, seeds, played)


@dataclass(frozen=True)
class Play:
    """What is played in a place: a strategy, its V2G switch and parameters."""

    strategy: str
    v2g: bool
    params: Params


@dataclass(frozen=True)
class Task:
    """Plays that share a simulation's arrivals; their place is the baseline's scenario, with its seed."""

    place: Scenario
    plays: tuple[Play, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a play gave: its figures, in the order of `FIGURES`, and its thinned load curve."""

    figures: tuple[float, ...]
    net_load_kw: Floats


Key = tuple[Scenario, Play]


def play(task: Task, watch: Watch) -> dict[Key, Outcome]:
    """Play a task's plays, stepped together a day at a time, so that no more than some days' plans are kept."""
    runs = _runs_of(task)
    n_steps, per_day = task.place.n_steps, task.place.steps_per_day
    for step in range(0, n_steps, per_day):
        for run in runs.values():
            done = min(per_day, n_steps - step)
            run.advance(done)
            watch(done)
    return {(task.place, one): _outcome(run, runs[_without_v2g(one)]) for one, run in runs.items()}


def _runs_of(task: Task) -> dict[Play, Simulation]:
    # The one that is forked is let go of: it would hold on to every day's plan that the others have passed.
    runs = dict(zip(task.plays, Simulation(task.place).fork(len(task.plays)), strict=True))
    for one, run in runs.items():
        run.set(strategy=one.strategy, v2g=one.v2g, params=dict(one.params))
    return runs


def _outcome(run: Simulation, without_v2g: Simulation) -> Outcome:
    kpis = run.kpis | {"v2g_net_mad": value_of(run, without_v2g).net_mad}
    net_load_kw = thinned(np.array(run.engine.records.series["net_load_kw"]))
    return Outcome(tuple(float(kpis[name]) for name in FIGURES), net_load_kw)


def _without_v2g(one: Play) -> Play:
    return replace(one, v2g=False)


def _tasks(those: Sequence[Contestant], seeds: int, *, split: bool) -> list[Task]:
    """Return what is to be played, each once; split by strategy, so that there is enough to share out."""
    parts: dict[tuple[Scenario, str, Params], dict[Play, None]] = {}
    for number in range(seeds):
        for contestant in those:
            place, one = _key(contestant.scenario, number)
            _, baseline = _key(baseline_of(contestant.scenario), number)
            for each in (baseline, one, _without_v2g(one)):
                part = (place, each.strategy, each.params) if split else (place, "", ())
                parts.setdefault(part, {})[each] = None
    tasks = [Task(place, tuple(plays)) for (place, _, _), plays in parts.items()]
    # The longest first, so that nobody begins one when the others have nothing left to do.
    return sorted(tasks, key=lambda task: -len(task.plays))


def _key(scenario: Scenario, number: int) -> Key:
    """Return where a scenario plays under its seed of a number, and what."""
    place = replace(baseline_of(scenario), seed=scenario.seed + number)
    return place, Play(scenario.strategy, scenario.v2g, scenario.params)


def _comparison(
    asked: tuple[Scenario, ...], those: tuple[Contestant, ...], seeds: int, played: Mapping[Key, Outcome]
) -> Comparison:
    scenarios = [contestant.scenario for contestant in those]
    first = scenarios[0]
    return Comparison(
        asked=asked,
        contestants=those,
        seeds=tuple(range(first.seed, first.seed + seeds)),
        figures=_figures(scenarios, seeds, played),
        baseline=_figures([baseline_of(scenario) for scenario in scenarios], seeds, played),
        times=times_of(first),
        net_load_kw=np.array([played[_key(scenario, 0)].net_load_kw for scenario in scenarios]),
    )


def times_of(scenario: Scenario) -> pd.DatetimeIndex:
    """Return the times of the points of a load curve."""
    starts = range(0, scenario.n_steps, steps_together(scenario.n_steps))
    return pd.DatetimeIndex([scenario.time_of(step) for step in starts], name="time")


def _figures(scenarios: Sequence[Scenario], seeds: int, played: Mapping[Key, Outcome]) -> Floats:
    return np.array([[played[_key(scenario, k)].figures for k in range(seeds)] for scenario in scenarios])


def _contestants_of(scenarios: Scenarios) -> tuple[Contestant, ...]:
    if isinstance(scenarios, Scenario):
        return contestants(scenarios)
    if isinstance(scenarios, Mapping):
        return tuple(Contestant(label, scenario) for label, scenario in scenarios.items())
    return tuple(Contestant(str(number), scenario) for number, scenario in enumerate(scenarios, start=1))


def _require_valid(those: Sequence[Contestant], seeds: int) -> None:
    issues = SEEDS.check("seeds", seeds) + _same_issues(those)
    issues += [issue for contestant in those for issue in check_scenario(contestant.scenario)]
    if not those:
        issues.append(Issue("scenarios", "must hold at least one"))
    if not issues:
        issues = SEED.check("seed", those[0].scenario.seed + seeds - 1)
    if issues:
        raise Invalid(list(dict.fromkeys(issues)))


def _same_issues(those: Sequence[Contestant]) -> list[Issue]:
    return [
        Issue(name, "must be the same in all scenarios that are compared")
        for name in SAME
        if len({getattr(contestant.scenario, name) for contestant in those}) > 1
    ]
