"""Many runs: scenarios simulated side by side, each with the bits that it has alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.execution.worker_pool import WORKER_COUNT, StepReporter, WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.run_groups import can_step_together, fits_group, run_group
from ev2gym_dashboard.strategies import StrategyError

logger = logging.getLogger(__name__)

TASKS_PER_WORKER = 8
"""Several tasks a worker leave none idle at the end."""


@dataclass(frozen=True)
class RunsTask:
    """Scenarios that a worker steps together in a number of threads, and what it returns of each result."""

    scenarios: tuple[Scenario, ...]
    select: Callable[[Result], Any] | None
    n_threads: int | None


def simulate_many(
    scenarios: Iterable[Scenario],
    *,
    workers: WorkerPool | int | None = None,
    select: Callable[[Result], Any] | None = None,
    progress: Progress = ignore_progress,
) -> list[Any]:
    """Run scenarios with their counterfactuals, each for its ``days``.

    Parameters
    ----------
    scenarios : the inputs of the runs
    workers : number of processes that share the runs, or an open pool; None runs them in this process. A script that
        gives a number calls this under ``if __name__ == "__main__":``, because the processes import it.
    select : function of a module that returns what to keep of a result, so that a thousand of them fit in memory;
        None keeps the whole result
    progress : function that gets the share done, 0 to 1

    Returns
    -------
    A `Result` per scenario, or what ``select`` returned, in order; equal to the bit to those of `simulate`. In place of
    a run whose plug-in failed stands its `StrategyError`: the others keep their results.

    Raises
    ------
    ValidationError
        With every issue of all scenarios, by the number of the scenario from 1.
    StrategyError
        If a plug-in failed in every run.

    Notes
    -----
    Scenarios are stepped together in compiled calls. Those of plug-ins, of strategies that plan, with a schedule, and
    of fleets above 32,768 vehicles are stepped alone, as in `simulate`; the log says how many, at the level of
    information.
    """
    runs = tuple(scenarios)
    _require_valid(runs, workers)
    if n_alone := sum(not can_step_together(run) for run in runs):
        logger.info("%d of %d runs are stepped alone: see simulate_many", n_alone, len(runs))
    outputs = _run_all(runs, workers, select, progress)
    failures = [output for output in outputs if isinstance(output, StrategyError)]
    if failures and len(failures) == len(outputs):
        raise StrategyError(list(dict.fromkeys(issue for failure in failures for issue in failure.issues)))
    return outputs


def _run_all(
    runs: Sequence[Scenario],
    workers: WorkerPool | int | None,
    select: Callable[[Result], Any] | None,
    progress: Progress,
) -> list[Any]:
    if workers is None or workers == 1 or not runs:
        return _run_tasks(run_serially, _plan_tasks(runs, select, n_threads=None), progress)
    if isinstance(workers, WorkerPool):
        return _run_in_pool(workers, runs, select, progress)
    with WorkerPool(int(workers)) as pool:
        return _run_in_pool(pool, runs, select, progress)


def run_scenarios(task: RunsTask, report_steps: StepReporter) -> list[Any]:
    """Simulate the scenarios of a task together; in place of a run whose plug-in failed, return its error."""
    n_left = sum(scenario.n_steps for scenario in task.scenarios)

    def report(n_steps: int) -> None:
        nonlocal n_left
        # Steps that are run again count once.
        n_new = min(n_steps, n_left)
        n_left -= n_new
        report_steps(n_new)

    def finish(runs: CounterfactualRuns) -> Any:
        result = runs.finish()
        return result if task.select is None else task.select(result)

    outputs = run_group(task.scenarios, finish, catch=StrategyError, n_threads=task.n_threads, report_steps=report)
    # A run that failed has not come to its end.
    report_steps(n_left)
    return outputs


def _run_in_pool(
    pool: WorkerPool, runs: Sequence[Scenario], select: Callable[[Result], Any] | None, progress: Progress
) -> list[Any]:
    # Processes share the cores already: threads within one would only compete.
    tasks = _plan_tasks(runs, select, n_threads=1, n_tasks=pool.size * TASKS_PER_WORKER)
    return _run_tasks(pool.run, tasks, progress)


def _run_tasks(run_tasks: Callable[..., Any], tasks: Sequence[RunsTask], progress: Progress) -> list[Any]:
    total = sum(scenario.n_steps for task in tasks for scenario in task.scenarios)
    return list(chain.from_iterable(run_tasks(run_scenarios, tasks, total=max(total, 1), progress=progress)))


def _plan_tasks(
    runs: Sequence[Scenario], select: Callable[[Result], Any] | None, *, n_threads: int | None, n_tasks: int = 1
) -> list[RunsTask]:
    """Return at least ``n_tasks`` tasks of neighbouring scenarios, where there are so many."""
    max_runs = max(1, len(runs) // n_tasks)
    groups: list[list[Scenario]] = []
    for run in runs:
        if not groups or not fits_group(groups[-1], run, max_runs=max_runs):
            groups.append([])
        groups[-1].append(run)
    return [RunsTask(tuple(group), select, n_threads) for group in groups]


def _require_valid(runs: Sequence[Scenario], workers: object) -> None:
    is_number = workers is not None and not isinstance(workers, WorkerPool)
    issues = WORKER_COUNT.check("workers", workers) if is_number else []
    issues += [issue for number, run in enumerate(runs, start=1) for issue in _list_issues(number, run)]
    if issues:
        raise ValidationError(issues)


def _list_issues(number: int, run: object) -> Iterator[Issue]:
    if not isinstance(run, Scenario):
        yield Issue(f"scenarios[{number}]", "must be a Scenario")
        return
    issues = check_scenario(run)
    for issue in issues or check_coverage(run, run.n_steps):
        yield replace(issue, field=f"scenarios[{number}].{issue.field}")
