"""Convex envelopes of piecewise linear functions."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats


def find_lower_hull(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the corners of the largest convex function that lies below some points.

    Parameters
    ----------
    x, y : (k,) points, x rising; of equal x the lowest one counts

    Returns
    -------
    (m,) corners, m <= k
    """
    hull: list[tuple[float, float]] = []
    for point in sorted(zip(x.tolist(), y.tolist(), strict=True)):
        if hull and point[0] <= hull[-1][0]:
            continue
        while len(hull) > 1 and _is_above_chord(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    corners = np.array(hull)
    return corners[:, 0], corners[:, 1]


def _is_above_chord(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])
