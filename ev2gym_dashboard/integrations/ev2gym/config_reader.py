"""EV2Gym's YAML configuration as a scenario, with what was taken, assumed and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, suggest_name
from ev2gym_dashboard.integrations.ev2gym.config import EV2GYM_SCENARIOS, QUARTERS_PER_HOUR
from ev2gym_dashboard.integrations.ev2gym.config_keys import (
    HOMOGENEOUS_KEYS,
    KEYS,
    LEFT_OUT,
    UNKNOWN_REASON,
    check_values,
    explain_left_out,
)
from ev2gym_dashboard.integrations.ev2gym.config_notes import TAKEN
from ev2gym_dashboard.integrations.ev2gym.config_sites import TOPOLOGY_KEY, format_stations, read_topology
from ev2gym_dashboard.integrations.ev2gym.config_vehicles import (
    DEFAULT,
    NO_FILES,
    Reading,
    note_left_out,
    read_socs,
    read_vehicles,
)
from ev2gym_dashboard.integrations.ev2gym.yaml_text import YamlValue, parse_yaml
from ev2gym_dashboard.service.scenarios.toml_file import read_text
from ev2gym_dashboard.service.scenarios.validation import require_valid

MAX_CONFIG_BYTES = 100_000
PLACES = {name: place for place, name in EV2GYM_SCENARIOS.items()}
TRANSFORMERS = "number_of_transformers"


def is_ev2gym_config(path: Path) -> bool:
    """Return whether a file is YAML by its name: EV2Gym's configuration is the only YAML that is read."""
    return path.suffix.lower() in (".yaml", ".yml")


def read_ev2gym_config(path: Path | str, *, notes: list[Issue] | None = None) -> Scenario:
    """Return the scenario of an EV2Gym configuration.

    Parameters
    ----------
    path : YAML file; the paths in it are relative to its folder, EV2Gym's own spec files are known by their names
    notes : collects what was taken, assumed and left out

    Raises
    ------
    ValidationError
        With every issue, each with its line and key.
    """
    path = Path(path)
    return parse_ev2gym_config(read_text(path, MAX_CONFIG_BYTES), folder=path.parent, notes=notes)


def parse_ev2gym_config(text: str, *, folder: Path | None, notes: list[Issue] | None = None) -> Scenario:
    """Return the scenario of the text of an EV2Gym configuration, see `read_ev2gym_config`.

    Without a folder, no other file is read: a configuration that names one is refused.
    """
    if len(text) > MAX_CONFIG_BYTES:
        raise ValidationError([Issue("file", "must not be longer than {high} bytes", (("high", MAX_CONFIG_BYTES),))])
    found = parse_yaml(text)
    issues = check_values(found, KEYS) + _check_unknown(found) + _check_relations(found)
    if issues:
        raise ValidationError(issues)
    reading = Reading({name: found[name].value for name in KEYS if name in found}, folder)
    site_fields = _read_site(reading)
    scenario = Scenario(**(_read_run(reading) | read_vehicles(reading) | site_fields))
    require_valid(scenario)
    scenario = replace(scenario, **read_socs(reading, scenario))
    require_valid(scenario)
    if notes is not None:
        notes += [_note_taken(found, reading), *reading.notes, *_list_left_out(found)]
    return scenario


def _check_unknown(found: Mapping[str, YamlValue]) -> list[Issue]:
    """Return an issue for each key that is close to one of EV2Gym's: it is mistyped."""
    unknown = {name: suggest_name(name, KEYS) for name in found if explain_left_out(name) == UNKNOWN_REASON}
    sections = {name.split(".")[0] for name in (*KEYS, *LEFT_OUT)}
    template = "is no key of EV2Gym; did you mean {known}?"
    return [
        Issue(f"line {found[name].line}: {name}", template, (("known", known),))
        for name, known in unknown.items()
        if known and known not in found and name not in (*KEYS, *sections)
    ]


