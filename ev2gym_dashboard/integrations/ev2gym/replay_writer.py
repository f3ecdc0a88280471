"""Replay for EV2Gym: the stays of a traced result, so that both simulators run the same arrivals."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Hashable, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.evse_groups import PHASE_VOLTAGE_V
from ev2gym_dashboard.core.fleet.evse import Ratings, compute_ratings
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.core.fleet.session_fleet import place_sessions
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.ev2gym.config import (
    CONFIG_FILE,
    SPECS_FILE,
    TOPOLOGY_FILE,
    make_ev2gym_config,
    make_ev2gym_specs,
)
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.simulation.result import Result

REPLAY_FILE = "replay_stays.pkl"
PHASES = 3
VOLTAGE_V = PHASE_VOLTAGE_V * math.sqrt(PHASES)
ROUNDING_SHARE = 1.0 + 1e-4
"""EV2Gym rounds an action to five digits and raises above the current of the station."""


def make_ev2gym_evs(result: Result) -> list[dict[str, Any]]:
    """Return the arguments of EV2Gym's ``EV`` for each plugged-in stay of a traced result, by arrival.

    Raises
    ------
    ValidationError
        If the run was not traced.

    Notes
    -----
    EV2Gym starts with an empty site: a vehicle that is plugged in at the start comes at step 1. A vehicle that leaves
    before step 2 is left out, as are those that found no EVSE. The SOC at arrival is that of the run, whose strategy
    may have left a vehicle with less than another one would.
    """
    sessions, _ = _require_trace(result)
    start, step = pd.Timestamp(result.scenario.start_time), timedelta(minutes=result.scenario.timestep_min)
    plugged = sessions[sessions["evse"].notna()]
    plugged = plugged.assign(
        first=((plugged["plug_in"] - start) / step).round().clip(lower=1).astype(int),
        last=((plugged["departure"] - start) / step).round().astype(int) - 1,
    )
    plugged = plugged[plugged["last"] >= plugged["first"]].sort_values("first", kind="stable")
    ratings, models, kind = _find_ratings(result)
    return [
        _make_ev(row, ratings, models[row["model"]] * ratings.n_kinds + kind[row["evse"]], result)
        for row in plugged.to_dict("records")
    ]


def _find_ratings(result: Result) -> tuple[Ratings, dict[str, int], NDArray[np.integer[Any]]]:
    """Return the ratings of vehicles at EVSEs, the number of each model, and the kind of each EVSE from 1 on."""
    scenario, catalog = result.scenario, load_scenario_catalog(result.scenario).catalog
    if scenario.sessions is None:
        installation = install_evses(scenario)
        ratings = compute_ratings(catalog, transition_soc=scenario.transition_soc, kinds=installation.kinds)
    else:
        placed = place_sessions(scenario, catalog)
        catalog, installation, ratings = placed.catalog, placed.installation, placed.ratings
    models = {name: number for number, name in reversed(list(enumerate(catalog.names)))}
    return ratings, models, np.repeat(np.arange(1, len(installation.kinds) + 1), installation.counts)


def write_ev2gym_replay(result: Result, folder: Path | str) -> tuple[Path, Path]:
    """Write the configuration and the replay of a traced result, with which EV2Gym runs the same arrivals.

    Parameters
    ----------
    result : of ``simulate(..., trace=True)``
    folder : is created if missing

    Returns
    -------
    the paths for ``EV2Gym(config_file=..., load_from_replay_path=...)``

    Raises
    ------
    ValidationError
        If the run was not traced, or no vehicle was plugged in.
    ModuleNotFoundError
        If EV2Gym is not installed.
    """
    evs = make_ev2gym_evs(result)
    if not evs:
        raise ValidationError([Issue("sessions", "no vehicle was plugged in: there is nothing to replay")])
    if find_spec("ev2gym") is None:
        raise ModuleNotFoundError("a replay needs EV2Gym 2.0.0: docs/ev2gym.md says how it is installed")
    import yaml  # noqa: PLC0415 (an extra)

    scenario, target = result.scenario, Path(folder).resolve()
    target.mkdir(parents=True, exist_ok=True)
    catalog = load_scenario_catalog(scenario).catalog
    config = make_ev2gym_config(scenario, catalog, target) | {"number_of_charging_stations": len(make_stations(result))}
    topology = {"0": {"max_power": scenario.limit_kw, "charging_stations": dict(enumerate(make_stations(result)))}}
    (target / SPECS_FILE).write_text(json.dumps(make_ev2gym_specs(catalog)), encoding="utf-8")
    (target / TOPOLOGY_FILE).write_text(json.dumps(topology), encoding="utf-8")
    (target / CONFIG_FILE).write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    (target / REPLAY_FILE).write_bytes(pickle.dumps(_make_replay(result, evs, config, target / REPLAY_FILE)))
    return target / CONFIG_FILE, target / REPLAY_FILE


def make_stations(result: Result) -> list[dict[str, Any]]:
    """Return the EVSEs of a traced result as stations of EV2Gym: one port, AC on three phases, the same power."""
    _, evses = _require_trace(result)
    return [_make_station(row, v2g=result.scenario.v2g) for row in evses.sort_values("evse").to_dict("records")]


def _require_trace(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    if result.sessions is None or result.evses is None:
        raise ValidationError([Issue("result", "has no stays: simulate(scenario, trace=True) keeps them")])
    return result.sessions, result.evses


def _make_station(evse: Mapping[Hashable, Any], *, v2g: bool) -> dict[str, Any]:
    # EV2Gym has no DC, and multiplies by the root of the phases.
    current_a = evse["power_kw"] * 1000.0 / (VOLTAGE_V * math.sqrt(PHASES)) * ROUNDING_SHARE
    return {
        "min_charge_current": 0,
        "max_charge_current": current_a,
        "min_discharge_current": 0,
        "max_discharge_current": -current_a if v2g and evse["bidirectional"] else 0,
        "voltage": VOLTAGE_V,
        "n_ports": 1,
        "charger_type": "AC",
        "phases": PHASES,
    }


def _make_ev(row: Mapping[Hashable, Any], ratings: Ratings, code: int, result: Result) -> dict[str, Any]:
    scenario, capacity_kwh = result.scenario, float(ratings.capacity_kwh[code])
    return {
        "id": 0,
        "location": int(row["evse"]),
        "battery_capacity_at_arrival": float(row["soc_in"]) * capacity_kwh,
        "time_of_arrival": int(row["first"]),
        "time_of_departure": int(row["last"]),
        "desired_capacity": float(row["target_soc"]) * capacity_kwh,
        "battery_capacity": capacity_kwh,
        "min_battery_capacity": scenario.reserve_soc * capacity_kwh,
        "min_emergency_battery_capacity": scenario.reserve_soc * capacity_kwh,
        "max_ac_charge_power": float(ratings.charge_kw[code]),
        "max_discharge_power": -float(ratings.discharge_kw[code]),
        "ev_phases": PHASES,
        "transition_soc": scenario.transition_soc,
        "transition_soc_multiplier": 1,
        "charge_efficiency": float(ratings.charge_efficiency[code]),
        "discharge_efficiency": float(ratings.discharge_efficiency[code]),
        "timescale": scenario.timestep_min,
    }


def _make_replay(result: Result, evs: list[dict[str, Any]], config: dict[str, Any], path: Path) -> Any:
    """Return an ``EvCityReplay`` with what EV2Gym reads of one; its own constructor needs a finished run."""
    from ev2gym.models.ev import EV  # noqa: PLC0415 (an optional package)
    from ev2gym.models.ev_charger import EV_Charger  # noqa: PLC0415
    from ev2gym.models.replay import EvCityReplay  # noqa: PLC0415
    from ev2gym.models.transformer import Transformer  # noqa: PLC0415

    scenario, stations = result.scenario, make_stations(result)
    n_steps, timescale = scenario.n_steps, scenario.timestep_min
    env = SimpleNamespace(config=config, simulation_length=n_steps, timescale=timescale)
    series = {"inflexible_load": np.zeros(n_steps), "solar_power": np.zeros(n_steps), "simulation_length": n_steps}
    prices = result.series["price_mad_kwh"].to_numpy(), result.series["export_mad_kwh"].to_numpy()
    charge_prices, discharge_prices = (np.tile(values, (len(stations), 1)) for values in prices)
    replay = EvCityReplay.__new__(EvCityReplay)
    vars(replay).update(
        replay_path=str(path),
        sim_name="stays_replay",
        sim_length=n_steps,
        sim_date=scenario.start_time.replace(tzinfo=None),
        timescale=timescale,
        n_cs=len(stations),
        n_transformers=1,
        max_n_ports=1,
        scenario=config["scenario"],
        heterogeneous_specs=True,
        simulate_grid=False,
        grid=None,
        cs_transformers=[0] * len(stations),
        power_setpoints=np.zeros(n_steps),
        transformers=[Transformer(0, env, max_power=scenario.limit_kw, cs_ids=list(range(len(stations))), **series)],
        charging_stations=[
            EV_Charger(id=i, connected_bus=0, connected_transformer=0, timescale=timescale, **station)
            for i, station in enumerate(stations)
        ],
        EVs=[EV(**ev) for ev in evs],
        charge_prices=-charge_prices,
        discharge_prices=discharge_prices,
        stats=None,
        unstirred_stats=None,
        optimal_stats=None,
    )
    return replay
