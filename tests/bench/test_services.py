"""The services beside a server under test."""

from __future__ import annotations

from pathlib import Path
from socket import create_server

import pytest

from bench.services import HOST, find_free_port

OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


@pytest.mark.skipif(not OUTGOING.exists(), reason="only Linux tells which ports it gives to outgoing connections")
def test_no_outgoing_connection_can_take_a_free_port_before_the_program_that_it_is_for() -> None:
    first, _last = map(int, OUTGOING.read_text(encoding="utf-8").split())
    assert max(find_free_port() for _ in range(50)) < first


def test_a_program_can_listen_on_a_free_port_again_and_again() -> None:
    port = find_free_port()
    for _ in range(2):
        with create_server((HOST, port)):
            pass
