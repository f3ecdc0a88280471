"""Planning prices: the prices by which a strategy judges its plan, which are those of the objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.control.planning import PlanningPrices
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.peak_price import PeakPrice, find_declared_kva, list_peak_prices
from ev2gym_dashboard.service.simulation.calendar_line import compute_calendar_line
from ev2gym_dashboard.service.simulation.end_settlement import (
    compute_given_wear_mad_kwh,
    compute_mean_charge_efficiency,
)


@dataclass
class _PlanPricing:
    """Prices of the steps of a run; those that are the same in all of them are computed once."""

    scenario: Scenario
    wear: tuple[float, float] | None = None
    months: dict[int, list[PeakPrice]] = field(default_factory=dict)

    def __call__(self, engine: Engine) -> PlanningPrices:
        if self.wear is None:
            self.wear = compute_given_wear_mad_kwh(engine), compute_hold_price(engine)
        wear_mad_kwh, hold_mad_kwh_h = self.wear
        price_mad_kw, paid_kw = 0.0, 0.0
        for month in self._list_months(max(self.scenario.n_steps, engine.step + 1)):
            if month.first <= engine.step < month.last:
                net_load_kw = engine.records.series["net_load_kw"]
                reached_kw = float(np.max(net_load_kw[month.first : engine.step], initial=0.0))
                price_mad_kw, paid_kw = month.price_mad_kw, max(month.paid_kw, reached_kw)
        return PlanningPrices(
            wear_mad_kwh=wear_mad_kwh,
            unserved_mad_kwh=self.scenario.unserved_mad_kwh,
            demand_mad_kw=price_mad_kw,
            paid_kw=paid_kw,
            hold_mad_kwh_h=hold_mad_kwh_h,
        )

    def _list_months(self, n_steps: int) -> list[PeakPrice]:
        if n_steps not in self.months:
            subscribed_kva = find_declared_kva(self.scenario)
            self.months = {n_steps: list_peak_prices(self.scenario, n_steps, subscribed_kva=subscribed_kva)}
        return self.months[n_steps]


def compute_hold_price(engine: Engine) -> float:
    """Return the calendar wear of a kWh from the grid that a battery holds for an hour [MAD/kWh/h]."""
    _, hold_mad_kwh = compute_calendar_line(engine)
    return hold_mad_kwh / engine.scenario.timestep_h * compute_mean_charge_efficiency(engine)


def make_plan_pricing(scenario: Scenario) -> Callable[[Engine], PlanningPrices]:
    """Return the function that prices the plan of the next step of a run.

    The price of the peak is what the bill of the whole run charges for it. The mean power of a step stands for that of
    its metering interval.
    """
    return _PlanPricing(scenario)
