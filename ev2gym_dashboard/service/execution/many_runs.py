"""Many runs: scenarios simulated side by side, each with the bits that it has alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.execution.worker_pool import WORKER_COUNT, StepReporter, WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.counterfactuals import simulate
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.result import Result

TASKS_PER_WORKER = 8
"""A task of many runs costs the pool little; several a worker leave none idle at the end."""


@dataclass(frozen=True)
class RunsTask:
    """Scenarios that a worker simulates one after the other, and what it returns of each result."""

    scenarios: tuple[Scenario, ...]
    select: Callable[[Result], Any] | None


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
    A `Result` per scenario, or what ``select`` returned, in order; equal to the bit to those of `simulate`

    Raises
    ------
    ValidationError
        With every issue of all scenarios, by the number of the scenario from 1.
    StrategyError
        If a plug-in failed.
    """
    runs = tuple(scenarios)
    _require_valid(runs, workers)
    if workers is None or workers == 1 or not runs:
        return _run_tasks(run_serially, _plan_tasks(runs, 1, select), progress)
    if isinstance(workers, WorkerPool):
        return _run_tasks(workers.run, _plan_tasks(runs, workers.size, select), progress)
    with WorkerPool(int(workers)) as pool:
        return _run_tasks(pool.run, _plan_tasks(runs, pool.size, select), progress)


def run_scenarios(task: RunsTask, report_steps: StepReporter) -> list[Any]:
    """Simulate the scenarios of a task."""
    outputs = []
    for scenario in task.scenarios:
        result = simulate(scenario)
        outputs.append(result if task.select is None else task.select(result))
        report_steps(scenario.n_steps)
    return outputs


def _run_tasks(run_tasks: Callable[..., Any], tasks: Sequence[RunsTask], progress: Progress) -> list[Any]:
    total = sum(scenario.n_steps for task in tasks for scenario in task.scenarios)
    return list(chain.from_iterable(run_tasks(run_scenarios, tasks, total=max(total, 1), progress=progress)))


def _plan_tasks(runs: Sequence[Scenario], n_workers: int, select: Callable[[Result], Any] | None) -> list[RunsTask]:
    per_task = max(1, len(runs) // (n_workers * TASKS_PER_WORKER))
    starts = range(0, len(runs), per_task)
    return [RunsTask(tuple(runs[start : start + per_task]), select) for start in starts]


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
