"""Peak price: what the bill of a run charges in each month for a further kW of its peak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import AUTO
from ev2gym_dashboard.core.site.billing_period import compute_fixed_charge_mad
from ev2gym_dashboard.core.site.demand import KVA_DIGITS
from ev2gym_dashboard.service.scenarios.demand import bills_monthly_peak, has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, list_billing_times


@dataclass(frozen=True)
class PeakPrice:
    """Price of the peak of a month.

    Parameters
    ----------
    first, last : steps of the run in the month, ``first <= k < last``
    price_mad_kw : price of the peak above what is paid [MAD/kW]
    paid_kw : power up to which nothing is due: subscribed, or billed before the run [kW]
    """

    first: int
    last: int
    price_mad_kw: float
    paid_kw: float


def find_declared_kva(scenario: Scenario) -> float:
    """Return the subscribed power of a scenario without simulating a year: 0 where it is automatic [kVA]."""
    if bills_monthly_peak(scenario) or scenario.subscribed_kva == AUTO:
        return 0.0
    declared = scenario.subscribed_kva
    return scenario.connection_kva if isinstance(declared, str) else float(declared)


def list_peak_prices(scenario: Scenario, n_steps: int, *, subscribed_kva: float) -> list[PeakPrice]:
    """Return the price of the peak in each month of a run; none without a demand charge.

    Parameters
    ----------
    scenario : Scenario; an automatic subscription follows the strategy, so that a kW costs the smaller one of the
        prices of a kVA within it and above it
    n_steps : steps of the run
    subscribed_kva : subscribed power; not used where it is automatic [kVA]
    """
    if not has_demand_charge(scenario):
        return []
    time = list_billing_times(scenario, n_steps)
    per_kva_mad = compute_fixed_charge_mad(
        find_tariff(scenario), time, timestep_h=scenario.timestep_h, subscribed_kva=1.0
    )
    is_auto = scenario.subscribed_kva == AUTO and not bills_monthly_peak(scenario)
    factor = 1.0 if bills_monthly_peak(scenario) else scenario.excess_price_factor
    factor = min(factor, 1.0) if is_auto else factor
    prices, months = [], time.astype("datetime64[M]")
    for number, first in enumerate(np.flatnonzero(np.diff(months, prepend=months[0] - 1).astype(np.int64))):
        last = int(first + np.count_nonzero(months[first:] == months[first]))
        billed_kva = scenario.billed_peak_kva if number == 0 else 0.0
        paid_kva = max(billed_kva, 0.0 if is_auto else subscribed_kva)
        # The bill rounds an excess, at most by half of its last digit.
        paid_kw = (paid_kva + 10.0**-KVA_DIGITS) * scenario.power_factor
        price_mad_kw = factor * float(per_kva_mad[first:last].sum()) / scenario.power_factor
        prices.append(PeakPrice(int(first), last, price_mad_kw, paid_kw))
    return prices
