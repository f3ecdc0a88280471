"""Observation: the plugged-in vehicles of a step, as a strategy observes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Codes, Floats, Indices, Rows
from ev2gym_dashboard.core.control.elementwise import divide_where_positive, truncate
from ev2gym_dashboard.core.control.memory import NO_MEMORY, Memory
from ev2gym_dashboard.core.control.planning import PlanningInputs
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.site.moment import Moment

NO_TABLES: Floats = np.zeros((0, 0))
ROUNDING_STEPS = 1e-6
"""Steps that rounding alone adds to what a vehicle needs: a whole step at a higher price would be bought for them."""
VehicleView = Any
"""A `StepView` of all plugged-in vehicles or, where the functions below are compiled, its columns for one of them."""


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
    tables : (tables, k) what the strategy's ``tabulate`` returns of the steps ahead, once for all vehicles
    surplus_share : share of the charging requests that the site's surplus covers; 1 while the demand is summed
    kept : what the strategy keeps of the run; read it as ``memory`` and ``site_memory``
    planning : what a plan starts from, while a strategy that declares ``remember`` does so; None elsewhere
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
    tables: Floats = field(default_factory=lambda: NO_TABLES, repr=False)
    surplus_share: float = 1.0
    kept: Memory = field(default=NO_MEMORY, repr=False)
    planning: PlanningInputs | None = field(default=None, repr=False)

    @property
    def taper_soc(self) -> Floats:
        """SOC from which the power of charging falls, (n,)."""
        return self.taper_soc_by_code.take(self.code)

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
        values: Floats = charge_to_soc(self, soc)
        return values

    def discharge_to_soc(self, soc: float | Floats) -> Floats:
        """Return the power (n,) [kW], negative, that discharges as fast as possible and stops at ``soc``."""
        values: Floats = discharge_to_soc(self, soc)
        return values

    def compute_power_to_soc(self, soc: float | Floats) -> Floats:
        """Return the mean power (n,) [kW] that reaches ``soc`` in this step, 0 above it, without limits."""
        values: Floats = compute_power_to_soc(self, soc)
        return values

    def compute_power_above_soc(self, soc: float | Floats) -> Floats:
        """Return the mean power (n,) [kW], positive, that falls to ``soc`` in this step, 0 below it, without limits."""
        values: Floats = compute_power_above_soc(self, soc)
        return values

    def find_last_step(self, n_known: int) -> Indices:
        """Return the last step (n,) before each departure, counted from this one, within ``n_known`` steps."""
        steps: Indices = find_last_step(self, n_known)
        return steps

    def compute_steps_to_soc(self, soc: float | Floats) -> Floats:
        """Return the steps (n,) at full power to ``soc``; 0 above it, and where the EVSE cannot charge."""
        return self.compute_steps_between(self.soc, soc)

    def compute_steps_between(self, low_soc: Floats, high_soc: float | Floats) -> Floats:
        """Return the steps (n,) at full power from one SOC to another; 0 where the EVSE cannot charge.

        Notes
        -----
        The inverse of `compute_soc_after_charging`: a straight line below the taper, a logarithm in it.
        """
        values: Floats = compute_steps_between(self, low_soc, high_soc)
        return values

    def can_recharge(self, given_kw: Floats, n_steps: float | Floats) -> Booleans:
        """Return which vehicles (n,) give back power, and can charge to the target again in ``n_steps`` later steps.

        ``given_kw`` is the power of this step, negative for V2G, (n,) [kW].
        """
        values: Booleans = can_recharge(self, given_kw, n_steps)
        return values


# The methods as functions, in operations that hold for arrays of vehicles and, compiled, for one vehicle.
def charge_to_soc(view: VehicleView, soc: float | Floats) -> Any:
    return np.minimum(view.charge_limit_kw, compute_power_to_soc(view, soc))


def discharge_to_soc(view: VehicleView, soc: float | Floats) -> Any:
    return -np.minimum(view.discharge_limit_kw, compute_power_above_soc(view, soc))


def compute_power_to_soc(view: VehicleView, soc: float | Floats) -> Any:
    return np.maximum(soc - view.soc, 0.0) * view.kw_per_gain


def compute_power_above_soc(view: VehicleView, soc: float | Floats) -> Any:
    return np.maximum(view.soc - soc, 0.0) * view.kw_per_use


def find_last_step(view: VehicleView, n_known: int) -> Any:
    # Half a step less rounds to the last step: the time left is a multiple of the step up to its rounding.
    return np.minimum(truncate(view.hours_left / view.moment.timestep_h - 0.5), n_known - 1)


def compute_steps_to_soc(view: VehicleView, soc: float | Floats) -> Any:
    return compute_steps_between(view, view.soc, soc)


def compute_steps_between(view: VehicleView, low_soc: Any, high_soc: Any) -> Any:
    taper_soc, high_soc = view.taper_soc, np.minimum(high_soc, FULL_SOC)
    straight = np.maximum(np.minimum(high_soc, taper_soc) - low_soc, 0.0)
    entry_soc = np.minimum(np.maximum(low_soc, taper_soc), high_soc)
    soc = straight + (1.0 - taper_soc) * np.log((1.0 - entry_soc) / (1.0 - high_soc))
    return divide_where_positive(soc, view.gain, 0.0)


def can_recharge(view: VehicleView, given_kw: Any, n_steps: Any) -> Any:
    n_needed = compute_steps_between(view, view.soc + given_kw / view.kw_per_use, view.target_soc)
    # An EVSE that cannot charge the vehicle needs 0 steps, as it never will.
    return (given_kw < 0.0) & (view.gain > 0.0) & (n_needed <= n_steps)
