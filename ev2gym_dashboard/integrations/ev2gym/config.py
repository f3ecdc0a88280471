"""Configuration for EV2Gym 2.0.0 from a scenario: YAML file, spec file and charging topology."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ev2gym_dashboard.core.evse_groups import PHASE_VOLTAGE_V
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.evse import EvseType
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.scenarios.validation import require_valid

CONFIG_FILE, SPECS_FILE, TOPOLOGY_FILE = "config.yaml", "ev_specs.json", "topology.json"
EV2GYM_SCENARIOS = {"home": "private", "public": "public", "work": "workplace"}
DC_SUBSTITUTE = EvseType("dc_50", 3, 32.0, 3 * PHASE_VOLTAGE_V * 32.0 / 1000.0)
"""EV2Gym raises NotImplementedError for DC: a DC EVSE becomes the largest AC one."""
QUARTERS_PER_HOUR = 4
PERCENT = 100.0

UNSUPPORTED_FEATURES = {
    "tariff": "EV2Gym pays Dutch day-ahead prices of the date [EUR/kWh]; ONEE's tariff has no key.",
    "base load, sun and events": "They are switched off: EV2Gym has series of its own, scaled to the transformer.",
    "arrivals": "EV2Gym draws them per free EVSE, with the mean stay and need of the half hour; as many come in a "
    "day as in ours only while EVSEs are free, and none near the end.",
    "queue": "Nobody waits for a free EVSE there; it starts with an empty site.",
    "efficiency on one phase": "EV2Gym takes the table of three phases at every EVSE.",
    "DC": "It is not implemented there: an EVSE with DC becomes one with AC 22 kW, and DC limits are not used.",
    "reserve_soc": "It has one energy for all models: that of the mean pack. Asked for more, it refills to it.",
    "transition_soc": "EV2Gym draws it for each vehicle, from 0.7 to 0.9.",
    "departure_guard": "There is none; `StrategyAgent` brings ours along.",
    "connection": "The limit is counted as overload, not enforced; `StrategyAgent` keeps to it.",
    "losses": "EV2Gym lowers the power by the efficiency and books no loss.",
}
"""Features of a scenario that EV2Gym's files cannot express, or express differently."""


def to_ev2gym_config(scenario: Scenario, folder: Path | str) -> Path:
    """Write the YAML configuration and the spec file of the same fleet, EVSEs and hours for EV2Gym 2.0.0.

    Parameters
    ----------
    scenario : inputs of the run
    folder : folder of ``config.yaml``, ``ev_specs.json`` and ``topology.json``; created if missing

    Returns
    -------
    the path of the configuration, for ``EV2Gym(config_file=...)``

    Raises
    ------
    ValidationError
        With every issue of the scenario.
    ModuleNotFoundError
        If the extra ``ev2gym`` (PyYAML) is not installed.

    Notes
    -----
    `UNSUPPORTED_FEATURES` lists the features that the files cannot express.
    """
    if find_spec("yaml") is None:
        raise ModuleNotFoundError("install PyYAML, which comes with the extra: ev2gym-dashboard[ev2gym]")
    import yaml  # noqa: PLC0415 (an extra)

    require_valid(scenario)
    if scenario.parts:
        raise ValueError("EV2Gym has one place for all vehicles: a fleet of several parts cannot be converted")
    catalog, target = load_scenario_catalog(scenario).catalog, Path(folder).resolve()
    target.mkdir(parents=True, exist_ok=True)
    _write_json(target / SPECS_FILE, make_ev2gym_specs(catalog))
    _write_json(target / TOPOLOGY_FILE, make_ev2gym_topology(scenario))
    path = target / CONFIG_FILE
    path.write_text(yaml.safe_dump(make_ev2gym_config(scenario, catalog, target), sort_keys=False), encoding="utf-8")
    return path


