"""Attacks on a server: response times of a visitor and of the health check beside each: ``make attack``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np

from bench.attackers import ATTACKS, FILE_ATTACKS, Aim
from bench.large_files import LARGE_FILES
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

TICK_PERIOD_S, HEALTH_PERIOD_S = 1.0, 0.5
MAX_TICK_P95_MS, MAX_HEALTH_P95_MS, MAX_MEMORY_MB = 500.0, 200.0, 4_000.0


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
    if name in FILE_ATTACKS:
        # Now: beside the visitor, it would take the time of this process.
        LARGE_FILES[FILE_ATTACKS[name]]()
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
