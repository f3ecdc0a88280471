"""Trace: the past of chosen vehicles of a run, step by step, and their stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE, Booleans, Codes, Evses, Floats, Floats32, Reasons, Rows, Steps
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import FLOWS
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.core.site.settlement import compute_ev_prices

NO_STAY = -1
NO_STEP = np.iinfo(np.int32).min
"""Clock of an event that has not happened, or that happened before the trace began."""
G2V, V2G = FLOWS.index("g2v_kw"), FLOWS.index("v2g_kw")


class StateLog(NamedTuple):
    """State of the vehicles after each step, (steps, k), and what their energy costs at the meter, (steps,).

    ``stay`` is the number of the vehicle's stay, `NO_STAY` on the road; the rest is as in `FleetState`. The prices are
    those of `compute_ev_prices` [MAD/kWh].
    """

    soc: Floats
    power_kw: Floats
    reason: Reasons
    evse: Evses
    stay: Rows
    g2v_mad_kwh: Floats
    v2g_mad_kwh: Floats


class StayLog(NamedTuple):
    """Stays that began in a step, or before the trace did, each (s,).

    ``vehicle`` is a position in the trace, ``departure`` the planned one. SOC and cycled SOC are those of the arrival,
    or of the start of the trace.
    """

    vehicle: Rows
    arrival: Steps
    departure: Steps
    plug_in: Steps
    evse: Evses
    code: Codes
    soc: Floats
    cycled_soc: Floats32
    driven_kwh: Floats
    drawn_kwh: Floats32


class PlugInLog(NamedTuple):
    """Plug-ins, each (p,): the number of the stay, the clock, the EVSE, and the code of model, EVSE and target."""

    stay: Rows
    plug_in: Steps
    evse: Evses
    code: Codes


class DepartureLog(NamedTuple):
    """Departures, each (d,): the number of the stay, SOC and cycled SOC, and the SOC that the driver could expect."""

    stay: Rows
    soc: Floats
    cycled_soc: Floats32
    expected_soc: Floats


NO_INDICES, NO_FLOATS = np.empty(0, np.int32), np.empty(0)
NO_PLUG_INS = PlugInLog(NO_INDICES, NO_INDICES, NO_INDICES, NO_INDICES.astype(np.uint16))
NO_DEPARTURES = DepartureLog(NO_INDICES, NO_FLOATS, NO_FLOATS.astype(np.float32), NO_FLOATS)
LogType = TypeVar("LogType", StateLog, StayLog, PlugInLog, DepartureLog)


class Stays(NamedTuple):
    """Stays of the traced vehicles in the order of their begin, each (s,); steps count from midnight of day 0.

    Parameters
    ----------
    vehicle : row in the fleet
    arrival : `NO_STEP` if the vehicle arrived before the trace began
    plug_in : `NO_STEP` if the vehicle was not plugged in, or before the trace began
    departure : the planned one while the stay is open
    evse, code : `NO_EVSE` and `UNPLUGGED` if the vehicle has not been plugged in; the code tells the target SOC
    soc_in, soc_out : at the beginning and the end of the traced part of the stay
    cycled_soc : SOC charged and discharged in that part, both positive
    driven_kwh : energy driven before the arrival; 0 if that was before the trace [kWh]
    drawn_kwh : energy that was drawn to be driven, of which the battery may have held less [kWh]
    missing_soc : SOC missing at departure to the expected one; NaN while the stay is open
    is_open : whether the vehicle has not left yet
    """

    vehicle: Rows
    arrival: Steps
    plug_in: Steps
    departure: Steps
    evse: Evses
    code: Codes
    soc_in: Floats
    soc_out: Floats
    cycled_soc: Floats
    driven_kwh: Floats
    drawn_kwh: Floats
    missing_soc: Floats
    is_open: Booleans


@dataclass
class Trace:
    """The past of chosen vehicles since a step of a run.

    Parameters
    ----------
    rows : (k,) rows of the vehicles in the fleet, rising
    position : (n,) position of each vehicle of the fleet in ``rows``, -1 for the others
    is_begun : whether stays are logged; before, only the clocks of arrivals and plug-ins are kept
    stay : (k,) number of the current stay, `NO_STAY` on the road
    arrival, plug_in : (k,) clock of the last arrival and plug-in, `NO_STEP` if unknown
    first_clock : clock of the first recorded step
    moved : step of the departure, by number of stay, of those whose departure has been moved
    """

    keeps_states: ClassVar[bool] = True
    """Whether the state of each step is kept, or the stays alone."""
    rows: Rows
    position: NDArray[np.int32]
    stay: Rows
    arrival: Steps
    plug_in: Steps
    is_begun: bool = False
    first_clock: int = 0
    n_stays: int = 0
    states: list[StateLog] = field(default_factory=list, repr=False)
    stays: list[StayLog] = field(default_factory=list, repr=False)
    plug_ins: list[PlugInLog] = field(default_factory=lambda: [NO_PLUG_INS], repr=False)
    departures: list[DepartureLog] = field(default_factory=lambda: [NO_DEPARTURES], repr=False)
    moved: dict[int, int] = field(default_factory=dict, repr=False)

    @classmethod
    def make(cls, rows: Rows, fleet_size: int) -> Trace:
        """Return a trace of some vehicles of a fleet that follows them from now on, without records yet."""
        position, k = np.full(fleet_size, -1, np.int32), len(rows)
        position[rows] = np.arange(k, dtype=np.int32)
        never = np.full(k, NO_STEP, np.int32)
        return cls(rows, position, np.full(k, NO_STAY, np.int32), never, never.copy())

    def begin(self, state: FleetState, clock: int) -> None:
        """Begin the records with the next step: the stays of the vehicles that are present go on."""
        self.is_begun, self.first_clock, self.n_stays = True, clock, 0
        present = np.flatnonzero(state.reason[self.rows] != Reason.AWAY).astype(np.int32)
        self.stay[:] = NO_STAY
        # A vehicle that waits has the clock of its last plug-in, which belongs to an earlier stay.
        plugged = state.evse[self.rows[present]] != NO_EVSE
        self._open_stays(
            present,
            state,
            arrival=self.arrival[present],
            plug_in=np.where(plugged, self.plug_in[present], NO_STEP),
            driven_kwh=np.zeros(len(present)),
            drawn_kwh=np.zeros(len(present), np.float32),
        )

    def log_departures(self, state: FleetState, rows: Rows) -> None:
        """Log the ends of the stays of vehicles that have just left, whose SOC is still that of the departure."""
        if self.is_begun:
            position, left, _ = self._select(rows)
            socs = state.soc[left], state.wear.cycled_soc[left], state.expected_soc[left]
            self.departures.append(DepartureLog(self.stay[position], *socs))
            self.stay[position] = NO_STAY

    def log_moved_departure(self, row: int, departure_step: int) -> None:
        """Log the new departure of a vehicle that is present."""
        position = int(self.position[row])
        if self.is_begun and position >= 0:
            self.moved[int(self.stay[position])] = departure_step

    def log_arrivals(
        self, state: FleetState, rows: Rows, driven_kwh: Floats, drawn_kwh: Floats32, *, clock: int
    ) -> None:
        """Log the beginnings of stays, with the energy that was driven before them and that was to be [kWh]."""
        position, _, is_traced = self._select(rows)
        self.arrival[position] = clock
        if self.is_begun:
            self._open_stays(
                position,
                state,
                arrival=self.arrival[position],
                plug_in=np.full(len(position), NO_STEP, np.int32),
                driven_kwh=driven_kwh[is_traced],
                drawn_kwh=drawn_kwh[is_traced],
            )

    def log_plug_ins(self, state: FleetState, rows: Rows, *, clock: int) -> None:
        """Log plug-ins of vehicles, whose EVSEs are those of the state."""
        position, plugged, _ = self._select(rows)
        self.plug_in[position] = clock
        if self.is_begun:
            stay, plug_in = self.stay[position], self.plug_in[position]
            self.plug_ins.append(PlugInLog(stay, plug_in, state.evse[plugged], state.code[plugged]))

    def record_step(self, state: FleetState, moment: Moment, flows: Floats) -> None:
        """Record the state after a step, and the prices at the meter under the `FLOWS` of the fleet."""
        rows, g2v_kw, v2g_kw = self.rows, float(np.add.reduce(flows[G2V])), float(np.add.reduce(flows[V2G]))
        prices = compute_ev_prices(moment, g2v_kw, v2g_kw)
        power_kw = np.where(state.code.take(rows) == UNPLUGGED, 0.0, state.exact_kw.take(rows))
        self.states.append(
            StateLog(
                state.soc.take(rows)[None],
                power_kw[None],
                state.reason.take(rows)[None],
                state.evse.take(rows)[None],
                self.stay[None].copy(),
                *np.array(prices)[:, None],
            )
        )

    def stack_states(self) -> StateLog:
        """Return the records of all steps so far."""
        if self.states:
            return _concatenate(self.states)
        dtypes, shape = (np.float64, np.float64, np.uint8, np.int32, np.int32), (0, len(self.rows))
        return StateLog(*(np.empty(shape, dtype) for dtype in dtypes), np.empty(0), np.empty(0))  # type: ignore[call-arg]

    def list_stays(self, state: FleetState) -> Stays:
        """Return the stays so far; of the open ones, the end is that of the last step."""
        stays, plug_ins = _concatenate(self.stays), _concatenate(self.plug_ins)
        departures = _concatenate(self.departures)
        plug_in, evse, code = stays.plug_in.copy(), stays.evse.copy(), stays.code.copy()
        plug_in[plug_ins.stay], evse[plug_ins.stay] = plug_ins.plug_in, plug_ins.evse
        code[plug_ins.stay] = plug_ins.code
        departure = stays.departure.copy()
        departure[list(self.moved)] = list(self.moved.values())
        rows = self.rows[stays.vehicle]
        # Those that have left are overwritten.
        soc_out, cycled_soc = state.soc[rows], state.wear.cycled_soc[rows]
        missing_soc, is_open = np.full(len(rows), np.nan), np.ones(len(rows), np.bool_)
        soc_out[departures.stay], cycled_soc[departures.stay] = departures.soc, departures.cycled_soc
        missing_soc[departures.stay] = np.maximum(departures.expected_soc - departures.soc, 0.0)
        is_open[departures.stay] = False
        return Stays(
            rows,
            stays.arrival,
            plug_in,
            departure,
            evse,
            code,
            soc_in=stays.soc,
            soc_out=soc_out,
            cycled_soc=cycled_soc.astype(np.float64) - stays.cycled_soc,
            driven_kwh=stays.driven_kwh,
            drawn_kwh=stays.drawn_kwh.astype(np.float64),
            missing_soc=missing_soc,
            is_open=is_open,
        )

    def _select(self, rows: Rows) -> tuple[Rows, Rows, Booleans | slice]:
        """Return the positions and rows of the traced ones among some vehicles, and which ones they are."""
        if len(self.rows) == len(self.position):
            return rows, rows, slice(None)
        position = self.position[rows]
        is_traced = position >= 0
        return position[is_traced], rows[is_traced], is_traced

    def _open_stays(
        self,
        position: Rows,
        state: FleetState,
        *,
        arrival: Steps,
        plug_in: Steps,
        driven_kwh: Floats,
        drawn_kwh: Floats32,
    ) -> None:
        rows, n_stays = self.rows[position], self.n_stays + len(position)
        self.stay[position] = np.arange(self.n_stays, n_stays, dtype=np.int32)
        self.n_stays = n_stays
        self.stays.append(
            StayLog(
                position,
                arrival,
                state.departure_step[rows],
                plug_in,
                state.evse[rows],
                state.code[rows],
                state.soc[rows],
                state.wear.cycled_soc[rows],
                driven_kwh,
                drawn_kwh,
            )
        )


def _concatenate(logs: list[LogType]) -> LogType:
    return type(logs[0])(*map(np.concatenate, zip(*logs, strict=True)))
