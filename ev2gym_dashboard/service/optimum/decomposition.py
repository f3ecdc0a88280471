"""Price decomposition: prices from the master, answers from the vehicles, until bound and plan meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.chains import Stays
from ev2gym_dashboard.service.optimum.answers import Answer, VehiclePlans, answer_fleet, make_plans
from ev2gym_dashboard.service.optimum.master import Master, Mixture
from ev2gym_dashboard.service.optimum.problem import Problem
from ev2gym_dashboard.service.optimum.search_start import SearchStart, mix_prices

Status = Literal["optimal", "no_progress", "time_limit", "iteration_limit"]
MAX_ITERATIONS = 400
SMOOTHING = 0.8
"""Share of the best prices so far in the next ones: those of the master alone swing."""
MIN_PROGRESS = 1e-6
"""Relative progress of the plan below which smoothing is halved: smoothed prices no longer find new answers then."""
MAX_STALLS = 8
"""Answers without progress after which no others are to come: what is open then is not convex, or a rounding error."""
MIN_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The optimum of the model.

    Parameters
    ----------
    status : "optimal" if bound and plan are within the tolerance; "no_progress" if further answers do not bring them
        closer; else which limit was met
    model_mad, model_bound_mad : cost of the plan in the model, and its proven lower bound there [MAD]
    price_mad_kwh, power_prices : prices of the best bound, see `Mixture`
    mixture : the plan, as a mixture of answers
    prices_mad_kwh, answers : prices of each answer, each (steps,), and the answers
    vehicle_digest : that of the problem
    n_iterations, seconds : what it took
    master : the master with all answers, for the second solve
    """

    status: Status
    model_mad: float
    model_bound_mad: float
    price_mad_kwh: Floats
    power_prices: tuple[Floats, ...]
    mixture: Mixture
    prices_mad_kwh: list[Floats]
    answers: list[Answer] = field(repr=False)
    vehicle_digest: str
    n_iterations: int
    seconds: float
    master: Master = field(repr=False)

    @property
    def start(self) -> SearchStart:
        """Where the search of a similar problem begins: at the best prices, with the answers of the plan."""
        used = np.flatnonzero((self.mixture.shares > MIN_SHARE).any(axis=1))
        return SearchStart(
            self.price_mad_kwh,
            self.power_prices,
            [self.prices_mad_kwh[number] for number in used],
            [self.answers[number] for number in used],
            self.vehicle_digest,
        )


