"""Objective: the price of everything that a run is judged by, and what a run costs at these prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Quantity, list_declared

KG_PER_TONNE = 1000.0
OBJECTIVE_PRICES = {
    name: declared
    for name in ("v2g_wear_mad_kwh", "unserved_mad_kwh", "owed_mad_kwh", "calendar_share", "co2_mad_t", "peak_mad_kw")
    if isinstance(declared := list_declared(Scenario)[name], Quantity)
}
"""Prices of the objective in the order of the fields of `Objective`; a scenario declares them, by default those of
its total cost."""


@dataclass(frozen=True)
class Objective:
    """Prices of what a run is judged by; the bill at the meter always counts in full.

    Parameters
    ----------
    v2g_wear_mad_kwh : wear of the batteries per kWh given back at the EVSE [MAD/kWh]
    calendar_share : share of the calendar wear that counts, 0..1: packs that are full for longer age faster
    co2_mad_t : price of CO2 [MAD/t]
    unserved_mad_kwh : price of energy missing to the target at a departure [MAD/kWh]
    owed_mad_kwh : value of energy in the batteries at the end [MAD/kWh]
    peak_mad_kw : price of the highest net load, beyond what the bill charges for it [MAD/kW]
    """

    v2g_wear_mad_kwh: float
    unserved_mad_kwh: float
    owed_mad_kwh: float
    calendar_share: float = 1.0
    co2_mad_t: float = 0.0
    peak_mad_kw: float = 0.0

    @property
    def kpi_prices(self) -> dict[str, float]:
        """Price of each KPI that counts, in its unit."""
        return {
            "cost_mad": 1.0,
            "co2_kg": self.co2_mad_t / KG_PER_TONNE,
            "v2g_kwh": self.v2g_wear_mad_kwh,
            "calendar_mad": self.calendar_share,
            "unserved_kwh": self.unserved_mad_kwh,
            "owed_kwh": self.owed_mad_kwh,
        }


def evaluate_objective(objective: Objective, kpis: Mapping[str, float]) -> float:
    """Return what a run costs under an objective, from its KPIs [MAD].

    Parameters
    ----------
    objective : the prices
    kpis : KPIs of the run by name, see `KPIS`

    Returns
    -------
    The objective; strategies and the optimum are compared by it alone [MAD]
    """
    peak_mad = objective.peak_mad_kw * max(kpis["site_peak_kw"], 0.0)
    return peak_mad + sum(price * kpis[name] for name, price in objective.kpi_prices.items() if price)
