"""Power charges: the demand charge of a tariff, and a price of the peak, as rows over the steps of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.site_cost import PowerCharge
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.scenario_options import AUTO
from ev2gym_dashboard.service.scenarios.demand import compute_demand_charge, has_demand_charge
from ev2gym_dashboard.service.scenarios.peak_price import list_peak_prices


def list_power_charges(
    scenario: Scenario, n_steps: int, *, subscribed_kva: float, peak_mad_kw: float
) -> tuple[PowerCharge, ...]:
    """Return what a bill charges for power above the subscription, and the price of the peak.

    Parameters
    ----------
    scenario : Scenario; an automatic subscription follows the strategy, so that no strategy pays less than the smaller
        one of the prices of a kVA within it and above it
    n_steps : steps of the run
    subscribed_kva : subscribed power; not used where it is automatic [kVA]
    peak_mad_kw : price of the highest net load [MAD/kW]
    """
    charges = [*_list_demand_charges(scenario, n_steps, subscribed_kva)]
    if peak_mad_kw > 0.0:
        charges.append(PowerCharge(peak_mad_kw, 0.0, np.eye(n_steps)))
    return tuple(charges)


def compute_standing_charges_mad(scenario: Scenario, n_steps: int, *, subscribed_kva: float) -> float:
    """Return what the bill charges whatever the import is [MAD]."""
    base_kva = 0.0 if scenario.subscribed_kva == AUTO and has_demand_charge(scenario) else subscribed_kva
    charge = compute_demand_charge(scenario, [0.0] * n_steps, subscribed_kva=base_kva)
    return float(charge.fixed_mad.sum())


def _list_demand_charges(scenario: Scenario, n_steps: int, subscribed_kva: float) -> Iterator[PowerCharge]:
    weights = _meter_weights(scenario, n_steps)
    for month in list_peak_prices(scenario, n_steps, subscribed_kva=subscribed_kva):
        rows = np.unique(weights[month.first : month.last], axis=0)
        yield PowerCharge(month.price_mad_kw, month.paid_kw, rows)


def _meter_weights(scenario: Scenario, n_steps: int) -> Floats:
    """Return the share of each step in the mean power of the interval in which each step begins, (steps, steps)."""
    step_min, interval_min = scenario.timestep_min, scenario.metering_interval_min
    if step_min >= interval_min:
        return np.eye(n_steps)
    start = scenario.start_time
    begin = (start.hour * MINUTES_PER_HOUR + start.minute) % interval_min + np.arange(n_steps) * step_min
    interval_begin = begin // interval_min * interval_min
    first, last = interval_begin[:, None], interval_begin[:, None] + interval_min
    shared_min = np.minimum(begin + step_min, last) - np.maximum(begin, first)
    weights: Floats = np.maximum(shared_min, 0) / interval_min
    return weights
