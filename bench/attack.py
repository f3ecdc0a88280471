"""Attacks on a server: response times of a visitor and of the health check beside each: ``make attack``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from socket import MSG_DONTWAIT, MSG_PEEK, SO_RCVBUF, SOL_SOCKET, create_connection, socket
from threading import Event
from typing import Any, TypedDict, Unpack

import numpy as np
import orjson

from bench.load import SERVER_WORKERS
from bench.record import describe_machine, format_table, write_record
from bench.server import (
    RESPONSE_TIMEOUT_S,
    SERVER_HOST,
    Server,
    TickTiming,
    Visitor,
    fetch_tick_callback,
    list_children,
    run_server,
)
from bench.verdicts import Target, judge_maximum
from ev2gym_dashboard.web import ids

CALLBACK_PATH = "/_dash-update-component"
DEAR_STEPS = 240
"""Steps of the dearest legal tick."""
CATCHING_UP = b'"catching_up"'
"""In an answer that tells how far a run is."""
MIDDLING_SHARE = 0.06
"""Size of a fleet that is cheap to make, as a share of the largest one."""
CLOSED_AT_ONCE_S = 0.05
"""Time between two requests of an attacker who does not wait for the answers [s]."""
TICK_PERIOD_S, HEALTH_PERIOD_S = 1.0, 0.5
MAX_TICK_P95_MS, MAX_HEALTH_P95_MS, MAX_MEMORY_MB = 500.0, 200.0, 4_000.0
SILENT, SLOW = 1_000, 100
"""Connections of those who send nothing, and of those who send a part of a request or read no answer."""
SMALL_BUFFER_BYTES = 4_096
"""Of a client that reads no answer, so that it stays with the server."""
HALF_BODY = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
LARGE_ANSWER = b"GET /_dash-layout HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Choice(TypedDict, total=False):
    """What a client that waits asks for: steps of a run, its fleet as a share of the largest one, and its strategy."""

    steps: int
    share: float
    strategy: str


@dataclass(frozen=True)
class Aim:
    """What an attack aims at: a server, the callback of its ticks, and the size of the fleets that it asks for."""

    server: Server
    callback: dict[str, Any]
    vehicles: int
    is_over: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=count)


@dataclass(frozen=True)
class AttackResult:
    """Response times beside an attack, from the moment at which each was due, and memory of the server."""

    attack: str
    requests: int
    ticks: int
    problems: int
    tick_p50_ms: float
    tick_p95_ms: float
    tick_max_ms: float
    health_p95_ms: float
    health_max_ms: float
    max_memory_mb: float
    lost_workers: int


def run_attack(name: str, *, vehicles: int, seconds: float) -> tuple[AttackResult, set[str]]:
    """Return the response times beside an attack of `ATTACKS`, and the problems of the visitor's responses."""
    with run_server(SERVER_WORKERS) as server, ThreadPoolExecutor(64) as pool:
        aim = Aim(server, fetch_tick_callback(server), vehicles)
        workers = list_children(server.process)
        with closing(Visitor(server, aim.callback, {"fleet_size": 1_000})) as visitor:
            visitor.tick(1)
            attackers = [pool.submit(attack, aim) for attack in ATTACKS[name]]
            memory = pool.submit(_sample_memory, aim)
            health = pool.submit(_repeat, partial(_ask_health, server), HEALTH_PERIOD_S, seconds)
            ticks = _repeat(lambda due_s: visitor.tick(1, due_s=due_s), TICK_PERIOD_S, seconds)
            aim.is_over.set()
            requests = sum(attacker.result() for attacker in attackers)
        lost_workers = len(set(workers) - set(list_children(server.process)))
    timings = [*ticks, *health.result()]
    tick_p50_ms, tick_p95_ms, tick_max_ms = _compute_percentiles(ticks, (50, 95, 100))
    health_p95_ms, health_max_ms = _compute_percentiles(health.result(), (95, 100))
    problems = [timing.problem for timing in timings if timing.problem]
    row = AttackResult(
        name,
        requests,
        len(ticks),
        len(problems),
        tick_p50_ms,
        tick_p95_ms,
        tick_max_ms,
        health_p95_ms,
        health_max_ms,
        memory.result(),
        lost_workers,
    )
    return row, set(problems)


