"""The optimum of a scenario: what no strategy can be below, a plan with perfect foresight, and its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.chains import select_vehicles
from ev2gym_dashboard.core.optimum.objective import Objective, evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import ANY_PLAN
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.optimum.objective import Prices, check_prices, make_objective
from ev2gym_dashboard.service.optimum.plan_control import Plan, make_plan_control
from ev2gym_dashboard.service.optimum.problem import Problem, make_problem
from ev2gym_dashboard.service.optimum.search_start import SearchStart
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun, run_reference
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice

if TYPE_CHECKING:
    from ev2gym_dashboard.service.optimum.decomposition import Decomposition

TOLERANCE, TIME_LIMIT_S = 1e-3, 60.0
BOUND_SAMPLE, BOUND_TOLERANCE = 500, 2e-3
"""Vehicles whose prices prove the bound of a larger fleet: any prices do, and those of a part are nearly the best."""
MIN_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Bound:
    """What no strategy can be below, on the arrivals of a scenario.

    Parameters
    ----------
    objective : prices by which runs are judged
    bound_mad : proven lower bound of the objective of any strategy in the engine [MAD]
    shadow_price_mad_kwh : (steps,) what a kWh more in a step would cost the site [MAD/kWh]
    """

    objective: Objective
    bound_mad: float
    shadow_price_mad_kwh: Floats = field(repr=False)

    def compute_gap(self, kpis: Mapping[str, float]) -> float:
        """Return how far a run is above the bound at most, as a share of it; infinite where the bound is 0."""
        return compute_relative_gap(evaluate_objective(self.objective, kpis), self.bound_mad)


@dataclass(frozen=True, eq=False)
class Optimum(Bound):
    """The optimum of a scenario.

    Parameters
    ----------
    objective_mad : objective of the plan, as the engine ran it [MAD]
    status : how the search ended, see `Decomposition`
    model_mad, model_bound_mad : cost of the plan in the linear model, and its lower bound there [MAD]
    overload_kwh : energy that the plan could not bring under the connection [kWh]
    n_iterations, seconds : what the search took [s]
    result : the run of the plan
    plan : powers and SOC of each vehicle
    purpose_share : share of the plan that serves the purpose, 0..1; 0 without a purpose, or if nothing serves it
    """

    objective_mad: float
    status: str
    model_mad: float
    model_bound_mad: float
    overload_kwh: float
    n_iterations: int
    seconds: float
    result: Result = field(repr=False)
    plan: Plan = field(repr=False)
    purpose_share: float = 0.0

    @property
    def gap(self) -> float:
        """How far the plan is above the bound, as a share of it."""
        return compute_relative_gap(self.objective_mad, self.bound_mad)

    @property
    def model_gap(self) -> float:
        """The same in the linear model: what the search left open."""
        return compute_relative_gap(self.model_mad, self.model_bound_mad)


def compute_relative_gap(cost_mad: float, bound_mad: float) -> float:
    """Return the difference of a cost to a bound, as a share of the bound; infinite where that is 0."""
    return (cost_mad - bound_mad) / abs(bound_mad) if bound_mad else np.inf


def find_optimum(
    scenario: Scenario,
    *,
    prices: Prices | None = None,
    tolerance: float = TOLERANCE,
    time_limit_s: float = TIME_LIMIT_S,
    trace: VehicleChoice = None,
) -> Optimum:
    """Find the optimum of a scenario with perfect foresight: it knows all arrivals and departures of the run.

    Parameters
    ----------
    scenario : the inputs of the run, and the purpose of the plan; its strategy does not matter
    prices : prices of the objective that differ from those of the total cost, by name of `OBJECTIVE_PRICES`
    tolerance : relative difference of plan and bound in the model at which the search ends
    time_limit_s : time after which the search ends with what it has [s]
    trace : vehicles whose past the run of the plan keeps, as for `simulate`

    Raises
    ------
    ValidationError
        With every issue of scenario, prices, tolerance and time limit.

    Notes
    -----
    With a purpose, a second solve chooses among the plans that cost at most 0.01 % more in the model, or vehicles swap
    power at the same load. Where its run in the engine costs more than that of the first solve by the tolerance, the
    plan of a second solve is mixed with the first one, and that of swaps gives way to it.
    """
    require_valid_search(scenario, prices, tolerance=tolerance, time_limit_s=time_limit_s)
    reference = run_reference(scenario)
    problem = _make_problem(reference, prices)
    found = search_plan(problem, tolerance=tolerance, time_limit_s=time_limit_s)
    first = run_optimum(scenario, reference, problem, found, trace=trace)
    if scenario.plan_purpose == ANY_PLAN:
        return first
    # The solver is loaded by those who ask for an optimum alone.
    from ev2gym_dashboard.service.optimum.purposes import list_purpose_plans  # noqa: PLC0415

    left_s = max(time_limit_s - found.seconds, 0.0)
    highest_mad = first.objective_mad + tolerance * abs(first.objective_mad)
    for each in list_purpose_plans(problem, reference, found, first.plan, time_limit_s=left_s):
        optimum = _run(scenario, problem, each.solution, each.plan, bound_mad=first.bound_mad, trace=trace)
        if optimum.objective_mad <= highest_mad:
            return replace(optimum, purpose_share=each.share)
    return first


def search_plan(
    problem: Problem, *, tolerance: float, time_limit_s: float, start: SearchStart | None = None
) -> Decomposition:
    """Return the solution of a problem; without a start, most of the search is done on a part of a large fleet."""
    # The solver is loaded by those who ask for an optimum alone.
    from ev2gym_dashboard.service.optimum import decomposition  # noqa: PLC0415

    if start is not None:
        return decomposition.decompose(problem, tolerance=tolerance, time_limit_s=time_limit_s, start=start)
    sample = _sample_vehicles(problem)
    found = decomposition.decompose(sample, tolerance=tolerance, time_limit_s=time_limit_s)
    if sample is problem:
        return found
    left_s = max(time_limit_s - found.seconds, 0.0)
    return decomposition.decompose(problem, tolerance=tolerance, time_limit_s=left_s, start=found.start)


def run_optimum(
    scenario: Scenario,
    reference: ReferenceRun,
    problem: Problem,
    found: Decomposition,
    *,
    trace: VehicleChoice = None,
) -> Optimum:
    """Return the optimum of a problem that is solved: the bound of its prices, and the run of its plan."""
    from ev2gym_dashboard.service.optimum.decomposition import compute_bound_mad  # noqa: PLC0415
    from ev2gym_dashboard.service.optimum.purposes import mix_plan  # noqa: PLC0415

    bound_mad = compute_bound_mad(problem, found.price_mad_kwh, found.power_prices)
    return _run(scenario, problem, found, mix_plan(problem, reference, found), bound_mad=bound_mad, trace=trace)


def _run(
    scenario: Scenario, problem: Problem, found: Decomposition, plan: Plan, *, bound_mad: float, trace: VehicleChoice
) -> Optimum:
    run = run_plan(scenario, plan, trace=trace)
    return Optimum(
        objective=problem.objective,
        bound_mad=bound_mad,
        shadow_price_mad_kwh=found.price_mad_kwh,
        objective_mad=evaluate_objective(problem.objective, run.kpis),
        status=found.status,
        model_mad=found.model_mad,
        model_bound_mad=found.model_bound_mad,
        overload_kwh=found.mixture.overload_kwh,
        n_iterations=found.n_iterations,
        seconds=found.seconds,
        result=run.result(),
        plan=plan,
    )


def find_bound(scenario: Scenario, *, prices: Prices | None = None, time_limit_s: float = TIME_LIMIT_S) -> Bound:
    """Return what no strategy can be below, on the arrivals of a scenario, in a fraction of the time of a plan.

    Parameters
    ----------
    scenario, prices, time_limit_s : as for `find_optimum`

    Raises
    ------
    ValidationError
        With every issue of scenario, prices and time limit.
    """
    require_valid_search(scenario, prices, time_limit_s=time_limit_s)
    return bound_reference(run_reference(scenario), prices=prices, time_limit_s=time_limit_s)


def bound_reference(
    reference: ReferenceRun, *, prices: Prices | None = None, time_limit_s: float = TIME_LIMIT_S
) -> Bound:
    """Return the bound of the scenario of a reference run, which a comparison may have already."""
    from ev2gym_dashboard.service.optimum import decomposition  # noqa: PLC0415

    problem = _make_problem(reference, prices)
    sample = _sample_vehicles(problem)
    found = decomposition.decompose(sample, tolerance=BOUND_TOLERANCE, time_limit_s=time_limit_s)
    bound_mad = decomposition.compute_bound_mad(problem, found.price_mad_kwh, found.power_prices)
    return Bound(problem.objective, bound_mad, found.price_mad_kwh)


def run_plan(scenario: Scenario, plan: Plan, *, trace: VehicleChoice = None) -> Simulation:
    """Run a plan in the engine; return the run at its end."""
    simulation = Simulation(scenario, trace=trace)
    simulation.engine.advance(scenario.n_steps, make_plan_control(plan, v2g=scenario.v2g))
    return simulation


def _make_problem(reference: ReferenceRun, prices: Prices | None) -> Problem:
    return make_problem(reference, make_objective(reference.simulation.engine, prices or {}))


def _sample_vehicles(problem: Problem) -> Problem:
    """Return the problem of evenly chosen vehicles, each of which stands for several."""
    n = len(problem.vehicles.row)
    if n <= BOUND_SAMPLE:
        return problem
    by_group = np.argsort(problem.vehicles.group, kind="stable")
    chosen = by_group[np.linspace(0, n - 1, BOUND_SAMPLE).round().astype(np.intp)]
    vehicles, plan_stays = select_vehicles(problem.vehicles, problem.plan_stays, chosen)
    return replace(
        problem, vehicles=vehicles._replace(weight=vehicles.weight * (n / BOUND_SAMPLE)), plan_stays=plan_stays
    )


def require_valid_search(
    scenario: Scenario,
    prices: Mapping[str, object] | None,
    *,
    tolerance: object = TOLERANCE,
    time_limit_s: object = TIME_LIMIT_S,
    others: Sequence[Issue] = (),
) -> None:
    """Raise `ValidationError` with every issue of a scenario, its prices and the limits of a search, and others."""
    issues = check_scenario(scenario) + check_prices(prices or {}) + check_search(tolerance, time_limit_s) + [*others]
    if issues:
        raise ValidationError(issues)


def check_search(tolerance: object, time_limit_s: object) -> list[Issue]:
    """Return the issues of the limits of a search."""
    issues = []
    if not (_is_number(tolerance) and MIN_TOLERANCE <= tolerance < 1.0):
        issues.append(Issue("tolerance", "must be a number from {low} to 1", (("low", MIN_TOLERANCE),)))
    if not (_is_number(time_limit_s) and 0.0 <= time_limit_s < np.inf):
        issues.append(Issue("time_limit_s", "must be a number of seconds, 0 or more"))
    return issues


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
