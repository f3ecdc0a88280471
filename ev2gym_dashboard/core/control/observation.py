"""What a strategy sees of a step, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Codes, Floats
from ev2gym_dashboard.core.site.moment import Moment


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
