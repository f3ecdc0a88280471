"""User-defined days of equal steps, resampled to the steps of a run."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario import DayProfiles
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY


def resample_profile(profiles: DayProfiles, day_number: int, timestep_min: int) -> NDArray[np.float64]:
    """Return the values of a day, resampled to the steps of a run by means.

    Parameters
    ----------
    profiles : the days; they repeat one after the other
    day_number : 0 for the first day
    timestep_min : length of a step; divides a day [min]

    Returns
    -------
    (1440 / timestep_min,) mean value over each step
    """
    values = np.array(profiles[day_number % len(profiles)])
    # Both kinds of steps consist of whole intervals of their greatest common divisor, whose means are exact.
    profile_step_min = MINUTES_PER_DAY // len(values)
    common_min = math.gcd(profile_step_min, timestep_min)
    intervals = np.repeat(values, profile_step_min // common_min).reshape(-1, timestep_min // common_min)
    means: NDArray[np.float64] = intervals.mean(axis=1)
    return means
