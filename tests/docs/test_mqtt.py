"""docs/mqtt.md: its commands are valid, its state is that of its first run, and its options are all of them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from ev2gym_dashboard import Simulation
from ev2gym_dashboard.cli.main import build_parser
from ev2gym_dashboard.cli.mqtt_options import read_broker_options
from ev2gym_dashboard.cli.options import build_scenario
from ev2gym_dashboard.service.reports.mqtt_messages import make_discovery_message, make_state_message

TEXT = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ev2gym-dashboard (publish .*)$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_valid(command: str) -> None:
    options = build_parser().parse_args(shlex.split(command))
    assert read_broker_options(options, {})[1] == []


def test_the_state_is_the_first_one_of_the_first_run() -> None:
    options = build_parser().parse_args(shlex.split(COMMANDS[0]))
    simulation = Simulation(build_scenario(options, None))
    simulation.advance()
    (shown,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    state, written = json.loads(make_state_message(simulation, "fleet").payload), json.loads(shown)
    assert written.pop("time") == state.pop("time")
    assert written == pytest.approx(state, abs=0.005)


def test_the_topic_of_the_device_that_is_removed_is_that_of_the_discovery() -> None:
    options = build_parser().parse_args(shlex.split(COMMANDS[0]))
    scenario, (broker, _) = build_scenario(options, None), read_broker_options(options, {})
    assert f"-t {make_discovery_message(scenario, broker.topic, broker.discovery_prefix).topic}\n" in TEXT


def test_every_option_of_the_broker_is_on_the_page() -> None:
    options = re.findall(
        r"--(?:mqtt-[a-z]+|speed)\b", build_parser().parse_args(["publish", "--mqtt-host", "x"]).parser.format_help()
    )
    assert {option for option in options if f"| `{option}" not in TEXT} == set()
    assert set(options) > {"--mqtt-tls", "--speed"}
