"""Purposes of a plan: the plans of the same cost that serve one, by a second solve or by swaps between vehicles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.optimum.exchange import join_blocks
from ev2gym_dashboard.core.scenario_options import FEW_CHANGES_PLAN
from ev2gym_dashboard.service.optimum.answers import VehiclePlans
from ev2gym_dashboard.service.optimum.decomposition import Decomposition, mix_plans
from ev2gym_dashboard.service.optimum.plan_control import Plan, blend_plans, make_plan
from ev2gym_dashboard.service.optimum.problem import Problem
from ev2gym_dashboard.service.optimum.second_solve import solve_again
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun

BLENDS = (1.0, 0.5, 0.25, 0.125)
"""Shares of the plan of the second solve that are tried, until its run costs little enough."""
MAX_PASSES = 20
"""Passes of swaps over the fleet at most; most fleets need five."""


@dataclass(frozen=True, eq=False)
class PurposePlan:
    """A plan that serves a purpose, the solution that it belongs to, and its share in the plan, 0..1."""

    solution: Decomposition
    plan: Plan
    share: float


def mix_plan(problem: Problem, reference: ReferenceRun, found: Decomposition) -> Plan:
    """Return the plan of a solution."""
    return _make_plan(problem, reference, mix_plans(problem, found))


def list_purpose_plans(
    problem: Problem, reference: ReferenceRun, found: Decomposition, first: Plan, *, time_limit_s: float
) -> Iterator[PurposePlan]:
    """Yield the plans that serve the purpose of a scenario better than the first plan, the best one first."""
    purpose = problem.scenario.plan_purpose
    if swap := SWAPS.get(purpose):
        plans = mix_plans(problem, found)
        if swap(problem, plans):
            yield PurposePlan(found, _make_plan(problem, reference, plans), 1.0)
        return
    again = solve_again(problem, found, purpose, time_limit_s=time_limit_s)
    second = mix_plan(problem, reference, again)
    for share in BLENDS:
        yield PurposePlan(again, blend_plans(first, second, share), share)


def _swap_to_join_blocks(problem: Problem, plans: VehiclePlans) -> int:
    arrays = tuple(problem.vehicles), tuple(problem.plan_stays), tuple(problem.prices)
    return int(join_blocks(*arrays, plans.power_kw, plans.energy_kwh, MAX_PASSES))


SWAPS: dict[str, Callable[[Problem, VehiclePlans], int]] = {FEW_CHANGES_PLAN: _swap_to_join_blocks}
"""Functions that change the plans of vehicles in place for a purpose, at the same load in each step; they return the
number of swaps."""


def _make_plan(problem: Problem, reference: ReferenceRun, plans: VehiclePlans) -> Plan:
    fleet = reference.simulation.fleet
    capacity_kwh = np.repeat(fleet.capacity_kwh, fleet.counts)
    return make_plan(problem.scenario, plans.power_kw, plans.energy_kwh, capacity_kwh)
