"""Energy price: the price of import by step that never costs more than the bill, also under tiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.convex import find_lower_hull
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.billing_period import METER_DIGITS
from ev2gym_dashboard.core.site.tariff import Tariff, compute_tier_price_mad_kwh
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, has_tiers, list_billing_times

HOURS_PER_DAY = 24.0


def compute_import_prices(
    scenario: Scenario, step_prices_mad_kwh: Floats, *, lowest_kwh: Floats, highest_kwh: Floats, usual_kwh: Floats
) -> tuple[Floats, float]:
    """Return prices of import and a constant, which together are at most what the bill charges for energy.

    Parameters
    ----------
    scenario : Scenario
    step_prices_mad_kwh : the prices that strategies see, which are those of the bill without tiers, (steps,)
    lowest_kwh, highest_kwh : range of the import of any strategy in each step, (steps,) [kWh]
    usual_kwh : import of some run, at which the prices are those of the bill as nearly as possible, (steps,) [kWh]

    Returns
    -------
    (steps,) prices [MAD/kWh], and the constant [MAD]

    Notes
    -----
    Under tiers the cost of a month is a function of its import alone, with jumps where a tier prices all of it. A line
    that supports its convex envelope over the range of the import is a price for all steps of the month.
    """
    if not has_tiers(scenario):
        return step_prices_mad_kwh, 0.0
    tariff = find_tariff(scenario)
    months, row = np.unique(list_billing_times(scenario, len(usual_kwh)).astype("datetime64[M]"), return_inverse=True)
    ranges = (np.bincount(row, kwh) for kwh in (lowest_kwh, highest_kwh, usual_kwh))
    hours = np.bincount(row) * scenario.timestep_h
    lines = [_find_support_line(tariff, *of_month) for of_month in zip(months, hours, *ranges, strict=True)]
    slopes, constants = np.array(lines).T
    return slopes[row], float(constants.sum())


def _find_support_line(
    tariff: Tariff, month: np.datetime64, hours: float, low_kwh: float, high_kwh: float, usual_kwh: float
) -> tuple[float, float]:
    """Return price and constant of a line below the cost of the import of some hours of a month."""
    scale = _count_hours(month) / hours
    edges_kwh = np.array([*(tier.up_to_kwh for tier in tariff.tiers), tariff.progressive_up_to_kwh])
    # A tier holds up to its edge, and a rounding error of the meter beyond it.
    edges_kwh = edges_kwh[np.isfinite(edges_kwh)] + 10.0**-METER_DIGITS
    after_kwh = np.nextafter(edges_kwh, np.inf)
    inside_kwh = np.concatenate([edges_kwh, after_kwh]) / scale
    inside_kwh = inside_kwh[(inside_kwh > low_kwh) & (inside_kwh < high_kwh)]
    x = np.array([low_kwh, *inside_kwh, max(high_kwh, low_kwh + 1.0)])
    costs = np.array([kwh * _compute_price(tariff, float(kwh * scale)) for kwh in x])
    x, costs = find_lower_hull(x, costs)
    piece = int(np.clip(np.searchsorted(x, usual_kwh) - 1, 0, len(x) - 2))
    slope = (costs[piece + 1] - costs[piece]) / (x[piece + 1] - x[piece])
    return float(slope), float(costs[piece] - slope * x[piece])


def _compute_price(tariff: Tariff, monthly_kwh: float) -> float:
    # The lower one of both sides of an edge, which rounding may choose.
    near = (max(monthly_kwh - 2.0 * 10.0**-METER_DIGITS, 0.0), monthly_kwh)
    return min(compute_tier_price_mad_kwh(tariff, kwh) for kwh in near)


def _count_hours(month: NDArray[np.datetime64] | np.datetime64) -> float:
    hours = (month + 1).astype("datetime64[h]") - month.astype("datetime64[h]")
    return float(hours.astype(np.float64))
