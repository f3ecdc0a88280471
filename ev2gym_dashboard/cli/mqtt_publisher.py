"""Connection to an MQTT broker, renewed when it is lost; needs paho-mqtt."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Event
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from ev2gym_dashboard.cli.mqtt_options import BrokerOptions
from ev2gym_dashboard.service.reports.mqtt_messages import Message

ANSWER_TIMEOUT_S, CLOSE_TIMEOUT_S = 10.0, 5.0
NO_BROKER = "no MQTT broker answers"


class Publisher:
    """A connection to a broker, which sends the last message of each topic again when it is renewed.

    Parameters
    ----------
    broker : the broker and the account
    last_will : message that the broker sends when the connection is lost, and the last one of a connection that ends
    messages : messages that every connection begins with
    """

    def __init__(self, broker: BrokerOptions, *, last_will: Message, messages: Sequence[Message]) -> None:
        self.broker, self.last_will = broker, last_will
        self.retained = dict(messages)
        self.answer: Future[str] = Future()
        self.is_connected, self.closed = False, Event()
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.will_set(*last_will, retain=True)
        if broker.credentials:
            self.client.username_pw_set(*broker.credentials)
        if broker.tls:
            self.client.tls_set()
        self.client.on_connect, self.client.on_disconnect = self._begin_connection, self._end_connection

    def connect(self) -> None:
        """Connect, and return once the broker has accepted the connection; raise `OSError` if it does not."""
        self.client.connect(self.broker.host, self.broker.port)
        self.client.loop_start()
        try:
            refusal = self.answer.result(ANSWER_TIMEOUT_S)
        except TimeoutError:
            refusal = NO_BROKER
        if refusal:
            self.client.disconnect()
            self.client.loop_stop()
            raise ConnectionRefusedError(refusal)

    def publish(self, message: Message) -> None:
        """Send a message; without a connection, the last one of its topic is sent with the next connection."""
        # A broker keeps the last message of a topic, for readers that come later.
        self.retained[message.topic] = message.payload
        self.client.publish(*message, retain=True)

    def close(self) -> None:
        """Send the last will, and end the connection."""
        self.client.publish(*self.last_will, retain=True)
        # A broker that reads nothing must not hold the command up.
        if self.client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS and not self.closed.wait(CLOSE_TIMEOUT_S):
            return
        self.client.loop_stop()

    def _begin_connection(
        self, client: Client, _: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if not reason.is_failure:
            # The broker may have lost them, and has sent the last will.
            for message in tuple(self.retained.items()):
                client.publish(*message, retain=True)
            self.is_connected = True
        if self.answer.done() and self.is_connected:
            print(f"note: connected to {self.broker.address} again", file=sys.stderr)
        self._answer(str(reason) if reason.is_failure else "")

    def _end_connection(
        self, _client: Client, _: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure and self.is_connected:
            print(f"note: the connection to {self.broker.address} is lost; trying again", file=sys.stderr)
        self.is_connected = False
        if not reason.is_failure:
            self.closed.set()
        self._answer(NO_BROKER)

    def _answer(self, refusal: str) -> None:
        if not self.answer.done():
            self.answer.set_result(refusal)
