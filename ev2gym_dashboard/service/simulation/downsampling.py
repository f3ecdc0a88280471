"""Downsampling of long series for charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

MAX_CURVE_POINTS = 800
MAX_TREND_POINTS = 300


def downsample_mean(values: Floats) -> Floats:
    """Return a series as at most `MAX_CURVE_POINTS` means of equally many values, the last one of the rest."""
    return compute_bucket_means(values, np.arange(0, len(values), count_steps_per_point(len(values))))


def downsample_max(values: Floats, max_points: int) -> Floats:
    """Return a series as at most ``max_points`` maxima of about equally many values."""
    starts = np.unique(np.linspace(0, len(values), max_points, endpoint=False).astype(np.intp))
    maxima: Floats = np.maximum.reduceat(values, starts)
    return maxima


def compute_bucket_means(values: Sequence[float] | Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the means of the buckets of ``values`` that begin at the indices ``starts``, (buckets,)."""
    # Means, not samples: the area under a chart of power stays the energy.
    if not len(starts):
        return np.zeros(0)
    counts = np.diff(np.append(starts, len(values)))
    means: Floats = np.add.reduceat(np.asarray(values, dtype=np.float64), starts) / counts
    return means


def compute_bucket_ranges(values: Sequence[float] | Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the minimum and the maximum of each bucket that begins at the indices ``starts``, (2 * buckets,).

    The two of a bucket follow each other. NaN is no value; a bucket without any other has NaN twice.
    """
    # Means would hide the peaks for which a site pays, and the highest price.
    array = np.asarray(values, dtype=np.float64)
    if not len(starts):
        return np.zeros(0)
    return np.stack([np.fmin.reduceat(array, starts), np.fmax.reduceat(array, starts)], axis=1).ravel()


def count_steps_per_point(n_steps: int) -> int:
    """Return the number of steps per point of a load curve."""
    return max(-(-n_steps // MAX_CURVE_POINTS), 1)


def choose_bucket_steps(n_steps: int) -> int:
    """Return the number of steps per point of a live trend, a power of 2 that keeps within `MAX_TREND_POINTS`."""
    # Powers of 2, so that the number seldom changes: each change redraws the curves with other points.
    bucket_steps = 1
    while n_steps > bucket_steps * MAX_TREND_POINTS:
        bucket_steps *= 2
    return bucket_steps
