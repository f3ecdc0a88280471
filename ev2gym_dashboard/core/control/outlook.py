"""Outlook: what the connection leaves to the vehicles of a site until the end of tomorrow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.room import DEADLINE_BIN_H, N_DEADLINE_BINS
from ev2gym_dashboard.core.fleet.newcomers import (
    QUARTERS_PER_DAY,
    ExpectedNeeds,
    ExpectNewcomers,
    find_newcomers_kwh,
    list_needs,
)
from ev2gym_dashboard.core.site.exogenous import ExogenousDay

MINUTES_PER_QUARTER, MINUTES_PER_DAY = round(60 * DEADLINE_BIN_H), 1440


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a site knows ahead on a day.

    Parameters
    ----------
    timestep_min : length of a step [min]
    room_kwh : energy that the connection leaves from midnight on, by grid point; infinite after tomorrow [kWh]
    lowest_room_kw : (2 * steps per day,) least power that it leaves from each step on [kW]
    weekends : whether today and tomorrow are days of the weekend
    expect_newcomers : energy that newcomers are expected to need
    """

    timestep_min: int
    room_kwh: Floats
    lowest_room_kw: Floats
    weekends: tuple[bool, bool]
    expect_newcomers: ExpectNewcomers

    def compute_room_kwh(self, step: int) -> Floats:
        """Return the energy that the connection leaves after a step until each deadline.

        Parameters
        ----------
        step : step of today; what the connection leaves in it is not counted

        Returns
        -------
        (N_DEADLINE_BINS,) room of the following steps [kWh]; infinite for deadlines after the end of tomorrow
        """
        return find_room_kwh(self.room_kwh, self.timestep_min, step)

    def expect_need_kwh(self, step: int) -> Floats:
        """Return the energy that vehicles arriving after a step may need until each deadline, (N_DEADLINE_BINS,)."""
        today, tomorrow = (self.expect_newcomers(weekend=weekend) for weekend in self.weekends)
        return expect_need_kwh(today, tomorrow, step, len(self.lowest_room_kw) // 2)

    def list_expected_needs(self, step: int) -> ExpectedNeeds:
        """Return what vehicles that arrive after a step, and within a day of it, are expected to need."""
        today, tomorrow = (self.expect_newcomers(weekend=weekend) for weekend in self.weekends)
        quarters_per_step = 2.0 * QUARTERS_PER_DAY / len(self.lowest_room_kw)
        now, later = step * quarters_per_step, (step + 1) * quarters_per_step
        days = (
            list_needs(today, later, QUARTERS_PER_DAY, now_quarter=now),
            list_needs(tomorrow, 0.0, now, now_quarter=now - QUARTERS_PER_DAY),
        )
        return ExpectedNeeds(*(np.concatenate(values) for values in zip(*days, strict=True)))


def find_room_kwh(room_kwh: Floats, timestep_min: int, step: int) -> Floats:
    """Return the energy that the connection leaves after a step until each deadline, see `Outlook`."""
    grid_min = math.gcd(timestep_min, MINUTES_PER_QUARTER)
    per_step, per_bin = timestep_min // grid_min, MINUTES_PER_QUARTER // grid_min
    first = step * per_step + per_bin
    until_deadline_kwh = room_kwh[first : first + N_DEADLINE_BINS * per_bin : per_bin]
    left_kwh: Floats = np.maximum(until_deadline_kwh - room_kwh[(step + 1) * per_step], 0.0)
    return left_kwh


def expect_need_kwh(today: Floats, tomorrow: Floats, step: int, steps_per_day: int) -> Floats:
    """Return the energy that newcomers after a step may need until each deadline, from the tables of both days."""
    now = step * QUARTERS_PER_DAY // steps_per_day
    # The arrivals of this step are plugged in or waiting already; rounded up to a quarter of an hour.
    first_quarter = -(-(step + 1) * QUARTERS_PER_DAY // steps_per_day)
    return find_newcomers_kwh(today, first_quarter, now + 1, N_DEADLINE_BINS) + find_newcomers_kwh(
        tomorrow, 0, now + 1 - QUARTERS_PER_DAY, N_DEADLINE_BINS
    )


def make_outlook(today: ExogenousDay, tomorrow: ExogenousDay, expect_newcomers: ExpectNewcomers) -> Outlook:
    """Return the outlook of a day."""
    room_kw = np.concatenate([day.limit_kw - (day.base_load_kw - day.solar_kw) for day in (today, tomorrow)])
    timestep_min = MINUTES_PER_DAY // len(today.hour_h)
    return Outlook(
        timestep_min=timestep_min,
        room_kwh=_accumulate_room_kwh(np.maximum(room_kw, 0.0), timestep_min),
        lowest_room_kw=np.minimum.accumulate(room_kw[::-1])[::-1],
        weekends=(bool(today.weekend), bool(tomorrow.weekend)),
        expect_newcomers=expect_newcomers,
    )


def _accumulate_room_kwh(room_kw: Floats, timestep_min: int) -> Floats:
    """Return the room from midnight until each point of a grid that steps and quarters of an hour share."""
    grid_min = math.gcd(timestep_min, MINUTES_PER_QUARTER)
    per_step = timestep_min // grid_min
    grid_h = timestep_min / per_step / 60.0
    # What comes after tomorrow is not known: a deadline beyond it binds nobody yet.
    unknown = np.full(N_DEADLINE_BINS * (MINUTES_PER_QUARTER // grid_min), np.inf)
    return np.concatenate([[0.0], np.cumsum(np.repeat(room_kw, per_step) * grid_h), unknown])
