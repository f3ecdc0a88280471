"""Ports of EV2Gym: their vehicles as plugged-in vehicles of the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.dispatch import PluggedVehicles
from ev2gym_dashboard.core.control.power_limits import Rules, StepLimits, make_step_limits
from ev2gym_dashboard.core.fleet.battery import FULL_SOC, compute_taper_start_soc
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, Ratings, encode_model_kind

LAST_TAPER_SOC = 1.0 - 1e-6
"""A vehicle without a taper gets one over the last millionth, as the equations divide by its width."""
PERCENT = 100.0


@dataclass(frozen=True)
class Ports:
    """Ports with a vehicle, n of them, in EV2Gym's order.

    Parameters
    ----------
    index : (n,) index of the port among all
    charge_evse_kw, discharge_evse_kw : (n,) power of an action of 1 and of -1, both >= 0 [kW]
    charge_kw, discharge_kw : (n,) limits of vehicle and EVSE together [kW]
    max_charge_kw : (n,) limit of the vehicle alone [kW]
    charge_efficiency, discharge_efficiency : (n,) at these powers
    capacity_kwh, soc, target_soc, floor_soc, transition_soc : (n,) of the vehicle
    steps_left : (n,) steps in which the vehicle can still be charged, this one included
    """

    index: NDArray[np.intp]
    charge_evse_kw: Floats
    discharge_evse_kw: Floats
    charge_kw: Floats
    discharge_kw: Floats
    max_charge_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    capacity_kwh: Floats
    soc: Floats
    target_soc: Floats
    floor_soc: Floats
    transition_soc: Floats
    steps_left: Floats

    def to_action(self, power_kw: Floats, n_ports: int) -> Floats:
        """Return EV2Gym's action (n_ports,) for powers (n,) [kW]: shares of the EVSE's current, -1 to 1."""
        evse_kw = np.where(power_kw > 0.0, self.charge_evse_kw, self.discharge_evse_kw)
        action = np.zeros(n_ports)
        action[self.index] = np.divide(power_kw, evse_kw, out=np.zeros(len(power_kw)), where=evse_kw > 0.0)
        return np.clip(action, -1.0, 1.0)


def read_ports(env: Any) -> Ports:
    """Read the ports of an EV2Gym environment that have a vehicle."""
    vehicles = [(station, ev) for station in env.charging_stations for ev in station.evs_connected]
    rows = [
        [float(index), *_read_port(station, ev, env.current_step)]
        for index, (station, ev) in enumerate(vehicles)
        if ev is not None
    ]
    index, *columns = np.array(rows, dtype=np.float64).reshape(len(rows), 14).T
    return Ports(index.astype(np.intp), *columns)


def _read_port(station: Any, ev: Any, step: int) -> tuple[float, ...]:
    # EV2Gym takes the phases of the vehicle where the EVSE has more.
    kw_per_a = station.voltage * math.sqrt(min(station.phases, ev.ev_phases)) / 1000.0
    charge_evse_kw = station.max_charge_current * kw_per_a
    discharge_evse_kw = abs(station.max_discharge_current) * kw_per_a
    charge_kw = min(charge_evse_kw, ev.max_ac_charge_power)
    discharge_kw = min(discharge_evse_kw, abs(ev.max_discharge_power))
    capacity_kwh = ev.battery_capacity
    return (
        charge_evse_kw,
        discharge_evse_kw,
        charge_kw,
        discharge_kw,
        ev.max_ac_charge_power,
        _read_efficiency(ev.charge_efficiency, charge_kw / kw_per_a),
        _read_efficiency(ev.discharge_efficiency, discharge_kw / kw_per_a),
        capacity_kwh,
        ev.get_soc(),
        ev.desired_capacity / capacity_kwh,
        ev.min_battery_capacity / capacity_kwh,
        ev.transition_soc,
        ev.time_of_departure - step + 1,
    )


def _read_efficiency(efficiency: Any, current_a: float) -> float:
    """Return an EV2Gym efficiency, which is a fraction or a table of percentages by whole amperes."""
    return float(efficiency[round(current_a)]) / PERCENT if isinstance(efficiency, dict) else float(efficiency)


def to_plugged_vehicles(ports: Ports, *, timestep_h: float) -> PluggedVehicles:
    """Return the vehicles for the engine; each has its own code, as its own model."""
    code = encode_model_kind(np.arange(len(ports.soc), dtype=np.intp), 1)
    return PluggedVehicles(code, ports.soc, ports.steps_left * timestep_h, ports.index)


def make_rules(ports: Ports, *, reserve_soc: float, departure_guard: bool) -> Rules:
    """Return rules that suit all vehicles: the highest target, and the highest floor of those that can discharge."""
    target_soc = float(ports.target_soc.max(initial=0.0))
    floor_soc = float(ports.floor_soc.max(initial=0.0, where=ports.discharge_kw > 0.0))
    return Rules(min(target_soc, FULL_SOC), max(reserve_soc, floor_soc), departure_guard)


def make_port_limits(ports: Ports, rules: Rules, *, timestep_h: float) -> StepLimits:
    """Return the limits of a step at each port.

    Notes
    -----
    For a power ``p``, EV2Gym's battery loses ``p * discharge_efficiency``, the engine's ``p / discharge_efficiency``.
    """
    taper_soc = compute_taper_start_soc(ports.charge_kw, ports.max_charge_kw, transition_soc=ports.transition_soc)
    ratings = Ratings(
        n_kinds=len(EVSE_KINDS),
        v2g_capable=ports.discharge_kw > 0.0,
        charge_kw=_expand_by_code(ports.charge_kw, 0.0),
        discharge_kw=_expand_by_code(ports.discharge_kw, 0.0),
        charge_efficiency=_expand_by_code(ports.charge_efficiency, 1.0),
        discharge_efficiency=_expand_by_code(ports.discharge_efficiency, 1.0),
        taper_soc=_expand_by_code(np.minimum(taper_soc, LAST_TAPER_SOC), LAST_TAPER_SOC),
        capacity_kwh=_expand_by_code(ports.capacity_kwh, 1.0),
        bins_per_kw=_expand_by_code(np.zeros(len(ports.soc)), 0.0),
        efficiency_by_bin=_expand_by_code(ports.charge_efficiency, 1.0)[:, None],
    )
    limits = make_step_limits(ratings, rules, timestep_h=timestep_h)
    # See Notes: EV2Gym's loss of discharging goes the other way.
    return replace(limits, kw_per_use=ratings.capacity_kwh / ratings.discharge_efficiency / timestep_h)


def _expand_by_code(values: Floats, unplugged: float) -> Floats:
    return np.concatenate([[unplugged], np.repeat(values, len(EVSE_KINDS))])
