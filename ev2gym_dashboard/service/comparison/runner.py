"""The duel: strategies, or any scenarios, on the same arrivals, over several seeds, each against `uncontrolled`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, list_declared
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison, Variant
from ev2gym_dashboard.service.execution.worker_pool import StepReporter, WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.validation import StrategyParams, check_scenario
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.downsampling import count_steps_per_point, downsample_mean
from ev2gym_dashboard.service.simulation.progress import Progress, StopCheck, ignore_progress, never_stop
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.v2g_value import compute_v2g_value
from ev2gym_dashboard.strategies import STRATEGIES

Scenarios = Scenario | Mapping[str, Scenario] | Sequence[Scenario]
SEED_COUNT = Quantity(1, "", 1, 1000, "Seeds that each contestant is repeated on")
SEED_FIELD = list_declared(Scenario)["seed"]
SHARED_FIELDS = ("start", "days", "timestep_min", "seed")
"""What several scenarios have to agree in, so that their load curves and their seeds stand beside each other."""


def list_variants(scenario: Scenario) -> tuple[Variant, ...]:
    """Return `uncontrolled`, and every other strategy with V2G and without, in a scenario's place."""
    others = [
        Variant(f"{strategy.name}, V2G {'on' if v2g else 'off'}", replace(scenario, strategy=key, v2g=v2g))
        for key, strategy in STRATEGIES.items()
        if key != BASELINE_STRATEGY
        for v2g in (True, False)
    ]
    return Variant(STRATEGIES[BASELINE_STRATEGY].name, make_baseline(scenario)), *others


def make_baseline(scenario: Scenario) -> Scenario:
    """Return the scenario, all charging at once."""
    return replace(scenario, strategy=BASELINE_STRATEGY, v2g=False, params=())


