"""Comparison of strategies, or of scenarios, on the same arrivals over several seeds, each against the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, list_declared
from ev2gym_dashboard.service.comparison.cases import (
    CaseFailure,
    CaseKey,
    CaseResult,
    ComparisonTask,
    OptimumTask,
    make_baseline,
    make_case,
    plan_optimum_tasks,
    plan_tasks,
    run_task,
)
from ev2gym_dashboard.service.comparison.optimum import ComparisonOptimum
from ev2gym_dashboard.service.comparison.result import Comparison, FailedVariant, Variant
from ev2gym_dashboard.service.execution.worker_pool import WORKER_COUNT, WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.downsampling import count_steps_per_point
from ev2gym_dashboard.service.simulation.progress import Progress, StopCheck, ignore_progress, never_stop
from ev2gym_dashboard.strategies import STRATEGIES, StrategyError

Scenarios = Scenario | Mapping[str, Scenario] | Sequence[Scenario]
SEED_COUNT = Quantity(1, "", 1, 1000, "Seeds that each variant is repeated on")
SEED_FIELD = list_declared(Scenario)["seed"]
SHARED_FIELDS = ("start", "days", "timestep_min", "seed")
"""Fields that compared scenarios share, so that their load curves and seeds correspond."""

MAX_PLANNED_STEPS = 200_000
"""Vehicle-steps up to which strategies that plan are compared unless they are asked for: 1,000 vehicles for two days.
Beyond, their plans would take most of the time of a comparison."""


def list_variants(scenario: Scenario) -> tuple[Variant, ...]:
    """Return the baseline, and every other strategy with V2G (if it uses any) and without, on a scenario's site.

    Strategies that plan are left out of large runs, see `MAX_PLANNED_STEPS`.
    """
    left_out = list_left_out(scenario)
    others = [
        Variant(f"{strategy.name}, V2G {'on' if v2g else 'off'}", replace(scenario, strategy=key, v2g=v2g))
        for key, strategy in STRATEGIES.items()
        if key != BASELINE_STRATEGY and key not in left_out
        # Without V2G of its own, a strategy would be listed twice with equal results.
        for v2g in ((True, False) if strategy.uses_v2g else (False,))
    ]
    return Variant(STRATEGIES[BASELINE_STRATEGY].name, make_baseline(scenario)), *others


def list_left_out(scenario: Scenario) -> list[str]:
    """Return the keys of the strategies that a comparison of this size leaves out."""
    is_large = scenario.fleet_size * scenario.n_steps > MAX_PLANNED_STEPS
    return [key for key, strategy in STRATEGIES.items() if strategy.plans and is_large]


def compare(scenarios: Scenarios, *, seeds: int = 1, workers: WorkerPool | int | None = None) -> pd.DataFrame:
    """Compare strategies or scenarios on the same arrivals and seeds, and return the table.

    Parameters
    ----------
    scenarios, seeds, workers : see `run_comparison`

    Returns
    -------
    A row per variant: strategy, V2G switch, the mean of each of `COMPARISON_KPIS` over the seeds, half its 95 %
    interval (``_ci95``), its difference to the baseline paired by seed (``_vs_uncontrolled``), half the interval of
    that difference, and membership in the Pareto front of bill and peak

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
    workers: WorkerPool | int | None = None,
    optimum: bool = False,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
) -> Comparison:
    """Compare strategies or scenarios on the same arrivals and seeds, each with its baseline.

    Parameters
    ----------
    scenarios : one scenario, under which every strategy runs with V2G and without; or several, by label or in order,
        which run unchanged
    seeds : number of seeds; they begin with the seed of the scenarios
    workers : number of processes that run the tasks, or an open pool; None runs them in this process. A script that
        gives a number calls this under ``if __name__ == "__main__":``, because the processes import it.
    optimum : whether to find the optimum of one scenario under each seed too, see `find_comparison_optimum`
    progress : called with the share that is done, 0 to 1
    cancelled : called between steps; the comparison stops once it returns True

    Returns
    -------
    KPIs and load curves, equal to the bit to those of `simulate`, whatever the number of workers

    Raises
    ------
    ValueError
        With every issue of all scenarios.
    StrategyError
        If a plug-in failed in every variant; where others have run, it is among their ``failures``.
    Cancelled
        If ``cancelled`` returned True.
    """
    variants = _label_variants(scenarios)
    _require_valid(variants, seeds, workers)
    if workers is not None and not isinstance(workers, WorkerPool):
        with _open_pool(int(workers)) as pool:
            return run_comparison(
                scenarios, seeds=seeds, workers=pool, optimum=optimum, progress=progress, cancelled=cancelled
            )
    tasks: list[ComparisonTask | OptimumTask] = [*plan_tasks(variants, seeds, split=workers is not None)]
    if optimum and isinstance(scenarios, Scenario):
        # First, as they take longest.
        tasks = [*plan_optimum_tasks(scenarios, seeds), *tasks]
    total = sum(task.n_steps for task in tasks)
    run_tasks = run_serially if workers is None else workers.run
    results: dict[CaseKey, CaseResult | CaseFailure] = {}
    optima: list[ComparisonOptimum] = []
    for task_results in run_tasks(run_task, tasks, total=max(total, 1), progress=progress, cancelled=cancelled):
        if isinstance(task_results, dict):
            results |= task_results
        else:
            optima.append(task_results)
    requested = (scenarios,) if isinstance(scenarios, Scenario) else tuple(variant.scenario for variant in variants)
    return replace(_build_comparison(requested, variants, seeds, results), optima=tuple(optima))


