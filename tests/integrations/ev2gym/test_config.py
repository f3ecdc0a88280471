"""Configuration for EV2Gym: it holds the values of the scenario; EV2Gym itself is not needed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import yaml

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.ev2gym import to_ev2gym_config
from ev2gym_dashboard.integrations.ev2gym.config import (
    compute_spawn_multiplier,
    make_ev2gym_specs,
    make_ev2gym_topology,
)
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog

EXAMPLE = Scenario(
    fleet_size=200,
    place="public",
    start="2026-12-15T16:30",
    days=2,
    timestep_min=30,
    seed=7,
    target_soc=0.85,
    evse_ac_7_share=0.5,
    evse_ac_11_share=0.3,
    evse_ac_22_share=0.1,
    evse_dc_50_share=0.1,
)


def test_the_configuration_says_what_the_scenario_says(tmp_path: Path) -> None:
    config = yaml.safe_load(to_ev2gym_config(EXAMPLE, tmp_path).read_text(encoding="utf-8"))
    expected = {
        "timescale": 30, "simulation_length": 96, "year": 2026, "month": 12, "day": 15, "hour": 16, "minute": 30,
        "scenario": "public", "v2g_enabled": True, "number_of_charging_stations": 100, "tr_seed": 7,
    }  # fmt: skip
    assert {name: config[name] for name in expected} == expected
    assert config["ev"]["desired_capacity"] == 0.85
    assert config["transformer"]["max_power"] == EXAMPLE.limit_kw
    assert Path(config["ev_specs_file"]) == tmp_path / "ev_specs.json"
    assert Path(config["charging_network_topology"]).is_file()


@pytest.mark.parametrize("key", CATALOGS)
def test_the_spec_file_read_again_is_the_same_catalog(key: str) -> None:
    catalog = load_catalog(key).catalog
    again, issues = parse_catalog(json.dumps(make_ev2gym_specs(catalog)).encode())
    assert not issues
    assert again is not None
    assert again.names == catalog.names
    for name in ("registrations", "capacity_kwh", "max_ac_charge_kw", "max_ac_discharge_kw", "efficiency_3ph"):
        assert getattr(again, name) == pytest.approx(getattr(catalog, name))


def test_the_evses_are_those_of_the_scenario_and_dc_becomes_the_largest_ac() -> None:
    (transformer,) = make_ev2gym_topology(EXAMPLE).values()
    stations = list(transformer["charging_stations"].values())
    assert len(stations) == EXAMPLE.n_evse
    power_kw = [s["max_charge_current"] * s["voltage"] * math.sqrt(s["phases"]) / 1000.0 for s in stations]
    counts = {kw: sum(abs(found - kw) < 1e-9 for found in power_kw) for kw in (7.36, 11.04, 22.08)}
    assert counts == {7.36: 50, 11.04: 30, 22.08: 20}
    assert sum(s["max_discharge_current"] < 0 for s in stations) == 50


def test_v2g_off_leaves_no_discharge_current() -> None:
    (transformer,) = make_ev2gym_topology(Scenario(v2g=False)).values()
    assert {station["max_discharge_current"] for station in transformer["charging_stations"].values()} == {0}


def test_as_many_vehicles_come_to_free_evses_as_ours_in_a_day() -> None:
    per_quarter_hour = [1 / 96] * 96
    at_one_evse = sum(share * 0.25 * compute_spawn_multiplier(EXAMPLE) for share in per_quarter_hour)
    assert at_one_evse * EXAMPLE.n_evse == pytest.approx(EXAMPLE.return_share * EXAMPLE.fleet_size)


def test_a_wrong_scenario_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="fleet_size"):
        to_ev2gym_config(Scenario(fleet_size=0), tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_evses_nobody_comes() -> None:
    assert make_ev2gym_topology(Scenario(evse_per_vehicle=0.0))["0"]["charging_stations"] == {}
