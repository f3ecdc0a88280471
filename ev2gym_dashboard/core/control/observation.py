"""Observation: the plugged-in vehicles of a step, as a strategy observes them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.arrays import Codes, Floats, Indices, Rows
from ev2gym_dashboard.core.control.memory import NO_MEMORY, Memory
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True, slots=True)
class StepView:
    """Plugged-in vehicles, n of them, in one step.

    Parameters
    ----------
    moment : the site in the step
    target_soc : SOC that drivers need at departure, (n,), or a number where all need the same
    soc : (n,) state of charge
    hours_left : (n,) time to the departure [h]
    gain : (n,) SOC gained in the step at full power below the taper
    charge_limit_kw : (n,) largest mean charging power over the step, the taper included [kW]
    discharge_limit_kw : (n,) largest mean discharging power over the step, positive; 0 without V2G [kW]
    kw_per_gain, kw_per_use : (n,) mean power at the grid side that gains or gives back a SOC of 1 in the step [kW]
    code : (n,) code of model and EVSE, as in the `Ratings`
    vehicle_id : (n,) number of each vehicle in the fleet, the same in every step of a run
    taper_soc_by_code : (codes,) SOC from which the power of charging falls
    surplus_share : share of the charging requests that the site's surplus covers; 1 while the demand is summed
    kept : what the strategy keeps of the run; read it as ``memory`` and ``site_memory``
    """

    moment: Moment
    target_soc: float | Floats
    soc: Floats
    hours_left: Floats
    gain: Floats
    charge_limit_kw: Floats
    discharge_limit_kw: Floats
    kw_per_gain: Floats
    kw_per_use: Floats
    code: Codes
    vehicle_id: Rows | Indices
    taper_soc_by_code: Floats = field(repr=False)
    surplus_share: float = 1.0
    kept: Memory = field(default=NO_MEMORY, repr=False)

    @property
    def memory(self) -> Floats:
        """Numbers that the strategy keeps of each vehicle, (n, declared size); zeros at first."""
        return self.kept.vehicles.take(self.vehicle_id, axis=0)

    @property
    def site_memory(self) -> Floats:
        """Numbers that the strategy keeps of the site, (declared size,), a copy; zeros at first."""
        return self.kept.site.copy()

    def charge_to_soc(self, soc: float | Floats) -> Floats:
        """Return the power (n,) [kW] that charges as fast as possible and stops at ``soc``."""
        return np.minimum(self.charge_limit_kw, self.compute_power_to_soc(soc))

    def discharge_to_soc(self, soc: float | Floats) -> Floats:
        """Return the power (n,) [kW], negative, that discharges as fast as possible and stops at ``soc``."""
        return -np.minimum(self.discharge_limit_kw, self.compute_power_above_soc(soc))

    def compute_power_to_soc(self, soc: float | Floats) -> Floats:
        """Return the mean power (n,) [kW] that reaches ``soc`` in this step, 0 above it, without limits."""
        return np.maximum(soc - self.soc, 0.0) * self.kw_per_gain

    def compute_power_above_soc(self, soc: float | Floats) -> Floats:
        """Return the mean power (n,) [kW], positive, that falls to ``soc`` in this step, 0 below it, without limits."""
        return np.maximum(self.soc - soc, 0.0) * self.kw_per_use

    def find_last_step(self, n_known: int) -> Indices:
        """Return the last step (n,) before each departure, counted from this one, within ``n_known`` steps."""
        # Half a step less rounds to the last step: the time left is a multiple of the step up to its rounding.
        last = (self.hours_left / self.moment.timestep_h - 0.5).astype(np.intp)
        return np.minimum(last, n_known - 1, out=last)

    def compute_steps_to_soc(self, soc: float | Floats) -> Floats:
        """Return the steps (n,) at full power to ``soc``; 0 above it, and where the EVSE cannot charge."""
        return self.compute_steps_between(self.soc, soc)

    def compute_steps_between(self, low_soc: Floats, high_soc: float | Floats) -> Floats:
        """Return the steps (n,) at full power from one SOC to another; 0 where the EVSE cannot charge.

        Notes
        -----
        The inverse of `compute_soc_after_charging`: a straight line below the taper, a logarithm in it.
        """
        taper_soc, high_soc = self.taper_soc_by_code.take(self.code), np.minimum(high_soc, FULL_SOC)
        straight = np.maximum(np.minimum(high_soc, taper_soc) - low_soc, 0.0)
        entry_soc = np.minimum(np.maximum(low_soc, taper_soc), high_soc)
        soc = straight + (1.0 - taper_soc) * np.log((1.0 - entry_soc) / (1.0 - high_soc))
        return np.divide(soc, self.gain, out=np.zeros(soc.shape), where=self.gain > 0.0)
