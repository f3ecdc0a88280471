"""What a strategy sees of a step, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp] | NDArray[np.uint16]


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
    solar_kw : that of the site's own panels [kW]
    base_load_kw : load of the site without its EVs [kW]
    limit_kw : what the connection carries, in both directions [kW]
    export_mad_kwh : what is paid for export [MAD/kWh]
    """

    hour_h: float
    timestep_h: float
    price_mad_kwh: float
    price_low_mad_kwh: float
    peak: bool
    hours_to_peak_h: float
    hours_of_peak_left_h: float
    solar_kw_per_kwp: float
    solar_kw: float
    base_load_kw: float
    limit_kw: float
    export_mad_kwh: float

    @property
    def other_load_kw(self) -> float:
        """Load of the site without its EVs, net of the sun; negative where the sun gives more [kW]."""
        return self.base_load_kw - self.solar_kw

    def is_in_hours(self, start_h: float, end_h: float) -> bool:
        """Return whether the step begins in a daily window; one that ends before it starts passes midnight."""
        if start_h <= end_h:
            return start_h <= self.hour_h < end_h
        return self.hour_h >= start_h or self.hour_h < end_h


@dataclass(frozen=True, slots=True)
class StepView:
    """Vehicles that are plugged in, n of them, in one step.

    Parameters
    ----------
    moment : the step
    target_soc : SOC that drivers want at departure
    soc : (n,) state of charge
    hours_left : (n,) time to the departure [h]
    gain : (n,) SOC gained in the step at full power below the taper
    charge_limit_kw : (n,) largest mean charging power over the step; knows the taper [kW]
    discharge_limit_kw : (n,) largest mean discharging power over the step, positive; 0 where V2G cannot be [kW]
    kw_per_gain, kw_per_use : (n,) mean power at the grid side for a SOC of 1 gained or given back in the step [kW]
    code : (n,) code of model and EVSE, as in the `Ratings`
    """

    moment: Moment
    target_soc: float
    soc: Floats
    hours_left: Floats
    gain: Floats
    charge_limit_kw: Floats
    discharge_limit_kw: Floats
    kw_per_gain: Floats
    kw_per_use: Floats
    code: Codes

    def charge_to_soc(self, soc: float) -> Floats:
        """Return the power (n,) [kW] that charges as fast as possible and stops at ``soc``."""
        return np.minimum(self.charge_limit_kw, self.compute_power_to_soc(soc))

    def discharge_to_soc(self, soc: float) -> Floats:
        """Return the power (n,) [kW], negative, that discharges as fast as possible and stops at ``soc``."""
        return -np.minimum(self.discharge_limit_kw, self.compute_power_above_soc(soc))

    def compute_power_to_soc(self, soc: float) -> Floats:
        """Return the mean power (n,) [kW] that would reach ``soc`` in this step, 0 above it, whatever the limits."""
        return np.maximum(soc - self.soc, 0.0) * self.kw_per_gain

    def compute_power_above_soc(self, soc: float) -> Floats:
        """Return the mean power (n,) [kW], positive, that would come down to ``soc`` in this step, 0 below it."""
        return np.maximum(self.soc - soc, 0.0) * self.kw_per_use
