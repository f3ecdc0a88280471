"""What repeated runs say: means with their intervals, the best of a column, and what nothing else dominates."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from ev2gym_dashboard.core.control.power_limits import Floats

CONFIDENCE = 0.95
DIGITS = 9
SMALL, LARGE, NEITHER = "small", "large", ""
"""What is better of a figure."""


def half_width(samples: Floats) -> Floats:
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
    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0))
    width: Floats = quantile * samples.std(axis=1, ddof=1) / np.sqrt(n)
    return width


def best_of(values: Floats, better: str) -> list[int]:
    """Return the places of the best values, all of them where several are equal; none where neither way is better."""
    if better == NEITHER or not len(values):
        return []
    values = _without_rounding(values)
    best = values.min() if better == SMALL else values.max()
    return np.flatnonzero(values == best).tolist()


def pareto(costs: Floats) -> list[int]:
    """Return the places of the points (points, costs) that no other one beats in a cost without losing in another."""
    costs = _without_rounding(costs)
    no_worse = (costs[:, None] <= costs[None]).all(axis=2)
    better = (costs[:, None] < costs[None]).any(axis=2)
    return np.flatnonzero(~(no_worse & better).any(axis=0)).tolist()


def _without_rounding(values: Floats) -> Floats:
    """Return values of which those are equal that differ by rounding alone, each column (the first axis) by itself."""
    largest = np.abs(values).max(axis=0, initial=0.0)
    return np.round(values / np.where(largest > 0.0, largest, 1.0), DIGITS)
