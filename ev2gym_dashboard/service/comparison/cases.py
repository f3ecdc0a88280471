"""Cases of a comparison: runs that share their arrivals, as tasks of a pool, and the task of the optimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.comparison.optimum import (
    ComparisonOptimum,
    find_comparison_optimum,
    is_bound_feasible,
    is_plan_feasible,
)
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Variant
from ev2gym_dashboard.service.execution.worker_pool import StepReporter
from ev2gym_dashboard.service.scenarios.validation import StrategyParams
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.downsampling import downsample_mean
from ev2gym_dashboard.service.simulation.investment import compute_investment_kpis
from ev2gym_dashboard.service.simulation.joint_steps import JointSteps, can_join
from ev2gym_dashboard.service.simulation.needed_connection import UnlimitedRun
from ev2gym_dashboard.service.simulation.rebound import find_rebound_of_run
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.v2g_value import compute_v2g_value, list_value_kpis
from ev2gym_dashboard.strategies import StrategyError


def make_baseline(scenario: Scenario) -> Scenario:
    """Return the scenario under the baseline strategy, without V2G."""
    return replace(scenario, strategy=BASELINE_STRATEGY, v2g=False, params=())


@dataclass(frozen=True)
class StrategyChoice:
    """Strategy, V2G switch and parameters of a case."""

    strategy: str
    v2g: bool
    params: StrategyParams


@dataclass(frozen=True)
class ComparisonTask:
    """Cases that share the arrivals of one simulation; their site scenario is the baseline's, with its seed.

    ``n_threads`` step them, None for one per core.
    """

    site_scenario: Scenario
    choices: tuple[StrategyChoice, ...]
    n_threads: int | None = None

    @property
    def n_steps(self) -> int:
        return len(self.choices) * self.site_scenario.n_steps


@dataclass(frozen=True)
class OptimumTask:
    """The optimum of a scenario, which counts for as many steps as one of its runs."""

    scenario: Scenario
    plans: bool

    @property
    def n_steps(self) -> int:
        return self.scenario.n_steps


@dataclass(frozen=True, eq=False)
class CaseResult:
    """KPIs of a case, in the order of `COMPARISON_KPIS`, and its downsampled load curve."""

    kpi_values: tuple[float, ...]
    net_load_kw: Floats


@dataclass(frozen=True)
class CaseFailure:
    """Issues of a strategy that ended the run of a case."""

    issues: tuple[Issue, ...]


CaseKey = tuple[Scenario, StrategyChoice]
TaskOutput = dict[CaseKey, CaseResult | CaseFailure] | ComparisonOptimum


def run_task(task: ComparisonTask | OptimumTask, report_steps: StepReporter) -> TaskOutput:
    """Run the cases of a task, or find its optimum."""
    if isinstance(task, ComparisonTask):
        return _run_cases(task, report_steps)
    optimum = find_comparison_optimum(task.scenario, plans=task.plans)
    report_steps(task.n_steps)
    return optimum


def _run_cases(task: ComparisonTask, report_steps: StepReporter) -> dict[CaseKey, CaseResult | CaseFailure]:
    """Run the cases of a task together, a day at a time; a strategy that fails ends its own cases."""
    failures: dict[StrategyChoice, CaseFailure] = {}
    runs, unlimited = _start_simulations(task), {}
    n_steps, per_day = task.site_scenario.n_steps, task.site_scenario.steps_per_day
    for choice, run in runs.items():
        with _catch_failure(failures, choice):
            run.set(strategy=choice.strategy, v2g=choice.v2g, params=dict(choice.params))
            unlimited[choice] = UnlimitedRun.start(run)
    joint = JointCases(runs, unlimited, JointSteps(task.n_threads), JointSteps(task.n_threads))
    # In step, a day's plan can be dropped as soon as all runs have passed it; one after the other would keep them all.
    for step in range(0, n_steps, per_day):
        end_step = min(step + per_day, n_steps)
        joined = joint.advance([choice for choice in task.choices if choice not in failures], end_step)
        report_steps(len(joined) * (end_step - step))
        for choice in task.choices:
            if choice in joined:
                continue
            with _catch_failure(failures, choice):
                if choice not in failures:
                    runs[choice].advance(end_step - step)
                    unlimited[choice].follow(runs[choice])
            if choice in failures:
                # Its state would keep the plans of the days that the others have passed.
                runs.pop(choice, None)
            report_steps(end_step - step)
    return {
        (task.site_scenario, choice): failures.get(choice)
        # The value of V2G needs both.
        or failures.get(_disable_v2g(choice))
        or _summarize_case(runs[choice], runs[_disable_v2g(choice)], unlimited[choice])
        for choice in task.choices
    }


@dataclass(frozen=True, eq=False)
class JointCases:
    """The cases of a task, of which those that the compiled loop can run are stepped in one call."""

    runs: Mapping[StrategyChoice, Simulation]
    unlimited: Mapping[StrategyChoice, UnlimitedRun]
    steps: JointSteps
    unlimited_steps: JointSteps

    def advance(self, choices: Sequence[StrategyChoice], end_step: int) -> list[StrategyChoice]:
        """Advance the cases that can be stepped together, which are none of plug-ins, and return them."""
        joined = [choice for choice in choices if can_join(self.runs[choice])]
        self.steps.advance([self.runs[choice] for choice in joined], [end_step] * len(joined))
        cut = [self.unlimited[choice] for choice in joined if self.unlimited[choice].needs_steps(self.runs[choice])]
        self.unlimited_steps.advance([each.simulation for each in cut], [end_step] * len(cut))
        return joined


@contextmanager
def _catch_failure(failures: dict[StrategyChoice, CaseFailure], choice: StrategyChoice) -> Iterator[None]:
    try:
        yield
    except StrategyError as error:
        failures[choice] = CaseFailure(tuple(error.issues))


def _start_simulations(task: ComparisonTask) -> dict[StrategyChoice, Simulation]:
    # The forked simulation is dropped: it would hold every day's plan that the others have passed.
    return dict(zip(task.choices, Simulation(task.site_scenario).fork(len(task.choices)), strict=True))


def _summarize_case(run: Simulation, without_v2g: Simulation, unlimited: UnlimitedRun) -> CaseResult:
    peak_kpis = {
        "needed_connection_kva": unlimited.compute_needed_kva(run),
        "rebound_kw": find_rebound_of_run(run, without_v2g).rebound_kw,
    }
    kpis = run.kpis | peak_kpis | list_value_kpis(compute_v2g_value(run, without_v2g))
    kpis |= compute_investment_kpis(run.scenario, kpis, n_steps=run.step)
    net_load_kw = downsample_mean(run.series("net_load_kw"))
    return CaseResult(tuple(float(kpis[name]) for name in COMPARISON_KPIS), net_load_kw)


def _disable_v2g(choice: StrategyChoice) -> StrategyChoice:
    return replace(choice, v2g=False)


def plan_optimum_tasks(scenario: Scenario, seeds: int) -> list[OptimumTask]:
    """Return a task per seed; none where that is too much work."""
    if not is_bound_feasible(scenario, seeds=seeds):
        return []
    plans = is_plan_feasible(scenario, seeds=seeds)
    return [OptimumTask(replace(scenario, seed=scenario.seed + k), plans) for k in range(seeds)]


def plan_tasks(variants: Sequence[Variant], seeds: int, *, split: bool) -> list[ComparisonTask]:
    """Return the tasks, each case once; ``split`` makes a task per strategy, so that workers can share them."""
    groups: dict[tuple[Scenario, str, StrategyParams], dict[StrategyChoice, None]] = {}
    for seed_index, variant in product(range(seeds), variants):
        site_scenario, choice = make_case(variant.scenario, seed_index)
        _, baseline = make_case(make_baseline(variant.scenario), seed_index)
        # The value of V2G needs the same strategy without it; dictionaries serve as ordered sets.
        for case in (baseline, choice, _disable_v2g(choice)):
            group_key = (site_scenario, case.strategy, case.params) if split else (site_scenario, "", ())
            groups.setdefault(group_key, {})[case] = None
    # Workers share the cores already: threads within one would only compete.
    n_threads = 1 if split else None
    tasks = [
        ComparisonTask(site_scenario, tuple(choices), n_threads) for (site_scenario, _, _), choices in groups.items()
    ]
    # Longest first, so that no worker begins a long task when the others have run out of work.
    return sorted(tasks, key=lambda task: -len(task.choices))


def make_case(scenario: Scenario, seed_index: int) -> CaseKey:
    """Return the site scenario and the choice that together identify a run."""
    site_scenario = replace(make_baseline(scenario), seed=scenario.seed + seed_index)
    return site_scenario, StrategyChoice(scenario.strategy, scenario.v2g, scenario.params)
