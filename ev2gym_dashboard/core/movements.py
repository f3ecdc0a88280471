"""Who arrives and who leaves in a step: each day's stays, sorted once, so that a step touches only those that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.behaviour import DAY_H, DayDraw, stays_of_day

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]
DrawOfDay = Callable[[int], DayDraw]


@dataclass(frozen=True)
class DayPlan:
    """The movements of one day; steps count from the midnight on which day 0 begins.

    Parameters
    ----------
    arriving : rows in the order of their arrival; ``arriving_in(step)`` gives those of a step
    leaving : rows in the order of their departure
    departure_step : (n,) step in which a stay that begins today ends
    drive_kwh : (n,) energy driven before it [kWh]
    later_rows, later_h : departures after this day, in hours after midnight of day 0 [h]
    """

    first_step: int
    arriving: Rows
    arrival_offsets: NDArray[np.int64]
    leaving: Rows
    leaving_offsets: NDArray[np.int64]
    departure_step: NDArray[np.int32]
    drive_kwh: Floats
    later_rows: Rows
    later_h: Floats

    def arriving_in(self, step: int) -> Rows:
        return _in_step(self.arriving, self.arrival_offsets, step - self.first_step)

    def leaving_in(self, step: int) -> Rows:
        return _in_step(self.leaving, self.leaving_offsets, step - self.first_step)


def plans(draw_of_day: DrawOfDay, *, first_day: int, steps_per_day: int) -> Iterator[DayPlan]:
    """Yield the plans of the days from ``first_day`` on, drawing each day once."""
    later_rows, later_h = np.empty(0, np.int32), np.empty(0)
    today, day = draw_of_day(first_day), first_day
    while True:
        tomorrow = draw_of_day(day + 1)
        plan = plan_day(today, tomorrow, later_rows, later_h, day=day, steps_per_day=steps_per_day)
        yield plan
        today, later_rows, later_h, day = tomorrow, plan.later_rows, plan.later_h, day + 1


def plan_day(
    today: DayDraw, tomorrow: DayDraw, later_rows: Rows, later_h: Floats, *, day: int, steps_per_day: int
) -> DayPlan:
    """Turn the draws of two days, and the departures that earlier days left over, into the plan of the first.

    Those who come and leave do so in the order of the very times, whatever the step: then who gets which EVSE hardly
    depends on its length either. Times are rounded to the nearest step, which favours neither early nor late.
    """
    steps_per_h, first_step = steps_per_day / DAY_H, day * steps_per_day
    stays, departure_h = stays_of_day(today, tomorrow)
    departure_h = day * DAY_H + departure_h
    departure_step = np.rint(departure_h * steps_per_h).astype(np.int32)
    arrival_step = first_step + np.minimum(np.rint(today.arrival_h * steps_per_h), steps_per_day - 1).astype(np.int32)
    rows = np.flatnonzero(stays & (departure_step > arrival_step)).astype(np.int32)
    arriving = rows[np.argsort(today.arrival_h[rows], kind="stable")]
    leaving, leaving_h = np.concatenate([later_rows, rows]), np.concatenate([later_h, departure_h[rows]])
    order = np.argsort(leaving_h, kind="stable")
    leaving, leaving_h = leaving[order], leaving_h[order]
    leaving_steps = np.rint(leaving_h * steps_per_h).astype(np.int32)
    edges = first_step + np.arange(steps_per_day + 1)
    offsets = np.searchsorted(leaving_steps, edges)
    return DayPlan(
        first_step,
        arriving,
        np.searchsorted(arrival_step[arriving], edges),
        leaving,
        offsets,
        departure_step,
        today.drive_kwh,
        leaving[offsets[-1] :],
        leaving_h[offsets[-1] :],
    )


def _in_step(rows: Rows, offsets: NDArray[np.int64], step: int) -> Rows:
    return rows[offsets[step] : offsets[step + 1]]
