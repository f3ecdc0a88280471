"""CO2 factor of the grid of a scenario: constant, or the user's series."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.profiles import resample_profile


def compute_co2_g_kwh(scenario: Scenario, n_steps: int) -> float | Floats:
    """Return the CO2 factor of the grid: one number, or with a series that of each of the first steps [g/kWh]."""
    if not scenario.co2_profile:
        return scenario.co2_g_kwh
    start, timestep_min = scenario.start_time, scenario.timestep_min
    # Days of the series begin at midnight, the run at a step of its first day.
    first_step = (start.hour * 60 + start.minute) // timestep_min
    n_days = (first_step + n_steps) // scenario.steps_per_day + 1
    # A day of the series that repeats is resampled once.
    n_profiles = len(scenario.co2_profile)
    days = [resample_profile(scenario.co2_profile, day, timestep_min) for day in range(min(n_days, n_profiles))]
    steps = np.arange(first_step, first_step + n_steps) % (n_profiles * scenario.steps_per_day)
    factors: Floats = np.concatenate(days)[steps]
    return factors
