"""Vehicle view: one vehicle of a run at its step, its last days step by step, and its stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import NO_EVSE, Booleans, Floats
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.trace import NO_STAY, StateLog
from ev2gym_dashboard.service.sessions.cached_run import CachedRun
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.run_view import RunView, make_run_view
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.snapshot_store import SnapshotStore
from ev2gym_dashboard.service.sessions.vehicle_list import VehicleList, VehicleRow, make_vehicle_list, make_vehicle_rows
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery, find_vehicle
from ev2gym_dashboard.service.sessions.watched_vehicle import HISTORY_H, WatchedVehicle
from ev2gym_dashboard.service.simulation.session_table import make_session_table
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_trace import MODES, ModeCodes, find_modes

SUMMED_COLUMNS = ("g2v_kwh", "v2g_kwh", "cost_mad", "calendar_mad", "cyclic_mad", "wear_mad", "unserved_kwh")


@dataclass(frozen=True)
class VehicleSpan:
    """Steps in a row with one mode, reason and EVSE.

    Parameters
    ----------
    start, end : time at which it begins, and at which it ends
    soc_before, soc_after : SOC at both, 0..1
    energy_kwh : energy at the EVSE, positive = charging [kWh]
    """

    start: datetime
    end: datetime
    mode: str
    reason: Reason
    evse: int | None
    soc_before: float
    soc_after: float
    energy_kwh: float


@dataclass(frozen=True)
class VehicleHistory:
    """The recorded steps of a vehicle.

    Parameters
    ----------
    first_step : first step of the record
    shown_step : first step of the window; the series, each (steps,), begin with it
    soc, power_kw : after the step, and mean over it, as in a trace
    modes, reasons : modes, and reasons
    target_soc : target of the stay; None on the road
    charge_below_soc, give_above_soc : thresholds of the plan of the step; None without one
    spans : the steps of the window, in rows of equal ones
    stays : the stays since ``first_step``, by the columns of `SESSION_COLUMNS`, an entry per stay
    totals : sums of the stays, of `SUMMED_COLUMNS`
    """

    first_step: int
    shown_step: int
    soc: list[float]
    power_kw: list[float]
    modes: list[str]
    reasons: list[Reason]
    target_soc: list[float | None]
    charge_below_soc: list[float | None]
    give_above_soc: list[float | None]
    spans: tuple[VehicleSpan, ...]
    stays: list[dict[str, Any]]
    totals: dict[str, float]


@dataclass(frozen=True)
class VehicleView:
    """A vehicle at the step that is shown; ``history`` is None while it is computed, by the share ``progress``.

    ``reserve_soc`` is the SOC at which its V2G stops under the settings in force; None if it has no V2G. ``present`` is
    the vehicle at the current step, which is ``row`` unless a past step is shown.
    """

    row: VehicleRow
    present: VehicleRow
    evse_name: str
    reserve_soc: float | None
    progress: float
    history: VehicleHistory | None


@dataclass(frozen=True)
class VehiclesView(RunView):
    """The vehicles of a run at a step: a page of their list, or one of them.

    Parameters
    ----------
    query : the choice of vehicles
    shown_time : time of the step that list and vehicle show
    models : names of the models that the fleet has
    listed : the page of the list; None where one vehicle is shown
    shown : the one vehicle; None where the list is shown, or the query names none of the run
    """

    query: VehicleQuery
    shown_time: datetime
    models: tuple[str, ...]
    listed: VehicleList | None
    shown: VehicleView | None = field(repr=False)


def make_vehicles_view(
    run: RunSpec, cached: CachedRun, query: VehicleQuery, *, store: SnapshotStore, must_stop: Callable[[], bool]
) -> VehiclesView:
    """Return the vehicles of a run that has reached its step; a long past of one takes several requests.

    Raises
    ------
    ReplayIncomplete
        If the past step of the query is further than one request may go.
    """
    simulation = cached.runs.simulation
    looked_at = simulation
    if query.past_step is not None:
        looked_at = cached.past.advance(store, run, query.past_step, must_stop=must_stop)
        if looked_at.step < query.past_step:
            raise ReplayIncomplete(looked_at.step, query.past_step)
    counts = simulation.fleet.counts.tolist()
    names = tuple(name for name, count in zip(simulation.catalog.names, counts, strict=True) if count)
    vehicle = find_vehicle(query.vehicle, run.scenario) if query.vehicle else None
    if vehicle is None:
        # The copy of a large fleet takes much memory.
        cached.watched = None
    return VehiclesView(
        **vars(make_run_view(run, simulation)),
        query=query,
        shown_time=looked_at.time,
        models=names,
        listed=None if query.vehicle else make_vehicle_list(looked_at, query),
        shown=None
        if vehicle is None
        else _watch_vehicle(run, cached, looked_at, vehicle, store=store, must_stop=must_stop),
    )


def _watch_vehicle(
    run: RunSpec,
    cached: CachedRun,
    looked_at: Simulation,
    vehicle: int,
    *,
    store: SnapshotStore,
    must_stop: Callable[[], bool],
) -> VehicleView:
    if cached.watched is None or not cached.watched.can_reach(run, vehicle):
        cached.watched = WatchedVehicle.start(store, run, cached.past, vehicle)
    watched, vehicles = cached.watched, np.array([vehicle], np.intp)
    is_complete = watched.advance(run, must_stop=must_stop)
    (row,), (present,) = (make_vehicle_rows(one, vehicles) for one in (looked_at, cached.runs.simulation))
    steps = max(run.step - watched.first_step, 1)
    return VehicleView(
        row=row,
        present=present,
        evse_name="" if row.evse is None else looked_at.engine.installation.find_name(row.evse),
        reserve_soc=_find_reserve_soc(looked_at, vehicle),
        progress=1.0 if is_complete else (watched.simulation.step - watched.first_step) / steps,
        history=make_vehicle_history(watched) if is_complete else None,
    )


def _find_reserve_soc(simulation: Simulation, vehicle: int) -> float | None:
    """Return the SOC at which V2G stops; None with V2G off, or for a model without it."""
    model = simulation.fleet.find_models(np.array([vehicle]))[0]
    if not (simulation.v2g and simulation.catalog.v2g_capable[model]):
        return None
    return max(simulation.engine.rules.reserve_soc, simulation.control.params.v2g_min_soc)


def make_vehicle_history(watched: WatchedVehicle) -> VehicleHistory:
    """Return the record of a watched vehicle: its last `HISTORY_H` step by step, and all its stays."""
    simulation, states = watched.simulation, watched.stack_states()
    scenario, engine = simulation.scenario, simulation.engine
    stays = make_session_table(engine, watched.trace.list_stays(engine.state), states)
    first = max(len(states.soc) - HISTORY_H * 60 // scenario.timestep_min, 0)
    modes = find_modes(states.power_kw, states.reason, states.evse).ravel()
    stay, targets = states.stay[first:].ravel(), stays["target_soc"].to_numpy()
    charge_below_soc, give_above_soc = np.array(watched.thresholds_soc[first:]).reshape(-1, 2).T
    return VehicleHistory(
        first_step=watched.first_step,
        shown_step=watched.first_step + first,
        soc=states.soc[first:].ravel().tolist(),
        power_kw=states.power_kw[first:].ravel().tolist(),
        modes=MODES.take(modes[first:]).tolist(),
        reasons=[Reason(code) for code in states.reason[first:].ravel().tolist()],
        target_soc=[None if k == NO_STAY else float(targets[k]) for k in stay.tolist()],
        charge_below_soc=_to_optional(charge_below_soc),
        give_above_soc=_to_optional(give_above_soc),
        spans=_list_spans(watched, states, modes, stays["soc_in"].to_numpy(), first),
        stays=_list_records(stays),
        totals={name: float(stays[name].sum()) for name in SUMMED_COLUMNS},
    )


def _list_spans(
    watched: WatchedVehicle, states: StateLog, modes: ModeCodes, soc_in: Floats, first: int
) -> tuple[VehicleSpan, ...]:
    """Return the steps from ``first`` on in rows of equal ones; ``soc_in`` (stays,) is the SOC on arrival."""
    scenario, soc, stay = watched.simulation.scenario, states.soc.ravel(), states.stay.ravel()
    if first == len(soc):
        return ()
    soc_before = np.concatenate([soc[:1], soc[:-1]])
    # What was driven is subtracted on arrival.
    begins = (stay != NO_STAY) & (stay != np.concatenate([[NO_STAY], stay[:-1]]))
    soc_before[begins] = soc_in[stay[begins]]
    states_by_step = np.column_stack([states.reason.ravel(), states.evse.ravel(), modes, stay])[first:]
    edges = [0, *(np.flatnonzero(_is_new(states_by_step)) + 1).tolist(), len(states_by_step)]
    energy_kwh = states.power_kw.ravel() * scenario.timestep_h
    return tuple(
        VehicleSpan(
            start=scenario.get_step_time(watched.first_step + begin),
            end=scenario.get_step_time(watched.first_step + end),
            mode=MODES[modes[begin]],
            reason=Reason(int(states.reason[begin, 0])),
            evse=None if states.evse[begin, 0] == NO_EVSE else int(states.evse[begin, 0]),
            soc_before=float(soc_before[begin]),
            soc_after=float(soc[end - 1]),
            energy_kwh=float(energy_kwh[begin:end].sum()),
        )
        for begin, end in pairwise(first + edge for edge in edges)
    )


def _is_new(rows: np.ndarray[tuple[int, ...], np.dtype[Any]]) -> Booleans:
    changed: Booleans = (rows[1:] != rows[:-1]).any(axis=1)
    return changed


def _to_optional(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]


def _list_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values, None where there is none."""
    columns = {name: column.astype(object).where(column.notna(), None).tolist() for name, column in table.items()}
    return [dict(zip(map(str, columns), row, strict=True)) for row in zip(*columns.values(), strict=True)]
