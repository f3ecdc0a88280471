"""Who arrives and who leaves in a step: each day's stays, sorted once, so that a step touches only those that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.behaviour import DAY_H, DayDraw, stays_of_day

Rows = NDArray[np.int32]
DrawOfDay = Callable[[int], DayDraw]
DAYS_BEFORE = 2
"""No stay that began earlier than two days ago still lasts (the longest mean of ElaadNL is 15.4 h)."""


@dataclass(frozen=True)
class DayPlan:
    """The movements of one day; steps count from the midnight on which day 0 begins.

    Parameters
    ----------
    arriving : rows in the order of their arrival; ``arriving_in(step)`` gives those of a step
    leaving : rows in the order of their departure
    departure_step : (n,) step in which a stay that begins today ends
    drive_kwh : (n,) energy driven before it [kWh]
    later_rows, later_steps : departures after this day
    """

    first_step: int
    arriving: Rows
    arrival_offsets: NDArray[np.int64]
    leaving: Rows
    leaving_offsets: NDArray[np.int64]
    departure_step: NDArray[np.int32]
    drive_kwh: NDArray[np.float64]
    later_rows: Rows
    later_steps: NDArray[np.int32]

    def arriving_in(self, step: int) -> Rows:
        return _in_step(self.arriving, self.arrival_offsets, step - self.first_step)

    def leaving_in(self, step: int) -> Rows:
        return _in_step(self.leaving, self.leaving_offsets, step - self.first_step)


def plans(draw_of_day: DrawOfDay, *, first_day: int, steps_per_day: int) -> Iterator[DayPlan]:
    """Yield the plans of the days from ``first_day`` on, drawing each day once."""
    nobody = np.empty(0, np.int32)
    today, later = draw_of_day(first_day), (nobody, nobody)
    day = first_day
    while True:
        tomorrow = draw_of_day(day + 1)
        plan = plan_day(today, tomorrow, *later, first_step=day * steps_per_day, steps_per_day=steps_per_day)
        yield plan
        today, later, day = tomorrow, (plan.later_rows, plan.later_steps), day + 1


def plan_day(
    today: DayDraw, tomorrow: DayDraw, later_rows: Rows, later_steps: Rows, *, first_step: int, steps_per_day: int
) -> DayPlan:
    """Turn the draws of two days, and the departures that earlier days left over, into the plan of the first."""
    timestep_h = DAY_H / steps_per_day
    stays, departure_h = stays_of_day(today, tomorrow)
    departure_step = (first_step + np.floor(departure_h / timestep_h)).astype(np.int32)
    arrival_step = (first_step + np.floor(today.arrival_h / timestep_h)).astype(np.int32)
    rows = np.flatnonzero(stays & (departure_step > arrival_step)).astype(np.int32)
    arriving = rows[np.argsort(today.arrival_h[rows], kind="stable")]
    leaving = np.concatenate([later_rows, rows])
    leaving_steps = np.concatenate([later_steps, departure_step[rows]])
    leaves_today = leaving_steps < first_step + steps_per_day
    order = np.argsort(leaving_steps[leaves_today], kind="stable")
    edges = first_step + np.arange(steps_per_day + 1)
    return DayPlan(
        first_step,
        arriving,
        np.searchsorted(arrival_step[arriving], edges),
        leaving[leaves_today][order],
        np.searchsorted(leaving_steps[leaves_today][order], edges),
        departure_step,
        today.drive_kwh,
        leaving[~leaves_today],
        leaving_steps[~leaves_today],
    )


def _in_step(rows: Rows, offsets: NDArray[np.int64], step: int) -> Rows:
    return rows[offsets[step] : offsets[step + 1]]
