"""Session stays: given stays on the steps of a run, and the plans of its days."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Evses, Floats, Rows
from ev2gym_dashboard.core.fleet.day_plan import DAY_TICKS, DayPlan
from ev2gym_dashboard.core.fleet.session_grid import StepNumbers


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays on the steps of a run, n of them; steps count from the midnight before it.

    Parameters
    ----------
    row : (n,) row of the vehicle in the fleet
    arrival_step, departure_step : (n,) steps
    arrival_tick, departure_tick : (n,) times, from the same midnight on
    need_kwh : (n,) energy missing to the target at arrival, at the battery [kWh]
    drive_kwh : (n,) what the battery holds less at arrival than a vehicle charged at full power held at the departure
        before; negative if it has been charged elsewhere [kWh]
    end_soc : (n,) SOC that charging at full power reaches
    evse : (n,) EVSE, `NO_EVSE` where the vehicle waits for a free one
    code_offset : (n,) offset of the codes with the target of the stay
    """

    row: Rows
    arrival_step: StepNumbers
    departure_step: StepNumbers
    arrival_tick: StepNumbers
    departure_tick: StepNumbers
    need_kwh: Floats
    drive_kwh: Floats
    end_soc: Floats
    evse: Evses
    code_offset: NDArray[np.uint16]

    def select(self, chosen: NDArray[np.generic]) -> Stays:
        return Stays(**{f.name: getattr(self, f.name)[chosen] for f in fields(Stays)})


def plan_given_day(stays: Stays, day: int, *, steps_per_day: int) -> DayPlan:
    """Return the plan of a day: the stays that begin on it, and the departures of all stays that end on it."""
    first_step, edges = day * steps_per_day, np.arange(steps_per_day + 1)
    arriving = _sort_day(stays.arrival_step, stays.row, first_step, steps_per_day)
    leaving = _sort_day(stays.departure_step, stays.row, first_step, steps_per_day)
    tick = np.clip(stays.arrival_tick[arriving] - day * DAY_TICKS, 0, DAY_TICKS - 1)
    return DayPlan(
        first_step=first_step,
        arriving=stays.row[arriving],
        arrival_tick=tick.astype(np.uint16),
        arrival_offsets=np.searchsorted(stays.arrival_step[arriving] - first_step, edges),
        departure_step=stays.departure_step[arriving].astype(np.int32),
        drive_kwh=stays.drive_kwh[arriving].astype(np.float32),
        leaving=stays.row[leaving],
        leaving_tick=stays.departure_tick[leaving].astype(np.int32),
        leaving_offsets=np.searchsorted(stays.departure_step[leaving] - first_step, edges),
        evse=stays.evse[arriving],
        code_offset=stays.code_offset[arriving],
    )


def _sort_day(step: StepNumbers, row: Rows, first_step: int, n_steps: int) -> NDArray[np.intp]:
    """Return the indices of the stays of a day, by step and then by row."""
    today = np.flatnonzero((step >= first_step) & (step < first_step + n_steps))
    order: NDArray[np.intp] = today[np.lexsort((row[today], step[today]))]
    return order
