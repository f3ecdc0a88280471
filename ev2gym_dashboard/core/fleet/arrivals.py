"""Arrivals: arrival times, stays and driven energy of a day, drawn from the seed."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Ticks
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables

STAY_SPREAD = 0.2
MIN_STAY_H, MAX_STAY_H = 0.25, 24.0
MIN_TRIP_H = 0.5
DAY_H = 24
TICKS_PER_H = 900
"""Arrivals and departures are counted in ticks of 4 s: integers compare exactly, and a day of them fits 16 bits."""
NO_ARRIVAL = np.uint16(2**16 - 1)
HOUR_EDGES = np.arange(DAY_H + 1, dtype=np.float64)
DAY_KEY_OFFSET = 2**31
"""Offset that keeps the key of the generator positive for days before the start of a run."""

ARRIVAL_STREAM, STAY_STREAM = 0, 1
"""Random streams of a day: its arrivals are drawn a day ahead of its stays, which they must not shift."""


def make_day_rng(seed: int, day: int, stream: int = 0) -> np.random.Generator:
    """Return the random generator of a day; it is counter-based, so that no day needs the draws of earlier days."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, 2 * (DAY_KEY_OFFSET + day) + stream], np.uint64)))


def draw_arrivals(
    rng: np.random.Generator, tables: ArrivalTables, size: int, *, weekend: bool, return_share: float
) -> Ticks:
    """Draw the arrivals of a fleet on a day.

    Parameters
    ----------
    rng : generator of the day
    tables : arrival tables of the place
    size : number of vehicles
    weekend : whether the day is a Saturday or Sunday
    return_share : share of the vehicles that arrive

    Returns
    -------
    (size,) ticks after midnight, `NO_ARRIVAL` without an arrival; uniform within the hour
    """
    shares = tables.arrival_share_weekend if weekend else tables.arrival_share_weekday
    if not shares.any():
        return np.full(size, NO_ARRIVAL)
    is_arriving = rng.random(size, np.float32) < return_share
    # Inverse transform: the cumulative shares are linear within an hour. float32 halves the time of the draws, and is
    # finer than a tick.
    hour = np.interp(rng.random(size, np.float32), np.concatenate([[0.0], np.cumsum(shares)]), HOUR_EDGES)
    ticks = np.minimum(hour * TICKS_PER_H, DAY_H * TICKS_PER_H - 1).astype(np.uint16)
    return np.where(is_arriving, ticks, NO_ARRIVAL)


def draw_stays(
    rng: np.random.Generator, tables: ArrivalTables, arrival: Ticks, *, drive_scale: float
) -> tuple[Floats, Floats]:
    """Draw the stays and the driven energy of arriving vehicles.

    Parameters
    ----------
    rng : generator of the day
    tables : arrival tables of the place
    arrival : (n,) ticks after midnight
    drive_scale : energy driven, as a multiple of the tables'

    Returns
    -------
    stay (n,) [h], energy driven (n,) [kWh]

    Notes
    -----
    Stay: normal around the mean of the arrival hour with a spread of 0.2 of it, as in EV2Gym (``utils.py``, lines
    177-345), from a quarter of an hour to a day. Energy: the quantiles of the place, scaled by the mean of the arrival
    hour over that of a weekday.
    """
    hour, size = arrival // TICKS_PER_H, len(arrival)
    stay_h = tables.mean_stay_h[hour] * (1.0 + STAY_SPREAD * rng.standard_normal(size, np.float32))
    energy_kwh = np.interp(rng.random(size, np.float32), tables.quantile_points, tables.energy_quantiles_kwh)
    # The quantiles hold for all hours together; this is the mean that they have over a weekday's arrivals.
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    return np.clip(stay_h, MIN_STAY_H, MAX_STAY_H), drive_scale * energy_kwh * tables.mean_energy_kwh[hour] / usual_kwh
