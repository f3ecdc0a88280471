"""Session table: the charging sessions of the traced vehicles, a row per stay."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import NO_EVSE, Counts, Floats, Rows, Steps
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import AT_TARGET_KWH
from ev2gym_dashboard.core.engine.trace import NO_STEP, StateLog, Stays
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet.session_fleet import place_sessions
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.simulation.battery_wear import compute_vehicle_wear
from ev2gym_dashboard.service.simulation.vehicle_names import list_vehicle_names
from ev2gym_dashboard.service.simulation.vehicle_trace import make_evse_column

SESSION_COLUMNS = {
    "vehicle": "number of the vehicle, from 0",
    "vehicle_name": "its name in the file of sessions; empty for drawn stays",
    "model": "name of its model",
    "arrival": "time of the arrival, which may be before the start of the run",
    "plug_in": "time at which the vehicle was plugged in; empty if no EVSE came free",
    "departure": "time of the departure; the planned one while the stay is open",
    "is_open": "whether the vehicle has not left by the end of the run",
    "evse": "number of the EVSE, from 0; empty if no EVSE came free",
    "waited_h": "time in the run that the vehicle waited for an EVSE",
    "soc_in": "SOC on arrival, 0..1; of a stay that began earlier, at the start of the run",
    "soc_out": "SOC at departure, 0..1; of an open stay, at the end of the run",
    "target_soc": "target SOC, 0..1",
    "target_met": "whether the stay ended with the target SOC, or with all that it could reach; empty while it is open",
    "g2v_kwh": "energy charged at the EVSE in the run",
    "v2g_kwh": "energy discharged at the EVSE in the run, positive",
    "charge_loss_kwh": "loss of charging",
    "discharge_loss_kwh": "loss of discharging",
    "driven_kwh": "energy driven before the arrival; 0 for a stay that began before the run",
    "unserved_kwh": "energy missing at departure, as in the series; empty while the stay is open",
    "cost_mad": "energy charged less energy discharged, each at the price at the meter in its step; no demand charge",
    "calendar_mad": "cost of the calendar wear of the battery in the time of the stay",
    "cyclic_mad": "cost of the cyclic wear of the battery, shared by the energy cycled in each stay of the vehicle",
    "wear_mad": "calendar_mad + cyclic_mad",
}
"""Columns of the table of sessions: name and meaning; the unit is the suffix."""


class StaySpan(NamedTuple):
    """The part of each stay that lies in the run, as clocks: its begin, plug-in and end, each (s,)."""

    begin: Floats
    plug_in: Floats
    end: Floats


def make_session_table(engine: Engine, stays: Stays, states: StateLog) -> pd.DataFrame:
    """Return the charging sessions of the traced vehicles, a row per stay in the order of their begin."""
    scenario, span, model = engine.scenario, find_spans(engine, stays), engine.fleet.find_models(stays.vehicle)
    calendar_mad, cyclic_mad = _share_wear(engine, stays, span)
    capacity_kwh = engine.fleet.capacity_kwh[model]
    missing_kwh = stays.missing_soc * capacity_kwh
    columns = {
        "vehicle": stays.vehicle,
        "vehicle_name": _find_names(engine, stays.vehicle),
        "model": pd.Index(engine.catalog.names, dtype="str").take(model),
        "arrival": _make_times(stays.arrival, engine),
        "plug_in": _make_times(stays.plug_in, engine),
        "departure": _make_times(stays.departure, engine),
        "is_open": stays.is_open,
        "evse": make_evse_column(stays.evse),
        "waited_h": (span.plug_in - span.begin) * scenario.timestep_h,
        "soc_in": stays.soc_in,
        "soc_out": stays.soc_out,
        "target_soc": _find_target_soc(engine, stays, model),
        "target_met": pd.arrays.BooleanArray(missing_kwh <= AT_TARGET_KWH, stays.is_open),
        **sum_flows(stays, states, capacity_kwh, timestep_h=scenario.timestep_h),
        "driven_kwh": stays.driven_kwh,
        "unserved_kwh": missing_kwh,
        "calendar_mad": calendar_mad,
        "cyclic_mad": cyclic_mad,
        "wear_mad": calendar_mad + cyclic_mad,
    }
    return pd.DataFrame({name: columns[name] for name in SESSION_COLUMNS})


def find_spans(engine: Engine, stays: Stays) -> StaySpan:
    """Return the part of each stay that lies in the run so far, or since its trace began."""
    first_clock = engine.trace.first_clock if engine.trace is not None else engine.clock - engine.step
    begin = np.maximum(stays.arrival, first_clock).astype(np.float64)
    end = np.where(stays.is_open, engine.clock, stays.departure).astype(np.float64)
    # Without an EVSE the whole stay is a wait; plugged in before the run, there is none in it.
    plug_in = np.where(stays.evse == NO_EVSE, end, np.maximum(stays.plug_in, begin))
    return StaySpan(begin, plug_in, end)


def sum_flows(stays: Stays, states: StateLog, capacity_kwh: Floats, *, timestep_h: float) -> dict[str, Floats]:
    """Return energies and losses [kWh] and cost [MAD] by stay, each (s,); ``capacity_kwh`` (s,) is the battery's."""
    # Most vehicles are idle or away in most steps: only the others are looked at.
    active = np.flatnonzero(states.power_kw)
    step, before = active // max(states.stay.shape[1], 1), np.maximum(active - states.stay.shape[1], 0)
    stay, soc = states.stay.take(active), states.soc.take(active)
    energy_kwh = states.power_kw.take(active) * timestep_h
    goes_on = (step > 0) & (states.stay.take(before) == stay)
    soc_before = np.where(goes_on, states.soc.take(before), stays.soc_in[stay])
    loss_kwh = energy_kwh - (soc - soc_before) * capacity_kwh[stay]
    price_mad_kwh = np.where(energy_kwh > 0.0, states.g2v_mad_kwh[step], states.v2g_mad_kwh[step])
    values = {
        "g2v_kwh": np.maximum(energy_kwh, 0.0),
        "v2g_kwh": np.maximum(-energy_kwh, 0.0),
        "charge_loss_kwh": np.where(energy_kwh > 0.0, loss_kwh, 0.0),
        "discharge_loss_kwh": np.where(energy_kwh < 0.0, loss_kwh, 0.0),
        "cost_mad": energy_kwh * price_mad_kwh,
    }
    return {name: _sum_by_stay(stay, value, len(capacity_kwh)) for name, value in values.items()}