def decompose(
    problem: Problem,
    *,
    tolerance: float,
    time_limit_s: float,
    start: SearchStart | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Decomposition:
    """Find the plan of a problem, and the prices of its bound.

    Parameters
    ----------
    problem : Problem
    tolerance : relative difference of plan and bound in the model at which it ends
    time_limit_s : time after which it ends with what it has [s]
    start : where the search begins, such as the solution of a part of the fleet

    Notes
    -----
    Dantzig-Wolfe decomposition with a convexity row per group of vehicles: the answers of the vehicles to the prices of
    the master are its next columns. Any prices give a proven lower bound, as the vehicles' answers are exact. Prices
    are smoothed with those of the best bound (Wentges 1997), as those of a master with few columns swing.
    """
    # The compilation of the first answer in a process is not part of the search.
    _answer(problem, problem.plan_stays, problem.usual_price_mad_kwh)
    began = clock()
    master = Master(problem.site, problem.n_groups, highest_mad_kwh=find_highest_price(problem))
    price = best_price = problem.usual_price_mad_kwh
    power_prices = best_power = tuple(np.zeros(len(charge.weights)) for charge in problem.site.charges)
    best_mad, last_mad, smoothing, n_stalls = -np.inf, np.inf, SMOOTHING, 0
    prices: list[Floats] = []
    answers: list[Answer] = []
    status: Status = "iteration_limit"
    if start is not None:
        prices, answers = list(start.prices_mad_kwh), _list_first_answers(problem, start)
        for answer in answers:
            master.add_answer(answer.loads_kw, answer.costs_mad)
        price, power_prices = start.price_mad_kwh, start.power_prices
        best_price, best_power = price, power_prices
    for _ in range(MAX_ITERATIONS):
        answer = _answer(problem, problem.plan_stays, price)
        prices.append(price)
        answers.append(answer)
        bound_mad = answer.value_mad + problem.site.compute_value(price, power_prices) + problem.fixed_mad
        if bound_mad > best_mad:
            best_mad, best_price, best_power = bound_mad, price, power_prices
        master.add_answer(answer.loads_kw, answer.costs_mad)
        mixture = master.solve()
        if _compute_gap(mixture.cost_mad + problem.fixed_mad, best_mad) <= tolerance:
            status = "optimal"
            break
        if clock() - began > time_limit_s:
            status = "time_limit"
            break
        if n_stalls >= MAX_STALLS:
            status = "no_progress"
            break
        is_stalled = last_mad - mixture.cost_mad <= MIN_PROGRESS * abs(mixture.cost_mad)
        n_stalls = n_stalls + 1 if is_stalled else 0
        smoothing, last_mad = SMOOTHING * 0.5**n_stalls, mixture.cost_mad
        price = mix_prices(best_price, mixture.price_mad_kwh, smoothing)
        power_prices = tuple(
            mix_prices(best, new, smoothing) for best, new in zip(best_power, mixture.power_prices, strict=True)
        )
    return Decomposition(
        status=status,
        model_mad=mixture.cost_mad + problem.fixed_mad,
        model_bound_mad=best_mad,
        price_mad_kwh=best_price,
        power_prices=best_power,
        mixture=mixture,
        prices_mad_kwh=prices,
        answers=answers,
        vehicle_digest=problem.vehicle_digest,
        n_iterations=len(prices),
        seconds=clock() - began,
        master=master,
    )


def _list_first_answers(problem: Problem, start: SearchStart) -> list[Answer]:
    """Return the answers to the prices of a start, which are there already if the same vehicles gave them."""
    if start.vehicle_digest == problem.vehicle_digest:
        return list(start.answers)
    return [answer_plan(problem, price) for price in start.prices_mad_kwh]


def compute_bound_mad(problem: Problem, price_mad_kwh: Floats, power_prices: tuple[Floats, ...]) -> float:
    """Return what no strategy in the engine is below, proven by some prices [MAD]."""
    answer = _answer(problem, problem.bound_stays, price_mad_kwh)
    return answer.value_mad + problem.site.compute_value(price_mad_kwh, power_prices) + problem.fixed_mad


def mix_plans(problem: Problem, decomposition: Decomposition) -> VehiclePlans:
    """Return the plan of each vehicle: the mixture of its answers, which is feasible as all of them are."""
    plans = make_plans(problem.scenario.fleet_size, problem.n_steps)
    for price, shares in zip(decomposition.prices_mad_kwh, decomposition.mixture.shares, strict=True):
        if (shares > MIN_SHARE).any():
            # Answered again instead of kept: all answers of a large fleet would fill the memory.
            answer_fleet(
                problem.vehicles,
                problem.plan_stays,
                problem.prices,
                price,
                n_groups=problem.n_groups,
                plans=plans,
                shares=np.where(shares > MIN_SHARE, shares, 0.0),
            )
    return plans


def _answer(problem: Problem, stays: Stays, price_mad_kwh: Floats) -> Answer:
    return answer_fleet(problem.vehicles, stays, problem.prices, price_mad_kwh, n_groups=problem.n_groups)


def answer_plan(problem: Problem, price_mad_kwh: Floats) -> Answer:
    """Return the answers of the vehicles to some prices, as the plan counts them."""
    return _answer(problem, problem.plan_stays, price_mad_kwh)


def find_highest_price(problem: Problem) -> float:
    """Return the highest price that a kWh may have for a vehicle [MAD/kWh]."""
    due_mad_kwh = problem.plan_stays.due_mad_kwh.max(initial=0.0)
    return max(float(np.abs(problem.usual_price_mad_kwh).max(initial=0.0)), float(due_mad_kwh))


def _compute_gap(cost_mad: float, bound_mad: float) -> float:
    return (cost_mad - bound_mad) / max(abs(cost_mad), 1e-9)
