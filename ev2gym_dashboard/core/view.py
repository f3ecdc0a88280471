"""What a strategy sees of a step, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moment:
    """The step itself, in scalars.

    Parameters
    ----------
    hour_h : time of day at which it begins [h]
    timestep_h : its length [h]
    price_mad_kwh : price now [MAD/kWh]
    price_low_mad_kwh : lowest price of the 24 h that begin now [MAD/kWh]
    peak : whether ONEE's peak hours (HP) run
    hours_to_peak_h : time until they begin, 0 while they run, infinite without any [h]
    hours_of_peak_left_h : time until they end, 0 while they do not run [h]
    solar_kw_per_kwp : mean PV output over the step [kW/kWp]
    """

    hour_h: float
    timestep_h: float
    price_mad_kwh: float
    price_low_mad_kwh: float
    peak: bool
    hours_to_peak_h: float
    hours_of_peak_left_h: float
    solar_kw_per_kwp: float

    def within(self, start_h: float, end_h: float) -> bool:
        """Return whether the step begins in a daily window; one that ends before it starts passes midnight."""
        if start_h <= end_h:
            return start_h <= self.hour_h < end_h
        return self.hour_h >= start_h or self.hour_h < end_h


@dataclass(frozen=True, slots=True)
class StepView:
    """Vehicles of one model, n of them, in one step.

    Parameters
    ----------
    moment : the step
    capacity_kwh : size of the battery of the model [kWh]
    target_soc : SOC that its driver wants at departure
    soc : (n,) state of charge
    hours_left : (n,) time to the departure [h]
    charge_rating_kw : (n,) charging power of vehicle and EVSE below the taper, 0 when unplugged [kW]
    charge_limit_kw : (n,) largest mean charging power over the step, 0 when unplugged; knows the taper [kW]
    discharge_limit_kw : (n,) largest mean discharging power over the step, positive; 0 where V2G cannot be [kW]
    charge_efficiency, discharge_efficiency : (n,) fractions
    """

    moment: Moment
    capacity_kwh: float
    target_soc: float
    soc: Floats
    hours_left: Floats
    charge_rating_kw: Floats
    charge_limit_kw: Floats
    discharge_limit_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats

    def charge_to(self, soc: float) -> Floats:
        """Return the power (n,) [kW] that charges as fast as possible and stops at ``soc``."""
        return np.minimum(self.charge_limit_kw, self.energy_to(soc) / self.moment.timestep_h)

    def discharge_to(self, soc: float) -> Floats:
        """Return the power (n,) [kW], negative, that discharges as fast as possible and stops at ``soc``."""
        return -np.minimum(self.discharge_limit_kw, self.energy_above(soc) / self.moment.timestep_h)

    def energy_to(self, soc: float) -> Floats:
        """Return the energy (n,) [kWh] that the grid has to give to reach ``soc``, 0 above it."""
        return np.maximum(soc - self.soc, 0.0) * self.capacity_kwh / self.charge_efficiency

    def energy_above(self, soc: float) -> Floats:
        """Return the energy (n,) [kWh] that the grid gets out of the battery down to ``soc``, 0 below it."""
        return np.maximum(self.soc - soc, 0.0) * self.capacity_kwh * self.discharge_efficiency
