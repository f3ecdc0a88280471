"""Front weights: at which prices of the goal the next plans are found, so that points lie close on the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.service.optimum.front_point import FrontPoint

ROUND_SIZE = 2
"""Points of a round, found side by side; fixed, so that a front does not depend on the number of processes."""
MIN_LENGTH = 2e-3
"""Length of a segment, as a share of the front, within which there is nothing more to find than the replay's noise."""
LOWEST_SHARE = 0.01
"""Share of the upper weight that stands for a weight of 0 in a geometric mean."""


@dataclass(frozen=True)
class Segment:
    """Two neighbours on the front, by their indices, and a weight between theirs."""

    first: int
    second: int
    weight: float


def choose_segments(points: Sequence[FrontPoint], number: int) -> list[Segment]:
    """Return the longest segments of a front, as many as asked for; fewer where the others are too short.

    Parameters
    ----------
    points : points of the front by rising weight, at least two
    number : most segments

    Notes
    -----
    The weight between two supported points is the slope of their connection: there, either both are the cheapest, or a
    point beyond the connection is, which is the next one (Aneja and Nair, Management Science 25 (1), 1979). The points
    are those of runs in the engine, which differ a little from the model: a slope that is not between the neighbours'
    weights gives way to their geometric mean.
    """
    costs = np.array([(point.bill_mad, point.goal) for point in points])
    spans = np.ptp(costs, axis=0)
    lengths = np.linalg.norm(np.diff(costs, axis=0) / np.where(spans > 0.0, spans, 1.0), axis=1)
    longest = [int(k) for k in np.argsort(-lengths, kind="stable")[:number] if lengths[k] > MIN_LENGTH]
    return [Segment(k, k + 1, _choose_weight(points[k], points[k + 1])) for k in longest]


def _choose_weight(first: FrontPoint, second: FrontPoint) -> float:
    saved, paid_mad = first.goal - second.goal, second.bill_mad - first.bill_mad
    if saved > 0.0 and first.weight < (slope := paid_mad / saved) < second.weight:
        return float(slope)
    return float(np.sqrt(max(first.weight, LOWEST_SHARE * second.weight) * second.weight))
