"""Statistics of a comparison: intervals, best values and Pareto front, by hand-solved cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import HIGHER_IS_BETTER, LOWER_IS_BETTER, NEITHER_IS_BETTER
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width, find_best, find_pareto_front


def test_the_interval_of_three_seeds_is_that_of_the_textbook() -> None:
    width = compute_ci95_half_width(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]))
    assert width == pytest.approx([4.302652729911275 / np.sqrt(3.0), 0.0])


@given(hnp.arrays(float, (2, 6, 3), elements=st.floats(-1e3, 1e3)))
def test_the_interval_is_that_of_scipy(samples: Floats) -> None:
    spread = np.maximum(samples.std(axis=1, ddof=1), 1e-6)
    samples = samples + np.linspace(0.0, 1.0, 6)[None, :, None] * (spread[:, None] < 1e-3)
    low, high = stats.t.interval(0.95, 5, samples.mean(axis=1), stats.sem(samples, axis=1))
    assert compute_ci95_half_width(samples) == pytest.approx((high - low) / 2.0, rel=1e-6, abs=1e-9)


def test_one_seed_has_no_interval() -> None:
    width = compute_ci95_half_width(np.ones((4, 1, 2)))
    assert width.shape == (4, 2)
    assert np.isnan(width).all()


def test_the_best_is_the_lowest_or_the_highest_or_none_and_equal_values_share_it() -> None:
    values = np.array([2.0, 1.0, 3.0, 1.0, 3.0])
    assert find_best(values, LOWER_IS_BETTER) == [1, 3]
    assert find_best(values, HIGHER_IS_BETTER) == [2, 4]
    assert find_best(values, NEITHER_IS_BETTER) == []


def test_values_that_differ_by_rounding_are_equal() -> None:
    peaks = np.array([700.0, np.nextafter(700.0, 800.0), 701.0])
    assert find_best(peaks, LOWER_IS_BETTER) == [0, 1]
    assert find_pareto_front(np.stack([peaks, [2.0, 2.0, 1.0]], axis=1)) == [0, 1, 2]
    assert find_pareto_front(np.stack([peaks[:2], [2.0, 1.0]], axis=1)) == [1]


def test_the_pareto_front_holds_the_undominated_points_and_both_of_two_equal_ones() -> None:
    points = np.array([[1.0, 9.0], [5.0, 5.0], [5.0, 5.0], [9.0, 1.0], [6.0, 5.0], [5.0, 6.0], [9.0, 9.0]])
    assert find_pareto_front(points) == [0, 1, 2, 3]


@given(hnp.arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 5)))
def test_every_point_off_the_pareto_front_is_dominated_by_a_point_on_it(points: Floats) -> None:
    front = find_pareto_front(points)
    assert front
    dominated = [
        any((points[k] <= point).all() and (points[k] < point).any() for k in front) for point in points.tolist()
    ]
    assert dominated == [k not in front for k in range(len(points))]
