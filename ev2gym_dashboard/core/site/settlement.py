"""Settlement: cost and CO2 of each step at the meter of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.demand import DemandCharge
from ev2gym_dashboard.core.site.moment import Moment

METER_TOLERANCE_KW = 1e-6
MeterSeries = Mapping[str, Sequence[float] | Floats]

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


def compute_ev_prices(moment: Moment, g2v_kw: float, v2g_kw: float) -> tuple[float, float]:
    """Return what the vehicles' energy costs and saves at the meter in a step, per kWh.

    Parameters
    ----------
    moment : the step
    g2v_kw, v2g_kw : power of all charging and of all discharging vehicles, both >= 0 [kW]

    Returns
    -------
    cost of a charged kWh and saving of a discharged kWh [MAD/kWh]; at no power, the price of import

    Notes
    -----
    The base load comes first, then charging, then V2G. A charged kWh costs the export price as far as it takes PV
    output that would be exported, nothing where that would be curtailed, and the import price otherwise. V2G saves the
    import price up to the load with charging, and earns the export price beyond it. Both add up to the change that the
    vehicles make to the bill of the step.
    """
    other_kw = moment.other_load_kw
    base, charging = compute_bill_mad_h(other_kw, moment), compute_bill_mad_h(other_kw + g2v_kw, moment)
    discharging = compute_bill_mad_h(other_kw + g2v_kw - v2g_kw, moment)
    cost_mad_kwh = (charging - base) / g2v_kw if g2v_kw > 0.0 else moment.price_mad_kwh
    return cost_mad_kwh, (charging - discharging) / v2g_kw if v2g_kw > 0.0 else moment.price_mad_kwh


def compute_bill_mad_h(net_load_kw: float, moment: Moment) -> float:
    """Return the cost of a net load without curtailment per hour, less the pay for what the connection exports."""
    export_kw = min(max(-net_load_kw, 0.0), moment.limit_kw)
    return max(net_load_kw, 0.0) * moment.price_mad_kwh - export_kw * moment.export_mad_kwh


def compute_curtailed_kw(net_load_kw: float, moment: Moment) -> float:
    """Return the PV output that is cut so that the export fits the connection, >= 0 [kW].

    Parameters
    ----------
    net_load_kw : load at the meter with all PV output; V2G is cut before PV, so that it is part of an excess by
        rounding alone [kW]
    moment : the step
    """
    return min(max(-net_load_kw - moment.limit_kw, 0.0), moment.solar_kw)


def compute_charging_price(series: MeterSeries) -> Floats:
    """Return what one kWh more of charging costs the site in each step, (steps,) [MAD/kWh].

    Parameters
    ----------
    series : ``net_load_kw``, ``v2g_kw``, ``curtailed_kw`` [kW], ``price_mad_kwh``, ``export_mad_kwh`` [MAD/kWh], each
        (steps,)

    Returns
    -------
    The price of import; that of export where the site exports PV output; 0 where PV output is curtailed
    """
    # Without V2G, which takes the place of an import or adds an export of its own.
    load_kw = _add_v2g(series)
    # A load that PV output covers exactly leaves a rounding error at the meter, which is no export.
    exporting = load_kw < -METER_TOLERANCE_KW
    curtailing = np.asarray(series["curtailed_kw"], dtype=np.float64) > METER_TOLERANCE_KW
    return np.where(curtailing, 0.0, np.where(exporting, series["export_mad_kwh"], series["price_mad_kwh"]))


def compute_v2g_saving_mad_h(series: MeterSeries) -> Floats:
    """Return what V2G saves and earns at the meter in each step, per hour, (steps,) [MAD/h].

    ``series`` as for `compute_charging_price`: V2G saves the price of import up to the load with charging, and earns
    that of export beyond it.
    """
    load_kw, net_load_kw = _add_v2g(series), np.asarray(series["net_load_kw"], dtype=np.float64)
    less_import_kw = np.maximum(load_kw, 0.0) - np.maximum(net_load_kw, 0.0)
    more_export_kw = np.maximum(-net_load_kw, 0.0) - np.maximum(-load_kw, 0.0)
    return less_import_kw * series["price_mad_kwh"] + more_export_kw * series["export_mad_kwh"]


def _add_v2g(series: MeterSeries) -> Floats:
    """Return the load at the meter without V2G, (steps,) [kW]; V2G is 0 where PV output is curtailed."""
    return np.asarray(series["net_load_kw"], dtype=np.float64) + np.asarray(series["v2g_kw"], dtype=np.float64)


def settle_bill(
    series: MeterSeries,
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
