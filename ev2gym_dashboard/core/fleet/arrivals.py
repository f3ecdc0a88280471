"""Arrivals: arrival times, stays and driven energy of a day, drawn from the seed."""

from __future__ import annotations

import math

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Floats32, Ticks
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables
from ev2gym_dashboard.core.fleet.stay_distribution import (
    HOUR_MEAN_SPREAD,
    MAX_HOUR_MEAN_STAY_H,
    MIN_STAY_H,
    STAY_ENERGY_CORRELATION,
    find_table_indices,
    fit_session_copula,
)
from ev2gym_dashboard.core.scenario_options import HOUR_MEAN_STAYS

DAY_H = 24
TICKS_PER_H = 900
"""Arrivals and departures are counted in ticks of 4 s: integers compare exactly, and a day of them fits 16 bits."""
NO_ARRIVAL = np.uint16(2**16 - 1)
HOUR_EDGES = np.arange(DAY_H + 1, dtype=np.float64)
DAY_KEY_OFFSET = 2**31
"""Offset that keeps the key of the generator positive for days before the start of a run."""

ARRIVAL_STREAM, STAY_STREAM = 0, 1
"""Random streams of a day: the number of its arrivals must not shift the draws of its stays."""


def make_day_rng(seed: int, day: int, stream: int = 0) -> np.random.Generator:
    """Return the random generator of a day; it is counter-based, so that no day needs the draws of earlier days."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, 2 * (DAY_KEY_OFFSET + day) + stream], np.uint64)))


def draw_arrivals(rng: np.random.Generator, rates: Floats, size: int) -> Ticks:
    """Draw the arrivals of a fleet on a day.

    Parameters
    ----------
    rng : generator of the day
    rates : (24,) probability that a vehicle on the road arrives, by hour; sum 1 at most
    size : number of vehicles

    Returns
    -------
    (size,) ticks after midnight, `NO_ARRIVAL` without an arrival; uniform within the hour
    """
    total = float(rates.sum())
    # Without arrivals the cumulative rates are flat, and have no inverse.
    if total == 0.0:
        return np.full(size, NO_ARRIVAL)
    is_arriving = rng.random(size, np.float32) < total
    # Inverse transform: the cumulative rates are linear within an hour. float32 halves the time of the draws, and is
    # finer than a tick.
    arriving = np.flatnonzero(is_arriving)
    draws = rng.random(size, np.float32).take(arriving)
    hour = np.interp(draws, np.concatenate([[0.0], np.cumsum(rates / total)]), HOUR_EDGES)
    ticks = np.full(size, NO_ARRIVAL)
    # Rounding may put a draw at 24:00, which belongs to the next day.
    ticks[arriving] = np.minimum(hour * TICKS_PER_H, DAY_H * TICKS_PER_H - 1)
    return ticks


def draw_stays(
    rng: np.random.Generator, tables: ArrivalTables, arrival: Ticks, *, stay_model: str, drive_scale: float
) -> tuple[Floats, Floats | Floats32]:
    """Draw the stays and the driven energy of arriving vehicles.

    Parameters
    ----------
    rng : generator of the day
    tables : arrival tables of the place
    arrival : (n,) ticks after midnight
    stay_model : key of the stay model
    drive_scale : energy driven, as a multiple of the tables'

    Returns
    -------
    stay (n,) [h], energy driven (n,) [kWh]

    Notes
    -----
    ``elaadnl``: the quantiles of the place, jointly, see `fit_session_copula`. ``hour_mean``: stays are normal around
    the mean of the arrival hour with a spread of 0.2 of it, as in EV2Gym (``utils.py``, lines 177-345), from a quarter
    of an hour to a day; energies have the quantiles of the place, scaled by the mean of the arrival hour over that of a
    weekday, independently of the stay.
    """
    draw = _draw_around_hour_means if stay_model == HOUR_MEAN_STAYS else _draw_jointly
    stay_h, energy_kwh = draw(rng, tables, arrival)
    return stay_h, drive_scale * energy_kwh


def _draw_jointly(rng: np.random.Generator, tables: ArrivalTables, arrival: Ticks) -> tuple[Floats, Floats32]:
    # Scores in single precision: half the time of the draws, and finer than a tick.
    copula, hour, size = fit_session_copula(tables), arrival // TICKS_PER_H, len(arrival)
    stay_score, energy_score = rng.standard_normal(size, np.float32), rng.standard_normal(size, np.float32)
    energy_score *= np.float32(math.sqrt(1.0 - STAY_ENERGY_CORRELATION**2))
    energy_score += np.float32(STAY_ENERGY_CORRELATION) * stay_score
    stay_score += copula.stay_shift.take(hour)
    energy_score += copula.energy_shift.take(hour)
    return (
        copula.stay_h.take(find_table_indices(stay_score)),
        copula.energy_kwh.take(find_table_indices(energy_score)),
    )


def _draw_around_hour_means(rng: np.random.Generator, tables: ArrivalTables, arrival: Ticks) -> tuple[Floats, Floats]:
    hour, size = arrival // TICKS_PER_H, len(arrival)
    stay_h = tables.mean_stay_h[hour] * (1.0 + HOUR_MEAN_SPREAD * rng.standard_normal(size, np.float32))
    energy_kwh = np.interp(rng.random(size, np.float32), tables.quantile_points, tables.energy_quantiles_kwh)
    # The quantiles hold for all hours together; this is the mean that they have over a weekday's arrivals.
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    # The normal distribution has no bounds: a stay is neither negative nor longer than a day.
    return np.clip(stay_h, MIN_STAY_H, MAX_HOUR_MEAN_STAY_H), energy_kwh * tables.mean_energy_kwh[hour] / usual_kwh
