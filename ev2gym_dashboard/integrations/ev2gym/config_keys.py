"""Keys of EV2Gym's configuration: their kinds and bounds, and why some of them are not taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.schema import Issue, format_value
from ev2gym_dashboard.integrations.ev2gym.yaml_text import YamlValue


@dataclass(frozen=True)
class Key:
    """A key: the type of its value, the bounds of a number (both included), and whether a file must have it."""

    type: type
    low: float = -math.inf
    high: float = math.inf
    is_needed: bool = False


KEYS: dict[str, Key] = {
    "timescale": Key(int, 1, 60, is_needed=True),
    "simulation_length": Key(int, 1, 5_000_000, is_needed=True),
    "year": Key(int, 2000, 2099, is_needed=True),
    "month": Key(int, 1, 12, is_needed=True),
    "day": Key(int, 1, 31, is_needed=True),
    "hour": Key(int, 0, 23),
    "minute": Key(int, 0, 59),
    "random_day": Key(bool),
    "scenario": Key(str),
    "spawn_multiplier": Key(float, 1e-6, 1e6),
    "v2g_enabled": Key(bool),
    "number_of_charging_stations": Key(int, 1, 10_000_000),
    "number_of_transformers": Key(int, -1, 1_000_000),
    "number_of_ports_per_cs": Key(int, 1, 1000),
    "charging_network_topology": Key(str),
    "tr_seed": Key(int, -1, 2**53 - 1),
    "inflexible_loads.include": Key(bool),
    "inflexible_loads.inflexible_loads_capacity_multiplier_mean": Key(float, 0, 1000),
    "solar_power.include": Key(bool),
    "solar_power.solar_power_capacity_multiplier_mean": Key(float, 0, 1000),
    "demand_response.include": Key(bool),
    "demand_response.event_capacity_percentage_mean": Key(float, 0, 100),
    "demand_response.event_length_minutes_max": Key(float, 1, 1440),
    "demand_response.event_start_hour_mean": Key(float, 0, 23),
    "heterogeneous_ev_specs": Key(bool),
    "ev_specs_file": Key(str),
    "transformer.max_power": Key(float, 0, 1e9),
    "charging_station.max_charge_current": Key(float, 0.1, 10_000),
    "charging_station.max_discharge_current": Key(float, -10_000, 0),
    "charging_station.voltage": Key(float, 1, 100_000),
    "charging_station.phases": Key(int, 1, 3),
    "ev.battery_capacity": Key(float, 1, 10_000),
    "ev.max_ac_charge_power": Key(float, 0, 10_000),
    "ev.max_dc_charge_power": Key(float, 0, 10_000),
    "ev.max_discharge_power": Key(float, -10_000, 0),
    "ev.charge_efficiency": Key(float, 0.01, 1),
    "ev.transition_soc": Key(float, 0, 1),
    "ev.min_battery_capacity": Key(float, 0, 10_000),
    "ev.desired_capacity": Key(float, 0.1, 1),
}
"""Keys that are read; all others of EV2Gym are in `LEFT_OUT`."""
STATION_KEYS = {
    "max_charge_current": Key(float, 0.1, 10_000, is_needed=True),
    "max_discharge_current": Key(float, -10_000, 0),
    "voltage": Key(float, 1, 100_000, is_needed=True),
    "phases": Key(int, 1, 3, is_needed=True),
    "n_ports": Key(int, 1, 1000),
    "charger_type": Key(str),
}
"""Keys of a charging station in a topology file."""
HOMOGENEOUS_KEYS = (
    "ev.battery_capacity",
    "ev.max_ac_charge_power",
    "ev.max_dc_charge_power",
    "ev.max_discharge_power",
    "ev.charge_efficiency",
    "ev.transition_soc",
)
"""Keys that count with ``heterogeneous_ev_specs: False`` only."""
HOMOGENEOUS_ONLY = "counts only where heterogeneous_ev_specs is False"

LEFT_OUT = {
    "random_hour": "the run starts at the hour of the file",
    "simulation_days": "the run has the date of the file",
    "discharge_price_factor": "the tariff has the price of export",
    "simulate_grid": "there is no power flow here",
    "network_info": "there is no power flow here",
    "pf_solver": "there is no power flow here",
    "power_setpoint": "strategies decide; there is no setpoint to track",
    "inflexible_loads.forecast": "the strategies of the engine know the load",
    "solar_power.forecast": "the strategies of the engine know the sun",
    "demand_response.": "one event at the means of the file is taken, without its deviations",
    "charging_station.min": "EVSEs may charge and discharge at any lower power",
    "ev.min_emergency_battery_capacity": "EV2Gym counts it and does not enforce it",
    "ev.min_time_of_stay": "stays are those of ElaadNL",
    "ev.transition_soc_multiplier": "the charging limit falls as with a multiplier of 1",
    "ev.min": "vehicles may charge and discharge at any lower power",
    "ev.ev_phases": "the phases are those of the EVSE",
    "ev.discharge_efficiency": "discharging has the efficiency of charging",
}
"""Why a key is not taken, by the beginning of its path."""
UNKNOWN_REASON = "is no key of EV2Gym 2.0.0"


def check_values(values: Mapping[str, YamlValue], keys: Mapping[str, Key]) -> list[Issue]:
    """Return every issue of the values of known keys, and of keys that are missing."""
    issues = [Issue(name, "is missing") for name, key in keys.items() if key.is_needed and name not in values]
    for name, key in keys.items():
        if name in values:
            line = values[name].line
            issues += _check_value(f"line {line}: {name}" if line else name, values[name].value, key)
    return issues


def _check_value(field: str, value: Any, key: Key) -> list[Issue]:
    shown = ("value", format_value(value))
    if key.type is bool:
        return [] if isinstance(value, bool) else [Issue(field, "must be True or False, not {value}", (shown,))]
    if key.type is str:
        is_text = isinstance(value, str) and value.isprintable()
        return [] if is_text else [Issue(field, "must be a text, not {value}", (shown,))]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if key.type is int and not (is_number and isinstance(value, int)):
        return [Issue(field, "must be a whole number, not {value}", (shown,))]
    if not is_number:
        return [Issue(field, "must be a number, not {value}", (shown,))]
    if not key.low <= value <= key.high:
        bounds = (("low", f"{key.low:g}"), ("high", f"{key.high:g}"))
        return [Issue(field, "must be from {low} to {high}, not {value}", (*bounds, shown))]
    return []


def explain_left_out(name: str) -> str:
    """Return why a key is not taken."""
    return next((reason for start, reason in LEFT_OUT.items() if name.startswith(start)), UNKNOWN_REASON)
