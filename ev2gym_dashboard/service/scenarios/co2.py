"""CO2 factor of the grid of a scenario: constant, or the user's series."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.profiles import list_profile_days


def compute_co2_g_kwh(scenario: Scenario, n_steps: int, *, first_step: int = 0) -> float | Floats:
    """Return the CO2 factor of the grid: one number, or with a series that of each of some steps [g/kWh]."""
    if not scenario.co2_profile:
        return scenario.co2_g_kwh
    start, timestep_min = scenario.start_time, scenario.timestep_min
    # Days of the series begin at midnight, the run at a step of its first day.
    first = (start.hour * 60 + start.minute) // timestep_min + first_step
    n_days = (first + n_steps) // scenario.steps_per_day + 1
    days = list_profile_days(scenario, scenario.co2_profile, n_days)
    factors: Floats = np.concatenate(days)[first : first + n_steps]
    return factors
