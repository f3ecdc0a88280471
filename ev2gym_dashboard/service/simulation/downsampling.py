"""Thins long series for drawing, by means that keep their energy."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.control.power_limits import Floats

MAX_POINTS = 800


def thinned(values: Floats) -> Floats:
    """Return a series as at most `MAX_POINTS` means of equally many values each, the last of what is left."""
    together = steps_together(len(values))
    starts = np.arange(0, len(values), together)
    if not len(values):
        return values
    means: Floats = np.add.reduceat(values, starts) / np.diff(np.append(starts, len(values)))
    return means


def steps_together(n_steps: int) -> int:
    """Return how many steps make a point of a load curve."""
    return max(-(-n_steps // MAX_POINTS), 1)
