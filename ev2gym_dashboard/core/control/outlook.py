"""Outlook: what the connection leaves to the vehicles of a site until the end of tomorrow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.room import DEADLINE_BIN_H, N_DEADLINE_BINS
from ev2gym_dashboard.core.fleet.newcomers import QUARTERS_PER_DAY, ExpectNewcomers, find_newcomers_kwh
from ev2gym_dashboard.core.site.exogenous import ExogenousDay

MINUTES_PER_QUARTER, MINUTES_PER_DAY = round(60 * DEADLINE_BIN_H), 1440


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a site knows ahead on a day.

    Parameters
    ----------
    timestep_min : length of a step [min]
    limit_kw, other_load_kw : (2 * steps per day,) limit of the connection, and load without the EVs, of today and
        tomorrow [kW]
    lowest_room_kw : (2 * steps per day,) least difference of the two from each step on [kW]
    highest_load_kw : (2 * steps per day,) highest ``other_load_kw`` from each step on [kW]
    weekends : whether today and tomorrow are days of the weekend
    expect_newcomers : energy that newcomers are expected to need
    room_by_cap : by cap, the energy that is left from midnight on, kept for the steps of the day
    """

    timestep_min: int
    limit_kw: Floats
    other_load_kw: Floats
    lowest_room_kw: Floats
    highest_load_kw: Floats
    weekends: tuple[bool, bool]
    expect_newcomers: ExpectNewcomers
    room_by_cap: dict[float, Floats] = field(default_factory=dict)

    def find_lowest_room_kw(self, step: int, cap_kw: float = math.inf) -> float:
        """Return the least power that connection and cap leave from a step of today on [kW]."""
        return float(min(self.lowest_room_kw[step], cap_kw - self.highest_load_kw[step]))

    def compute_room_kwh(self, step: int, cap_kw: float = math.inf) -> Floats:
        """Return the energy that connection and cap leave after a step until each deadline.

        Parameters
        ----------
        step : step of today; what the connection leaves in it is not counted
        cap_kw : lower limit for import, infinite without one [kW]

        Returns
        -------
        (N_DEADLINE_BINS,) room of the following steps [kWh]; infinite for deadlines after the end of tomorrow
        """
        if cap_kw not in self.room_by_cap:
            self.room_by_cap[cap_kw] = self._accumulate_room_kwh(cap_kw)
        grid_min = math.gcd(self.timestep_min, MINUTES_PER_QUARTER)
        per_step, per_bin = self.timestep_min // grid_min, MINUTES_PER_QUARTER // grid_min
        room_kwh, first = self.room_by_cap[cap_kw], step * per_step + per_bin
        until_deadline_kwh = room_kwh[first : first + N_DEADLINE_BINS * per_bin : per_bin]
        left_kwh: Floats = np.maximum(until_deadline_kwh - room_kwh[(step + 1) * per_step], 0.0)
        return left_kwh

    def expect_need_kwh(self, step: int) -> Floats:
        """Return the energy that vehicles arriving after a step may need until each deadline, (N_DEADLINE_BINS,)."""
        today, tomorrow = (self.expect_newcomers(weekend=weekend) for weekend in self.weekends)
        steps_per_day = len(self.limit_kw) // 2
        now = step * QUARTERS_PER_DAY // steps_per_day
        # The arrivals of this step are plugged in or waiting already; rounded up to a quarter of an hour.
        first_quarter = -(-(step + 1) * QUARTERS_PER_DAY // steps_per_day)
        return find_newcomers_kwh(today, first_quarter, now + 1, N_DEADLINE_BINS) + find_newcomers_kwh(
            tomorrow, 0, now + 1 - QUARTERS_PER_DAY, N_DEADLINE_BINS
        )

    def _accumulate_room_kwh(self, cap_kw: float) -> Floats:
        """Return the room from midnight until each point of a grid that steps and quarters of an hour share."""
        room_kw = np.maximum(np.minimum(self.limit_kw, cap_kw) - self.other_load_kw, 0.0)
        per_step = self.timestep_min // math.gcd(self.timestep_min, MINUTES_PER_QUARTER)
        grid_h = self.timestep_min / per_step / 60.0
        # What comes after tomorrow is not known: a deadline beyond it binds nobody yet.
        unknown = np.full(N_DEADLINE_BINS * MINUTES_PER_QUARTER, np.inf)
        return np.concatenate([[0.0], np.cumsum(np.repeat(room_kw, per_step) * grid_h), unknown])


def make_outlook(today: ExogenousDay, tomorrow: ExogenousDay, expect_newcomers: ExpectNewcomers) -> Outlook:
    """Return the outlook of a day."""
    limit_kw = np.concatenate([today.limit_kw, tomorrow.limit_kw])
    other_load_kw = np.concatenate([day.base_load_kw - day.solar_kw for day in (today, tomorrow)])
    return Outlook(
        timestep_min=MINUTES_PER_DAY // len(today.hour_h),
        limit_kw=limit_kw,
        other_load_kw=other_load_kw,
        lowest_room_kw=np.minimum.accumulate((limit_kw - other_load_kw)[::-1])[::-1],
        highest_load_kw=np.maximum.accumulate(other_load_kw[::-1])[::-1],
        weekends=(bool(today.weekend), bool(tomorrow.weekend)),
        expect_newcomers=expect_newcomers,
    )
