"""Options of an MQTT broker: read from the command line and the environment, with every issue at once."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ev2gym_dashboard.cli.options import convert_number, format_help
from ev2gym_dashboard.core.schema import Issue, Quantity, format_value
from ev2gym_dashboard.service.runtime.environment import MQTT_VARIABLE, split_credentials

TLS_PORT = 8883
PORT = Quantity(1883, "", 1, 65535, f"Port of the broker; {TLS_PORT} with --mqtt-tls")
TOPIC, DISCOVERY_PREFIX = "ev2gym-dashboard", "homeassistant"
# A topic is a name in Home Assistant too, which allows these characters.
TOPIC_PATTERN = re.compile(r"[a-z0-9_-]{1,64}(/[a-z0-9_-]{1,64}){0,7}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class BrokerOptions:
    """A broker and the topics of a run on it; without ``discovery_prefix`` Home Assistant is told nothing."""

    host: str
    port: int
    topic: str
    discovery_prefix: str
    tls: bool
    credentials: tuple[str, str] | None = field(repr=False)

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"


def add_broker_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a broker."""
    group = parser.add_argument_group("broker", f"The variable {MQTT_VARIABLE} holds user:password, if it needs them.")
    group.add_argument("--mqtt-host", metavar="HOST", required=True, help="name or address of the MQTT broker")
    group.add_argument("--mqtt-port", metavar="N", help=format_help(PORT))
    group.add_argument("--mqtt-tls", action="store_true", help="encrypt the connection, and check the certificate")
    group.add_argument("--mqtt-topic", metavar="TOPIC", default=TOPIC, help=f"topic of the run (default {TOPIC})")
    group.add_argument(
        "--mqtt-discovery",
        metavar="PREFIX",
        default=DISCOVERY_PREFIX,
        help=f"prefix of Home Assistant's discovery, empty for none (default {DISCOVERY_PREFIX})",
    )


def read_broker_options(
    options: argparse.Namespace, environment: Mapping[str, str]
) -> tuple[BrokerOptions, list[Issue]]:
    """Return the options of a broker, and their issues; with issues the options are not valid."""
    usual_port = TLS_PORT if options.mqtt_tls else PORT.default
    port: Any = usual_port if options.mqtt_port is None else convert_number(options.mqtt_port)
    issues = PORT.check("--mqtt-port", port) + _check_topic("--mqtt-topic", options.mqtt_topic)
    issues += _check_topic("--mqtt-discovery", options.mqtt_discovery) if options.mqtt_discovery else []
    issues += [] if options.mqtt_host.strip() else [Issue("--mqtt-host", "must be the name or address of a broker")]
    account = environment.get(MQTT_VARIABLE)
    return BrokerOptions(
        host=options.mqtt_host.strip(),
        port=port,
        topic=options.mqtt_topic,
        discovery_prefix=options.mqtt_discovery,
        tls=options.mqtt_tls,
        credentials=split_credentials(account) if account else None,
    ), issues


def _check_topic(name: str, topic: str) -> list[Issue]:
    if TOPIC_PATTERN.fullmatch(topic):
        return []
    rule = "must be letters, digits, - and _, in up to 8 parts with / between them, not {value}"
    return [Issue(name, rule, (("value", format_value(topic)),))]