def _check_relations(found: Mapping[str, YamlValue]) -> list[Issue]:
    sections = sorted({name.split(".")[0] for name in KEYS if "." in name})
    issues = [
        Issue(f"line {found[name].line}: {name}", "is no section with keys")
        for name in sections
        if name in found and found[name].value != {}
    ]
    scenario = found.get("scenario")
    if scenario is not None and isinstance(scenario.value, str) and scenario.value not in PLACES:
        issues.append(
            Issue(f"line {scenario.line}: scenario", "must be one of {known}", (("known", ", ".join(PLACES)),))
        )
    if "number_of_charging_stations" not in found and _find_topology(found) is None:
        issues.append(Issue("number_of_charging_stations", "is missing, and so is charging_network_topology"))
    date = [found[name].value for name in ("year", "month", "day") if name in found]
    if len(date) == 3 and not check_values(found, {name: KEYS[name] for name in ("year", "month", "day")}):
        try:
            datetime.fromisoformat("{:04}-{:02}-{:02}".format(*date))
        except ValueError:
            issues.append(Issue(f"line {found['day'].line}: day", "is no day of that month"))
    return issues


def _find_topology(found: Mapping[str, YamlValue]) -> str | None:
    entry = found.get("charging_network_topology")
    # EV2Gym's files say None, which is a text in YAML.
    return entry.value if entry is not None and entry.value not in ("None", "") else None


def _read_run(reading: Reading) -> dict[str, Any]:
    values = reading.values
    hour, minute = reading.get("hour", 0, "0"), reading.get("minute", 0, "0")
    start = datetime(values["year"], values["month"], values["day"], hour, minute, tzinfo=UTC)
    reading.assume("hour", "times have no zone in EV2Gym and are taken as UTC")
    if values.get("random_day"):
        template = "EV2Gym draws a date, this run has that of the file, {date}"
        reading.assume("random_day", template, date=f"{start:%Y-%m-%d}")
    seed = reading.get("tr_seed", 0, "0")
    if seed < 0:
        reading.assume("tr_seed", "-1 is a random seed there, 0 is taken")
    days = values["simulation_length"] * values["timescale"] / (24 * 60)
    run = {
        "timestep_min": values["timescale"],
        "days": days,
        "start": start.isoformat(timespec="minutes")[:16],
        "seed": max(seed, 0),
        "place": PLACES[reading.get_or_assume("scenario", "private", "is missing: private, which is home here")],
        "v2g": reading.get_or_assume("v2g_enabled", True, "is missing: V2G is allowed"),
    }
    template = "the tariff {tariff}; EV2Gym pays Dutch day-ahead prices"
    reading.assume("prices", template, tariff=str(DEFAULT.tariff))
    return run | (_read_event(reading, start) if values.get("demand_response.include") else {})


def _read_event(reading: Reading, start: datetime) -> dict[str, Any]:
    def get(name: str, default: float) -> Any:
        return reading.get(f"demand_response.{name}", default, default)

    midnight = start.replace(hour=0, minute=0)
    event = midnight + timedelta(minutes=round(get("event_start_hour_mean", 12.0) * 60.0))
    event += timedelta(days=int(event < start))
    return {
        "event_start": event.isoformat(timespec="minutes")[:16],
        "event_minutes": float(get("event_length_minutes_max", 60.0)),
        "event_reduction": get("event_capacity_percentage_mean", 30.0) / 100.0,
    }


def _read_site(reading: Reading) -> dict[str, Any]:
    """Return EVSEs, fleet, limit, load and sun, all of which follow from the stations and transformers."""
    limit_kw: float | None
    topology = reading.values.get("charging_network_topology", "None")
    if topology not in ("None", ""):
        if reading.folder is None:
            raise ValidationError([Issue(TOPOLOGY_KEY, NO_FILES)])
        evses, n_evse, limit_kw = read_topology(reading.folder, topology)
    else:
        evses, n_evse, limit_kw = *_read_stations(reading), _read_limit_kw(reading)
    fleet_size, return_share = _read_arrivals(reading, n_evse)
    fields_found = {"evses": evses, "fleet_size": fleet_size, "return_share": return_share}
    if limit_kw is not None:
        fields_found["limit_kw_per_vehicle"] = limit_kw / fleet_size
    known_kw = DEFAULT.limit_kw_per_vehicle * fleet_size if limit_kw is None else limit_kw
    for section, multiplier, name in (
        ("inflexible_loads", "inflexible_loads_capacity_multiplier_mean", "base_load_kw_per_vehicle"),
        ("solar_power", "solar_power_capacity_multiplier_mean", "pv_kwp_per_vehicle"),
    ):
        share = 0.0
        if reading.get_or_assume(f"{section}.include", False, "is missing: there is none"):
            share = reading.get(f"{section}.{multiplier}", 1.0, "1")
            reading.assume(section, "a series of this project, with its peak that multiple of the limit")
        fields_found[name] = share * known_kw / fleet_size
    return fields_found