def _find_names(engine: Engine, vehicle: Rows) -> pd.Index[str]:
    names = list_vehicle_names(engine.scenario)
    return pd.Index(names, dtype="str").take(vehicle) if names else pd.Index([""] * len(vehicle), dtype="str")


def _find_target_soc(engine: Engine, stays: Stays, model: Counts) -> Floats:
    """Return the target SOC of each stay, (s,); that at the fastest EVSE for a vehicle that was not plugged in."""
    code, unplugged = stays.code.astype(np.intp), np.flatnonzero(stays.code == UNPLUGGED)
    code[unplugged] = engine.fastest_code[model[unplugged]]
    if engine.scenario.sessions is not None and unplugged.size:
        given = place_sessions(engine.scenario, load_scenario_catalog(engine.scenario).catalog)
        code[unplugged] += given.find_code_offsets(stays.vehicle[unplugged], stays.arrival[unplugged])
    return engine.limits.target_soc[code]


def _sum_by_stay(stay: Rows, values: Floats, n_stays: int) -> Floats:
    # bincount adds the values up one after the other, so that a stay without energy sums up to exactly 0.
    return np.bincount(stay, values, n_stays).astype(np.float64)


def _share_wear(engine: Engine, stays: Stays, span: StaySpan) -> tuple[Floats, Floats]:
    """Return the cost of calendar and cyclic wear of each stay, each (s,) [MAD]."""
    # Of the vehicles of the stays alone: a trace may follow one of a million.
    rows = stays.vehicle
    wear = compute_vehicle_wear(engine, rows)
    cycled_soc = engine.state.wear.cycled_soc[rows].astype(np.float64)
    cycled_share = np.divide(stays.cycled_soc, cycled_soc, out=np.zeros(len(rows)), where=cycled_soc > 0.0)
    # A battery ages on the road too: the stays of a vehicle have the time that they last, not all of it.
    time_share = (span.end - span.begin) / max(engine.step, 1)
    return wear.calendar_cost_mad * time_share, wear.cyclic_cost_mad * cycled_share


def _make_times(clock: Steps, engine: Engine) -> pd.DatetimeIndex:
    minutes = (clock.astype(np.int64) - (engine.clock - engine.step)) * engine.scenario.timestep_min
    start = np.datetime64(engine.scenario.start_time.replace(tzinfo=None), "us")
    times = np.where(clock == NO_STEP, np.datetime64("NaT"), start + minutes.astype("timedelta64[m]"))
    return pd.DatetimeIndex(times, tz="UTC")
