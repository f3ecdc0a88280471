"""Power charges: the demand charge of a tariff, and a price of the peak, as rows over the steps of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.site_cost import PowerCharge
from ev2gym_dashboard.core.scenario import AUTO, Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.site.billing_period import compute_fixed_charge_mad
from ev2gym_dashboard.core.site.demand import KVA_DIGITS
from ev2gym_dashboard.service.scenarios.demand import bills_monthly_peak, compute_demand_charge, has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, list_billing_times


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
    charges = [*_list_demand_charges(scenario, n_steps, subscribed_kva)] if has_demand_charge(scenario) else []
    if peak_mad_kw > 0.0:
        charges.append(PowerCharge(peak_mad_kw, 0.0, np.eye(n_steps)))
    return tuple(charges)


def compute_standing_charges_mad(scenario: Scenario, n_steps: int, *, subscribed_kva: float) -> float:
    """Return what the bill charges whatever the import is [MAD]."""
    base_kva = 0.0 if scenario.subscribed_kva == AUTO and has_demand_charge(scenario) else subscribed_kva
    charge = compute_demand_charge(scenario, [0.0] * n_steps, subscribed_kva=base_kva)
    return float(charge.fixed_mad.sum())


def _list_demand_charges(scenario: Scenario, n_steps: int, subscribed_kva: float) -> Iterator[PowerCharge]:
    time = list_billing_times(scenario, n_steps)
    per_kva_mad = compute_fixed_charge_mad(
        find_tariff(scenario), time, timestep_h=scenario.timestep_h, subscribed_kva=1.0
    )
    is_auto = scenario.subscribed_kva == AUTO and not bills_monthly_peak(scenario)
    factor = 1.0 if bills_monthly_peak(scenario) else scenario.excess_price_factor
    factor = min(factor, 1.0) if is_auto else factor
    weights, month = _meter_weights(scenario, n_steps), time.astype("datetime64[M]")
    for number, name in enumerate(np.unique(month)):
        steps = month == name
        billed_kva = scenario.billed_peak_kva if number == 0 else 0.0
        paid_kva = max(billed_kva, 0.0 if is_auto else subscribed_kva)
        # The bill rounds an excess, at most by half of its last digit.
        paid_kw = (paid_kva + 10.0**-KVA_DIGITS) * scenario.power_factor
        price_mad_kw = factor * float(per_kva_mad[steps].sum()) / scenario.power_factor
        rows = np.unique(weights[steps], axis=0)
        yield PowerCharge(price_mad_kw, paid_kw, rows)


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
