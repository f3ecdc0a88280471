"""Second solve: among the plans that cost as little as the optimum, the one that serves a purpose best."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import highspy
import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario_options import EARLY_PLAN, SMOOTH_PLAN
from ev2gym_dashboard.service.optimum.answers import Answer
from ev2gym_dashboard.service.optimum.decomposition import Decomposition, answer_plan
from ev2gym_dashboard.service.optimum.master import Master, Mixture
from ev2gym_dashboard.service.optimum.problem import Problem
from ev2gym_dashboard.service.optimum.search_start import mix_prices

COST_TOLERANCE, MIN_COST_MAD = 1e-4, 1.0
"""Share of its cost that a plan may give up for a purpose, and the least cost that it is a share of."""
MAX_ROUNDS, MAX_IDLE_ROUNDS, MIN_PROGRESS = 40, 4, 1e-3
"""Answers of the second solve at most, those without progress at its end, and the relative progress that counts."""
SMOOTHING = 0.5
MIN_BUDGET_PRICE = 1e-9
"""Price of the budget below which the purpose costs nothing, and no further answer can serve it better."""


def _aim_early(master: Master) -> Floats:
    """Aim at energy in the batteries as early as possible: each kWh counts by the time at which it is charged."""
    n_steps = len(master.site.other_load_kw)
    return np.arange(1, n_steps + 1) / n_steps


def _aim_smooth(master: Master) -> Floats:
    """Aim at the least sum of the changes of the load at the meter from each step to the next."""
    highs, n_steps = master.highs, len(master.site.other_load_kw)
    first, n_changes = highs.getNumCol(), n_steps - 1
    highs.addVars(n_changes, np.zeros(n_changes), np.full(n_changes, highspy.kHighsInf))
    highs.changeColsCost(n_changes, np.arange(first, first + n_changes, dtype=np.int32), np.ones(n_changes))
    for k in range(n_changes):
        earlier, later = master.load_columns[k], master.load_columns[k + 1]
        columns = np.concatenate([[first + k], earlier, later]).astype(np.int32)
        difference = np.concatenate([_sign_load(earlier), -_sign_load(later)])
        fixed_kw = float(master.site.lowest_kw[k] - master.site.lowest_kw[k + 1])
        # The change is at least the difference, whichever sign that has.
        for sign in (1.0, -1.0):
            values = np.append([1.0], sign * difference)
            highs.addRow(-sign * fixed_kw, highspy.kHighsInf, len(columns), columns, values)
    return np.zeros(n_steps)


def _sign_load(columns: NDArray[np.int64]) -> Floats:
    # The last column of a step is what lies below the lowest load.
    return np.append(np.ones(len(columns) - 1), -1.0)


AIMS: dict[str, Callable[[Master], Floats]] = {
    EARLY_PLAN: _aim_early,
    SMOOTH_PLAN: _aim_smooth,
}
"""Functions that give a master the aim of a purpose of `PLAN_PURPOSES`.

They return what a kW of the vehicles in each step adds to it, (steps,).
"""


def solve_again(
    problem: Problem,
    found: Decomposition,
    purpose: str,
    *,
    time_limit_s: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Decomposition:
    """Return the solution that serves a purpose best, at a cost in the model that is at most 0.01 % higher.

    Parameters
    ----------
    problem : Problem
    found : its solution
    purpose : key of `AIMS`
    time_limit_s : time after which it ends with what it has [s]

    Notes
    -----
    Lexicographic optimisation: the cost becomes a limit, and its multiplier turns the prices of the aim into prices in
    MAD, to which the vehicles answer as in the first solve. All answers of that one stay columns, so that its plan
    always remains a possible one.
    """
    began = clock()
    prices, answers, price = list(found.prices_mad_kwh), list(found.answers), found.price_mad_kwh
    highest_mad = found.mixture.cost_mad + COST_TOLERANCE * max(abs(found.model_mad), MIN_COST_MAD)
    second = _SecondMaster(found.master, highest_mad, AIMS[purpose])
    best, best_aim, n_idle = found.mixture, np.inf, 0
    for _ in range(MAX_ROUNDS):
        best, aim, budget_price = second.solve()
        n_idle = n_idle + 1 if best_aim - aim <= MIN_PROGRESS * abs(aim) else 0
        best_aim = aim
        if n_idle >= MAX_IDLE_ROUNDS or budget_price <= MIN_BUDGET_PRICE or clock() - began > time_limit_s:
            break
        price = mix_prices(price, best.price_mad_kwh, SMOOTHING)
        prices.append(price)
        answers.append(answer_plan(problem, price))
        second.add_answer(answers[-1])
    # The last answer may have come after the last solution.
    shares = np.zeros((len(prices), problem.n_groups))
    shares[: len(best.shares)] = best.shares
    return replace(
        found,
        model_mad=best.cost_mad + problem.fixed_mad,
        mixture=replace(best, shares=shares),
        prices_mad_kwh=prices,
        answers=answers,
        n_iterations=len(prices),
        seconds=found.seconds + clock() - began,
    )


class _SecondMaster:
    """The master of a solution, whose cost is limited and whose objective is an aim."""

    def __init__(self, master: Master, highest_mad: float, make_aim: Callable[[Master], Floats]) -> None:
        self.master = master
        highs, first = self.master.highs, self.master.first_answer_column
        self.cost_mad = np.array(highs.getLp().col_cost_)
        n_columns, used = len(self.cost_mad), np.flatnonzero(self.cost_mad).astype(np.int32)
        self.budget_row = highs.getNumRow()
        budget_mad = highest_mad - self.master.constant_mad
        highs.addRow(-highspy.kHighsInf, budget_mad, len(used), used, self.cost_mad[used])
        highs.changeColsCost(n_columns, np.arange(n_columns, dtype=np.int32), np.zeros(n_columns))
        self.aim_kw = make_aim(self.master)
        self.answer_columns, self.n_answers = list(range(first, n_columns)), len(self.master.loads_kw)
        aims = np.concatenate(self.master.loads_kw) @ self.aim_kw
        highs.changeColsCost(n_columns - first, np.array(self.answer_columns, np.int32), aims)
        self.cost_mad = np.append(self.cost_mad, np.zeros(highs.getNumCol() - n_columns))

    def add_answer(self, answer: Answer) -> None:
        """Add the answers of the vehicles to prices."""
        for group, load_kw in enumerate(answer.loads_kw):
            self.answer_columns.append(self.master.highs.getNumCol())
            others = {self.budget_row: float(answer.costs_mad[group])}
            self.master.add_column(group, load_kw, float(load_kw @ self.aim_kw), others=others)
        self.cost_mad = np.append(self.cost_mad, answer.costs_mad)
        self.n_answers += 1

    def solve(self) -> tuple[Mixture, float, float]:
        """Return the mixture that serves the aim best, with its prices in MAD, its aim, and the price of the budget."""
        master, timestep_h = self.master, self.master.site.timestep_h
        solution = master.run()
        dual, value = np.array(solution.row_dual), np.array(solution.col_value)
        budget_price = -float(dual[self.budget_row])
        aim_price = dual[: len(self.aim_kw)] + self.aim_kw
        mixture = Mixture(
            cost_mad=float(self.cost_mad @ value) + master.constant_mad,
            price_mad_kwh=aim_price / max(budget_price, MIN_BUDGET_PRICE) / timestep_h,
            power_prices=(),
            shares=value[self.answer_columns].reshape(self.n_answers, master.n_groups),
            overload_kwh=float(value[master.overload_columns].sum()) * timestep_h,
        )
        return mixture, float(master.highs.getInfo().objective_function_value), budget_price
