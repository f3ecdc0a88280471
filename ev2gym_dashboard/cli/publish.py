"""Command ``publish``: run a scenario at the speed of a clock, and publish its figures by MQTT."""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ev2gym_dashboard.cli.mqtt_options import BrokerOptions, add_broker_options, read_broker_options
from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number, format_help
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error, show_progress
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.service.reports.mqtt_messages import (
    OFFLINE,
    ONLINE,
    Message,
    make_availability_message,
    make_discovery_message,
    make_state_message,
)
from ev2gym_dashboard.service.simulation.simulation import Simulation

if TYPE_CHECKING:
    from ev2gym_dashboard.cli.mqtt_publisher import Publisher

SPEED = Quantity(1.0, "", 0.1, 1e6, "Simulated seconds in a second; 1 is real time")
NO_PAHO = """\
publish needs the package paho-mqtt, which is not installed: run pip install 'ev2gym-dashboard[mqtt]'."""
PUBLISH_EXAMPLES = """examples:
  ev2gym-dashboard publish --mqtt-host localhost --fleet-size 200 --days 30
  ev2gym-dashboard publish site.toml --mqtt-host broker.example --mqtt-tls --speed 900

The second one publishes a step of 15 min each second. Home Assistant finds the figures by itself (docs/mqtt.md).
"""


def add_publish(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "publish",
        help="run a scenario in real time and publish its figures by MQTT, for Home Assistant",
        usage="ev2gym-dashboard publish [SCENARIO] --mqtt-host HOST [--speed X] [OPTIONS]",
        description="Run a scenario at the speed of a clock, and publish its figures by MQTT at each step.",
        epilog=PUBLISH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    parser.add_argument("--speed", metavar="X", default=str(SPEED.default), help=format_help(SPEED))
    add_broker_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_publish)


def _publish(options: argparse.Namespace) -> None:
    if importlib.util.find_spec("paho") is None:
        exit_with_error(NO_PAHO, EXIT_FAILURE)
    broker, issues = read_broker_options(options, os.environ)
    speed = convert_number(options.speed)
    scenario = build_scenario(options, options.file, others=issues + SPEED.check("--speed", speed))
    publisher = _connect(broker, scenario)
    try:
        with show_progress("publish") as report_progress:
            _publish_steps(
                Simulation(scenario), publisher, topic=broker.topic, speed=float(str(speed)), progress=report_progress
            )
    finally:
        publisher.close()


def _connect(broker: BrokerOptions, scenario: Scenario) -> Publisher:
    from ev2gym_dashboard.cli.mqtt_publisher import Publisher  # noqa: PLC0415 (an extra)

    last_will = make_availability_message(broker.topic, OFFLINE)
    publisher = Publisher(broker, last_will=last_will, messages=_list_first_messages(broker, scenario))
    try:
        publisher.connect()
    # A name that cannot be the one of a machine is a fault of its encoding.
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        exit_with_error(f"Cannot publish to {broker.address}: {reason}.", EXIT_FAILURE)
    return publisher


def _list_first_messages(broker: BrokerOptions, scenario: Scenario) -> list[Message]:
    online = make_availability_message(broker.topic, ONLINE)
    if not broker.discovery_prefix:
        return [online]
    return [make_discovery_message(scenario, broker.topic, broker.discovery_prefix), online]


def _publish_steps(
    simulation: Simulation, publisher: Publisher, *, topic: str, speed: float, progress: Callable[[float], None]
) -> None:
    """Publish the steps of a scenario, each at its beginning, and return at the end of the last one."""
    n_steps, step_s = simulation.scenario.n_steps, simulation.scenario.timestep_h * 3600.0 / speed
    simulation.keep_folds()
    start_s = time.monotonic()
    for step in range(n_steps):
        simulation.advance()
        publisher.publish(make_state_message(simulation, topic))
        progress((step + 1) / n_steps)
        # From the start, so that the time of computing does not add up.
        time.sleep(max(0.0, start_s + (step + 1) * step_s - time.monotonic()))
