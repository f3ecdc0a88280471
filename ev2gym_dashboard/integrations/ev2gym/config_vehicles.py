"""Vehicles of an EV2Gym configuration: the values of a file while it is read, and its catalog and SOCs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.ev2gym.config_keys import HOMOGENEOUS_KEYS, HOMOGENEOUS_ONLY
from ev2gym_dashboard.integrations.ev2gym.config_notes import ASSUMED, NOT_TAKEN
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_scenario_catalog
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.scenarios.toml_file import MAX_SCENARIO_BYTES, read_text

EFFICIENCY_CURRENTS_A = (6, 32)
MAX_TRANSITION_SOC, MIN_TRANSITION_SOC = 0.99, 0.5
DEFAULT = Scenario()
NO_FILES = "names a file, which is not read here: remove the line, and choose that file in the form afterwards"


@dataclass
class Reading:
    """A configuration while it is read: the values of its known keys, and notes on them."""

    values: dict[str, Any]
    folder: Path | None
    notes: list[Issue] = field(default_factory=list)

    def get(self, name: str, default: Any, shown: float | str) -> Any:
        """Return a value, or the default with a note that shows it."""
        return self.get_or_assume(name, default, "is missing: {value}", value=shown)

    def get_or_assume(self, name: str, default: Any, template: str, **shown: float | str) -> Any:
        """Return a value, or the default with a note on what it means."""
        if name in self.values:
            return self.values[name]
        self.assume(name, template, **shown)
        return default

    def assume(self, name: str, template: str, **shown: float | str) -> None:
        """Add a note on what is assumed."""
        # A file says 50 where Python says 50.0.
        whole = {key: int(value) for key, value in shown.items() if isinstance(value, float) and value.is_integer()}
        self.notes.append(Issue(f"{ASSUMED}{name}", template, tuple((shown | whole).items())))


def read_vehicles(reading: Reading) -> dict[str, Any]:
    """Return the fields of the catalog: a spec file, a catalog of this project, or one model."""
    if not reading.values.get("heterogeneous_ev_specs", True):
        return {"catalog_spec": _make_spec_text(reading)}
    unused = [name for name in HOMOGENEOUS_KEYS if name in reading.values]
    if unused:
        reading.notes.append(note_left_out(unused, HOMOGENEOUS_ONLY))
    if "ev_specs_file" not in reading.values:
        reading.assume("ev_specs_file", "is missing: the catalog {catalog}", catalog=str(DEFAULT.catalog))
        return {}
    named = reading.values["ev_specs_file"]
    known = {choice.files[0]: key for key, choice in CATALOGS.items() if len(choice.files) == 1}
    file_name = named.replace("\\", "/").rsplit("/", 1)[-1]
    path = reading.folder / named if reading.folder else None
    if file_name in known and not (path and path.is_file()):
        template = "EV2Gym's own file, which is the catalog {catalog} here"
        reading.assume("ev_specs_file", template, catalog=known[file_name])
        return {"catalog": known[file_name]}
    if path is None:
        raise ValidationError([Issue("ev_specs_file", NO_FILES)])
    try:
        text = read_text(path, MAX_SCENARIO_BYTES)
        issues = parse_catalog(text)[1]
    except ValidationError as error:
        text, issues = "", list(error.issues)
    if issues:
        raise ValidationError([replace(issue, field=f"ev_specs_file: {issue.field}") for issue in issues])
    return {"catalog_spec": text}


def _make_spec_text(reading: Reading) -> str:
    """Return the spec file of the one model of a configuration without a spec file."""
    defaults = {"battery_capacity": 50.0, "max_ac_charge_power": 22.0, "max_dc_charge_power": 50.0}
    model = {name: reading.get(f"ev.{name}", value, value) for name, value in defaults.items()}
    discharge_kw = abs(reading.get("ev.max_discharge_power", -22.0, "-22"))
    efficiency = reading.get("ev.charge_efficiency", 1.0, "1") * 100.0
    model |= {"number_of_registrations": 1, "ch_current": list(EFFICIENCY_CURRENTS_A)}
    model |= {f"{phases}ph_ch_efficiency": [efficiency, efficiency] for phases in (1, 3)}
    model |= {f"max_{current}_discharge_power": discharge_kw for current in ("ac", "dc")}
    issues = parse_catalog({"EV": model})[1]
    if issues:
        raise ValidationError([replace(issue, field=f"ev: {issue.field}") for issue in issues])
    return json.dumps({"EV": model})


def read_socs(reading: Reading, scenario: Scenario) -> dict[str, Any]:
    """Return target, reserve and transition SOC; the reserve is an energy in EV2Gym, and needs the catalog."""
    catalog = load_scenario_catalog(scenario).catalog
    mean_kwh = float(np.average(catalog.capacity_kwh, weights=catalog.registrations))
    reserve_kwh = reading.get("ev.min_battery_capacity", DEFAULT.reserve_soc * mean_kwh, f"{DEFAULT.reserve_soc:.0%}")
    if reserve_kwh > mean_kwh:
        values = (("value", reserve_kwh), ("high", round(mean_kwh, 1)))
        template = "{value} kWh are more than the mean battery holds, {high} kWh"
        raise ValidationError([Issue("ev.min_battery_capacity", template, values)])
    target_soc = reading.get("ev.desired_capacity", DEFAULT.target_soc, f"{DEFAULT.target_soc:.0%}")
    socs = {"target_soc": float(target_soc), "reserve_soc": reserve_kwh / mean_kwh}
    if not reading.values.get("heterogeneous_ev_specs", True) and "ev.transition_soc" in reading.values:
        given = float(reading.values["ev.transition_soc"])
        socs["transition_soc"] = min(max(given, MIN_TRANSITION_SOC), MAX_TRANSITION_SOC)
        if socs["transition_soc"] != given:
            reading.assume(
                "ev.transition_soc", "{taken} in place of {value}", taken=socs["transition_soc"], value=given
            )
    return socs


def note_left_out(names: list[str], reason: str) -> Issue:
    """Return a note on keys that are not taken."""
    return Issue(f"{NOT_TAKEN}{', '.join(names)}", reason)
