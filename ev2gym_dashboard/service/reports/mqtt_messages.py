"""MQTT messages of a run: its figures after a step, its availability, and Home Assistant's discovery of them."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any, Final, NamedTuple

from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.reports.figure_units import find_unit
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES

PUBLISHED_COLUMNS = {
    "n_connected": "Connected",
    "n_charging": "Charging",
    "n_discharging": "Discharging",
    "n_idle": "Idle",
    "g2v_kw": "G2V",
    "v2g_kw": "V2G",
    "import_kw": "Import",
    "export_kw": "Export",
    "price_mad_kwh": "Price",
}
"""Published series of `COLUMNS`, and their labels."""
PUBLISHED_KPIS = ("import_kwh", "export_kwh", "cost_mad")
"""Published KPIs of the run so far."""
TIME_KEY: Final = "time"
SENSOR_CLASSES = {
    "kW": {"device_class": "power", "state_class": "measurement"},
    "kWh": {"device_class": "energy", "state_class": "total_increasing"},
    "MAD": {"device_class": "monetary", "state_class": "total"},
}
"""Classes of Home Assistant by unit; another figure is a measurement without a device class."""
SHOWN_DECIMALS = 2
ONLINE, OFFLINE = "online", "offline"


class Message(NamedTuple):
    """A message to a broker, which the broker retains."""

    topic: str
    payload: str


def make_state_message(simulation: Simulation, topic: str) -> Message:
    """Return the figures of the last step of a run, by name, with the UTC time at which the step began.

    Powers are means over the step, energies and bill those of the run up to the end of the step.
    """
    row, kpis = simulation.get_totals().to_row(), simulation.kpis
    figures = {name: row[name] for name in PUBLISHED_COLUMNS} | {name: kpis[name] for name in PUBLISHED_KPIS}
    time = simulation.scenario.get_step_time(simulation.step - 1).isoformat()
    return Message(f"{topic}/state", json.dumps({TIME_KEY: time, **figures}, allow_nan=False))


def make_availability_message(topic: str, status: str) -> Message:
    """Return the message that the run is `ONLINE` or `OFFLINE`."""
    return Message(f"{topic}/availability", status)


def make_discovery_message(scenario: Scenario, topic: str, prefix: str) -> Message:
    """Return the message by which Home Assistant finds a sensor for each figure that is published.

    References
    ----------
    Device discovery of Home Assistant's MQTT integration, since 2024.11:
    https://www.home-assistant.io/integrations/mqtt/#discovery-messages-with-multiple-components
    """
    device_id = topic.replace("/", "_")
    sensors = {TIME_KEY: {"name": "Simulated time", "device_class": "timestamp"}}
    sensors |= {name: {"name": label, **_classify(find_unit(name))} for name, label in PUBLISHED_COLUMNS.items()}
    sensors |= {name: {"name": KPIS[name].label, **_classify(KPIS[name].unit)} for name in PUBLISHED_KPIS}
    payload = {
        "device": {
            "identifiers": [device_id],
            "name": f"Simulated fleet {topic}",
            "model": f"{scenario.fleet_size} EVs, {STRATEGIES[scenario.strategy].name}",
            "manufacturer": "EV2Gym Dashboard",
        },
        "origin": {"name": "ev2gym-dashboard", "sw_version": version("ev2gym-dashboard")},
        "state_topic": f"{topic}/state",
        "availability_topic": f"{topic}/availability",
        "components": {name: _complete_sensor(name, sensor, device_id) for name, sensor in sensors.items()},
    }
    return Message(f"{prefix}/device/{device_id}/config", json.dumps(payload))


def _classify(unit: str) -> dict[str, Any]:
    classes: dict[str, Any] = SENSOR_CLASSES.get(unit, {"state_class": "measurement"})
    # A count has no unit, and no decimals to be shown.
    return classes | ({"unit_of_measurement": unit, "suggested_display_precision": SHOWN_DECIMALS} if unit else {})


def _complete_sensor(name: str, sensor: dict[str, Any], device_id: str) -> dict[str, Any]:
    template = f"{{{{ value_json.{name} }}}}"
    return {"platform": "sensor", "unique_id": f"{device_id}_{name}", "value_template": template, **sensor}
