"""Planning: what a strategy that plans ahead knows of a step, beside the vehicles and series of its view."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.newcomers import ExpectedNeeds


@dataclass(frozen=True)
class PlanningPrices:
    """Prices by which a run is judged, beside those of import and export.

    Parameters
    ----------
    wear_mad_kwh : wear of the batteries per kWh given back at the EVSE [MAD/kWh]
    unserved_mad_kwh : price of energy missing to the target at a departure [MAD/kWh]
    demand_mad_kw : what the run's bill of the current month charges for a further kW of its peak [MAD/kW]
    paid_kw : peak of this month that is paid for already: subscribed, billed before the run, or reached in it [kW]
    hold_mad_kwh_h : calendar wear of a kWh from the grid that a battery holds for an hour [MAD/kWh/h]
    """

    wear_mad_kwh: float
    unserved_mad_kwh: float
    demand_mad_kw: float = 0.0
    paid_kw: float = 0.0
    hold_mad_kwh_h: float = 0.0


@dataclass(frozen=True, eq=False)
class PlanningInputs:
    """What a plan starts from.

    Parameters
    ----------
    prices : PlanningPrices
    discharge_kw : (n,) V2G ratings of the plugged-in vehicles at their EVSEs, 0 with V2G off [kW]
    floor_soc : SOC at which V2G stops
    newcomers : what vehicles that have yet to arrive are expected to need, from statistics of days alone
    """

    prices: PlanningPrices
    discharge_kw: Floats
    floor_soc: float
    newcomers: ExpectedNeeds
