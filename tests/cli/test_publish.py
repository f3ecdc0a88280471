"""Command `publish`: messages on a broker, a broker that refuses or goes away, and the end of a run."""

from __future__ import annotations

import gc
import json
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

import pytest

from ev2gym_dashboard import Scenario, Simulation, cli, simulate
from ev2gym_dashboard.cli import mqtt_publisher
from ev2gym_dashboard.cli.mqtt_options import BrokerOptions
from ev2gym_dashboard.cli.mqtt_publisher import Publisher
from ev2gym_dashboard.service.reports.mqtt_messages import PUBLISHED_COLUMNS, Message

CONNECT, CONNACK, PUBLISH, DISCONNECT = 1, 2, 3, 14
ACCEPTED, NOT_AUTHORIZED = 0, 5
TIMEOUT_S = 60
SMALL = ("--fleet-size", "10", "--days", "0.125", "--speed", "1e6")
Packet = tuple[int, bytes]
Capture = pytest.CaptureFixture[str]


class Broker:
    """A broker for one reader: it answers each connection with a code, and hands out all packets.

    Parameters
    ----------
    answer : code of its answer to a connection; None for bytes of another protocol
    dropped : connections that it closes after their answer, before it reads any message
    """

    def __init__(self, answer: int | None, *, dropped: int = 0) -> None:
        self.answer, self.dropped = answer, dropped
        self.packets: SimpleQueue[Packet] = SimpleQueue()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                for packet in read_packets(stream):
                    self.packets.put(packet)
                    if packet[0] == CONNECT:
                        connection.sendall(b"HTTP" if self.answer is None else bytes((CONNACK << 4, 2, 0, self.answer)))
                        if self.answer != ACCEPTED or self.dropped:
                            self.dropped -= 1
                            break

    def read_until(self, kind: int, topic: str = "") -> list[Packet]:
        """Return the packets up to the next one of a kind, and of a topic if it is a message."""
        packets = [self.packets.get(timeout=TIMEOUT_S)]
        while packets[-1][0] != kind or (topic and parse_message(packets[-1][1]).topic != topic):
            packets.append(self.packets.get(timeout=TIMEOUT_S))
        return packets


def read_packets(stream: object) -> Iterator[Packet]:
    """Yield type and content of each packet of MQTT 3.1.1."""
    read = stream.read  # type: ignore[attr-defined]
    while first := read(1):
        length, shift = 0, 0
        while True:
            byte = read(1)
            # A client that ends in the middle of a packet, or that speaks another protocol.
            if not byte:
                return
            length |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                break
        yield first[0] >> 4, first[:1] + read(length)


def parse_message(content: bytes) -> Message:
    """Return topic and payload of a message of QoS 0."""
    (size,) = struct.unpack_from("!H", content, 1)
    return Message(content[3 : 3 + size].decode(), content[3 + size :].decode())


def list_messages(packets: list[Packet]) -> list[Message]:
    return [parse_message(content) for kind, content in packets if kind == PUBLISH]


@contextmanager
def run_broker(answer: int | None = ACCEPTED, *, dropped: int = 0) -> Iterator[Broker]:
    broker = Broker(answer, dropped=dropped)
    try:
        yield broker
    finally:
        broker.listener.close()


