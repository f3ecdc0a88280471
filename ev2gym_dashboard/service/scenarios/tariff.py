"""Tariff of a scenario: its prices, and the monthly import that selects a tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import GMT_CLOCK, OWN_TARIFF
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.core.site.billing_period import compute_billed_price_mad_kwh
from ev2gym_dashboard.core.site.legal_time import convert_to_legal_time
from ev2gym_dashboard.core.site.tariff import FLAT_KEY, Tariff, list_prices_mad_kwh, make_flat_tariff
from ev2gym_dashboard.core.site.tiers import find_marginal_price_mad_kwh
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff_text
from ev2gym_dashboard.service.scenarios.driving import compute_mean_ev_load_kw
from ev2gym_dashboard.service.scenarios.time_zone import convert_to_zone

MAX_CACHED_ESTIMATES = 64
MEAN_LOAD_SHARE = 0.7
HOURS_PER_MONTH = 730.0
"""The measured day shapes have a mean of about 70 % of their peak; a month counts 730 h."""


def list_tariff_keys() -> tuple[str, ...]:
    """Return the keys of all tariffs: those of ONEE and the flat tariff."""
    return (*load_tariffs(), FLAT_KEY)


def find_tariff(scenario: Scenario) -> Tariff:
    """Return the tariff of a scenario."""
    if scenario.tariff == OWN_TARIFF:
        return parse_tariff_text(scenario.tariff_spec)
    if scenario.tariff == FLAT_KEY:
        return make_flat_tariff(scenario.flat_price_mad_kwh)
    return load_tariffs()[str(scenario.tariff)]


def check_tariff_spec(scenario: Scenario) -> list[Issue]:
    """Return the issues of a scenario's own tariff, each with the field ``"tariff_spec/place"``."""
    if not scenario.tariff_spec:
        return (
            [Issue("tariff", "needs a tariff file; give one, or choose another tariff")]
            if scenario.tariff == OWN_TARIFF
            else []
        )
    try:
        parse_tariff_text(scenario.tariff_spec)
    except ValidationError as error:
        return [replace(issue, field=f"tariff_spec/{issue.field}") for issue in error.issues]
    return []


def select_own_tariff(scenario: Scenario, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for a scenario in which a tariff file that is given takes effect, and one removed ends."""
    chosen: dict[str, Any] = {}
    if values.get("tariff_spec"):
        chosen = {"tariff": OWN_TARIFF}
    elif "tariff_spec" in values and values.get("tariff", scenario.tariff) == OWN_TARIFF:
        chosen = {"tariff": Scenario.tariff}
    return {**values, **chosen}


def list_scenario_prices(scenario: Scenario) -> tuple[float, ...]:
    """Return every possible price of a scenario, each once, rising: those of its price series or of its tariff."""
    if scenario.price_profile:
        return tuple(np.unique(scenario.price_profile.values).tolist())
    return list_prices_mad_kwh(find_tariff(scenario), monthly_kwh=estimate_monthly_kwh(scenario))


def has_tiers(scenario: Scenario) -> bool:
    """Return whether the bill of a scenario depends on its monthly import."""
    return not scenario.price_profile and find_tariff(scenario).has_tiers


def compute_marginal_tier_price(scenario: Scenario) -> float:
    """Return the price of the tier that the expected monthly import reaches [MAD/kWh]."""
    return find_marginal_price_mad_kwh(find_tariff(scenario).tiers, estimate_monthly_kwh(scenario))


# Each day of a run asks for it.
@lru_cache(maxsize=MAX_CACHED_ESTIMATES)
def estimate_monthly_kwh(scenario: Scenario) -> float:
    """Return the expected monthly import of the site [kWh].

    Notes
    -----
    Base load and expected charging of the EVs; V2G and solar power are not deducted. It selects the tier of the price
    that strategies and the page see in a step; the bill takes the import at the meter instead.
    """
    return HOURS_PER_MONTH * (_compute_mean_load_kw(scenario) + compute_mean_ev_load_kw(scenario))


def compute_billed_prices(
    scenario: Scenario,
    import_kw: Sequence[float] | Floats,
    step_prices_mad_kwh: Sequence[float] | Floats,
    *,
    first_step: int = 0,
) -> Floats:
    """Return the price at which each of some steps is billed, (steps,) [MAD/kWh].

    Parameters
    ----------
    scenario : Scenario
    import_kw : import at the meter, (steps,) [kW]
    step_prices_mad_kwh : the prices that the strategy saw, which are those of the bill without tiers, (steps,)
    first_step : the first one of the steps, which begins a billing month if it is not that of the run
    """
    if not has_tiers(scenario):
        return np.asarray(step_prices_mad_kwh, dtype=np.float64)
    import_kwh = np.asarray(import_kw, dtype=np.float64) * scenario.timestep_h
    time = list_billing_times(scenario, len(import_kwh), first_step=first_step)
    return compute_billed_price_mad_kwh(find_tariff(scenario), time, import_kwh, timestep_h=scenario.timestep_h)


def list_billing_times(scenario: Scenario, n_steps: int, *, first_step: int = 0) -> NDArray[np.datetime64]:
    """Return the times at which the steps from one on begin, by the clock of the tariff, (n_steps,) to the minute."""
    # NumPy's times know no zone.
    start, minute = np.datetime64(scenario.start_time.replace(tzinfo=None), "m"), np.timedelta64(1, "m")
    time = start + np.arange(first_step, first_step + n_steps) * scenario.timestep_min * minute
    return convert_to_tariff_time(scenario, time)


def convert_to_tariff_time(scenario: Scenario, time: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return times in UTC by the clock of a scenario's tariff, both (k,) to the minute."""
    zone = find_tariff(scenario).time_zone
    if zone:
        return convert_to_zone(time, zone)
    return time if scenario.tariff_clock == GMT_CLOCK else convert_to_legal_time(time)


def _compute_mean_load_kw(scenario: Scenario) -> float:
    if scenario.base_load_profile:
        return fmean(scenario.base_load_profile.values)
    return scenario.base_load_kw_per_vehicle * scenario.fleet_size * MEAN_LOAD_SHARE