def judge_attack(row: AttackResult) -> list[Target]:
    """Compare the response times beside an attack with the targets."""
    limits = (
        ("p95 of a tick [ms]", MAX_TICK_P95_MS, row.tick_p95_ms),
        ("p95 of /healthz [ms]", MAX_HEALTH_P95_MS, row.health_p95_ms),
        ("memory [MB]", MAX_MEMORY_MB, row.max_memory_mb),
        ("lost workers", 0.0, row.lost_workers),
        ("problems", 0.0, row.problems),
    )
    return [judge_maximum(f"{row.attack}: {figure}", measured, maximum) for figure, maximum, measured in limits]


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
) -> None:
    """Ask for the first steps of a numbered run, whose fleet is a share of the largest one."""
    scenario = {"fleet_size": str(round(share * aim.vehicles)), "strategy": strategy, "seed": str(number)}
    request = {"number": 1, "attempt": 1, "lang": "fr", "run": None, "steps": steps, "session": f"attack-{number}"}
    request |= {"fill": True, "restart": True, "scenario": scenario}
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


def _begin_fleets(strategy: str) -> tuple[Callable[[Aim], int], ...]:
    return (partial(_send_and_wait, steps=1, share=MIDDLING_SHARE, strategy=strategy),) * 16


ATTACKS: dict[str, tuple[Callable[[Aim], int], ...]] = {
    "dear runs, closed at once": (_send_and_close,) * 2,
    "dear runs, 16 waiting": (_send_and_wait,) * 16,
    "one dear session, 20 waiting": (partial(_send_and_wait, run=0),) * 20,
    "fleets that begin, 16 waiting": _begin_fleets("grid_support"),
    "fleets that search, 16 waiting": _begin_fleets("peak_shaving"),
    "fleets that plan, 16 waiting": _begin_fleets("predictive"),
    "silent connections": (partial(_hold_connections, connections=SILENT, text=b""),),
    "half a header": (partial(_hold_connections, connections=SLOW, text=b"GET / HTTP/1.1\r\nHost: "),),
    "half a body": (partial(_hold_connections, connections=SLOW, text=HALF_BODY),),
    "answers not read": (partial(_hold_connections, connections=SLOW, text=20 * LARGE_ANSWER),),
}
"""Attackers of each attack, side by side; each returns the number of its requests."""


def _repeat(ask: Callable[[float], TickTiming], period_s: float, seconds: float) -> list[TickTiming]:
    """Ask once a period; each answer is timed from the moment at which it was due."""
    start_s = time.perf_counter()
    timings = []
    for k in range(round(seconds / period_s)):
        due_s = start_s + k * period_s
        time.sleep(max(0.0, due_s - time.perf_counter()))
        timings.append(ask(due_s))
    return timings


def _ask_health(server: Server, due_s: float) -> TickTiming:
    problem = ""
    try:
        with closing(HTTPConnection(SERVER_HOST, server.port, timeout=RESPONSE_TIMEOUT_S)) as connection:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
            problem = "" if status == 200 else f"/healthz answered {status}"
    except (OSError, HTTPException) as error:
        problem = f"/healthz: {type(error).__name__}: {error}"
    return TickTiming(time.perf_counter() - due_s, problem)


def _sample_memory(aim: Aim) -> float:
    """Return the largest memory of the server until the attack is over [MB]."""
    largest_mb = aim.server.memory_mb
    while not aim.is_over.wait(HEALTH_PERIOD_S):
        largest_mb = max(largest_mb, aim.server.memory_mb)
    return largest_mb


def _compute_percentiles(timings: Sequence[TickTiming], percentiles: Sequence[float]) -> list[float]:
    values: list[float] = np.percentile([1000 * timing.seconds for timing in timings], percentiles).round(1).tolist()
    return values


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the attacks, print their tables, and write them as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.attack", description=__doc__)
    parser.add_argument("--attacks", nargs="+", choices=ATTACKS, default=list(ATTACKS), metavar="ATTACK")
    parser.add_argument("--vehicles", type=int, default=1_000_000, help="in each run that an attacker asks for")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each attack")
    parser.add_argument("--quick", action="store_true", help="smoke test: 2 s of each attack, with small fleets")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    vehicles, seconds = (100, 2.0) if options.quick else (options.vehicles, options.seconds)
    results = [run_attack(name, vehicles=vehicles, seconds=seconds) for name in options.attacks]
    rows = [asdict(row) for row, _ in results]
    targets = [asdict(target) for row, _ in results for target in judge_attack(row)]
    problems = sorted(set().union(*(problems for _, problems in results)))
    print(format_table(rows), format_table(targets), *problems, sep="\n\n")
    write_record({"machine": machine, "rows": rows, "targets": targets, "problems": problems}, options.json)


if __name__ == "__main__":
    main()
