"""Joint plan: the day of several fleets as that of one, drawn at once, and split into the plans of the fleets.

A day of a small fleet costs the many small operations that draw and sort it; together, fleets pay for them once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Counts, Indices, Rows
from ev2gym_dashboard.core.fleet.day_plan import DayPlan


class JointRng:
    """Generators of several fleets as one: what it draws are the draws of each, one after the other.

    Parameters
    ----------
    rngs : generator of each fleet
    sizes : numbers that each of them draws at a time
    """

    def __init__(self, rngs: Sequence[np.random.Generator], sizes: Sequence[int]) -> None:
        self._pairs = list(zip(rngs, sizes, strict=True))

    def random(self, _size: int, dtype: Any) -> NDArray[Any]:
        return np.concatenate([rng.random(size, dtype) for rng, size in self._pairs])

    def standard_normal(self, _size: int, dtype: Any) -> NDArray[Any]:
        return np.concatenate([rng.standard_normal(size, dtype) for rng, size in self._pairs])


def split_plan(plan: DayPlan, n_fleets: int, size: int) -> list[DayPlan]:
    """Return the plans of fleets of the same size from that of all their vehicles, fleet after fleet.

    Parameters
    ----------
    plan : plan of drawn stays, whose rows count through all fleets
    n_fleets, size : number of fleets, and of the vehicles in each
    """
    arriving, arrivals, arrival_offsets = _sort_by_fleet(plan.arriving, plan.arrival_offsets, n_fleets, size)
    leaving, departures, leaving_offsets = _sort_by_fleet(plan.leaving, plan.leaving_offsets, n_fleets, size)
    arrival_tick, departure_step, drive_kwh = (
        plan.arrival_tick[arrivals],
        plan.departure_step[arrivals],
        plan.drive_kwh[arrivals],
    )
    leaving_tick, plans = plan.leaving_tick[departures], []
    for number in range(n_fleets):
        own, gone = (_select_fleet(offsets, number) for offsets in (arrival_offsets, leaving_offsets))
        plans.append(
            DayPlan(
                first_step=plan.first_step,
                arriving=arriving[own],
                arrival_tick=arrival_tick[own],
                arrival_offsets=_make_offsets(arrival_offsets, number),
                departure_step=departure_step[own],
                drive_kwh=drive_kwh[own],
                leaving=leaving[gone],
                leaving_tick=leaving_tick[gone],
                leaving_offsets=_make_offsets(leaving_offsets, number),
            )
        )
    return plans


def _select_fleet(offsets: Counts, number: int) -> slice:
    return slice(int(offsets[number, 0]), int(offsets[number, -1]))


def _make_offsets(offsets: Counts, number: int) -> Counts:
    # Those after the end of the day come last, and belong to no step.
    own: Counts = offsets[number, :-1] - offsets[number, 0]
    return own


def _sort_by_fleet(rows: Rows, offsets: Counts, n_fleets: int, size: int) -> tuple[Rows, Indices, Counts]:
    """Sort the rows of a plan by fleet and step.

    Returns
    -------
    rows within their fleets, their indices in the plan, and (fleets, steps + 2) the first of each step, that of the
    time after the day, and the end
    """
    n_steps = len(offsets)
    fleet = rows // np.int32(size)
    order = fleet.argsort(kind="stable")
    step = np.repeat(np.arange(n_steps), np.diff(offsets, append=len(rows)))
    ends = np.bincount(fleet * n_steps + step, minlength=n_fleets * n_steps).cumsum()
    starts = np.concatenate([[0], ends[:-1]]).reshape(n_fleets, n_steps)
    return (rows - fleet * np.int32(size))[order], order, np.column_stack([starts, ends[n_steps - 1 :: n_steps]])
