"""Billing: what each step adds to the bills of some fleets, as the settlement of their runs would have it."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.site.billing_period import METER_DIGITS, compute_fixed_charge_mad
from ev2gym_dashboard.core.site.demand import KVA_DIGITS
from ev2gym_dashboard.core.site.tariff import compute_tier_price_mad_kwh
from ev2gym_dashboard.service.scenarios.demand import bills_monthly_peak, compute_demand_charge, has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, has_tiers, list_billing_times


class SiteBilling:
    """Rules of the bill of a scenario, with the charges and months of its steps.

    Parameters
    ----------
    scenario : Scenario
    subscribed_kva : subscribed power [kVA]
    """

    def __init__(self, scenario: Scenario, *, subscribed_kva: float) -> None:
        self.scenario, self.tariff, self.timestep_h = scenario, find_tariff(scenario), scenario.timestep_h
        self.has_tiers, self.has_demand_charge = has_tiers(scenario), has_demand_charge(scenario)
        no_import_kw = np.zeros(scenario.n_steps)
        # Numbers of Python: with a scalar of NumPy, an operation takes several times as long.
        self.fixed_mad = compute_demand_charge(scenario, no_import_kw, subscribed_kva=subscribed_kva).fixed_mad.tolist()
        time = list_billing_times(scenario, scenario.n_steps)
        months, self.month = np.unique(time.astype("datetime64[M]"), return_inverse=True)
        self.begins_month = np.diff(self.month, prepend=0).astype(np.bool_).tolist()
        self.month_h = ((months + 1).astype("datetime64[h]") - months.astype("datetime64[h]")).astype(np.float64)
        price_factor = 1.0 if bills_monthly_peak(scenario) else scenario.excess_price_factor
        per_kva_mad = compute_fixed_charge_mad(self.tariff, time, timestep_h=self.timestep_h, subscribed_kva=1.0)
        self.excess_mad_per_kva = price_factor * per_kva_mad
        self.paid_kva = np.full(len(months), subscribed_kva)
        self.paid_kva[0] = max(subscribed_kva, scenario.billed_peak_kva)
        self.start_min = scenario.start_time.hour * MINUTES_PER_HOUR + scenario.start_time.minute


class RunningBills:
    """Bills of some fleets of a site, step by step.

    A step costs the growth of the bill: a higher peak, or another tier, changes what earlier steps of its month cost.
    """

    def __init__(self, site: SiteBilling, n_fleets: int) -> None:
        self.site = site
        self.n_steps = 0
        self.interval = -1
        self.metered_kw_min, self.next_kw_min = np.zeros(n_fleets), np.zeros(n_fleets)
        self._begin_month(n_fleets)

    def _begin_month(self, n_fleets: int) -> None:
        self.import_kwh, self.peak_kva = np.zeros(n_fleets), np.zeros(n_fleets)
        self.import_mad, self.excess_mad = np.zeros(n_fleets), np.zeros(n_fleets)
        self.hours, self.excess_mad_per_kva = 0.0, 0.0

    def add_step(self, import_kw: Floats, export_kw: Floats, price_mad_kwh: Floats, export_mad_kwh: Floats) -> Floats:
        """Return what a step adds to each bill, each (fleets,) [MAD], as `settle_bill` would have it."""
        site, step = self.site, self.n_steps
        if site.begins_month[step]:
            self._begin_month(len(import_kw))
        # Under tiers, the price is that of the growth of the month's import bill.
        import_mad = 0.0 if site.has_tiers else import_kw * site.timestep_h * price_mad_kwh
        cost_mad: Floats = import_mad - export_kw * site.timestep_h * export_mad_kwh + site.fixed_mad[step]
        if site.has_demand_charge:
            cost_mad = cost_mad + self._grow_excess_mad(import_kw)
        if site.has_tiers:
            cost_mad = cost_mad + self._grow_import_mad(import_kw)
        self.n_steps += 1
        return cost_mad

    def _grow_excess_mad(self, import_kw: Floats) -> Floats:
        site, billed_mad = self.site, self.excess_mad
        self.peak_kva = np.maximum(self.peak_kva, self._meter_kva(import_kw))
        self.excess_mad_per_kva += float(site.excess_mad_per_kva[self.n_steps])
        excess_kva = np.maximum(self.peak_kva - site.paid_kva[site.month[self.n_steps]], 0.0).round(KVA_DIGITS)
        self.excess_mad = self.excess_mad_per_kva * excess_kva
        return self.excess_mad - billed_mad

    def _meter_kva(self, import_kw: Floats) -> Floats:
        """Return the power in the metering interval in which this step begins, as metered so far, (fleets,) [kVA]."""
        site, scenario = self.site, self.site.scenario
        if scenario.timestep_min >= scenario.metering_interval_min:
            return import_kw / scenario.power_factor
        start_min = site.start_min + self.n_steps * scenario.timestep_min
        interval, minute = divmod(start_min, scenario.metering_interval_min)
        if interval != self.interval:
            # A step can reach into the next interval.
            self.interval, self.metered_kw_min = interval, self.next_kw_min
        minutes_in_own = min(scenario.metering_interval_min - minute, scenario.timestep_min)
        self.metered_kw_min = self.metered_kw_min + import_kw * minutes_in_own
        self.next_kw_min = import_kw * (scenario.timestep_min - minutes_in_own)
        metered_kva: Floats = self.metered_kw_min / scenario.metering_interval_min / scenario.power_factor
        return metered_kva

    def _grow_import_mad(self, import_kw: Floats) -> Floats:
        site, billed_mad = self.site, self.import_mad
        self.import_kwh = self.import_kwh + import_kw * site.timestep_h
        self.hours += site.timestep_h
        # Scaled to the whole month by hours, as the settlement of a part of a month.
        monthly_kwh = self.import_kwh * (site.month_h[site.month[self.n_steps]] / self.hours)
        prices = [compute_tier_price_mad_kwh(site.tariff, kwh) for kwh in monthly_kwh.round(METER_DIGITS).tolist()]
        self.import_mad = self.import_kwh * np.array(prices)
        return self.import_mad - billed_mad
