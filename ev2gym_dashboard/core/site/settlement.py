"""Settlement: cost and CO2 of each step at the meter of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.demand import DemandCharge

BILL_COLUMNS = {
    "import_cost_mad": "import times price; under tiers, times the mean price of the import of its calendar month",
    "export_credit_mad": "export times price",
    "fixed_mad": "fixed charge of the subscribed power, by the length of the step",
    "excess_mad": "charge for the metered peak of the month above the subscribed power, by the length of the step",
    "cost_mad": "import_cost_mad - export_credit_mad + fixed_mad + excess_mad",
    "co2_kg": "CO2 of the import; PV output of the site counts as 0",
    "metered_kva": "apparent power of the import, mean over the metering interval in which the step begins",
}
"""Columns that settlement adds to the series: name and meaning; the unit is the suffix."""


def settle_bill(
    series: Mapping[str, Sequence[float] | Floats],
    *,
    timestep_h: float,
    demand_charge: DemandCharge,
    co2_g_kwh: float | Floats,
) -> dict[str, Floats]:
    """Settle a run at the meter, step by step.

    Parameters
    ----------
    series : ``import_kw``, ``export_kw`` >= 0 [kW], ``price_mad_kwh``, ``export_mad_kwh`` [MAD/kWh], each (steps,);
        under tiers the price is that of `compute_billed_price_mad_kwh`
    timestep_h : length of a step [h]
    demand_charge : metered power and what it costs
    co2_g_kwh : emissions of the grid, constant or (steps,) [g/kWh]

    Returns
    -------
    Columns of `BILL_COLUMNS`, each (steps,)
    """
    columns = {name: np.asarray(series[name], dtype=np.float64) for name in _METER_COLUMNS}
    import_kwh, export_kwh = columns["import_kw"] * timestep_h, columns["export_kw"] * timestep_h
    import_cost, export_credit = import_kwh * columns["price_mad_kwh"], export_kwh * columns["export_mad_kwh"]
    return {
        "import_cost_mad": import_cost,
        "export_credit_mad": export_credit,
        "fixed_mad": demand_charge.fixed_mad,
        "excess_mad": demand_charge.excess_mad,
        "cost_mad": import_cost - export_credit + demand_charge.fixed_mad + demand_charge.excess_mad,
        "co2_kg": import_kwh * co2_g_kwh / 1000.0,
        "metered_kva": demand_charge.metered_kva,
    }


_METER_COLUMNS = ("import_kw", "export_kw", "price_mad_kwh", "export_mad_kwh")