def compare(scenarios: Scenarios, *, seeds: int = 1, workers: WorkerPool | None = None) -> pd.DataFrame:
    """Compare on the same arrivals and seeds, each with `uncontrolled` in its own place.

    Parameters
    ----------
    scenarios, seeds, workers : as those of `run_comparison`

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
    return run_comparison(scenarios, seeds=seeds, workers=workers).table


def run_comparison(
    scenarios: Scenarios,
    *,
    seeds: int = 1,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
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
    those = _label_variants(scenarios)
    _require_valid(those, seeds)
    tasks = _plan_tasks(those, seeds, split=workers is not None)
    total = sum(len(task.plays) * task.place.n_steps for task in tasks)
    do = run_serially if workers is None else workers.do
    played: dict[CaseKey, CaseResult] = {}
    for outcomes in do(run_task, tasks, total=max(total, 1), progress=progress, cancelled=cancelled):
        played |= outcomes
    asked = (scenarios,) if isinstance(scenarios, Scenario) else tuple(contestant.scenario for contestant in those)
    return _build_comparison(asked, those, seeds, played)


@dataclass(frozen=True)
class StrategyChoice:
    """What is played in a place: a strategy, its V2G switch and parameters."""

    strategy: str
    v2g: bool
    params: StrategyParams


@dataclass(frozen=True)
class ComparisonTask:
    """Plays that share a simulation's arrivals; their place is the baseline's scenario, with its seed."""

    place: Scenario
    plays: tuple[StrategyChoice, ...]


@dataclass(frozen=True, eq=False)
class CaseResult:
    """What a play gave: its figures, in the order of `FIGURES`, and its thinned load curve."""

    figures: tuple[float, ...]
    net_load_kw: Floats


CaseKey = tuple[Scenario, StrategyChoice]


def run_task(task: ComparisonTask, watch: StepReporter) -> dict[CaseKey, CaseResult]:
    """Play a task's plays, stepped together a day at a time, so that no more than some days' plans are kept."""
    runs = _start_simulations(task)
    n_steps, per_day = task.place.n_steps, task.place.steps_per_day
    for step in range(0, n_steps, per_day):
        for run in runs.values():
            done = min(per_day, n_steps - step)
            run.advance(done)
            watch(done)
    return {(task.place, one): _summarize_case(run, runs[_disable_v2g(one)]) for one, run in runs.items()}


def _start_simulations(task: ComparisonTask) -> dict[StrategyChoice, Simulation]:
    # The one that is forked is let go of: it would hold on to every day's plan that the others have passed.
    runs = dict(zip(task.plays, Simulation(task.place).fork(len(task.plays)), strict=True))
    for one, run in runs.items():
        run.set(strategy=one.strategy, v2g=one.v2g, params=dict(one.params))
    return runs


def _summarize_case(run: Simulation, without_v2g: Simulation) -> CaseResult:
    kpis = run.kpis | {"v2g_net_mad": compute_v2g_value(run, without_v2g).net_mad}
    net_load_kw = downsample_mean(np.array(run.series("net_load_kw")))
    return CaseResult(tuple(float(kpis[name]) for name in COMPARISON_KPIS), net_load_kw)


def _disable_v2g(one: StrategyChoice) -> StrategyChoice:
    return replace(one, v2g=False)


def _plan_tasks(those: Sequence[Variant], seeds: int, *, split: bool) -> list[ComparisonTask]:
    """Return what is to be played, each once; split by strategy, so that there is enough to share out."""
    parts: dict[tuple[Scenario, str, StrategyParams], dict[StrategyChoice, None]] = {}
    for number in range(seeds):
        for contestant in those:
            place, one = _make_case(contestant.scenario, number)
            _, baseline = _make_case(make_baseline(contestant.scenario), number)
            for each in (baseline, one, _disable_v2g(one)):
                part = (place, each.strategy, each.params) if split else (place, "", ())
                parts.setdefault(part, {})[each] = None
    tasks = [ComparisonTask(place, tuple(plays)) for (place, _, _), plays in parts.items()]
    # The longest first, so that nobody begins one when the others have nothing left to do.
    return sorted(tasks, key=lambda task: -len(task.plays))


def _make_case(scenario: Scenario, number: int) -> CaseKey:
    """Return where a scenario plays under its seed of a number, and what."""
    place = replace(make_baseline(scenario), seed=scenario.seed + number)
    return place, StrategyChoice(scenario.strategy, scenario.v2g, scenario.params)


def _build_comparison(
    asked: tuple[Scenario, ...], those: tuple[Variant, ...], seeds: int, played: Mapping[CaseKey, CaseResult]
) -> Comparison:
    scenarios = [contestant.scenario for contestant in those]
    first = scenarios[0]
    return Comparison(
        asked=asked,
        contestants=those,
        seeds=tuple(range(first.seed, first.seed + seeds)),
        figures=_stack_kpis(scenarios, seeds, played),
        baseline=_stack_kpis([make_baseline(scenario) for scenario in scenarios], seeds, played),
        times=make_load_times(first),
        net_load_kw=np.array([played[_make_case(scenario, 0)].net_load_kw for scenario in scenarios]),
    )


def make_load_times(scenario: Scenario) -> pd.DatetimeIndex:
    """Return the times of the points of a load curve."""
    starts = range(0, scenario.n_steps, count_steps_per_point(scenario.n_steps))
    return pd.DatetimeIndex([scenario.get_step_time(step) for step in starts], name="time")


def _stack_kpis(scenarios: Sequence[Scenario], seeds: int, played: Mapping[CaseKey, CaseResult]) -> Floats:
    return np.array([[played[_make_case(scenario, k)].figures for k in range(seeds)] for scenario in scenarios])


def _label_variants(scenarios: Scenarios) -> tuple[Variant, ...]:
    if isinstance(scenarios, Scenario):
        return list_variants(scenarios)
    if isinstance(scenarios, Mapping):
        return tuple(Variant(label, scenario) for label, scenario in scenarios.items())
    return tuple(Variant(str(number), scenario) for number, scenario in enumerate(scenarios, start=1))


def _require_valid(those: Sequence[Variant], seeds: int) -> None:
    issues = SEED_COUNT.check("seeds", seeds) + _check_shared_fields(those)
    issues += [issue for contestant in those for issue in check_scenario(contestant.scenario)]
    if not those:
        issues.append(Issue("scenarios", "must hold at least one"))
    if not issues:
        issues = SEED_FIELD.check("seed", those[0].scenario.seed + seeds - 1)
    if issues:
        raise ValidationError(list(dict.fromkeys(issues)))


def _check_shared_fields(those: Sequence[Variant]) -> list[Issue]:
    return [
        Issue(name, "must be the same in all scenarios that are compared")
        for name in SHARED_FIELDS
        if len({getattr(contestant.scenario, name) for contestant in those}) > 1
    ]
