"""Session grid: the times of given stays on the steps of a run, so that neither energy nor hours are lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Indices

StepNumbers = NDArray[np.int64]
NEEDED_TOLERANCE = 1e-6
"""Share of a step: rounding of the time needed must not cost a whole one."""


def place_on_grid(
    arrival: Floats, departure: Floats, needed: Floats, *, vehicle: NDArray[np.int32], evse: NDArray[np.int64]
) -> tuple[StepNumbers, StepNumbers]:
    """Return the steps in which stays begin and end.

    Parameters
    ----------
    arrival, departure : (n,) times, arrivals rising [steps]
    needed : (n,) time that charging takes at full power [steps]
    vehicle, evse : (n,) of each stay; stays of one vehicle, and at one EVSE, follow each other

    Returns
    -------
    arrival step and departure step, (n,); a stay lasts at least a step

    Notes
    -----
    Times are rounded down or up so that the sums of all arrivals and of all departures are met within half a step: the
    hours of a file are kept, and a time on the grid stays where it is. A stay that was long enough for its energy is
    extended by the step that rounding may have taken from it.
    """
    first, last = round_together(arrival), round_together(departure)
    n_needed = np.where(needed <= departure - arrival + NEEDED_TOLERANCE, np.ceil(needed - NEEDED_TOLERANCE), 1.0)
    n_needed = np.maximum(n_needed, 1.0).astype(np.int64)
    last = np.maximum(last, first + n_needed)
    return _separate(first, last, n_needed, groups=(vehicle, evse))


def round_together(times: Floats) -> StepNumbers:
    """Return times (n,) rounded down or up such that every partial sum is met within half a step."""
    whole = np.floor(times)
    n_up = np.floor(np.cumsum(times - whole) + 0.5)
    rounded: StepNumbers = (whole + np.diff(n_up, prepend=0.0)).astype(np.int64)
    return rounded


def _separate(
    first: StepNumbers, last: StepNumbers, n_needed: StepNumbers, *, groups: tuple[NDArray[np.integer], ...]
) -> tuple[StepNumbers, StepNumbers]:
    """Move stays that rounding made overlap another one of their group to its end."""
    orders = [np.argsort(group, kind="stable") for group in groups]
    pairs = [_find_pairs(group, order) for group, order in zip(groups, orders, strict=True)]
    # A stay that is moved may meet the next one: few are, and each round settles a link of every chain.
    while True:
        moved = False
        for earlier, later in pairs:
            late = first[later] < last[earlier]
            if late.any():
                moved = True
                rows = later[late]
                first[rows] = last[earlier[late]]
                last[rows] = np.maximum(last[rows], first[rows] + n_needed[rows])
        if not moved:
            return first, last


def _find_pairs(group: NDArray[np.integer], order: Indices) -> tuple[Indices, Indices]:
    """Return the indices of stays that follow each other in a group."""
    same = group[order[1:]] == group[order[:-1]]
    return order[:-1][same], order[1:][same]
