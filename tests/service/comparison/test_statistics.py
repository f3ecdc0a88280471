"""Means, intervals, the best and the Pareto set, by hand-solved cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ev2gym_dashboard.service.comparison.statistics import (
    HIGHER_IS_BETTER,
    LOWER_IS_BETTER,
    NEITHER_IS_BETTER,
    compute_ci95_half_width,
    find_best,
    find_pareto_front,
)


def test_the_interval_of_three_seeds_is_that_of_the_textbook() -> None:
    width = compute_ci95_half_width(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]))
    assert width == pytest.approx([4.302652729911275 / np.sqrt(3.0), 0.0])


@given(hnp.arrays(float, (2, 6, 3), elements=st.floats(-1e3, 1e3)))
def test_the_interval_is_that_of_scipy(samples: np.ndarray) -> None:
    spread = np.maximum(samples.std(axis=1, ddof=1), 1e-6)
    samples = samples + np.linspace(0.0, 1.0, 6)[None, :, None] * (spread[:, None] < 1e-3)
    low, high = stats.t.interval(0.95, 5, samples.mean(axis=1), stats.sem(samples, axis=1))
    assert compute_ci95_half_width(samples) == pytest.approx((high - low) / 2.0, rel=1e-6, abs=1e-9)


def test_one_seed_says_nothing_of_the_spread() -> None:
    width = compute_ci95_half_width(np.ones((4, 1, 2)))
    assert width.shape == (4, 2)
    assert np.isnan(width).all()


def test_the_best_is_small_or_large_or_nothing_and_equals_share_it() -> None:
    values = np.array([2.0, 1.0, 3.0, 1.0, 3.0])
    assert find_best(values, LOWER_IS_BETTER) == [1, 3]
    assert find_best(values, HIGHER_IS_BETTER) == [2, 4]
    assert find_best(values, NEITHER_IS_BETTER) == []


def test_what_differs_by_rounding_alone_is_equal() -> None:
    peaks = np.array([700.0, np.nextafter(700.0, 800.0), 701.0])
    assert find_best(peaks, LOWER_IS_BETTER) == [0, 1]
    assert find_pareto_front(np.stack([peaks, [2.0, 2.0, 1.0]], axis=1)) == [0, 1, 2]
    assert find_pareto_front(np.stack([peaks[:2], [2.0, 1.0]], axis=1)) == [1]


def test_the_pareto_set_holds_what_is_not_beaten_and_both_of_two_equals() -> None:
    points = np.array([[1.0, 9.0], [5.0, 5.0], [5.0, 5.0], [9.0, 1.0], [6.0, 5.0], [5.0, 6.0], [9.0, 9.0]])
    assert find_pareto_front(points) == [0, 1, 2, 3]


@given(hnp.arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 5)))
def test_whatever_is_left_out_is_beaten_by_one_of_the_pareto_set(points: np.ndarray) -> None:
    kept = find_pareto_front(points)
    assert kept
    for place in set(range(len(points))) - set(kept):
        assert any((points[k] <= points[place]).all() and (points[k] < points[place]).any() for k in kept)
