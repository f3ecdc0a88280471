"""Joint plan: the days of several fleets, drawn at once, are the days that each fleet draws alone."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine.drawn_days import make_fleet_plans, make_joint_plans
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from tests.strategies.scenarios import scenarios

N_DAYS = 4


def assert_same_plans(one: DayPlan, other: DayPlan) -> None:
    for column in fields(DayPlan):
        values, others = getattr(one, column.name), getattr(other, column.name)
        assert np.array_equal(values, others), column.name
        if isinstance(values, np.ndarray):
            assert values.dtype == others.dtype, column.name


def draw_days(scenario: Scenario, seeds: list[int], *, jointly: bool) -> list[list[DayPlan]]:
    places, exogenous = load_charging_sessions(), Simulation(scenario).engine.exogenous
    runs = [replace(scenario, seed=seed) for seed in seeds]
    if jointly:
        days = make_joint_plans(runs, places, exogenous, first_day=-1)
    else:
        days = [make_fleet_plans(run, places, exogenous, first_day=-1) for run in runs]
    return [list(islice(own, N_DAYS)) for own in days]


@given(
    scenarios(), st.lists(st.integers(0, MAX_SEED), min_size=2, max_size=4), st.sampled_from(["elaadnl", "hour_mean"])
)
@settings(max_examples=10)
def test_days_drawn_jointly_are_those_of_each_fleet(scenario: Scenario, seeds: list[int], stay_model: str) -> None:
    scenario = replace(scenario, stay_model=stay_model)
    together, alone = (draw_days(scenario, seeds, jointly=jointly) for jointly in (True, False))
    for days, own_days in zip(together, alone, strict=True):
        for plan, own_plan in zip(days, own_days, strict=True):
            assert_same_plans(plan, own_plan)


@pytest.mark.parametrize("parts", ["", "3 x home; 2 x work"])
def test_fleets_of_several_parts_draw_their_days_alone(parts: str) -> None:
    scenario = Scenario(fleet_size=5, parts=parts)
    together, alone = (draw_days(scenario, [3, 4], jointly=jointly) for jointly in (True, False))
    for days, own_days in zip(together, alone, strict=True):
        for plan, own_plan in zip(days, own_days, strict=True):
            assert_same_plans(plan, own_plan)


def test_a_fleet_may_be_ahead_of_the_others() -> None:
    scenario = Scenario(fleet_size=5)
    runs = [replace(scenario, seed=seed) for seed in (1, 2)]
    days = make_joint_plans(runs, load_charging_sessions(), Simulation(scenario).engine.exogenous, first_day=0)
    ahead = list(islice(days[0], 3))
    behind = list(islice(days[1], 3))
    assert [plan.first_step for plan in ahead] == [plan.first_step for plan in behind] == [0, 96, 192]
