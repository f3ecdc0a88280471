"""Thins long series for drawing, by means that keep their energy."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats

MAX_CURVE_POINTS = 800


def downsample_mean(values: Floats) -> Floats:
    """Return a series as at most `MAX_POINTS` means of equally many values each, the last of what is left."""
    together = count_steps_per_point(len(values))
    starts = np.arange(0, len(values), together)
    if not len(values):
        return values
    means: Floats = np.add.reduceat(values, starts) / np.diff(np.append(starts, len(values)))
    return means


def count_steps_per_point(n_steps: int) -> int:
    """Return how many steps make a point of a load curve."""
    return max(-(-n_steps // MAX_CURVE_POINTS), 1)
