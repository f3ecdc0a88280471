"""Vehicle list: the vehicles of a run at its step, a page of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ev2gym_dashboard.core.arrays import NO_EVSE, Floats, Indices
from ev2gym_dashboard.core.control.overrides import ACTIONS, NO_STEP, get_override
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.sessions.vehicle_query import MAX_PAGE_ROWS, VehicleQuery, select_vehicles
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_names import list_vehicle_names
from ev2gym_dashboard.service.simulation.vehicle_trace import AWAY, MODES, ModeCodes, find_modes


@dataclass(frozen=True)
class Decisions:
    """What the user has decided for a vehicle, as far as it holds at the step of a run.

    ``planned_departure`` is the time at which its stay would end, where the user has set another one.
    """

    charges_now: bool
    bars_v2g: bool
    planned_departure: datetime | None

    @property
    def actions(self) -> list[str]:
        """The actions of `ACTIONS` that hold."""
        holds = (self.charges_now, self.bars_v2g, self.planned_departure is not None)
        return [action for action, is_set in zip(ACTIONS, holds, strict=False) if is_set]


@dataclass(frozen=True)
class VehicleRow:
    """A vehicle at the step of a run.

    Parameters
    ----------
    number, name : number from 0, and the name in the file of sessions, empty for drawn stays
    mode : one of `MODES`
    soc : SOC, 0..1; on the road the last known one
    power_kw : mean power of the last step, positive = charging [kW]
    evse : number of the EVSE, None if the vehicle is not plugged in
    departure, target_soc : time at which it leaves, and the SOC needed then; None on the road
    decisions : what the user has decided for it
    """

    number: int
    name: str
    model: str
    mode: str
    soc: float
    power_kw: float
    evse: int | None
    departure: datetime | None
    target_soc: float | None
    reason: Reason
    decisions: Decisions


@dataclass(frozen=True)
class VehicleList:
    """A page of the vehicles that pass the filters of a query: their number, the page and its rows."""

    n_found: int
    page: int
    rows: tuple[VehicleRow, ...]

    @property
    def n_pages(self) -> int:
        return max(-(-self.n_found // MAX_PAGE_ROWS), 1)


def make_vehicle_list(simulation: Simulation, query: VehicleQuery) -> VehicleList:
    """Return the page of a query, its last one if the query asks for a later one."""
    modes = find_current_modes(simulation)
    found = np.flatnonzero(select_vehicles(query, simulation, modes))
    n_pages = max(-(-len(found) // MAX_PAGE_ROWS), 1)
    page = min(query.page, n_pages - 1)
    first = page * MAX_PAGE_ROWS
    held = [number for number in query.held if number < simulation.fleet.size]
    if held:
        vehicles = np.array(held, np.int64)
    else:
        keys = make_sort_keys(simulation, found, modes, query)
        vehicles = found[select_smallest(keys, first, min(first + MAX_PAGE_ROWS, len(found)))]
    return VehicleList(len(found), page, make_vehicle_rows(simulation, vehicles))


def find_current_modes(simulation: Simulation) -> ModeCodes:
    """Return the mode of each vehicle, (n,), as a code of `MODES`."""
    state = simulation.state
    # A vehicle that has left keeps the power of its last step.
    power_kw = np.where(state.code == UNPLUGGED, 0.0, state.power_kw)
    return find_modes(power_kw, state.reason, state.evse)


def make_sort_keys(simulation: Simulation, vehicles: Indices, modes: ModeCodes, query: VehicleQuery) -> Floats:
    """Return numbers by which vehicles rise in the order of a query; those without a value come last."""
    state = simulation.state
    is_present = modes[vehicles] != AWAY
    if query.sort == "model":
        ranks = np.argsort(np.argsort(simulation.catalog.names))
        values = ranks[simulation.fleet.find_models(vehicles)].astype(np.float64)
    elif query.sort == "evse":
        evse = state.evse[vehicles].astype(np.float64)
        values = np.where(evse == NO_EVSE, np.nan, evse)
    elif query.sort == "departure":
        values = np.where(is_present, state.departure_step[vehicles], np.nan)
    elif query.sort == "target_soc":
        values = np.where(is_present, _find_targets(simulation, vehicles), np.nan)
    elif query.sort == "power_kw":
        values = np.where(state.code[vehicles] == UNPLUGGED, np.nan, state.power_kw[vehicles])
    else:
        columns = {"vehicle": vehicles, "mode": modes[vehicles], "soc": state.soc[vehicles]}
        values = np.asarray(columns.get(query.sort, state.reason[vehicles]), dtype=np.float64)
    keys: Floats = np.nan_to_num(-values if query.descending else values, nan=np.inf)
    return keys


def select_smallest(keys: Floats, first: int, end: int) -> Indices:
    """Return the places ``first`` to ``end`` of the rising order of keys; equal ones stay in their order."""
    if end >= len(keys):
        return np.argsort(keys, kind="stable")[first:end]
    # To sort a million vehicles takes ten times as long as to find the largest key of the page.
    largest = np.partition(keys, end - 1)[end - 1]
    below = np.flatnonzero(keys < largest)
    ties = np.flatnonzero(keys == largest)[: end - len(below)]
    return np.concatenate([below[np.argsort(keys[below], kind="stable")], ties])[first:end]


def make_vehicle_rows(simulation: Simulation, vehicles: Indices) -> tuple[VehicleRow, ...]:
    """Return the rows of some vehicles, in their order."""
    state, engine = simulation.state, simulation.engine
    names, models = list_vehicle_names(simulation.scenario), simulation.fleet.find_models(vehicles)
    plugged = state.code[vehicles] != UNPLUGGED
    power_kw = np.where(plugged, state.power_kw[vehicles], 0.0)
    modes = find_modes(power_kw, state.reason[vehicles], state.evse[vehicles])
    first_clock = engine.clock - engine.step
    targets = _find_targets(simulation, vehicles)
    return tuple(
        VehicleRow(
            number=vehicle,
            name=names[vehicle] if names else "",
            model=simulation.catalog.names[models[k]],
            mode=MODES[modes[k]],
            soc=float(state.soc[vehicle]),
            power_kw=float(power_kw[k]),
            evse=int(state.evse[vehicle]) if plugged[k] else None,
            departure=None
            if modes[k] == AWAY
            else simulation.scenario.get_step_time(int(state.departure_step[vehicle]) - first_clock),
            target_soc=None if modes[k] == AWAY or np.isnan(targets[k]) else float(targets[k]),
            reason=Reason(int(state.reason[vehicle])),
            decisions=find_decisions(simulation, vehicle),
        )
        for k, vehicle in enumerate(vehicles.tolist())
    )


def find_decisions(simulation: Simulation, vehicle: int) -> Decisions:
    """Return what the user has decided for a vehicle, as far as it holds in the next step."""
    engine = simulation.engine
    own, clock = get_override(engine.overrides, vehicle), engine.clock
    is_moved = own.get("leave_step", NO_STEP) >= clock and own["leave_step"] != own["planned_step"]
    planned = simulation.scenario.get_step_time(own["planned_step"] - clock + engine.step) if is_moved else None
    return Decisions(own.get("charge_until", NO_STEP) > clock, own.get("bars_v2g", False), planned)


def _find_targets(simulation: Simulation, vehicles: Indices) -> Floats:
    """Return the target SOC of each vehicle, at the fastest EVSE of one that is not plugged in; NaN if unknown."""
    engine, code = simulation.engine, simulation.state.code[vehicles].astype(np.intp)
    unplugged = np.flatnonzero(code == UNPLUGGED)
    code[unplugged] = engine.fastest_code[simulation.fleet.find_models(vehicles[unplugged])]
    targets: Floats = engine.limits.target_soc[code]
    if simulation.scenario.sessions is not None:
        # Each stay of a file has a target of its own, which is known from the plug-in on.
        targets[unplugged] = np.nan
    return targets
