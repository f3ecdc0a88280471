"""MQTT messages: the figures of a step, and Home Assistant's discovery of each of them."""

from __future__ import annotations

import json

import pytest

from ev2gym_dashboard import Scenario, Simulation, simulate
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.service.reports.mqtt_messages import (
    PUBLISHED_COLUMNS,
    PUBLISHED_KPIS,
    make_discovery_message,
    make_state_message,
)

SCENARIO = Scenario(fleet_size=30, days=0.25, strategy="price")


def test_a_state_has_the_figures_of_the_step_and_the_kpis_so_far() -> None:
    simulation = Simulation(SCENARIO)
    simulation.advance(SCENARIO.n_steps)
    message, result = make_state_message(simulation, "depot/north"), simulate(SCENARIO)
    state = json.loads(message.payload)
    row = result.series.iloc[-1]
    assert message.topic == "depot/north/state"
    assert state.pop("time") == result.series.index[-1].isoformat()
    assert state == {name: row[name] for name in PUBLISHED_COLUMNS} | {
        name: pytest.approx(result.kpis[name]) for name in PUBLISHED_KPIS
    }


def test_the_time_of_a_state_is_in_utc() -> None:
    simulation = Simulation(SCENARIO)
    simulation.advance()
    state = json.loads(make_state_message(simulation, "fleet").payload)
    assert state["time"] == SCENARIO.start_time.isoformat()
    assert state["time"].endswith("+00:00")


def test_every_published_series_is_a_declared_one() -> None:
    assert PUBLISHED_COLUMNS.keys() <= COLUMNS.keys()


def test_the_discovery_has_a_sensor_for_each_figure_of_a_state() -> None:
    simulation = Simulation(SCENARIO)
    simulation.advance()
    message = make_discovery_message(SCENARIO, "depot/north", "homeassistant")
    state, discovery = json.loads(make_state_message(simulation, "depot/north").payload), json.loads(message.payload)
    sensors = discovery["components"]
    assert message.topic == "homeassistant/device/depot_north/config"
    assert (discovery["state_topic"], discovery["availability_topic"]) == (
        "depot/north/state",
        "depot/north/availability",
    )
    assert discovery["device"]["identifiers"] == ["depot_north"]
    assert sensors.keys() == state.keys()
    assert len({sensor["unique_id"] for sensor in sensors.values()}) == len(state)
    assert all(sensors[name]["value_template"] == f"{{{{ value_json.{name} }}}}" for name in state)
    assert all(sensor["platform"] == "sensor" and sensor["name"] for sensor in sensors.values())


@pytest.mark.parametrize(
    ("name", "unit", "device_class", "state_class"),
    [
        ("n_idle", None, None, "measurement"),
        ("v2g_kw", "kW", "power", "measurement"),
        ("price_mad_kwh", "MAD/kWh", None, "measurement"),
        ("import_kwh", "kWh", "energy", "total_increasing"),
        # Home Assistant allows no other class of an amount of money.
        ("cost_mad", "MAD", "monetary", "total"),
        ("time", None, "timestamp", None),
    ],
)
def test_a_sensor_has_the_classes_of_its_unit(
    name: str, unit: str | None, device_class: str | None, state_class: str | None
) -> None:
    sensor = json.loads(make_discovery_message(SCENARIO, "fleet", "homeassistant").payload)["components"][name]
    classes = [sensor.get(key) for key in ("unit_of_measurement", "device_class", "state_class")]
    assert classes == [unit, device_class, state_class]
