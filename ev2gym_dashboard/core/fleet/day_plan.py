"""Day plan: the arrivals and departures of a day, sorted by step, so that a step touches only vehicles that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Rows, Steps, Ticks
from ev2gym_dashboard.core.fleet.arrivals import DAY_H, MIN_STAY_H, MIN_TRIP_H, NO_ARRIVAL, TICKS_PER_H

DrawArrivals = Callable[[int], Ticks]
DrawStays = Callable[[int, Ticks], tuple[Floats, Floats]]
DAY_TICKS = DAY_H * TICKS_PER_H
NO_DEPARTURES = np.empty(0, np.int32), np.empty(0, np.int32)


@dataclass(frozen=True)
class DayPlan:
    """Arrivals and departures of one day; steps and ticks count from the midnight on which day 0 begins.

    Parameters
    ----------
    first_step : the first step of the day
    arriving : rows by the step of their arrival; ``find_arrivals(step)`` returns the slice of a step
    arrival_tick : ticks of these arrivals, after midnight of the day
    departure_step : step in which each of these stays ends
    drive_kwh : energy driven before each of them [kWh]
    leaving : rows by the step of their departure, on this day and later; ``find_departures(step)`` returns the slice
    leaving_tick : ticks of these departures
    """

    first_step: int
    arriving: Rows
    arrival_tick: Ticks
    arrival_offsets: NDArray[np.int64]
    departure_step: Steps
    drive_kwh: NDArray[np.float32]
    leaving: Rows
    leaving_tick: Steps
    leaving_offsets: NDArray[np.int64]

    def find_arrivals(self, step: int) -> slice:
        return _slice_step(self.arrival_offsets, step - self.first_step)

    def find_departures(self, step: int) -> slice:
        return _slice_step(self.leaving_offsets, step - self.first_step)

    @property
    def later_departures(self) -> tuple[Rows, Steps]:
        """Rows and ticks of the vehicles that leave after this day."""
        first = self.leaving_offsets[-1]
        return self.leaving[first:].copy(), self.leaving_tick[first:].copy()


class SharedDayPlans:
    """Plans that several engines iterate over at different speeds; each is kept until the last engine has passed it."""

    # A linked list instead of `itertools.tee`, which frees plans in blocks of 57: gigabytes for a large fleet.

    def __init__(self, days: Iterator[DayPlan]) -> None:
        self._days = days
        self._link: list[Any] = []

    def __iter__(self) -> SharedDayPlans:
        return self

    def __next__(self) -> DayPlan:
        if not self._link:
            self._link += next(self._days), []
        plan: DayPlan
        plan, self._link = self._link
        return plan

    def fork(self) -> SharedDayPlans:
        """Return another iterator that continues from here."""
        other = SharedDayPlans(self._days)
        other._link = self._link
        return other


def generate_day_plans(
    arrivals_of_day: DrawArrivals,
    stays_of_day: DrawStays,
    *,
    first_day: int,
    steps_per_day: int,
    later_departures: tuple[Rows, Steps] = NO_DEPARTURES,
) -> Iterator[DayPlan]:
    """Yield the plans of the days from ``first_day`` on; each day's arrivals are drawn once, a day ahead.

    ``later_departures`` are the rows and ticks of earlier days' stays that end on later days.
    """
    today, day = arrivals_of_day(first_day), first_day
    while True:
        tomorrow = arrivals_of_day(day + 1)
        plan = plan_day(day, today, tomorrow, stays_of_day, later_departures, steps_per_day=steps_per_day)
        today, later_departures, day = tomorrow, plan.later_departures, day + 1
        yield plan


def plan_day(
    day: int,
    today: Ticks,
    tomorrow: Ticks,
    stays_of_day: DrawStays,
    later_departures: tuple[Rows, Steps],
    *,
    steps_per_day: int,
) -> DayPlan:
    """Return the plan of a day from its arrivals, those of the next day, and the later departures of earlier days.

    Times are rounded to the nearest step, which is unbiased. A vehicle leaves half an hour before its next arrival at
    the latest; a stay without time left is dropped. Within a step the rows rise; the ticks hold the order in time.
    """
    first_step, step_ticks = day * steps_per_day, DAY_TICKS // steps_per_day
    arriving = np.flatnonzero(today != NO_ARRIVAL).astype(np.int32)
    stay_h, drive_kwh = stays_of_day(day, today[arriving])
    arrival = today[arriving].astype(np.int32)
    departure = np.minimum(
        arrival + (stay_h * TICKS_PER_H).astype(np.int32), _compute_last_departure(tomorrow[arriving])
    )
    arrival_step = np.minimum(_round_to_step(arrival, step_ticks), steps_per_day - 1)
    departure_step = _round_to_step(departure, step_ticks)
    stays = (departure >= arrival + MIN_STAY_H * TICKS_PER_H) & (departure_step > arrival_step)
    # A stable sort keeps the rows rising within a step, so that the memory of the fleet is passed in one direction; on
    # 16 bits NumPy sorts by radix, in linear time.
    by_step = np.flatnonzero(stays)[np.argsort(arrival_step[stays].astype(np.uint16), kind="stable")]
    leaving = np.concatenate([later_departures[0], arriving[stays]])
    ticks = np.concatenate([later_departures[1] - day * DAY_TICKS, departure[stays]])
    leaving_step = _round_to_step(ticks, step_ticks)
    by_row = np.argsort(leaving, kind="stable")
    order = by_row[np.argsort(leaving_step[by_row].astype(np.uint16), kind="stable")]
    edges = np.arange(steps_per_day + 1)
    return DayPlan(
        first_step=first_step,
        arriving=arriving[by_step],
        arrival_tick=today[arriving[by_step]],
        arrival_offsets=np.searchsorted(arrival_step[by_step], edges),
        departure_step=first_step + departure_step[by_step],
        drive_kwh=drive_kwh[by_step].astype(np.float32),
        leaving=leaving[order],
        leaving_tick=ticks[order] + day * DAY_TICKS,
        leaving_offsets=np.searchsorted(leaving_step[order], edges),
    )


def _compute_last_departure(next_arrival: Ticks) -> Steps:
    """Return the latest departure before an arrival on the next day, (n,), in ticks of this day."""
    never = np.iinfo(np.int32).max
    trip_ticks = int(MIN_TRIP_H * TICKS_PER_H)
    return np.where(next_arrival == NO_ARRIVAL, never, next_arrival.astype(np.int32) + DAY_TICKS - trip_ticks).astype(
        np.int32
    )


def _round_to_step(ticks: Steps, step_ticks: int) -> Steps:
    steps: Steps = (2 * ticks + step_ticks) // (2 * step_ticks)
    return steps


def _slice_step(offsets: NDArray[np.int64], step: int) -> slice:
    return slice(int(offsets[step]), int(offsets[step + 1]))
