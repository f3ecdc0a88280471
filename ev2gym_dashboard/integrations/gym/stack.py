"""Stack: the arrays of several fleets, made once for all episodes; one operation reads the states of all fleets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Counts, Floats, Indices
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import ModelTotals
from ev2gym_dashboard.core.fleet.ageing import WearSums
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue
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
    """Arrays of some fleets, to which the engines of every episode write; the states are rows of common ones."""

    def __init__(self, engine: Engine, n_fleets: int) -> None:
        self.limits, fleet = engine.limits, engine.fleet
        self.model = np.repeat(np.arange(len(fleet.counts)), fleet.counts)
        self.capacity_kwh = fleet.capacity_kwh[self.model]
        self.wear_law = WearLaw(engine.scenario, capacity_kwh=self.capacity_kwh)
        self.state = _map_arrays(lambda values: np.repeat(values[None], n_fleets, axis=0), engine.state)
        self.rows = [_map_arrays(itemgetter(i), self.state) for i in range(n_fleets)]
        self.row_arrays = [_list_arrays(row) for row in self.rows]
        self.plugs = [_copy_queue(engine.plugs) for _ in range(n_fleets)]
        self.totals = [_copy_totals(engine.models) for _ in range(n_fleets)]

    def take_over(self, engine: Engine, number: int) -> None:
        """Let an engine write to the arrays of a fleet from now on."""
        for values, row in zip(_list_arrays(engine.state), self.row_arrays[number], strict=True):
            row[:] = values
        own, given = self.plugs[number], engine.plugs
        own.kinds[:], own.ring[:], own.first, own.n_free = given.kinds, given.ring, given.first, given.n_free
        own.waiting, own.since, own.code_offset = given.waiting, given.since, given.code_offset
        engine.state, engine.plugs = self.rows[number], own
        self._take_over_totals(engine, number)

    def take_over_start(self, engine: Engine, number: int) -> None:
        """Let an engine that has warmed up write to the arrays of a fleet."""
        if engine.state is self.rows[number]:
            # Its totals alone begin with the run.
            self._take_over_totals(engine, number)
        else:
            self.take_over(engine, number)

    def _take_over_totals(self, engine: Engine, number: int) -> None:
        own = self.totals[number]
        for name in TOTALS:
            getattr(own, name)[:] = getattr(engine.models, name)
        engine.models = own

    @staticmethod
    def release(engine: Engine) -> None:
        """Let an engine have arrays of its own, for somebody who goes on reading it in the next episode."""
        engine.state = _map_arrays(np.copy, engine.state)
        engine.plugs, engine.models = _copy_queue(engine.plugs), _copy_totals(engine.models)

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


STATES = [f.name for f in fields(FleetState) if f.name != "wear"]
SUMS = [f.name for f in fields(WearSums)]
TOTALS = [f.name for f in fields(ModelTotals)]


def _list_arrays(state: FleetState) -> list[NDArray[Any]]:
    return [*(getattr(state, name) for name in STATES), *(getattr(state.wear, name) for name in SUMS)]


def _map_arrays(function: Callable[[Any], Any], state: FleetState) -> FleetState:
    columns = {name: function(getattr(state, name)) for name in STATES}
    return FleetState(**columns, wear=WearSums(**{name: function(getattr(state.wear, name)) for name in SUMS}))


def _copy_queue(plugs: EvseQueue) -> EvseQueue:
    return replace(plugs, kinds=plugs.kinds.copy(), ring=plugs.ring.copy())


def _copy_totals(totals: ModelTotals) -> ModelTotals:
    return ModelTotals(**{name: getattr(totals, name).copy() for name in TOTALS})
