"""Base load of a site: a day shape measured in a Moroccan town, scaled to the peak of the site."""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY
from ev2gym_dashboard.service.datasets.load_shapes import DayShape
from ev2gym_dashboard.service.datasets.packaged import read_load_shapes

MAX_CACHED_SHAPES = 32


def compute_base_load_kw(day: date, timestep_min: int, *, peak_kw: float) -> NDArray[np.float64]:
    """Return the base load of a day.

    Parameters
    ----------
    day : the date, UTC; selects the shape of winter, summer or Ramadan
    timestep_min : length of a step; divides a day [min]
    peak_kw : highest load of the day, >= 0; the means over steps are slightly lower [kW]

    Returns
    -------
    (1440 / timestep_min,) mean load over each step [kW]
    """
    if not 0.0 <= peak_kw < math.inf:
        raise ValueError(f"peak_kw must be finite and not below 0, not {peak_kw}")
    by_minute = interpolate_shape(read_load_shapes().find_shape(day))
    means: NDArray[np.float64] = by_minute.reshape(-1, timestep_min).mean(axis=1)
    return peak_kw * means


@lru_cache(maxsize=MAX_CACHED_SHAPES)
def interpolate_shape(shape: DayShape) -> NDArray[np.float64]:
    """Return the mean of each minute of a day, (1440,), from 24 hourly values.

    Notes
    -----
    The hourly values apply at the middle of their hour, with linear interpolation between them, and the day repeats.
    The bends are at the edges of minutes, so the value at the middle of a minute is its exact mean.
    """
    middle_h = (np.arange(MINUTES_PER_DAY) + 0.5) / 60.0
    values: NDArray[np.float64] = np.interp(middle_h, np.arange(HOURS_PER_DAY) + 0.5, shape, period=HOURS_PER_DAY)
    values.flags.writeable = False
    return values
