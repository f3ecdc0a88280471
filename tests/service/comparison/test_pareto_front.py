"""Pareto front: supported points with bounds that no rule is below, the same however it is computed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ev2gym_dashboard import ParetoFront, Scenario, compute_pareto_front
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.front_weights import choose_segments
from ev2gym_dashboard.service.execution.worker_pool import Cancelled
from ev2gym_dashboard.service.optimum.front_point import FrontPoint
from ev2gym_dashboard.service.optimum.goals import GOALS
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=12, days=1.0, timestep_min=60, start="2026-12-15T16:00", pack_price_mad_kwh=400.0)
POINTS = 5


@cache
def compute(scenario: Scenario, goal: str) -> ParetoFront:
    return compute_pareto_front(scenario, ("bill", goal), points=POINTS)


@pytest.mark.parametrize("v2g", [True, False])
@pytest.mark.parametrize(("tariff", "goal"), [("bt_bi_horaire", "peak"), ("mt_general", "wear"), ("flat", "co2")])
def test_no_rule_is_below_the_front(tariff: str, goal: str, v2g: bool) -> None:
    front = compute(replace(SITE, tariff=tariff, v2g=v2g), goal)
    assert {rule.variant.strategy for rule in front.rules} == set(STRATEGIES)
    assert v2g or not any(rule.variant.v2g for rule in front.rules)
    for rule in front.rules:
        for point in front.points:
            cost_mad = rule.bill_mad + point.weight * rule.goal
            assert cost_mad >= point.bound_mad - 1e-7 * abs(cost_mad), rule.variant.label
    assert (front.rule_table["above_front_mad"] >= -1e-6).all()


@pytest.mark.parametrize("goal", sorted(GOALS))
def test_a_higher_weight_buys_more_of_the_goal(goal: str) -> None:
    points = compute(SITE, goal).points
    assert 2 <= len(points) <= POINTS
    assert [point.weight for point in points] == sorted({point.weight for point in points})
    assert points[-1].goal < points[0].goal
    assert points[-1].bill_mad > points[0].bill_mad
    for point in points:
        assert point.bound_mad <= point.bill_mad + point.weight * point.goal
        assert 0.0 <= point.gap < 0.1


def test_a_front_is_below_the_rules_of_both_ends() -> None:
    front = compute(SITE, "peak")
    assert front.points[0].bill_mad <= min(rule.bill_mad for rule in front.rules)
    assert min(point.goal for point in front.points) <= min(rule.goal for rule in front.rules)


def test_the_table_names_the_goal_with_its_unit() -> None:
    columns = {goal: compute(SITE, goal).goal_column for goal in GOALS}
    assert columns == {"peak": "peak_kw", "wear": "wear_mad", "co2": "co2_t"}
    assert {"weight", "bill_mad", "peak_kw", "bound_mad", "gap", "status"} <= set(compute(SITE, "peak").table)


def test_the_lowest_bill_is_proven_by_the_best_weight() -> None:
    front = compute(SITE, "peak")
    goal = np.array([point.goal for point in front.points])
    lowest_mad = front.compute_lowest_bill_mad(goal)
    assert (lowest_mad <= [point.bill_mad for point in front.points]).all()
    assert front.compute_lowest_bill_mad(np.array([1e9]))[0] == front.points[0].bound_mad


def test_bad_input_is_refused_with_every_issue() -> None:
    with pytest.raises(ValidationError) as refused:
        compute_pareto_front(
            replace(SITE, fleet_size=0), ("bill", "peak"), points=1, prices={"peak_mad_kw": 2.0, "wear_mad_kwh": -1.0}
        )
    assert {issue.field for issue in refused.value.issues} == {"fleet_size", "points", "peak_mad_kw", "wear_mad_kwh"}


@pytest.mark.parametrize("goals", [("bill",), ("peak", "bill"), ("bill", "noise"), "peak", None, ("bill", 3)])
def test_goals_are_the_bill_and_a_known_one(goals: object) -> None:
    with pytest.raises(ValidationError, match="goals"):
        compute_pareto_front(SITE, goals)  # type: ignore[arg-type]


def test_progress_rises_to_the_end_and_a_front_can_be_cancelled() -> None:
    shares: list[float] = []
    compute_pareto_front(replace(SITE, fleet_size=3), points=3, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    with pytest.raises(Cancelled):
        compute_pareto_front(replace(SITE, fleet_size=3), points=3, cancelled=lambda: True)


def make_point(weight: float, bill_mad: float, goal: float) -> FrontPoint:
    return FrontPoint(weight, 0.0, bill_mad, goal, 0.0, "optimal")


def test_the_next_weight_is_the_slope_of_the_longest_segment() -> None:
    points = [make_point(0.0, 100.0, 50.0), make_point(4.0, 110.0, 45.0), make_point(20.0, 200.0, 36.0)]
    segment, shorter = choose_segments(points, 2)
    assert (segment.first, segment.second, segment.weight) == (1, 2, 10.0)
    assert (shorter.first, shorter.weight) == (0, 2.0)


def test_a_slope_beyond_the_weights_of_its_ends_gives_way_to_their_mean() -> None:
    points = [make_point(1.0, 100.0, 50.0), make_point(4.0, 200.0, 40.0)]
    assert choose_segments(points, 1)[0].weight == 2.0


def test_a_front_of_equal_points_is_at_its_end() -> None:
    assert choose_segments([make_point(0.0, 100.0, 50.0), make_point(4.0, 100.0, 50.0)], 2) == []
