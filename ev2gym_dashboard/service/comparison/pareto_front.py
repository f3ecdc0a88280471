"""Pareto front: the bill against a goal, as plans with perfect foresight, with the rules as points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Quantity, ValidationError
from ev2gym_dashboard.service.comparison.front_weights import ROUND_SIZE, choose_segments
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison, Variant
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import StepReporter, WorkerPool, run_serially
from ev2gym_dashboard.service.optimum.front_point import (
    FrontPoint,
    FrontSite,
    FrontTask,
    find_front_point,
    find_highest_weight,
    read_goal_prices,
)
from ev2gym_dashboard.service.optimum.goals import BILL, GOALS, GoalPrices, check_goals
from ev2gym_dashboard.service.optimum.objective import Prices, check_prices
from ev2gym_dashboard.service.optimum.search_start import SearchStart, blend_starts
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.progress import Progress, StopCheck, ignore_progress, never_stop

POINT_COUNT = Quantity(20, "", 2, 200, "Points of a Pareto front")
TOLERANCE, TIME_LIMIT_S = 1e-3, 30.0
"""Gap of a point in the model at which its search ends, and the time after which it ends with what it has."""
RULES_SHARE = 0.1
"""Share of the progress that the runs of the rules are."""


@dataclass(frozen=True)
class RulePoint:
    """A rule beside the front: what its run costs but for the goal [MAD], and what it has of the goal."""

    variant: Variant
    bill_mad: float
    goal: float


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """The Pareto front of the bill against a goal, under perfect foresight.

    Parameters
    ----------
    scenario : the site
    goal : key of `GOALS`
    goal_prices : objectives that weigh it
    points : supported points by rising weight: each is the cheapest at its weight; what lies in a dent between two of
        them is not found by weights
    rules : the registered strategies on the same arrivals
    """

    scenario: Scenario
    goal: str
    goal_prices: GoalPrices
    points: tuple[FrontPoint, ...]
    rules: tuple[RulePoint, ...]

    @property
    def table(self) -> pd.DataFrame:
        """A row per point, with its gap."""
        rows = [asdict(point) | {"gap": point.gap} for point in self.points]
        return pd.DataFrame(rows).rename(columns={"goal": self.goal_column})

    @property
    def rule_table(self) -> pd.DataFrame:
        """A row per rule: its bill and goal, and the margin by which it is above the proven bounds [MAD]."""
        rows = [
            {
                "variant": rule.variant.label,
                "strategy": rule.variant.strategy,
                "v2g": rule.variant.v2g,
                "bill_mad": rule.bill_mad,
                self.goal_column: rule.goal,
                "above_front_mad": float(rule.bill_mad - self.compute_lowest_bill_mad(np.array([rule.goal]))[0]),
            }
            for rule in self.rules
        ]
        return pd.DataFrame(rows)

    @property
    def goal_column(self) -> str:
        """Name of the goal with its unit, as in `table`."""
        return f"{self.goal}_{GOALS[self.goal].unit.lower()}"

    def compute_lowest_bill_mad(self, goal: Floats) -> Floats:
        """Return what no strategy is below at some values of the goal, by the proven bounds of all weights [MAD]."""
        weights, bounds_mad = np.array([(point.weight, point.bound_mad) for point in self.points]).T
        lowest: Floats = (bounds_mad - weights * np.asarray(goal)[:, None]).max(axis=1)
        return lowest


def compute_pareto_front(
    scenario: Scenario,
    goals: tuple[str, str] = (BILL, "peak"),
    *,
    points: int = POINT_COUNT.default,
    prices: Prices | None = None,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
) -> ParetoFront:
    """Compute the Pareto front of the bill against peak, wear or CO2, with every registered strategy as a point.

    Parameters
    ----------
    scenario : the site; its strategy does not matter, its V2G switch holds for the plans and for the rules
    goals : the bill, and a key of `GOALS`. The bill is the objective but for the goal: it includes unserved and owed
        energy at their prices, and wear unless that is the goal.
    points : most points; a front with few corners has fewer
    prices : prices of the objective that differ from those of the total cost
    workers : processes that find points side by side; the front is the same to the bit with and without them
    progress, cancelled : as for `run_comparison`

    Raises
    ------
    ValidationError
        With every issue of scenario, goals, points and prices.
    Cancelled
        If ``cancelled`` returned True.

    Notes
    -----
    Each point minimises bill + weight x goal with perfect foresight, and is then run by the engine. Its bound holds for
    any strategy: no rule lies below the front by more than the gaps of its points.
    """
    _require_valid(scenario, goals, points, prices or {})
    site = FrontSite(scenario, goals[1], tuple((prices or {}).items()))
    found = find_front_points(
        site,
        points=points,
        workers=workers,
        progress=lambda share: progress((1.0 - RULES_SHARE) * share),
        cancelled=cancelled,
    )
    variants = {v.label: v.scenario for v in list_variants(scenario) if scenario.v2g or not v.v2g}
    comparison = run_comparison(
        variants,
        workers=workers,
        progress=lambda share: progress(1.0 - RULES_SHARE * (1.0 - share)),
        cancelled=cancelled,
    )
    goal_prices = read_goal_prices(site)
    return ParetoFront(scenario, site.goal, goal_prices, found, place_rules(comparison, goal_prices))


def place_rules(comparison: Comparison, goal_prices: GoalPrices) -> tuple[RulePoint, ...]:
    """Return the variants of a comparison as points, under its first seed."""
    runs = [dict(zip(COMPARISON_KPIS, row.tolist(), strict=True)) for row in comparison.kpi_values[:, 0]]
    return tuple(
        RulePoint(variant, *goal_prices.split(kpis)) for variant, kpis in zip(comparison.variants, runs, strict=True)
    )


def find_front_points(
    site: FrontSite,
    *,
    points: int,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
) -> tuple[FrontPoint, ...]:
    """Find the points of a front, a round of `ROUND_SIZE` after the other, each from its neighbours' solutions."""
    run_tasks = run_serially if workers is None else workers.run
    found: dict[float, tuple[FrontPoint, SearchStart]] = {}
    tasks = [_make_task(site, weight) for weight in (0.0, find_highest_weight(site))]
    while tasks:
        outputs = run_tasks(
            _run_task,
            tasks,
            total=points,
            progress=partial(_report, progress, len(found) / points),
            cancelled=cancelled,
        )
        found |= {point.weight: (point, start) for point, start in outputs}
        weights = sorted(found)
        number = min(ROUND_SIZE, points - len(found))
        segments = choose_segments([found[weight][0] for weight in weights], number)
        tasks = [
            _make_task(site, segment.weight, weights[segment.first], weights[segment.second], found)
            for segment in segments
        ]
    progress(1.0)
    return tuple(found[weight][0] for weight in sorted(found))


def _make_task(
    site: FrontSite,
    weight: float,
    first: float = 0.0,
    second: float = 0.0,
    found: Mapping[float, tuple[FrontPoint, SearchStart]] | None = None,
) -> FrontTask:
    if not found:
        return FrontTask(site, weight, TOLERANCE, TIME_LIMIT_S)
    share = (weight - first) / (second - first)
    return FrontTask(
        site, weight, TOLERANCE, TIME_LIMIT_S, start=blend_starts(found[first][1], found[second][1], share)
    )


def _report(progress: Progress, begun: float, share: float) -> None:
    progress(begun + share)


def _run_task(task: FrontTask, report_steps: StepReporter) -> tuple[FrontPoint, SearchStart]:
    output = find_front_point(task)
    report_steps(1)
    return output


def _require_valid(scenario: Scenario, goals: object, points: object, prices: Mapping[str, object]) -> None:
    issues = check_scenario(scenario) + check_goals(goals, prices) + check_prices(prices)
    issues += POINT_COUNT.check("points", points)
    if issues:
        raise ValidationError(issues)
