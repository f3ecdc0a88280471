"""Run groups: scenarios that are stepped together, and one by one where one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ev2gym_dashboard.core.engine.engine import BLOCK_SIZE
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.joint_runs import JointRuns, ReportSteps, start_joint_runs
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.table import BUILT_IN

MAX_GROUP_RUNS, MAX_GROUP_VEHICLES, MAX_GROUP_STEPS = 32, 20_000, 100_000
"""Runs, vehicles and recorded steps of a group: beyond, a step costs no less, and the memory grows."""
OutputT = TypeVar("OutputT")
ErrorT = TypeVar("ErrorT", bound=Exception)


def fits_group(group: Sequence[Scenario], scenario: Scenario, *, max_runs: int = MAX_GROUP_RUNS) -> bool:
    """Return whether a scenario can be added to a group of at most ``max_runs`` runs."""
    if not group:
        return True
    runs = (*group, scenario)
    # A run that is stepped alone would only delay the others, and with them their results.
    if len(runs) > min(max_runs, MAX_GROUP_RUNS) or not all(can_step_together(run) for run in (group[0], scenario)):
        return False
    n_vehicles, n_steps = sum(run.fleet_size for run in runs), sum(run.n_steps for run in runs)
    return n_vehicles <= MAX_GROUP_VEHICLES and n_steps <= MAX_GROUP_STEPS


def can_step_together(scenario: Scenario) -> bool:
    """Return whether the compiled loop runs a scenario: no plug-in, strategy that plans, schedule or large fleet."""
    strategy = STRATEGIES.get(scenario.strategy)
    is_compiled = strategy is not None and strategy.source == BUILT_IN and not strategy.plans
    return is_compiled and not scenario.setpoint_profile and scenario.fleet_size <= BLOCK_SIZE


def run_group(
    scenarios: Sequence[Scenario],
    finish: Callable[[CounterfactualRuns], OutputT],
    *,
    catch: type[ErrorT],
    n_threads: int | None = None,
    report_steps: ReportSteps = lambda _: None,
) -> list[OutputT | ErrorT]:
    """Run scenarios together; return what ``finish`` makes of each, in order.

    Where a run fails, each is run again alone, so that the others have their outputs, and the failed one its error.

    Parameters
    ----------
    scenarios : the inputs of the runs
    finish : function of a run and its counterfactuals at their end
    catch : errors of a run that are returned in its place; others are raised
    n_threads : threads that share the runs; None for one per core
    report_steps : gets the steps that are done, from time to time; those that are run again count again
    """
    try:
        return [*_run_together(scenarios, finish, n_threads, report_steps)]
    except catch as error:
        if len(scenarios) == 1:
            return [error]
    alone = [
        run_group([scenario], finish, catch=catch, n_threads=n_threads, report_steps=report_steps)
        for scenario in scenarios
    ]
    return [outcome for outcomes in alone for outcome in outcomes]


def _run_together(
    scenarios: Sequence[Scenario],
    finish: Callable[[CounterfactualRuns], OutputT],
    n_threads: int | None,
    report_steps: ReportSteps,
) -> list[OutputT]:
    runs = start_joint_runs(scenarios)
    if n_threads == 1:
        for run in runs:
            run.disable_threads()
    JointRuns(runs, n_threads=n_threads).run_to_end(report_steps)
    outputs = []
    # Each is freed as soon as it is finished.
    while runs:
        outputs.append(finish(runs.pop(0)))
    return outputs
