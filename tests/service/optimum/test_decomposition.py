"""Tests of price decomposition against the same problem as one linear programme."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.service.optimum.decomposition import compute_bound_mad, decompose, mix_plans
from tests.service.optimum.linear_programme import solve_exactly
from tests.service.optimum.problems import TIMESTEP_H, make_random_problem

CASES: list[tuple[int, dict[str, Any]]] = [
    (20, {"tariff": "two_postes"}),
    (60, {"tariff": "three_postes", "v2g": False}),
    (40, {"tariff": "two_postes", "room_kw": 1.0}),
    (40, {"tariff": "three_postes", "peak_mad_kw": 3.0}),
    (40, {"tariff": "negative"}),
    (40, {"tariff": "flat", "peak_mad_kw": 10.0, "room_kw": 2.0}),
    (20, {"tariff": "two_postes", "n_stays": 3}),
    (60, {"tariff": "negative", "v2g": False, "room_kw": 1.0}),
    (20, {"tariff": "negative", "n_stays": 3, "room_kw": 2.0}),
    (30, {"tariff": "three_postes", "n_stays": 2, "peak_mad_kw": 2.0}),
    (100, {"tariff": "flat", "v2g": False, "peak_mad_kw": 5.0}),
    (200, {"tariff": "two_postes", "room_kw": 1.5, "peak_mad_kw": 2.0}),
    (1000, {"tariff": "three_postes", "room_kw": 1.5}),
]

MAX_PLAN_GAP = 1e-3


@pytest.mark.parametrize(("n", "settings"), CASES)
def test_linear_programme_lies_between_bound_and_plan(n: int, settings: dict[str, Any]) -> None:
    problem = make_random_problem(n, n, **settings)
    exact_mad = solve_exactly(problem)
    found = decompose(problem, tolerance=5e-4, time_limit_s=60.0)
    scale_mad = abs(exact_mad)
    assert found.status == "optimal"
    assert found.model_bound_mad <= exact_mad + 1e-7 * scale_mad
    assert exact_mad <= found.model_mad + 1e-7 * scale_mad
    assert found.model_mad <= exact_mad + MAX_PLAN_GAP * scale_mad


def test_any_prices_prove_a_bound() -> None:
    problem = make_random_problem(5, 30, tariff="two_postes", peak_mad_kw=4.0)
    exact_mad, rng = solve_exactly(problem), np.random.default_rng(1)
    for _ in range(50):
        prices, power = rng.normal(1.4, 1.5, problem.n_steps), rng.exponential(1.0, problem.n_steps)
        assert compute_bound_mad(problem, prices, (power,)) <= exact_mad + 1e-9 * abs(exact_mad)


def test_plans_of_vehicles_add_up_to_the_cost_of_the_model() -> None:
    problem = make_random_problem(9, 50, tariff="three_postes", peak_mad_kw=3.0)
    found = decompose(problem, tolerance=1e-3, time_limit_s=60.0)
    plans, stays, vehicles = mix_plans(problem, found), problem.plan_stays, problem.vehicles
    assert found.mixture.overload_kwh == pytest.approx(0.0, abs=1e-6)
    net_kw = problem.site.other_load_kw + plans.power_kw.sum(axis=0)
    cost_mad = problem.site.compute_energy_cost_mad(net_kw) + problem.site.compute_power_cost_mad(net_kw)
    left_kwh = plans.energy_kwh[np.arange(50), stays.end - 1]
    arrival_kwh = np.maximum(vehicles.energy_kwh - stays.drive_kwh, stays.drive_floor_kwh)
    cost_mad += problem.prices.wear_mad_kwh * np.maximum(-plans.power_kw, 0.0).sum() * TIMESTEP_H
    cost_mad += problem.prices.hold_mad_kwh * plans.energy_kwh.sum() + stays.road_mad_kwh @ vehicles.energy_kwh
    cost_mad += stays.due_mad_kwh @ np.maximum(stays.due_kwh - left_kwh, 0.0) + vehicles.tail_mad_kwh @ left_kwh
    assert cost_mad + problem.site.fixed_mad + problem.fixed_mad == pytest.approx(found.model_mad, rel=1e-6)
    assert (arrival_kwh > 0.0).all()


def test_end_at_a_time_limit_is_said() -> None:
    problem = make_random_problem(3, 40, tariff="flat", peak_mad_kw=10.0, room_kw=1.0)
    found = decompose(problem, tolerance=1e-6, time_limit_s=0.0)
    assert found.status == "time_limit"
    assert found.n_iterations == 1
    assert found.model_bound_mad < found.model_mad


def test_answers_of_a_start_are_taken_of_the_same_vehicles_alone() -> None:
    cheap, dear, others = (
        make_random_problem(seed, 30, tariff="two_postes", peak_mad_kw=peak_mad_kw)
        for seed, peak_mad_kw in ((3, 1.0), (3, 4.0), (4, 4.0))
    )
    start = decompose(cheap, tolerance=5e-4, time_limit_s=60.0).start
    assert cheap.vehicle_digest == dear.vehicle_digest != others.vehicle_digest
    unknown = replace(start, answers=[], vehicle_digest="")
    for problem in (dear, others):
        taken, answered = (
            decompose(problem, tolerance=5e-4, time_limit_s=60.0, start=each) for each in (start, unknown)
        )
        assert taken.model_mad == answered.model_mad
        assert taken.model_bound_mad == answered.model_bound_mad
