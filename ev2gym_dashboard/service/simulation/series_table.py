"""Series table: the recorded series of a run, a row per step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import POSTES


def list_times(scenario: Scenario, *, first_step: int = 0, n_steps: int) -> pd.DatetimeIndex:
    """Return the times at which steps begin, in UTC."""
    freq = pd.Timedelta(minutes=scenario.timestep_min)
    return pd.date_range(scenario.get_step_time(first_step), periods=n_steps, freq=freq, name="time")


def make_series_table(columns: Mapping[str, Floats], times: pd.DatetimeIndex) -> pd.DataFrame:
    """Return columns of a run, each (steps,), as a table by the times of its steps; a poste is a category."""
    # All postes are categories, so that tables of short and of long runs have the same ones.
    poste = pd.Categorical.from_codes(columns["poste"].astype(np.int8), categories=pd.Index(POSTES))
    return pd.DataFrame({**columns, "poste": poste}, index=times)
