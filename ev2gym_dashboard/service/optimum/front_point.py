"""Front point: the optimum at one weight of a goal, as the engine runs its plan, and where the next search begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.optimum.goals import GoalPrices, make_goal_prices
from ev2gym_dashboard.service.optimum.optimum import compute_relative_gap, run_optimum, search_plan
from ev2gym_dashboard.service.optimum.problem import make_problem
from ev2gym_dashboard.service.optimum.search_start import SearchStart
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun, run_reference


@dataclass(frozen=True)
class FrontPoint:
    """A plan of the front, as the engine ran it.

    Parameters
    ----------
    weight : price of a unit of the goal at which it is the cheapest [MAD per unit]
    bound_mad : proven lower bound of bill and weighted goal, of any strategy [MAD]
    bill_mad : what the plan costs but for the goal [MAD]
    goal : what it has of the goal, in its unit
    unserved_kwh : energy missing at departures, whose price is in the bill [kWh]
    status : how the search ended, see `Decomposition`
    """

    weight: float
    bound_mad: float
    bill_mad: float
    goal: float
    unserved_kwh: float
    status: str

    @property
    def gap(self) -> float:
        """How far the plan is above its bound, as a share of it."""
        return compute_relative_gap(self.bill_mad + self.weight * self.goal, self.bound_mad)


@dataclass(frozen=True)
class FrontSite:
    """What all points of a front share: the scenario, the key of the goal, and prices of the objective that differ."""

    scenario: Scenario
    goal: str
    prices: tuple[tuple[str, float | str], ...]


@dataclass(frozen=True, eq=False)
class FrontTask:
    """A point to find: its weight, and where the search begins; without a start, from the prices of import."""

    site: FrontSite
    weight: float
    tolerance: float
    time_limit_s: float
    start: SearchStart | None = field(default=None, repr=False)


def find_front_point(task: FrontTask) -> tuple[FrontPoint, SearchStart]:
    """Find the plan that is the cheapest at a weight of the goal; return it with the start of searches nearby."""
    scenario, reference = task.site.scenario, _run_reference(task.site.scenario)
    goal_prices = read_goal_prices(task.site)
    problem = make_problem(reference, goal_prices.weigh(task.weight))
    found = search_plan(problem, tolerance=task.tolerance, time_limit_s=task.time_limit_s, start=task.start)
    best = run_optimum(scenario, reference, problem, found)
    bill_mad, goal = goal_prices.split(best.result.kpis)
    unserved_kwh = float(best.result.kpis["unserved_kwh"])
    point = FrontPoint(task.weight, best.bound_mad, bill_mad, goal, unserved_kwh, best.status)
    return point, found.start


def read_goal_prices(site: FrontSite) -> GoalPrices:
    """Return the prices of the goal of a front."""
    return make_goal_prices(_run_reference(site.scenario).simulation.engine, site.goal, dict(site.prices))


def find_highest_weight(site: FrontSite) -> float:
    """Return the weight at which the goal costs as much as all else under uncontrolled charging [MAD per unit].

    Beyond it, the goal alone would count: energy would be left missing for it.
    """
    kpis = _run_reference(site.scenario).simulation.kpis
    bill_mad, goal = read_goal_prices(site).split(kpis)
    return abs(bill_mad) / goal if goal > 0.0 and bill_mad else 1.0


# The points of a front share one run, in each process that finds some of them.
@lru_cache(maxsize=1)
def _run_reference(scenario: Scenario) -> ReferenceRun:
    return run_reference(scenario)
