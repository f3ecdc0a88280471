"""Day plan: the arrivals and departures of a day, sorted by step, so that a step touches only vehicles that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Evses, Floats, Floats32, Rows, Steps, Ticks
from ev2gym_dashboard.core.fleet.arrival_rates import MIN_TRIP_H
from ev2gym_dashboard.core.fleet.arrivals import DAY_H, NO_ARRIVAL, TICKS_PER_H

DrawArrivals = Callable[[int], Ticks]
DrawStays = Callable[[int, Ticks], tuple[Floats, Floats | Floats32]]
DAY_TICKS = DAY_H * TICKS_PER_H
MIN_TRIP_TICKS = round(MIN_TRIP_H * TICKS_PER_H)
NO_TICK = np.iinfo(np.int32).min
T = TypeVar("T")
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
    evse : EVSE of each arrival, where it is given; None where the vehicles wait for a free one
    code_offset : offset of the codes with the target of each arrival, where targets are given
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
    evse: Evses | None = None
    code_offset: NDArray[np.uint16] | None = None

    def find_arrivals(self, step: int) -> slice:
        return _slice_step(self.arrival_offsets, step - self.first_step)

    def find_departures(self, step: int) -> slice:
        return _slice_step(self.leaving_offsets, step - self.first_step)

    def order_arrivals(self, step: int) -> NDArray[np.intp]:
        """Return the indices of the arrivals of a step, in the order of time."""
        indices = self.find_arrivals(step)
        order: NDArray[np.intp] = indices.start + self.arrival_tick[indices].argsort(kind="stable")
        return order

    @property
    def later_departures(self) -> tuple[Rows, Steps]:
        """Rows and ticks of the departures after this day, and shortly before its end: too late to return at once."""
        steps_per_day = len(self.leaving_offsets) - 1
        end_tick = (self.first_step // steps_per_day + 1) * DAY_TICKS
        first = self.leaving_offsets[int((DAY_TICKS - MIN_TRIP_TICKS) * steps_per_day / DAY_TICKS)]
        # Half an hour before midnight included: steps of 60 min round it to the first step of the next day.
        late = self.leaving_tick[first:] >= end_tick - MIN_TRIP_TICKS
        return self.leaving[first:][late], self.leaving_tick[first:][late]


class SharedItems(Generic[T]):
    """Items that several iterators pass at different speeds; each is kept until the last one has passed it."""

    # A linked list instead of `itertools.tee`, which frees plans in blocks of 57: gigabytes for a large fleet.

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._link: list[Any] = []

    def __iter__(self) -> SharedItems[T]:
        return self

    def __next__(self) -> T:
        if not self._link:
            self._link += next(self._items), []
        item: T
        item, self._link = self._link
        return item

    def fork(self) -> SharedItems[T]:
        """Return another iterator that continues from here."""
        other = SharedItems(self._items)
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
    """Yield the plans of the days from ``first_day`` on.

    ``later_departures`` are the rows and ticks of earlier days' stays, see `DayPlan.later_departures`.
    """
    day = first_day
    while True:
        plan = plan_day(day, arrivals_of_day(day), stays_of_day, later_departures, steps_per_day=steps_per_day)
        later_departures, day = plan.later_departures, day + 1
        yield plan


def plan_day(
    day: int,
    today: Ticks,
    stays_of_day: DrawStays,
    later_departures: tuple[Rows, Steps],
    *,
    steps_per_day: int,
) -> DayPlan:
    """Return the plan of a day from its drawn arrivals and the later departures of earlier days.

    A vehicle that is still parked, or left less than half an hour ago, does not arrive. Times are rounded to the
    nearest step, which is unbiased; a stay lasts at least a step. Within a step the rows rise; the ticks hold the order
    in time.
    """
    first_step, step_ticks = day * steps_per_day, DAY_TICKS // steps_per_day
    drawn = np.flatnonzero(today != NO_ARRIVAL).astype(np.int32)
    # Drawn for all of them, parked or not, so that the draws of a day do not depend on those of earlier days.
    stay_h, drive_kwh = stays_of_day(day, today[drawn])
    parked_rows, parked_until = later_departures[0], later_departures[1] - day * DAY_TICKS
    on_road = today[drawn] >= _find_return_ticks(len(today), parked_rows, parked_until)[drawn]
    arriving, arrival = drawn[on_road], today[drawn[on_road]].astype(np.int32)
    # An arrival shortly before midnight stays in its own day, whose plan is the only one that holds it.
    arrival_step = np.minimum(_round_to_step(arrival, step_ticks), steps_per_day - 1)
    departure = np.maximum(
        arrival + (stay_h[on_road] * TICKS_PER_H).astype(np.int32), _find_first_tick(arrival_step + 1, step_ticks)
    )
    # A stable sort keeps the rows rising within a step, so that the memory of the fleet is passed in one direction; on
    # 16 bits NumPy sorts by radix, in linear time.
    by_step = np.argsort(arrival_step.astype(np.uint16), kind="stable")
    to_leave = _round_to_step(parked_until, step_ticks) >= 0
    leaving, ticks = _merge_by_row(len(today), (parked_rows[to_leave], parked_until[to_leave]), (arriving, departure))
    leaving_step = _round_to_step(ticks, step_ticks)
    order = np.argsort(leaving_step.astype(np.uint16), kind="stable")
    edges = np.arange(steps_per_day + 1)
    return DayPlan(
        first_step=first_step,
        arriving=arriving[by_step],
        arrival_tick=today[arriving[by_step]],
        arrival_offsets=np.searchsorted(arrival_step[by_step], edges),
        departure_step=first_step + _round_to_step(departure[by_step], step_ticks),
        drive_kwh=drive_kwh[on_road][by_step].astype(np.float32),
        leaving=leaving[order],
        leaving_tick=ticks[order] + day * DAY_TICKS,
        leaving_offsets=np.searchsorted(leaving_step[order], edges),
    )


def _find_return_ticks(size: int, parked_rows: Rows, parked_until: Steps) -> Steps:
    """Return the tick from which each vehicle can arrive, (size,); 0 for those on the road."""
    ticks = np.zeros(size, np.int32)
    ticks[parked_rows] = parked_until + MIN_TRIP_TICKS
    return ticks


def _merge_by_row(size: int, earlier: tuple[Rows, Steps], later: tuple[Rows, Steps]) -> tuple[Rows, Steps]:
    """Return the rows and ticks of two sets of departures by rising row; of one row, the earlier departure first."""
    # Slots instead of a sort: linear in the fleet, as each row occurs at most once in each set. No tick is negative by
    # as much as a step, nor longer than the range of int32.
    slots = np.full((size, 2), NO_TICK, np.int32)
    for column, (rows, ticks) in enumerate((earlier, later)):
        slots[rows, column] = ticks
    taken = np.flatnonzero(slots.ravel() != NO_TICK)
    return (taken >> 1).astype(np.int32), slots.ravel()[taken]


def _find_first_tick(steps: Steps, step_ticks: int) -> Steps:
    """Return the first tick that is rounded to each step, (n,)."""
    return steps * step_ticks - step_ticks // 2


def _round_to_step(ticks: Steps, step_ticks: int) -> Steps:
    steps: Steps = (2 * ticks + step_ticks) // (2 * step_ticks)
    return steps


def _slice_step(offsets: NDArray[np.int64], step: int) -> slice:
    return slice(int(offsets[step]), int(offsets[step + 1]))