def _build_comparison(
    requested: tuple[Scenario, ...],
    variants: tuple[Variant, ...],
    seeds: int,
    results: Mapping[CaseKey, CaseResult | CaseFailure],
) -> Comparison:
    first = variants[0].scenario
    failures = tuple(_list_failures(variants, seeds, results))
    failed = [failure.variant for failure in failures]
    variants = tuple(variant for variant in variants if variant not in failed)
    if not variants:
        raise StrategyError(list(dict.fromkeys(issue for failure in failures for issue in failure.issues)))
    scenarios = [variant.scenario for variant in variants]
    return Comparison(
        scenarios=requested,
        variants=variants,
        seeds=tuple(range(first.seed, first.seed + seeds)),
        kpi_values=_stack_kpis(scenarios, seeds, results),
        baseline_values=_stack_kpis([make_baseline(scenario) for scenario in scenarios], seeds, results),
        times=make_load_times(first),
        net_load_kw=np.array([_get_result(results, scenario, 0).net_load_kw for scenario in scenarios]),
        failures=failures,
    )


def _list_failures(
    variants: Sequence[Variant], seeds: int, results: Mapping[CaseKey, CaseResult | CaseFailure]
) -> Iterator[FailedVariant]:
    """Yield the variants that failed under any seed, with the issues of the first one."""
    for variant in variants:
        outcomes = (results[make_case(variant.scenario, k)] for k in range(seeds))
        failure = next((outcome for outcome in outcomes if isinstance(outcome, CaseFailure)), None)
        if failure:
            yield FailedVariant(variant, failure.issues)


def _get_result(results: Mapping[CaseKey, CaseResult | CaseFailure], scenario: Scenario, seed_index: int) -> CaseResult:
    result = results[make_case(scenario, seed_index)]
    if isinstance(result, CaseFailure):
        # The baseline, which is no plug-in.
        raise StrategyError(list(result.issues))
    return result


def make_load_times(scenario: Scenario) -> pd.DatetimeIndex:
    """Return the times of the points of a load curve."""
    starts = range(0, scenario.n_steps, count_steps_per_point(scenario.n_steps))
    return pd.DatetimeIndex([scenario.get_step_time(step) for step in starts], name="time")


def _stack_kpis(
    scenarios: Sequence[Scenario], seeds: int, results: Mapping[CaseKey, CaseResult | CaseFailure]
) -> Floats:
    return np.array([[_get_result(results, scenario, k).kpi_values for k in range(seeds)] for scenario in scenarios])


def _label_variants(scenarios: Scenarios) -> tuple[Variant, ...]:
    if isinstance(scenarios, Scenario):
        return list_variants(scenarios)
    if isinstance(scenarios, Mapping):
        return tuple(Variant(label, scenario) for label, scenario in scenarios.items())
    return tuple(Variant(str(number), scenario) for number, scenario in enumerate(scenarios, start=1))


def _open_pool(number: int) -> AbstractContextManager[WorkerPool | None]:
    # One process would only wait for another one.
    return nullcontext() if number == 1 else WorkerPool(number)


def _require_valid(variants: Sequence[Variant], seeds: int, workers: object) -> None:
    issues = SEED_COUNT.check("seeds", seeds) + _check_shared_fields(variants)
    if workers is not None and not isinstance(workers, WorkerPool):
        issues += WORKER_COUNT.check("workers", workers)
    issues += [issue for variant in variants for issue in check_scenario(variant.scenario)]
    if not variants:
        issues.append(Issue("scenarios", "must contain at least one"))
    if not issues:
        issues = [issue for variant in variants for issue in check_coverage(variant.scenario, variant.scenario.n_steps)]
    if not issues:
        issues = SEED_FIELD.check("seed", variants[0].scenario.seed + seeds - 1)
    if issues:
        # Variants of one scenario share its issues; each is listed once, in order.
        raise ValidationError(list(dict.fromkeys(issues)))


def _check_shared_fields(variants: Sequence[Variant]) -> list[Issue]:
    return [
        Issue(name, "must be the same in all scenarios that are compared")
        for name in SHARED_FIELDS
        if len({getattr(variant.scenario, name) for variant in variants}) > 1
    ]
