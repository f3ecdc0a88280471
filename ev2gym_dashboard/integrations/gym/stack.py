"""Stack: the states of several fleets of one scenario in common arrays, so that one operation reads all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Counts, Floats, Indices
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import WearSums
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.service.simulation.battery_wear import WearLaw


@dataclass(frozen=True)
class Present:
    """Vehicles plugged in between two steps that stay for the next one, n of them in all fleets, each (n,).

    Parameters
    ----------
    fleet, row, model : number of the fleet, of the vehicle in it, and of its model
    code, evse : as in `FleetState`
    soc, gain, taper_soc, target_soc : as in `StepView`
    hours_left : time to the departure [h]
    timestep_h : length of a step [h]
    """

    fleet: Indices
    row: Indices
    model: Indices
    code: Indices
    evse: Indices
    soc: Floats
    gain: Floats
    taper_soc: Floats
    target_soc: float | Floats
    hours_left: Floats
    timestep_h: float


class FleetStack:
    """States of some fleets, whose engines write to the rows of common arrays, (fleets, n)."""

    def __init__(self, engine: Engine, n_fleets: int) -> None:
        self.limits, fleet = engine.limits, engine.fleet
        self.model = np.repeat(np.arange(len(fleet.counts)), fleet.counts)
        self.capacity_kwh = fleet.capacity_kwh[self.model]
        self.wear_law = WearLaw(engine.scenario, capacity_kwh=self.capacity_kwh)
        self.state = _map_arrays(lambda values: np.repeat(values[None], n_fleets, axis=0), engine.state)
        self.rows = [_map_arrays(itemgetter(i), self.state) for i in range(n_fleets)]

    def take_over(self, engine: Engine, number: int) -> None:
        """Let an engine write to the rows of a fleet from now on."""
        for values, row in zip(_list_arrays(engine.state), _list_arrays(self.rows[number]), strict=True):
            row[:] = values
        engine.state = self.rows[number]

    def find_present(self, clock: int) -> Present:
        """Return the vehicles that are plugged in and do not leave in the step that begins."""
        state, limits = self.state, self.limits
        fleet, row = np.nonzero((state.code != UNPLUGGED) & (state.departure_step > clock))
        code = state.code[fleet, row].astype(np.intp)
        return Present(
            fleet,
            row,
            self.model[row],
            code,
            state.evse[fleet, row].astype(np.intp),
            state.soc[fleet, row],
            limits.gain[code],
            limits.ratings.taper_soc[code],
            limits.find_target_soc(code),
            (state.departure_step[fleet, row] - clock).astype(np.float64) * limits.timestep_h,
            limits.timestep_h,
        )

    def compute_wear_mad(self, mean_soc: Floats, plugged_steps: Counts, *, n_steps: int) -> Floats:
        """Return the cost of the wear since the start in each fleet, (fleets,) [MAD].

        Parameters
        ----------
        mean_soc, plugged_steps : (fleets, n) mean SOC of each vehicle, and the steps that it was plugged in
        n_steps : steps since the start
        """
        losses = self.wear_law.compute_losses(
            self.state.wear, mean_soc=mean_soc, plugged_steps=plugged_steps, n_steps=n_steps
        )
        cost_mad = losses[0] * self.wear_law.cost_per_loss_mad + losses[1] * self.wear_law.cost_per_loss_mad
        sums: Floats = cost_mad.sum(axis=-1)
        return sums


def _list_arrays(state: FleetState) -> list[NDArray[Any]]:
    columns = [getattr(state, f.name) for f in fields(state) if f.name != "wear"]
    return [*columns, *(getattr(state.wear, f.name) for f in fields(state.wear))]


def _map_arrays(function: Callable[[Any], Any], state: FleetState) -> FleetState:
    columns = {f.name: function(getattr(state, f.name)) for f in fields(state) if f.name != "wear"}
    wear = WearSums(**{f.name: function(getattr(state.wear, f.name)) for f in fields(state.wear)})
    return FleetState(**columns, wear=wear)
