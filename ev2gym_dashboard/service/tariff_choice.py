"""The tariff that a scenario chooses, and the consumption that a tariff by tiers is reckoned with."""

from __future__ import annotations

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.tariff import FLAT_KEY, Tariff, flat_tariff
from ev2gym_dashboard.service.data import load_tariffs

MEAN_LOAD_SHARE = 0.7
HOURS_PER_MONTH = 730.0
"""The measured day shapes have a mean of about 70 % of their peak; a month counts 730 h."""


def tariff_keys() -> tuple[str, ...]:
    """Return the keys of all tariffs that can be chosen: ONEE's, and a flat one of the user's."""
    return (*load_tariffs(), FLAT_KEY)


def tariff_of(scenario: Scenario) -> Tariff:
    """Return the tariff of a scenario."""
    if scenario.tariff == FLAT_KEY:
        return flat_tariff(scenario.flat_price_mad_kwh)
    return load_tariffs()[scenario.tariff]


def monthly_kwh(scenario: Scenario) -> float:
    """Return what the site uses in a month without its EVs, which decides the tier [kWh]."""
    return scenario.base_load_kw_per_vehicle * scenario.fleet_size * MEAN_LOAD_SHARE * HOURS_PER_MONTH
