"""Watched vehicle: the past of one vehicle of a live run, recorded by a copy of the run that goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ev2gym_dashboard.core.engine.trace import StateLog, Trace
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.sessions.past_runs import PastFleet
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.sessions.work_budget import MAX_REQUEST_WORK, compute_step_work
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_trace import follow_vehicles
from ev2gym_dashboard.strategies.predictive import PREDICTIVE, read_thresholds

HISTORY_H = 48
STATE_BYTES = 70
"""Approximate memory of the copy per vehicle of the fleet [B]."""
FIRST_CHUNK_STEPS = 4
NO_THRESHOLDS = (float("nan"), float("nan"))


@dataclass
class WatchedVehicle:
    """A copy of a run that records a vehicle from ``first_step`` on, as a trace of the whole run would.

    Parameters
    ----------
    vehicle : number of the vehicle
    changes : those of the run that the copy has had
    thresholds_soc : SOC below which it charges and above which it gives back, per step; NaN without a plan of it
    """

    vehicle: int
    first_step: int
    simulation: Simulation
    changes: tuple[Change, ...]
    trace: Trace
    thresholds_soc: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def start(cls, store: SnapshotStore, run: RunSpec, past: PastFleet, vehicle: int) -> WatchedVehicle:
        """Return a record that begins at the start of a short run, or some time before its last `HISTORY_H`."""
        max_steps = MAX_REQUEST_WORK // compute_step_work(run.scenario.fleet_size)
        window_steps = HISTORY_H * 60 // run.scenario.timestep_min
        step = 0 if run.step <= max_steps else max(run.step - window_steps, 0)
        simulation, n_changes = past.fork_before(store, run, step, max_steps=max_steps)
        trace = follow_vehicles(simulation.engine, np.array([vehicle], np.int32))
        return cls(vehicle, simulation.step, simulation, run.changes[:n_changes], trace)

    @property
    def size_bytes(self) -> int:
        """Approximate memory [B]."""
        return STATE_BYTES * self.simulation.fleet.size

    def can_reach(self, run: RunSpec, vehicle: int) -> bool:
        """Return whether this record becomes that of a vehicle of a run by going on."""
        n, step = len(self.changes), self.simulation.step
        if self.vehicle != vehicle or step > run.step or run.changes[:n] != self.changes:
            return False
        return all(change.step >= step for change in run.changes[n:])

    def advance(self, run: RunSpec, *, must_stop: Callable[[], bool]) -> bool:
        """Go on to the step of the run, or as far as it came before ``must_stop``; return whether it is there."""
        n_steps = FIRST_CHUNK_STEPS
        while self.simulation.step < run.step:
            self._advance_chunk(run, n_steps)
            if must_stop():
                break
            n_steps *= 2
        return self.simulation.step == run.step

    def stack_states(self) -> StateLog:
        """Return the records of all steps so far."""
        states = self.trace.stack_states()
        # A record for each tick would take far more memory than what it holds.
        self.trace.states = [states]
        return states

    def _advance_chunk(self, run: RunSpec, n_steps: int) -> None:
        simulation = self.simulation
        for change in run.changes[len(self.changes) :]:
            if change.step > simulation.step:
                break
            simulation.set(**change.settings)
            self.changes += (change,)
        later = [change.step for change in run.changes[len(self.changes) :]]
        end_step = min([simulation.step + n_steps, run.step, *later])
        if simulation.strategy == PREDICTIVE:
            # Each step has a plan of its own, of which only the last one is kept.
            end_step = simulation.step + 1
        first_step = simulation.step
        simulation.advance(end_step - first_step)
        self.thresholds_soc.extend([self._read_thresholds()] * (end_step - first_step))

    def _read_thresholds(self) -> tuple[float, float]:
        engine, row = self.simulation.engine, self.vehicle
        if self.simulation.strategy != PREDICTIVE or engine.state.code[row] == UNPLUGGED:
            return NO_THRESHOLDS
        charge_below_soc, give_above_soc = read_thresholds(engine.memory, slice(row, row + 1))
        return float(charge_below_soc[0]), float(give_above_soc[0])
