"""Stay times: the stays of a reference run by vehicle and time, in steps from the start of the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.optimum.stay_recorder import ReferenceRun


@dataclass(frozen=True, eq=False)
class StayTimes:
    """Stays sorted by vehicle and time, each (s,).

    Parameters
    ----------
    order : index of each stay in the reference run
    row : vehicle
    code : code of model and EVSE; without an EVSE that of the fastest one, by which the target is judged
    arrival, plug_in, departure : steps within the run; without an EVSE, the plug-in is the departure
    length : steps from the arrival, which may be before the run, to the departure
    is_first : whether it is the first stay of its vehicle
    is_plugged, is_present, is_closed : whether the vehicle gets an EVSE, is there at the start, and leaves in the run
    """

    order: NDArray[np.intp]
    row: NDArray[np.int32]
    code: NDArray[np.intp]
    arrival: NDArray[np.int64]
    plug_in: NDArray[np.int64]
    departure: NDArray[np.int64]
    length: NDArray[np.int64]
    is_first: Booleans
    is_plugged: Booleans
    is_present: Booleans
    is_closed: Booleans

    @property
    def first_stay(self) -> NDArray[np.int64]:
        """Index of the first stay of each vehicle with one, and the number of stays, (n + 1,)."""
        return np.concatenate([np.flatnonzero(self.is_first), [len(self.row)]]).astype(np.int64)


def find_stay_times(reference: ReferenceRun) -> StayTimes:
    """Return the stays of a reference run by vehicle and time."""
    engine, stays = reference.simulation.engine, reference.stays
    first_clock, n_steps = engine.clock - engine.step, engine.step
    order = np.argsort(stays.vehicle, kind="stable")
    row, is_plugged = stays.vehicle[order], stays.code[order] != UNPLUGGED
    begun, departure = stays.arrival[order].astype(np.int64), stays.departure[order].astype(np.int64)
    end = np.minimum(departure - first_clock, n_steps)
    plug_in = np.maximum(stays.plug_in[order].astype(np.int64) - first_clock, 0)
    fastest = engine.fastest_code[engine.fleet.find_models(row)]
    return StayTimes(
        order=order,
        row=row,
        code=np.where(is_plugged, stays.code[order], fastest).astype(np.intp),
        arrival=np.maximum(begun - first_clock, 0),
        plug_in=np.where(is_plugged, plug_in, end),
        departure=end,
        length=departure - begun,
        is_first=np.diff(row, prepend=-1) != 0,
        is_plugged=is_plugged,
        is_present=order < reference.n_present,
        is_closed=~stays.is_open[order],
    )