def _read_stations(reading: Reading) -> tuple[str, int]:
    both_ways = reading.values.get("v2g_enabled", True)
    station = {
        "max_charge_current": reading.get("charging_station.max_charge_current", 32.0, "32 A"),
        "max_discharge_current": reading.get_or_assume(
            "charging_station.max_discharge_current",
            -32.0 * both_ways,
            "is missing: 32 A where V2G is allowed, else 0 A",
        ),
        "voltage": reading.get("charging_station.voltage", 400.0, "400 V"),
        "phases": reading.get("charging_station.phases", 3, "3"),
    }
    n_ports = reading.values.get("number_of_ports_per_cs", 1)
    if n_ports > 1:
        reading.assume("number_of_ports_per_cs", "each port is an EVSE with the power of its station")
    n_evse = reading.values["number_of_charging_stations"] * n_ports
    return format_stations([(station, n_evse)]), n_evse


def _read_limit_kw(reading: Reading) -> float | None:
    limit_kw = DEFAULT.limit_kw_per_vehicle
    template = "is missing: {limit} kW per vehicle"
    max_power_kw = reading.get_or_assume("transformer.max_power", None, template, limit=limit_kw)
    n_transformers = reading.values.get(TRANSFORMERS, 1)
    if n_transformers < 1:
        template = "they follow from EV2Gym's network; the connection has {limit} kW per vehicle"
        reading.assume(TRANSFORMERS, template, limit=limit_kw)
        return None
    return None if max_power_kw is None else float(max_power_kw * n_transformers)


def _read_arrivals(reading: Reading, n_evse: int) -> tuple[int, float]:
    """Return fleet size and share of arrivals: EV2Gym has arrivals and no fleet."""
    multiplier = reading.values.get("spawn_multiplier")
    if multiplier is None:
        fleet_size = max(round(n_evse / DEFAULT.evse_per_vehicle), 1)
        template = "is missing: {n} vehicles, {share} EVSEs for each"
        reading.assume("spawn_multiplier", template, n=fleet_size, share=DEFAULT.evse_per_vehicle)
        return fleet_size, DEFAULT.return_share
    arrivals = multiplier / QUARTERS_PER_HOUR * n_evse
    fleet_size = max(round(arrivals / DEFAULT.return_share), 1)
    template = "{arrivals} arrivals a day are those of {n} vehicles; EV2Gym has no fleet"
    reading.assume("spawn_multiplier", template, arrivals=arrivals, n=fleet_size)
    return fleet_size, min(arrivals / fleet_size, 1.0)


def _note_taken(found: Mapping[str, YamlValue], reading: Reading) -> Issue:
    unused = set(HOMOGENEOUS_KEYS) if reading.values.get("heterogeneous_ev_specs", True) else set()
    taken = [name for name in found if name in KEYS and name not in unused]
    return Issue(TAKEN, "{keys}", (("keys", ", ".join(taken)),))


def _list_left_out(found: Mapping[str, YamlValue]) -> list[Issue]:
    """Return a note for each reason, with the keys that are not taken for it."""
    sections = {name.split(".")[0] for name in KEYS}
    names: dict[str, list[str]] = {}
    for name, entry in found.items():
        if name not in KEYS and not (name in sections and entry.value == {}):
            names.setdefault(explain_left_out(name), []).append(name)
    return [note_left_out(keys, reason) for reason, keys in names.items()]
