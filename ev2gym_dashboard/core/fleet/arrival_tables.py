"""Arrival tables: arrivals, stays and energy of the charging sessions of a place, by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats

HOURS_PER_DAY = 24


@dataclass(frozen=True, eq=False)
class ArrivalTables:
    """Charging sessions of one place; hourly tables are by the hour of arrival.

    Parameters
    ----------
    arrival_share_weekday, arrival_share_weekend : share of a day's arrivals per hour, (24,), sum 1; all 0 for days
        without arrivals
    mean_stay_h : mean stay, (24,) [h]
    mean_energy_kwh : mean energy of a session, (24,) [kWh]
    quantile_points : shares of the sessions, (q,), rising from 0 to 1
    stay_quantiles_h : stay that this share does not exceed, all hours together, (q,) [h]
    energy_quantiles_kwh : energy that this share does not exceed, all hours together, (q,) [kWh]
    filled_hours : hours without a mean in the source, which take that of the nearest hour
    """

    arrival_share_weekday: Floats
    arrival_share_weekend: Floats
    mean_stay_h: Floats
    mean_energy_kwh: Floats
    quantile_points: Floats
    stay_quantiles_h: Floats
    energy_quantiles_kwh: Floats
    filled_hours: tuple[int, ...]


def fill_from_nearest_hour(values: Floats) -> Floats:
    """Return hourly values, (24,), with each NaN replaced by the value of the nearest hour, across midnight."""
    known = np.flatnonzero(~np.isnan(values))
    hours = np.arange(HOURS_PER_DAY)
    after = (known[None, :] - hours[:, None]) % HOURS_PER_DAY
    distance = np.minimum(after, HOURS_PER_DAY - after)
    filled: Floats = values[known[distance.argmin(axis=1)]]
    return filled
