"""Vehicle history: the past of some vehicles of a live run, recomputed from a snapshot."""

from __future__ import annotations

import math

import pandas as pd

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.sessions.replay import replay_changes, restore_before
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.sessions.work_budget import compute_step_work
from ev2gym_dashboard.service.simulation.series_table import list_times
from ev2gym_dashboard.service.simulation.vehicle_trace import (
    VehicleChoice,
    follow_vehicles,
    make_vehicle_table,
    require_traceable,
    select_rows,
)


def compute_vehicle_history(
    store: SnapshotStore,
    run: RunSpec,
    vehicles: VehicleChoice,
    *,
    first_step: int,
    end_step: int,
    max_work: float = math.inf,
) -> pd.DataFrame:
    """Return the states of vehicles in the steps from ``first_step`` up to, not including, ``end_step`` of a run.

    Parameters
    ----------
    store : snapshots; without one before ``first_step``, the run is replayed from its beginning
    run : the run, whose step is not before ``end_step``
    vehicles : their numbers from 0, or True for all
    max_work : work of the replay at most, see `compute_step_work` [vehicle-steps]

    Returns
    -------
    A row per step and vehicle; the columns are those of `VEHICLE_COLUMNS`, and the values those of a trace of the whole
    run, to the bit

    Raises
    ------
    ValidationError
        If a vehicle or a step is none of the run, the table would be too large, or the replay too long.

    Notes
    -----
    No session keeps the past of its vehicles: of the live run only its snapshots are read, and of the replay only the
    chosen vehicles and steps are recorded. Counterfactuals are not replayed.
    """
    rows = select_rows(vehicles, run.scenario)
    issues = _check_steps(run, first_step, end_step) + ([] if rows is not None else [NO_VEHICLE])
    if rows is None or issues:
        raise ValidationError(issues)
    require_traceable(len(rows), end_step - first_step)
    max_steps = max_work / compute_step_work(run.scenario.fleet_size)
    # Before a snapshot is read, which takes long for a large fleet.
    _require_affordable(end_step - first_step, max_steps)
    simulation, changes = restore_before(store, run, first_step)
    _require_affordable(end_step - simulation.step, max_steps)
    changes = replay_changes(simulation, changes, first_step)
    trace = follow_vehicles(simulation.engine, rows)
    replay_changes(simulation, changes, end_step)
    times = list_times(run.scenario, first_step=first_step, n_steps=end_step - first_step)
    return make_vehicle_table(trace.stack_states(), rows, times)


NO_VEHICLE = Issue("trace", "must name a vehicle")


def _check_steps(run: RunSpec, first_step: int, end_step: int) -> list[Issue]:
    if 0 <= first_step <= end_step <= run.step:
        return []
    values = ("first", first_step), ("end", end_step), ("step", run.step)
    return [Issue("steps", "{first} to {end} are not in the past of the run, 0 to {step}", values)]


def _require_affordable(n_steps: int, max_steps: float) -> None:
    if n_steps > max_steps:
        template = "{n} steps of so large a fleet have to be computed again: at most {high} at a time"
        raise ValidationError([Issue("steps", template, (("n", n_steps), ("high", int(max_steps))))])
