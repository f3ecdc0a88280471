"""Charging stations and transformers of EV2Gym, as EVSEs and the limit of a connection."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.evse_groups import MAX_AC_CURRENT_A, PHASE_VOLTAGE_V
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.ev2gym.config_keys import STATION_KEYS, Key, check_values
from ev2gym_dashboard.integrations.ev2gym.yaml_text import YamlValue
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.scenarios.toml_file import MAX_SCENARIO_BYTES, read_text

TOPOLOGY_KEY = "charging_network_topology"
Station = Mapping[str, Any]


def format_stations(stations: Sequence[tuple[Station, int]]) -> str:
    """Return stations, and the number of ports of each, as EVSEs of a scenario, a group for each kind."""
    counts: Counter[str] = Counter()
    for station, n_ports in stations:
        counts[_format_kind(station)] += n_ports
    return "; ".join(f"{n} x {kind}" for kind, n in counts.items())


def _format_kind(station: Station) -> str:
    """Return the kind of an EVSE with the power that EV2Gym gives a station: current, voltage, root of the phases."""
    power_kw = compute_station_kw(station, station["max_charge_current"])
    phases = 1 if station["phases"] == 1 else 3
    is_dc = station.get("charger_type") == "DC" or power_kw * 1000.0 > phases * PHASE_VOLTAGE_V * MAX_AC_CURRENT_A
    both_ways = " V2G" if station.get("max_discharge_current", 0) < 0 else ""
    return f"DC {power_kw:.6g}{both_ways}" if is_dc else f"AC {power_kw:.6g} {phases}ph{both_ways}"


def compute_station_kw(station: Station, current_a: float) -> float:
    """Return the power of a station of EV2Gym at a current [kW]."""
    return float(current_a * station["voltage"] * math.sqrt(station["phases"]) / 1000.0)


def read_topology(folder: Path, name: str) -> tuple[str, int, float]:
    """Return the EVSEs of a topology file, their number and the limit of all its transformers [kW].

    Raises
    ------
    ValidationError
        With every issue.
    """
    try:
        root = parse_json(read_text(folder / name, MAX_SCENARIO_BYTES))
    except ValidationError as error:
        raise ValidationError([Issue(TOPOLOGY_KEY, i.template, i.values) for i in error.issues]) from None
    except (ValueError, RecursionError):
        raise ValidationError([Issue(TOPOLOGY_KEY, "must name a JSON file with transformers")]) from None
    stations, limit_kw, issues = _parse_transformers(root)
    if issues:
        raise ValidationError(issues)
    if not stations:
        raise ValidationError([Issue(TOPOLOGY_KEY, "must name a file with at least one charging station")])
    ports = [(station, station.get("n_ports", 1)) for station in stations]
    return format_stations(ports), sum(n for _, n in ports), limit_kw


def _parse_transformers(root: object) -> tuple[list[Station], float, list[Issue]]:
    stations: list[Station] = []
    limit_kw = 0.0
    issues: list[Issue] = []
    if not isinstance(root, Mapping):
        return [], 0.0, [Issue(TOPOLOGY_KEY, "must name a JSON file with transformers")]
    for number, transformer in root.items():
        place = f"{TOPOLOGY_KEY}: transformer {number}"[:100]
        found = transformer.get("charging_stations") if isinstance(transformer, Mapping) else None
        if not isinstance(transformer, Mapping) or not isinstance(found, Mapping):
            issues.append(Issue(place, "must have max_power and charging_stations"))
            continue
        new = _check(place, transformer, {"max_power": Key(float, 0, 1e9, is_needed=True)})
        limit_kw += 0.0 if new else transformer["max_power"]
        issues += new
        for key, station in found.items():
            where = f"{place}, station {key}"[:150]
            is_table = isinstance(station, Mapping)
            new = _check(where, station, STATION_KEYS) if is_table else [Issue(where, "must be a table of values")]
            issues += new
            stations += [] if new else [station]
    return stations, limit_kw, issues


def _check(place: str, table: Mapping[str, Any], keys: Mapping[str, Key]) -> list[Issue]:
    found = check_values({name: YamlValue(value, 0) for name, value in table.items()}, keys)
    return [Issue(f"{place}: {issue.field}", issue.template, issue.values) for issue in found]
