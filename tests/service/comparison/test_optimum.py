"""Optimum of a comparison: below every variant, kept over encoding, and absent where it is too much work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Comparison, Scenario, compare, find_bound, run_comparison
from ev2gym_dashboard.core.optimum.objective import evaluate_objective
from ev2gym_dashboard.service.comparison import optimum as module
from ev2gym_dashboard.service.comparison.optimum import ComparisonOptimum, compute_distances
from ev2gym_dashboard.service.comparison.request import decode_comparison, encode_comparison, make_comparison_request
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS

SITE = Scenario(fleet_size=20, days=1.0, timestep_min=30, seed=5, tariff="bt_bi_horaire")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return run_comparison(SITE, seeds=2, optimum=True)


def find_optimum(comparison: Comparison) -> ComparisonOptimum:
    return comparison.optima[0]


def test_no_variant_is_below_the_bound_and_the_plan_is_the_best(comparison: Comparison) -> None:
    optimum = find_optimum(comparison)
    kpis = [dict(zip(COMPARISON_KPIS, row, strict=True)) for row in comparison.kpi_values[:, 0]]
    objectives_mad = [evaluate_objective(optimum.objective, row) for row in kpis]
    assert min(objectives_mad) >= optimum.bound_mad
    assert optimum.bound_mad <= optimum.objective_mad <= min(objectives_mad)
    assert optimum.bound_mad == pytest.approx(find_bound(SITE).bound_mad, rel=2e-3)


def test_distances_follow_from_bound_and_baseline(comparison: Comparison) -> None:
    distances, optimum = comparison.distances, find_optimum(comparison)
    assert (distances["above_optimum"] >= 0.0).all()
    assert distances["captured_share"].max() <= 1.0
    assert distances["captured_share"].iloc[0] == 0.0
    k = int(np.argmin(distances["above_optimum"]))
    kpis = dict(zip(COMPARISON_KPIS, comparison.kpi_values[k, 0], strict=True))
    above = [evaluate_objective(optimum.objective, kpis) / optimum.bound_mad - 1.0]
    other, kpis = comparison.optima[1], dict(zip(COMPARISON_KPIS, comparison.kpi_values[k, 1], strict=True))
    above.append(evaluate_objective(other.objective, kpis) / other.bound_mad - 1.0)
    assert distances["above_optimum"].iloc[k] == pytest.approx(np.mean(above))
    assert set(distances) <= set(comparison.table)


def test_a_kept_comparison_has_the_same_optimum_to_the_bit() -> None:
    request = make_comparison_request(replace(SITE, fleet_size=6), "day", 1)
    before = run_comparison(request.scenario, seeds=1, optimum=True)
    after = decode_comparison(request, encode_comparison(before))
    for name in ("bound_mad", "objective_mad", "objective"):
        assert getattr(find_optimum(after), name) == getattr(find_optimum(before), name)
    for name in ("kpi_values", "net_load_kw"):
        assert np.array_equal(getattr(find_optimum(after), name), getattr(find_optimum(before), name), equal_nan=True)


def test_without_an_optimum_the_table_is_as_before(comparison: Comparison) -> None:
    table = compare(SITE, seeds=2)
    assert not {"above_optimum", "captured_share"} & set(table)
    assert table.equals(comparison.table.drop(columns=["above_optimum", "captured_share"]))


@pytest.mark.parametrize(("plan_steps", "bound_steps"), [(0, 10**9), (0, 0)])
def test_a_large_comparison_has_the_bound_alone_or_nothing(
    monkeypatch: pytest.MonkeyPatch, plan_steps: int, bound_steps: int
) -> None:
    monkeypatch.setattr(module, "MAX_PLAN_VEHICLE_STEPS", plan_steps)
    monkeypatch.setattr(module, "MAX_BOUND_VEHICLE_STEPS", bound_steps)
    comparison = run_comparison(replace(SITE, fleet_size=6), optimum=True)
    if not bound_steps:
        assert comparison.optima == ()
        return
    assert not find_optimum(comparison).has_plan
    assert (comparison.distances["above_optimum"] >= 0.0).all()


def test_where_nothing_can_be_saved_no_share_is_claimed(comparison: Comparison) -> None:
    optimum = find_optimum(comparison)
    values = comparison.kpi_values[:1, 0]
    cost_mad = evaluate_objective(optimum.objective, dict(zip(COMPARISON_KPIS, values[0], strict=True)))
    above, captured = compute_distances(replace(optimum, bound_mad=cost_mad), values, values)
    assert above.tolist() == [0.0]
    assert np.isnan(captured).all()