def make_ev2gym_specs(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Return a catalog as an EV2Gym spec file, with efficiencies in per cent by current."""
    return {name: _make_spec(catalog, row) for row, name in enumerate(catalog.names)}


def make_ev2gym_topology(scenario: Scenario) -> dict[str, Any]:
    """Return the EVSEs of a scenario, one port each, behind one transformer with the limit of the connection."""
    installed = install_evses(scenario)
    kinds = [kind for kind, count in zip(installed.kinds, installed.counts.tolist(), strict=True) for _ in range(count)]
    stations = {
        str(i): _make_station(evse, v2g=both_ways and scenario.v2g) for i, (evse, both_ways) in enumerate(kinds)
    }
    return {"0": {"max_power": scenario.limit_kw, "charging_stations": stations}}


def make_ev2gym_config(scenario: Scenario, catalog: Catalog, folder: Path) -> dict[str, Any]:
    """Return the EV2Gym configuration, with every key that it reads without power-flow simulation."""
    start = scenario.start_time
    return {
        "timescale": scenario.timestep_min,
        "simulation_length": scenario.n_steps,
        **{name: getattr(start, name) for name in ("year", "month", "day", "hour", "minute")},
        "random_day": False,
        "random_hour": False,
        "simulation_days": "both",
        "scenario": EV2GYM_SCENARIOS[scenario.place],
        "spawn_multiplier": compute_spawn_multiplier(scenario),
        "discharge_price_factor": 1,
        "v2g_enabled": scenario.v2g,
        "number_of_charging_stations": scenario.n_evse,
        "number_of_transformers": 1,
        "number_of_ports_per_cs": 1,
        "charging_network_topology": str(folder / TOPOLOGY_FILE),
        "simulate_grid": False,
        "power_setpoint_enabled": False,
        "power_setpoint_flexiblity": 80,
        "tr_seed": scenario.seed,
        "inflexible_loads": {"include": False},
        "solar_power": {"include": False},
        "demand_response": {"include": False, "notification_of_event_minutes": 60},
        "heterogeneous_ev_specs": True,
        "ev_specs_file": str(folder / SPECS_FILE),
        "transformer": {"max_power": scenario.limit_kw},
        "charging_station": _make_station(DC_SUBSTITUTE, v2g=scenario.v2g),
        "ev": _make_vehicle(scenario, catalog),
    }


def compute_spawn_multiplier(scenario: Scenario) -> float:
    """Return the EV2Gym multiplier that brings as many vehicles a day to free EVSEs as the scenario.

    Notes
    -----
    EV2Gym draws at each free EVSE with the share of a quarter hour's arrivals times the step in hours, so that at a
    multiplier of 1 a quarter of a vehicle comes in a day.
    """
    per_evse = scenario.return_share * scenario.fleet_size / max(scenario.n_evse, 1)
    return QUARTERS_PER_HOUR * per_evse


def _make_spec(catalog: Catalog, row: int) -> dict[str, Any]:
    return {
        "number_of_registrations": int(catalog.registrations[row]),
        "battery_capacity": float(catalog.capacity_kwh[row]),
        "max_ac_charge_power": float(catalog.max_ac_charge_kw[row]),
        "max_dc_charge_power": float(catalog.max_dc_charge_kw[row]),
        "max_ac_discharge_power": float(catalog.max_ac_discharge_kw[row]),
        "max_dc_discharge_power": float(catalog.max_dc_discharge_kw[row]),
        "ch_current": [int(current) for current in catalog.current_a],
        "1ph_ch_efficiency": _to_percent(catalog.efficiency_1ph[row]),
        "3ph_ch_efficiency": _to_percent(catalog.efficiency_3ph[row]),
    }


def _to_percent(efficiency: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    return [round(value * PERCENT, 6) for value in efficiency.tolist()]


def _make_station(evse: EvseType, *, v2g: bool) -> dict[str, Any]:
    """Return an EVSE; EV2Gym multiplies current by voltage and by the square root of the phases."""
    ac_evse = evse if evse.phases else DC_SUBSTITUTE
    return {
        "min_charge_current": 0,
        "max_charge_current": ac_evse.current_a,
        "min_discharge_current": 0,
        "max_discharge_current": -ac_evse.current_a if v2g else 0,
        "voltage": PHASE_VOLTAGE_V * math.sqrt(ac_evse.phases),
        "n_ports": 1,
        "charger_type": "AC",
        "phases": ac_evse.phases,
    }


def _make_vehicle(scenario: Scenario, catalog: Catalog) -> dict[str, Any]:
    mean_kwh = float(np.average(catalog.capacity_kwh, weights=catalog.registrations))
    reserve_kwh = round(scenario.reserve_soc * mean_kwh, 3)
    return {
        "min_battery_capacity": reserve_kwh,
        "min_emergency_battery_capacity": reserve_kwh,
        "min_time_of_stay": scenario.timestep_min,
        "desired_capacity": scenario.target_soc,
        "transition_soc_multiplier": 1,
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
