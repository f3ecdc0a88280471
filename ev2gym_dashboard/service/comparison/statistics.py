"""What repeated runs say: means with their intervals, the best of a column, and what nothing else dominates."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from ev2gym_dashboard.core.arrays import Floats

CONFIDENCE_LEVEL = 0.95
SIGNIFICANT_DIGITS = 9
LOWER_IS_BETTER, HIGHER_IS_BETTER, NEITHER_IS_BETTER = "small", "large", ""
"""What is better of a figure."""


def compute_ci95_half_width(samples: Floats) -> Floats:
    """Return half the 95 % interval of the mean over the second axis, by Student's t.

    Parameters
    ----------
    samples : (contestants, seeds, ...)

    Returns
    -------
    (contestants, ...), NaN where there is but one seed, which says nothing of the spread
    """
    n = samples.shape[1]
    if n < 2:
        return np.full(np.delete(samples.shape, 1), np.nan)
    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE_LEVEL / 2.0))
    width: Floats = quantile * samples.std(axis=1, ddof=1) / np.sqrt(n)
    return width


def find_best(values: Floats, better: str) -> list[int]:
    """Return the places of the best values, all of them where several are equal; none where neither way is better."""
    if better == NEITHER_IS_BETTER or not len(values):
        return []
    values = _round_columns(values)
    best = values.min() if better == LOWER_IS_BETTER else values.max()
    return np.flatnonzero(values == best).tolist()


def find_pareto_front(costs: Floats) -> list[int]:
    """Return the places of the points (points, costs) that no other one beats in a cost without losing in another."""
    costs = _round_columns(costs)
    no_worse = (costs[:, None] <= costs[None]).all(axis=2)
    better = (costs[:, None] < costs[None]).any(axis=2)
    return np.flatnonzero(~(no_worse & better).any(axis=0)).tolist()


def _round_columns(values: Floats) -> Floats:
    """Return values of which those are equal that differ by rounding alone, each column (the first axis) by itself."""
    largest = np.abs(values).max(axis=0, initial=0.0)
    return np.round(values / np.where(largest > 0.0, largest, 1.0), SIGNIFICANT_DIGITS)
