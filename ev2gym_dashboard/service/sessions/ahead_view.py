"""Ahead view: the next hours of a run, as far as they are known or planned, as plain Python values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.site.exogenous import HP
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.v2g_readiness import ReadyVehicles, count_ready_vehicles, find_v2g_steps
from ev2gym_dashboard.strategies.predictive import MIN_CELL_H, PREDICTIVE, read_plan

AHEAD_H = 12
NOBODY = ReadyVehicles(0, 0.0)


@dataclass(frozen=True)
class Span:
    """Steps in a row, from a time up to another; ``is_open`` where it goes on beyond the hours that are shown."""

    start: datetime
    end: datetime
    is_open: bool = False


@dataclass(frozen=True)
class PlannedHours:
    """The plan of a strategy that plans, from the step in which it was made.

    Parameters
    ----------
    start : time of its first cell
    cell_min : length of a cell [min]
    load_kw : expected load of all vehicles, newcomers included; negative where V2G exceeds charging [kW]
    price_mad_kwh : what one more kWh would cost the site [MAD/kWh]
    """

    start: datetime
    cell_min: int
    load_kw: list[float]
    price_mad_kwh: list[float]


@dataclass(frozen=True)
class AheadView:
    """The next `AHEAD_H` hours of a run.

    Parameters
    ----------
    start, step_min : time of the first value, and length of a step [min]
    price_mad_kwh : price of import, per step [MAD/kWh]
    solar_kw : PV output of the site, per step; empty without any in these hours [kW]
    peaks : peak hours of the tariff
    surpluses : times with more sun than load without EVs
    v2g_windows : times in which the settings request V2G; None where it is not known, as V2G follows from a plan
    ready : vehicles that can give back now and are still there when the first window begins
    plan : that of a strategy that plans; None without one
    """

    start: datetime
    step_min: int
    price_mad_kwh: list[float]
    solar_kw: list[float]
    peaks: tuple[Span, ...]
    surpluses: tuple[Span, ...]
    v2g_windows: tuple[Span, ...] | None
    ready: ReadyVehicles = NOBODY
    plan: PlannedHours | None = field(default=None, repr=False)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(hours=AHEAD_H)


def make_ahead_view(simulation: Simulation) -> AheadView:
    """Return the next hours of a run at its step."""
    scenario, engine = simulation.scenario, simulation.engine
    n_steps = AHEAD_H * 60 // scenario.timestep_min
    ahead = engine.get_moment()[0].ahead
    start, step = simulation.time, timedelta(minutes=scenario.timestep_min)
    solar_kw, base_load_kw = ahead.solar_kw[:n_steps], ahead.base_load_kw[:n_steps]
    v2g_steps = find_v2g_steps(simulation, n_steps)
    list_spans = partial(_list_spans, start, step, n_steps)
    windows = list_spans(v2g_steps) if len(v2g_steps) else None
    return AheadView(
        start=start,
        step_min=scenario.timestep_min,
        price_mad_kwh=ahead.price_mad_kwh[:n_steps].tolist(),
        solar_kw=solar_kw.tolist() if solar_kw.any() else [],
        peaks=list_spans(ahead.read("poste")[:n_steps] == HP),
        surpluses=list_spans(solar_kw > base_load_kw),
        v2g_windows=windows,
        ready=_count_ready(simulation, start, windows),
        plan=_read_plan(simulation),
    )


def _list_spans(start: datetime, step: timedelta, n_steps: int, flags: Booleans) -> tuple[Span, ...]:
    """Return the runs of steps in which a condition holds."""
    if not flags.any():
        return ()
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False)).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start + first * step, start + end * step, is_open=end == n_steps) for first, end in pairs)


def _count_ready(simulation: Simulation, start: datetime, windows: tuple[Span, ...] | None) -> ReadyVehicles:
    if not windows:
        return NOBODY
    minutes = (windows[0].start - start) // timedelta(minutes=1)
    return count_ready_vehicles(simulation, end_step=simulation.step + minutes // simulation.scenario.timestep_min)


def _read_plan(simulation: Simulation) -> PlannedHours | None:
    """Return the plan of the last step; None without one, and where the strategy has changed since."""
    load_kw, price_mad_kwh = read_plan(simulation.engine.memory)
    if simulation.strategy != PREDICTIVE or not len(load_kw):
        return None
    cell_min = max(simulation.scenario.timestep_min, round(60 * MIN_CELL_H))
    start = simulation.scenario.get_step_time(simulation.step - 1)
    return PlannedHours(start, cell_min, load_kw.tolist(), price_mad_kwh.tolist())
