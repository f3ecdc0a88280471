"""When vehicles come, how long they stay and what they have driven: drawn per day from the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.behaviour_tables import PlaceTables

STAY_SPREAD = 0.2
MIN_STAY_H = 0.25
MIN_TRIP_H = 0.5
DAY_H = 24.0
HOURS = np.arange(25, dtype=np.float64)
FIRST_DAY = 2**31
"""Days are counted from the start of a run; the key of the generator has to stay positive for those before it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DayDraw:
    """What one day brings, one row per vehicle.

    Parameters
    ----------
    comes : whether it comes on that day
    arrival_h : time of day of its arrival, 0..24 [h]
    stay_h : how long it would stay [h]
    drive_kwh : energy that it would have driven since its last departure [kWh]
    """

    comes: NDArray[np.bool_]
    arrival_h: Floats
    stay_h: Floats
    drive_kwh: Floats


def rng_of_day(seed: int, day: int) -> np.random.Generator:
    """Return the generator of a day; counter-based, so that no day needs the days before it."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, FIRST_DAY + day], np.uint64)))


def draw_day(
    rng: np.random.Generator, tables: PlaceTables, size: int, *, weekend: bool, return_share: float, drive_scale: float
) -> DayDraw:
    """Draw a day of ``size`` vehicles.

    Notes
    -----
    Arrival: the hourly shares, even within the hour. Stay: normal around the mean of the arrival hour with a spread of
    0.2 of it, as in EV2Gym (``utils.py``, lines 177-345), from a quarter of an hour to a day. Energy: the quantiles of
    the place, scaled by the mean of the arrival hour over that of a weekday.
    """
    shares = tables.arrival_share_weekend if weekend else tables.arrival_share_weekday
    comes = rng.random(size) < return_share * float(shares.sum() > 0.0)
    arrival_h = np.interp(rng.random(size), np.concatenate([[0.0], np.cumsum(shares)]), HOURS)
    hour = np.minimum(arrival_h.astype(np.intp), 23)
    stay_h = np.clip(tables.mean_stay_h[hour] * (1.0 + STAY_SPREAD * rng.standard_normal(size)), MIN_STAY_H, DAY_H)
    energy_kwh = np.interp(rng.random(size), tables.quantile_points, tables.energy_quantiles_kwh)
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    return DayDraw(comes, arrival_h, stay_h, drive_scale * energy_kwh * tables.mean_energy_kwh[hour] / usual_kwh)


def stays_of_day(today: DayDraw, tomorrow: DayDraw) -> tuple[NDArray[np.bool_], Floats]:
    """Return which vehicles stay, and their departures in hours after the midnight on which ``today`` begins.

    A vehicle leaves half an hour before its next arrival at the latest; a stay that would leave no time is dropped.
    """
    leaves_h = today.arrival_h + today.stay_h
    next_trip_h = np.where(tomorrow.comes, DAY_H + tomorrow.arrival_h - MIN_TRIP_H, np.inf)
    departure_h = np.minimum(leaves_h, next_trip_h)
    return today.comes & (departure_h >= today.arrival_h + MIN_STAY_H), departure_h
