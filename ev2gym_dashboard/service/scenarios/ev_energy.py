"""Expected charging of the EVs of a scenario, for estimates before a run."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.fleet.arrival_tables import HOURS_PER_DAY, ArrivalTables
from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

WEEKDAYS, WEEKEND_DAYS = 5, 2


def compute_mean_ev_load_kw(scenario: Scenario) -> float:
    """Return the expected mean charging power of the fleet at the grid side, V2G left out [kW].

    Notes
    -----
    Arrivals per day times the mean energy driven, over the efficiency of a model without a table; stays, capacities
    and the connection are assumed sufficient.
    """
    if not scenario.n_evse:
        return 0.0
    arrivals_per_day = scenario.return_share * scenario.fleet_size
    return arrivals_per_day * compute_driven_kwh_per_stay(scenario) / DEFAULT_EFFICIENCY / HOURS_PER_DAY


def compute_driven_kwh_per_stay(scenario: Scenario) -> float:
    """Return the mean energy driven before an arrival [kWh]."""
    return scenario.drive_scale * _compute_mean_driven_kwh(load_charging_sessions()[scenario.place])


def _compute_mean_driven_kwh(tables: ArrivalTables) -> float:
    """Return the mean energy driven before an arrival, per day and arriving vehicle; 0 on days without arrivals."""
    mean_kwh = float(np.trapezoid(tables.energy_quantiles_kwh, tables.quantile_points))
    usual_kwh = float(tables.mean_energy_kwh @ tables.arrival_share_weekday)
    by_day_kwh = (
        WEEKDAYS * usual_kwh + WEEKEND_DAYS * float(tables.mean_energy_kwh @ tables.arrival_share_weekend)
    ) / (WEEKDAYS + WEEKEND_DAYS)
    return mean_kwh * by_day_kwh / usual_kwh if usual_kwh > 0.0 else 0.0
