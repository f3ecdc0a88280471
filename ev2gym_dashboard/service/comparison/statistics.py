"""Statistics over seeds: confidence intervals, the best values of a column, and the Pareto front."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import LOWER_IS_BETTER, NEITHER_IS_BETTER

CONFIDENCE_LEVEL = 0.95
SIGNIFICANT_DIGITS = 9
"""Digits that count; runs that differ by the order of their sums alone differ beyond them."""


def compute_ci95_half_width(samples: Floats) -> Floats:
    """Compute half the 95 % confidence interval of the mean over the second axis, by Student's t.

    Parameters
    ----------
    samples : (variants, seeds, ...)

    Returns
    -------
    (variants, ...), NaN for one seed, which gives no estimate of the spread
    """
    n = samples.shape[1]
    if n < 2:
        return np.full(np.delete(samples.shape, 1), np.nan)
    from scipy.special import stdtrit  # noqa: PLC0415 (a run needs no intervals)

    quantile = float(stdtrit(n - 1, 0.5 + CONFIDENCE_LEVEL / 2.0))
    width: Floats = quantile * samples.std(axis=1, ddof=1) / np.sqrt(n)
    return width


def find_best(values: Floats, better: str) -> list[int]:
    """Return the indices of the best values, of all that are equal; none if neither direction is better."""
    if better == NEITHER_IS_BETTER or not len(values):
        return []
    values = _round_columns(values)
    best = values.min() if better == LOWER_IS_BETTER else values.max()
    return np.flatnonzero(values == best).tolist()


def find_pareto_front(costs: Floats) -> list[int]:
    """Return the indices of the Pareto-optimal points among ``costs`` (points, costs), lower being better."""
    costs = _round_columns(costs)
    no_worse = (costs[:, None] <= costs[None]).all(axis=2)
    better = (costs[:, None] < costs[None]).any(axis=2)
    return np.flatnonzero(~(no_worse & better).any(axis=0)).tolist()


def _round_columns(values: Floats) -> Floats:
    """Round each column (along the first axis) relative to its largest value, so that rounding makes no difference."""
    largest = np.abs(values).max(axis=0, initial=0.0)
    return np.round(values / np.where(largest > 0.0, largest, 1.0), SIGNIFICANT_DIGITS)
