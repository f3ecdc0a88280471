"""Billing periods: the price of a month's import under tiers, and the fixed charge by year, as pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, Tariff, compute_tier_price_mad_kwh

METER_DIGITS = 6
"""Decimals to which the import of a month selects its tier [kWh]."""


def compute_billed_price_mad_kwh(
    tariff: Tariff, time: NDArray[np.datetime64], import_kwh: NDArray[np.float64], *, timestep_h: float
) -> NDArray[np.float64]:
    """Return the price that tiers bill each step with: the mean price of the import of its calendar month.

    Parameters
    ----------
    tariff : a tariff with tiers
    time : (k,) times at which the steps begin, by the clock of the tariff
    import_kwh : (k,) import at the meter in each step, of EVs and base load [kWh]
    timestep_h : length of a step [h]

    Returns
    -------
    (k,) prices, equal within a month [MAD/kWh]

    Notes
    -----
    Each calendar month is settled on its own. Steps that cover only a part of a month are scaled to the whole of it by
    hours, to find the tier.
    """
    months, row = np.unique(time.astype("datetime64[M]"), return_inverse=True)
    kwh, hours = np.bincount(row, import_kwh), np.bincount(row) * timestep_h
    hours_of_month = (months + 1).astype("datetime64[h]") - months.astype("datetime64[h]")
    monthly_kwh = kwh * hours_of_month.astype(np.float64) / hours
    # Rounded, so that the sum of the steps does not cross the bound of a tier by its rounding error.
    prices = [compute_tier_price_mad_kwh(tariff, kwh) for kwh in monthly_kwh.round(METER_DIGITS).tolist()]
    return np.array(prices, dtype=np.float64)[row]


def compute_fixed_charge_mad(
    tariff: Tariff, time: NDArray[np.datetime64], *, timestep_h: float, subscribed_kva: float
) -> NDArray[np.float64]:
    """Return the share of the yearly fixed charge that falls into steps; those of a calendar year add up to it.

    Parameters
    ----------
    tariff : Tariff
    time : (k,) times at which the steps begin, by the clock of the tariff
    timestep_h : length of a step [h]
    subscribed_kva : subscribed power [kVA]

    Returns
    -------
    (k,) the charge of each step, tax included [MAD]
    """
    hours_of_year = HOURS_PER_DAY * _count_days_of_year(time)
    charge: NDArray[np.float64] = tariff.fixed_mad_per_kva_year * subscribed_kva * timestep_h / hours_of_year
    return charge


def compute_standing_charge_mad(
    tariff: Tariff, time: NDArray[np.datetime64], *, timestep_h: float
) -> NDArray[np.float64]:
    """Return the share of the yearly charge that does not depend on power, for each step, (k,) [MAD]."""
    hours_of_year = HOURS_PER_DAY * _count_days_of_year(time)
    charge: NDArray[np.float64] = tariff.standing_mad_per_year * timestep_h / hours_of_year
    return charge


def _count_days_of_year(time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return the days of the year of each time: a leap year adds up to the same charge as any other."""
    year = time.astype("datetime64[Y]")
    days: NDArray[np.float64] = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.float64)
    return days
