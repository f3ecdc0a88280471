"""When vehicles come, how long they stay and what they have driven: drawn per day from the seed."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Ticks
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables

STAY_SPREAD = 0.2
MIN_STAY_H, MAX_STAY_H = 0.25, 24.0
MIN_TRIP_H = 0.5
DAY_H = 24
TICKS_PER_H = 900
"""Arrivals and departures are counted in ticks of 4 s: whole numbers, their order is exact and quick to sort."""
NO_ARRIVAL = np.uint16(2**16 - 1)
HOUR_EDGES = np.arange(DAY_H + 1, dtype=np.float64)
DAY_KEY_OFFSET = 2**31
"""Days are counted from the start of a run; the key of the generator has to stay positive for those before it."""

ARRIVAL_STREAM, STAY_STREAM = 0, 1
"""The streams of a day: its arrivals are drawn a day ahead of the rest."""


def make_day_rng(seed: int, day: int, stream: int = 0) -> np.random.Generator:
    """Return a generator of a day; counter-based, so that no day needs the days before it."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, 2 * (DAY_KEY_OFFSET + day) + stream], np.uint64)))


def draw_arrivals(
    rng: np.random.Generator, tables: ArrivalTables, size: int, *, weekend: bool, return_share: float
) -> Ticks:
    """Draw when the vehicles of a fleet come on a day.

    Parameters
    ----------
    rng : generator of the day
    tables : hourly shares of the place
    size : vehicles of the fleet
    weekend : whether the day is a Saturday or Sunday
    return_share : share of the vehicles that come

    Returns
    -------
    (size,) ticks after midnight, `NO_ARRIVAL` for those that do not come: by the hourly shares, even within the hour
    """
    shares = tables.arrival_share_weekend if weekend else tables.arrival_share_weekday
    if not shares.any():
        return np.full(size, NO_ARRIVAL)
    comes = rng.random(size, np.float32) < return_share
    hour = np.interp(rng.random(size, np.float32), np.concatenate([[0.0], np.cumsum(shares)]), HOUR_EDGES)
    ticks = np.minimum(hour * TICKS_PER_H, DAY_H * TICKS_PER_H - 1).astype(np.uint16)
    return np.where(comes, ticks, NO_ARRIVAL)


def draw_stays(
    rng: np.random.Generator, tables: ArrivalTables, arrival: Ticks, *, drive_scale: float
) -> tuple[Floats, Floats]:
    """Draw how long vehicles stay and what they have driven before, from when they come.

    Parameters
    ----------
    rng : generator of the day
    tables : stays and energies of the place
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
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    return np.clip(stay_h, MIN_STAY_H, MAX_STAY_H), drive_scale * energy_kwh * tables.mean_energy_kwh[hour] / usual_kwh
