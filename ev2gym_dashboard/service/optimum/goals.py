"""Goals beside the bill: which prices of the objective weigh each of them, and what a run reaches of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.optimum.objective import Objective, evaluate_objective
from ev2gym_dashboard.core.schema import Issue, check_key
from ev2gym_dashboard.service.optimum.objective import Prices, make_objective

BILL = "bill"


@dataclass(frozen=True)
class Goal:
    """A goal beside the bill.

    Parameters
    ----------
    unit : its unit
    prices : prices of the objective that weigh it
    """

    unit: str
    prices: tuple[str, ...]


GOALS = {
    "peak": Goal("kW", ("peak_mad_kw",)),
    "wear": Goal("MAD", ("v2g_wear_mad_kwh", "calendar_share")),
    "co2": Goal("t", ("co2_mad_t",)),
}


@dataclass(frozen=True)
class GoalPrices:
    """Two objectives that are apart by a goal; all between and beyond them are weighted sums of bill and goal.

    Parameters
    ----------
    without : prices under which the goal does not count
    unit : the same, with a unit of the goal at 1 MAD more
    """

    without: Objective
    unit: Objective

    def weigh(self, weight: float) -> Objective:
        """Return the objective under which a unit of the goal costs a weight [MAD per unit]."""
        pairs = {
            field.name: (getattr(self.without, field.name), getattr(self.unit, field.name))
            for field in fields(Objective)
        }
        return replace(self.without, **{name: low + weight * (high - low) for name, (low, high) in pairs.items()})

    def split(self, kpis: Mapping[str, float]) -> tuple[float, float]:
        """Return what a run costs but for the goal [MAD], and what it has of the goal, from its KPIs."""
        bill_mad = evaluate_objective(self.without, kpis)
        return bill_mad, evaluate_objective(self.unit, kpis) - bill_mad


def make_goal_prices(engine: Engine, goal: str, prices: Prices) -> GoalPrices:
    """Return the prices of a goal of `GOALS`.

    Parameters
    ----------
    engine : engine at the end of a run of the scenario
    goal : the key
    prices : prices of the objective that differ from those of the total cost; those of the goal are replaced

    Notes
    -----
    A unit of wear is what the objective counts as 1 MAD of it; peak and CO2 are weighed by their own prices.
    """
    others = {name: price for name, price in prices.items() if name not in GOALS[goal].prices}
    without = make_objective(engine, others | dict.fromkeys(GOALS[goal].prices, 0.0))
    if goal == "wear":
        return GoalPrices(without, make_objective(engine, prices))
    return GoalPrices(without, make_objective(engine, others | dict.fromkeys(GOALS[goal].prices, 1.0)))


def check_goals(goals: object, prices: Iterable[str]) -> list[Issue]:
    """Return the issues of a pair of goals, the bill and one of `GOALS`, and of prices that the sweep sets itself."""
    pair = goals if isinstance(goals, tuple | list) else ()
    if len(pair) != 2 or pair[0] != BILL:
        return [Issue("goals", "must be bill and one of {options}", (("options", ", ".join(GOALS)),))]
    if issues := check_key("goals", pair[1], tuple(GOALS)):
        return issues
    swept = () if pair[1] == "wear" else GOALS[pair[1]].prices
    return [Issue(name, "is the weight of the goal, which the front sweeps") for name in prices if name in swept]
