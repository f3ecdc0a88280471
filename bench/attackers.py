"""Attackers of a server, for `bench.attack`: what each asks for, again and again, until the attack is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from socket import MSG_DONTWAIT, MSG_PEEK, SO_RCVBUF, SOL_SOCKET, create_connection, socket
from threading import Event
from typing import Any, TypedDict, Unpack

import orjson

from bench.large_files import FILE_FIELDS, LARGE_FILES
from bench.server import RESPONSE_TIMEOUT_S, SERVER_HOST, Server
from ev2gym_dashboard.web import ids

CALLBACK_PATH = "/_dash-update-component"
DEAR_STEPS = 240
"""Steps of the dearest legal tick."""
CATCHING_UP = b'"catching_up"'
"""In an answer that tells how far a run is."""
MIDDLING_SHARE = 0.06
"""Size of a fleet that is cheap to make, as a share of the largest one."""
SMALL_SHARE = 1e-5
"""Size of the fleet of a run with a large file, which is dear enough."""
CLOSED_AT_ONCE_S = 0.05
"""Time between two requests of an attacker who does not wait for the answers [s]."""
SILENT, SLOW = 1_000, 100
"""Connections of those who send nothing, and of those who send a part of a request or read no answer."""
SMALL_BUFFER_BYTES = 4_096
"""Of a client that reads no answer, so that it stays with the server."""
HALF_BODY = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
LARGE_ANSWER = b"GET /_dash-layout HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
FILE_ATTACKS = {f"{file}, 16 sending": file for file in LARGE_FILES}
"""The attacks by large files, and the file of each."""


class Choice(TypedDict, total=False):
    """What a client that waits asks for: steps of a run, its fleet as a share of the largest one, strategy and file."""

    steps: int
    share: float
    strategy: str
    file: str


@dataclass(frozen=True)
class Aim:
    """What an attack aims at: a server, the callback of its ticks, and the size of the fleets that it asks for."""

    server: Server
    callback: dict[str, Any]
    vehicles: int
    is_over: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=count)


Attacker = Callable[[Aim], int]
"""Attacks until the attack is over, and returns the number of its requests."""


def _send_and_close(aim: Aim) -> int:
    """Ask for the dearest tick of a new run again and again, and close each connection at once."""
    n = 0
    while not aim.is_over.wait(CLOSED_AT_ONCE_S):
        with suppress(OSError), closing(_connect(aim)) as connection:
            _send_request(connection, aim, next(aim.numbers))
            n += 1
    return n


def _send_and_wait(aim: Aim, *, run: int | None = None, **choice: Unpack[Choice]) -> int:
    """Ask for steps of a run, and again as soon as an answer is there; by default of a new run once one is reached."""
    n = 0
    number = next(aim.numbers) if run is None else run
    while not aim.is_over.is_set():
        with suppress(OSError, HTTPException), closing(_connect(aim)) as connection:
            _send_request(connection, aim, number, **choice)
            is_reached = CATCHING_UP not in connection.getresponse().read()
            n += 1
            if is_reached and run is None:
                number = next(aim.numbers)
    return n


def _connect(aim: Aim) -> HTTPConnection:
    return HTTPConnection(SERVER_HOST, aim.server.port, timeout=RESPONSE_TIMEOUT_S)


def _send_request(
    connection: HTTPConnection,
    aim: Aim,
    number: int,
    *,
    steps: int = DEAR_STEPS,
    share: float = 1.0,
    strategy: str = "grid_support",
    file: str = "",
) -> None:
    """Ask for the first steps of a numbered run, whose fleet is a share of the largest one, or with a large file."""
    scenario = {"fleet_size": str(round(share * aim.vehicles)), "strategy": strategy, "seed": str(number)}
    request = {"number": 1, "attempt": 1, "lang": "fr", "run": None, "steps": steps, "session": f"attack-{number}"}
    request |= {"fill": True, "restart": True, "scenario": scenario}
    if file:
        request |= {"upload": {FILE_FIELDS[file]: {"name": file, "contents": LARGE_FILES[file]()}}}
    value = {"id": ids.REQUEST, "property": "data", "value": request}
    body = orjson.dumps(aim.callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]})
    connection.request("POST", CALLBACK_PATH, body, {"Content-Type": "application/json"})


def _hold_connections(aim: Aim, *, connections: int, text: bytes) -> int:
    """Keep connections open that send a text and then nothing, and read nothing; one that is closed is opened again."""
    held: dict[int, socket] = {}
    n = 0
    while not aim.is_over.wait(CLOSED_AT_ONCE_S):
        for k in range(connections):
            if k not in held or _is_closed(held[k]):
                with suppress(OSError):
                    held[k] = _open_connection(aim, text)
                    n += 1
    for connection in held.values():
        connection.close()
    return n


def _open_connection(aim: Aim, text: bytes) -> socket:
    connection = create_connection((SERVER_HOST, aim.server.port), timeout=CLOSED_AT_ONCE_S)
    connection.setsockopt(SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER_BYTES)
    connection.sendall(text)
    return connection


def _is_closed(connection: socket) -> bool:
    """Return whether the server has closed a connection; what it has sent is left unread."""
    try:
        return connection.recv(1, MSG_PEEK | MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _begin_fleets(strategy: str) -> tuple[Attacker, ...]:
    return (partial(_send_and_wait, steps=1, share=MIDDLING_SHARE, strategy=strategy),) * 16


def _send_files(file: str) -> tuple[Attacker, ...]:
    return (partial(_send_and_wait, steps=1, share=SMALL_SHARE, file=file),) * 16


ATTACKS: dict[str, tuple[Attacker, ...]] = {
    "dear runs, closed at once": (_send_and_close,) * 2,
    "dear runs, 16 waiting": (_send_and_wait,) * 16,
    "one dear session, 20 waiting": (partial(_send_and_wait, run=0),) * 20,
    "fleets that begin, 16 waiting": _begin_fleets("grid_support"),
    "fleets that search, 16 waiting": _begin_fleets("peak_shaving"),
    "fleets that plan, 16 waiting": _begin_fleets("predictive"),
    **{attack: _send_files(file) for attack, file in FILE_ATTACKS.items()},
    "silent connections": (partial(_hold_connections, connections=SILENT, text=b""),),
    "half a header": (partial(_hold_connections, connections=SLOW, text=b"GET / HTTP/1.1\r\nHost: "),),
    "half a body": (partial(_hold_connections, connections=SLOW, text=HALF_BODY),),
    "answers not read": (partial(_hold_connections, connections=SLOW, text=20 * LARGE_ANSWER),),
}
"""Attackers of each attack, side by side; each returns the number of its requests."""
