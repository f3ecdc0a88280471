"""Tariff of a scenario: its prices, its fixed charge and the monthly consumption that selects a tier."""

from __future__ import annotations

from statistics import fmean

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.tariff import (
    FLAT_KEY,
    Tariff,
    compute_fixed_charge_mad,
    list_prices_mad_kwh,
    make_flat_tariff,
)
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

MEAN_LOAD_SHARE = 0.7
HOURS_PER_MONTH = 730.0
"""The measured day shapes have a mean of about 70 % of their peak; a month counts 730 h."""


def list_tariff_keys() -> tuple[str, ...]:
    """Return the keys of all tariffs: those of ONEE and the flat tariff."""
    return (*load_tariffs(), FLAT_KEY)


def find_tariff(scenario: Scenario) -> Tariff:
    """Return the tariff of a scenario."""
    if scenario.tariff == FLAT_KEY:
        return make_flat_tariff(scenario.flat_price_mad_kwh)
    return load_tariffs()[scenario.tariff]


def list_scenario_prices(scenario: Scenario) -> tuple[float, ...]:
    """Return every possible price of a scenario, each once, rising: those of its price series or of its tariff."""
    if scenario.price_profile:
        return tuple(sorted({price for day in scenario.price_profile for price in day}))
    return list_prices_mad_kwh(find_tariff(scenario), monthly_kwh=compute_monthly_kwh(scenario))


def compute_monthly_kwh(scenario: Scenario) -> float:
    """Return the monthly consumption of the site without its EVs, which selects the tier [kWh]."""
    return HOURS_PER_MONTH * _compute_mean_load_kw(scenario)


def compute_fixed_mad(scenario: Scenario, n_steps: int) -> Floats:
    """Return the fixed charge of each of the first steps, (n_steps,) [MAD]."""
    # NumPy's times know no zone; these are in UTC, as the tariff expects.
    start, minute = np.datetime64(scenario.start_time.replace(tzinfo=None), "m"), np.timedelta64(1, "m")
    time = start + np.arange(n_steps) * scenario.timestep_min * minute
    return compute_fixed_charge_mad(
        find_tariff(scenario), time, timestep_h=scenario.timestep_h, subscribed_kva=scenario.limit_kw
    )


def _compute_mean_load_kw(scenario: Scenario) -> float:
    if scenario.base_load_profile:
        return fmean(fmean(day) for day in scenario.base_load_profile)
    return scenario.base_load_kw_per_vehicle * scenario.fleet_size * MEAN_LOAD_SHARE
