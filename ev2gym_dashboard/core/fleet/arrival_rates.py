"""Arrival rates: how often a vehicle has to come on an hour, so that its stays leave the published arrivals."""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.arrival_tables import HOURS_PER_DAY, ArrivalTables
from ev2gym_dashboard.core.fleet.stay_distribution import (
    WEEKDAYS,
    WEEKEND_DAYS,
    compute_longest_stay_h,
    compute_stay_survival,
)

MIN_TRIP_H = 0.5
WITHIN_HOUR = (np.arange(4) + 0.5) / 4
"""Points within an hour at which arrivals and departures are evaluated."""
BISECTIONS = 40
MAX_CACHED_RATES = 256
WEEK = (False,) * WEEKDAYS + (True,) * WEEKEND_DAYS


def compute_arrival_rates(
    tables: ArrivalTables, stay_model: str, weekends: tuple[bool, ...], *, return_share: float
) -> Floats:
    """Return the probability that a vehicle on the road arrives, by hour.

    Parameters
    ----------
    tables : arrival tables of the place
    stay_model : key of the stay model
    weekends : whether the day, the day before it, and so on, as far as vehicles have arrived, are weekend days
    return_share : share of all vehicles that arrive on a day with arrivals

    Returns
    -------
    (24,) probabilities, sum 1 at most

    Notes
    -----
    A vehicle that is parked, or left less than half an hour ago, cannot arrive. With ``r p_h`` the share of all
    vehicles that arrive at hour ``h``, the share ``r B_h`` of them is parked then, from arrivals on the days before;
    those that are not arrive with ``r p_h / (1 - r B_h)``. The probabilities of a day add up to 1 at most, which bounds
    ``r``: see `compute_highest_return_share`.
    """
    share = min(return_share, compute_highest_return_share(tables, stay_model))
    return _compute_rates(tables, stay_model, weekends, share)


@cache
def compute_highest_return_share(tables: ArrivalTables, stay_model: str) -> float:
    """Return the largest share of the vehicles that can arrive on every day, as they also stay, 0..1."""
    n_days = count_parked_days(tables, stay_model)
    days = [tuple(WEEK[(day - k) % len(WEEK)] for k in range(n_days + 1)) for day in range(len(WEEK))]

    def is_possible(share: float) -> bool:
        parked = [share * _compute_parked(tables, stay_model, weekends).max() for weekends in days]
        return max(parked) < 1.0 and all(
            _compute_rates(tables, stay_model, weekends, share).sum() <= 1.0 for weekends in days
        )

    if is_possible(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if is_possible(middle) else (low, middle)
    return low


def count_parked_days(tables: ArrivalTables, stay_model: str) -> int:
    """Return the number of days for which a stay can keep a vehicle from arriving again."""
    return math.ceil((compute_longest_stay_h(tables, stay_model) + MIN_TRIP_H) / HOURS_PER_DAY)


@lru_cache(maxsize=MAX_CACHED_RATES)
def _compute_rates(tables: ArrivalTables, stay_model: str, weekends: tuple[bool, ...], share: float) -> Floats:
    parked = share * _compute_parked(tables, stay_model, weekends)
    return share * _get_shares(tables, weekend=weekends[0]) / (1.0 - parked)


@lru_cache(maxsize=MAX_CACHED_RATES)
def _compute_parked(tables: ArrivalTables, stay_model: str, weekends: tuple[bool, ...]) -> Floats:
    """Return the share of vehicles parked by hour, (24,), if all arrive on each of the days before."""
    parked = np.zeros(HOURS_PER_DAY)
    for days_ago, weekend in enumerate(weekends[1 : 1 + count_parked_days(tables, stay_model)], start=1):
        parked += _get_shares(tables, weekend=weekend) @ _compute_still_parked(tables, stay_model, days_ago)
    return parked


@cache
def _compute_still_parked(tables: ArrivalTables, stay_model: str, days_ago: int) -> Floats:
    """Return the share of the arrivals of an hour, some days ago, that are parked in each hour, (24, 24)."""
    hours = np.arange(HOURS_PER_DAY)
    within = (WITHIN_HOUR[:, None] - WITHIN_HOUR).ravel()
    stay_h = HOURS_PER_DAY * days_ago + (hours - hours[:, None])[..., None] + within - MIN_TRIP_H
    still_parked: Floats = compute_stay_survival(tables, stay_model, stay_h).mean(axis=-1)
    return still_parked


def _get_shares(tables: ArrivalTables, *, weekend: bool) -> Floats:
    return tables.arrival_share_weekend if weekend else tables.arrival_share_weekday
