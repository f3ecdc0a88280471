"""Demand charge of a scenario: what its bill charges for power."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.site.billing_period import compute_fixed_charge_mad, compute_standing_charge_mad
from ev2gym_dashboard.core.site.demand import (
    DemandCharge,
    compute_excess_charge_mad,
    compute_metered_kva,
    compute_needed_kva,
)
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, list_billing_times


def has_demand_charge(scenario: Scenario) -> bool:
    """Return whether the tariff of a scenario charges for power."""
    return find_tariff(scenario).fixed_mad_per_kva_year > 0.0


def bills_monthly_peak(scenario: Scenario) -> bool:
    """Return whether the tariff of a scenario charges for the metered peak of each month, without a subscription."""
    return find_tariff(scenario).bills_monthly_peak


def compute_demand_charge(
    scenario: Scenario, import_kw: Sequence[float] | Floats, *, subscribed_kva: float, first_step: int = 0
) -> DemandCharge:
    """Return the metered power of some steps, and what it costs.

    Parameters
    ----------
    scenario : Scenario
    import_kw : import at the meter, (steps,) [kW]
    subscribed_kva : subscribed power [kVA]
    first_step : the first one of the steps, which begins a billing month and a metering interval if it is not that of
        the run
    """
    tariff, time = find_tariff(scenario), list_billing_times(scenario, len(import_kw), first_step=first_step)
    metered_kva = meter_power_kva(scenario, import_kw, first_step=first_step)
    per_kva_mad = compute_fixed_charge_mad(tariff, time, timestep_h=scenario.timestep_h, subscribed_kva=1.0)
    excess_mad = compute_excess_charge_mad(
        time.astype("datetime64[M]"),
        metered_kva,
        per_kva_mad,
        subscribed_kva=subscribed_kva,
        billed_peak_kva=scenario.billed_peak_kva if first_step == 0 else 0.0,
        # A charge for the peak of each month is one above a subscription of 0, at the price of a kVA itself.
        price_factor=1.0 if tariff.bills_monthly_peak else scenario.excess_price_factor,
    )
    fixed_mad = per_kva_mad * subscribed_kva
    if tariff.standing_mad_per_year:
        fixed_mad = fixed_mad + compute_standing_charge_mad(tariff, time, timestep_h=scenario.timestep_h)
    return DemandCharge(metered_kva, fixed_mad, excess_mad)


def meter_power_kva(scenario: Scenario, import_kw: Sequence[float] | Floats, *, first_step: int = 0) -> Floats:
    """Return the power that the meter registers in the interval in which each of some steps begins [kVA]."""
    start = scenario.start_time
    return compute_metered_kva(
        np.asarray(import_kw, dtype=np.float64),
        start_min=start.hour * MINUTES_PER_HOUR + start.minute + first_step * scenario.timestep_min,
        timestep_min=scenario.timestep_min,
        interval_min=scenario.metering_interval_min,
        power_factor=scenario.power_factor,
    )


def compute_demand_kpis(scenario: Scenario, peak_kva: float, *, subscribed_kva: float) -> dict[str, float]:
    """Return the KPIs of the metered power.

    Parameters
    ----------
    scenario : Scenario
    peak_kva : largest metered power, see `meter_power_kva`; 0 before the first step [kVA]
    subscribed_kva : subscribed power [kVA]

    Returns
    -------
    ``subscription_kva`` : subscribed power
    ``metered_peak_kva`` : largest metered power; 0 before the first step
    ``needed_subscription_kva`` : least subscription, in whole kVA, that the run would not have exceeded; 0 under a
    tariff without a charge for subscribed power
    ``subscription_mad_year`` : what that one costs in a year
    """
    has_subscription = has_demand_charge(scenario) and not bills_monthly_peak(scenario)
    needed_kva = compute_needed_kva(np.array([peak_kva])) if has_subscription else 0.0
    return {
        "subscription_kva": subscribed_kva,
        "metered_peak_kva": peak_kva,
        "needed_subscription_kva": needed_kva,
        "subscription_mad_year": needed_kva * find_tariff(scenario).fixed_mad_per_kva_year,
    }