def run_publish(capsys: Capture, port: int, *arguments: str) -> tuple[int, str]:
    """Publish a small run; return the exit code and the error output."""
    code = 0
    try:
        cli.main(("publish", "--mqtt-host", "127.0.0.1", "--mqtt-port", str(port), *SMALL, *arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


def test_each_step_of_the_run_is_published_between_online_and_offline(capsys: Capture) -> None:
    with run_broker() as broker:
        assert run_publish(capsys, broker.port) == (0, "")
        packets = broker.read_until(DISCONNECT)
    messages, series = list_messages(packets), simulate(Scenario(fleet_size=10, days=0.125)).series
    assert all(content[0] & 1 for kind, content in packets if kind == PUBLISH), "a message is not retained"
    assert messages[0].topic == "homeassistant/device/ev2gym-dashboard/config"
    assert (messages[1], messages[-1]) == (
        Message("ev2gym-dashboard/availability", "online"),
        Message("ev2gym-dashboard/availability", "offline"),
    )
    states = [json.loads(message.payload) for message in messages[2:-1]]
    assert [state["time"] for state in states] == [time.isoformat() for time in series.index]
    for name in PUBLISHED_COLUMNS:
        assert [state[name] for state in states] == pytest.approx(series[name].tolist())


def test_topic_and_discovery_are_chosen_by_options(capsys: Capture) -> None:
    with run_broker() as broker:
        assert run_publish(capsys, broker.port, "--mqtt-topic", "depot/north", "--mqtt-discovery", "") == (0, "")
        messages = list_messages(broker.read_until(DISCONNECT))
    assert {message.topic for message in messages} == {"depot/north/availability", "depot/north/state"}


def test_the_connection_carries_the_account_and_a_last_will(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EV2GYM_DASHBOARD_MQTT", "fleet:se:cret")
    with run_broker() as broker:
        assert run_publish(capsys, broker.port) == (0, "")
        (_, content) = broker.read_until(CONNECT)[-1]
    fields = [b"ev2gym-dashboard/availability", b"offline", b"fleet", b"se:cret"]
    assert content.endswith(b"".join(struct.pack("!H", len(field)) + field for field in fields))


def test_a_refusal_is_told_in_a_sentence(capsys: Capture) -> None:
    with run_broker(NOT_AUTHORIZED) as broker:
        sentence = f"Cannot publish to 127.0.0.1:{broker.port}: Not authorized.\n"
        assert run_publish(capsys, broker.port) == (1, sentence)


def test_a_broker_that_is_away_is_told_in_a_sentence(capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, err = run_publish(capsys, port)
    assert (code, err) == (1, f"Cannot publish to 127.0.0.1:{port}: Connection refused.\n")


@pytest.mark.parametrize("host", ["a..b", "a" * 300])
def test_a_name_of_no_machine_is_told_in_a_sentence(capsys: Capture, host: str) -> None:
    code, err = run_publish(capsys, 1883, "--mqtt-host", host)
    assert code == 1
    assert err.startswith(f"Cannot publish to {host}:1883: ")
    assert err.count("\n") == 1


# paho leaves the socket of a failed handshake to the collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")
@pytest.mark.parametrize("words", [(), ("--mqtt-tls",)])
def test_a_server_that_is_no_such_broker_is_told_in_a_sentence(capsys: Capture, words: tuple[str, ...]) -> None:
    with run_broker(None) as broker:
        code, err = run_publish(capsys, broker.port, *words)
        gc.collect()
    assert code == 1
    assert err.startswith(f"Cannot publish to 127.0.0.1:{broker.port}: ")
    assert err.count("\n") == 1


def test_a_server_that_says_nothing_is_told_in_a_sentence(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_publisher, "ANSWER_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code, err = run_publish(capsys, port)
    assert (code, err) == (1, f"Cannot publish to 127.0.0.1:{port}: no MQTT broker answers.\n")


def test_an_interrupted_run_is_offline(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulation, "advance", interrupt)
    with run_broker() as broker:
        assert run_publish(capsys, broker.port) == (130, "Stopped.\n")
        messages = list_messages(broker.read_until(DISCONNECT))
    assert messages[-1] == Message("ev2gym-dashboard/availability", "offline")


def test_a_renewed_connection_begins_with_the_last_message_of_each_topic(capsys: Capture) -> None:
    first = [Message("fleet/availability", "online"), Message("fleet/state", "1")]
    with run_broker(dropped=1) as broker:
        options = BrokerOptions("127.0.0.1", broker.port, "fleet", "", tls=False, credentials=None)
        publisher = Publisher(options, last_will=Message("fleet/availability", "offline"), messages=first)
        publisher.connect()
        broker.read_until(CONNECT)
        publisher.publish(Message("fleet/state", "2"))
        broker.read_until(CONNECT)
        messages = list_messages(broker.read_until(PUBLISH, "fleet/state"))
        publisher.close()
    assert messages == [Message("fleet/availability", "online"), Message("fleet/state", "2")]
    notes = capsys.readouterr().err.splitlines()
    assert [note.partition("127")[0] for note in notes] == ["note: the connection to ", "note: connected to "]


def test_every_issue_of_broker_and_scenario_is_reported_at_once(capsys: Capture) -> None:
    wrong = ("--mqtt-topic", "fleet/#", "--mqtt-discovery", "/ha", "--mqtt-host", " ", "--speed", "0", "--seed", "x")
    code, err = run_publish(capsys, 0, *wrong)
    assert code == 2
    assert {line.partition(":")[0] for line in err.splitlines()} == {
        "--mqtt-port",
        "--mqtt-topic",
        "--mqtt-discovery",
        "--mqtt-host",
        "--speed",
        "--seed",
    }


def test_publish_says_what_to_install(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho", None)
    code, err = run_publish(capsys, 1883)
    assert code == 1
    assert "pip install 'ev2gym-dashboard[mqtt]'" in err
