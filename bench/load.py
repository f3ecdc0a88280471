"""Benchmark of a server under load: ticks of many sessions at once, and of a large one: ``make load``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.record import describe_machine, format_table, write_record
from bench.server import Server, TickTiming, Visitor, fetch_tick_callback, run_server
from bench.targets import MAX_TICK_MS
from bench.verdicts import Bound, Target

SERVER_WORKERS = 2
TICK_PERIOD_S = 1.0
MANY_SESSIONS, LARGE_SESSION = MAX_TICK_MS


@dataclass(frozen=True)
class LoadResult:
    """Response times of ticks, each from the moment at which it was due, and memory of the server."""

    name: str
    sessions: int
    vehicles: int
    workers: int
    ticks: int
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    start_mb: float
    end_mb: float


def measure_load(
    name: str, *, sessions: int, vehicles: int, ticks: int, period_s: float = TICK_PERIOD_S
) -> tuple[LoadResult, set[str]]:
    """Return the results of ``sessions`` sessions with ``ticks`` ticks each, and the problems of their responses."""
    with run_server(SERVER_WORKERS) as server, ThreadPoolExecutor(sessions) as pool:
        visitors = _open_visitors(server, sessions, vehicles)
        first = [visitor.tick(0) for visitor in visitors]
        start_mb = server.memory_mb
        start_s = time.perf_counter()
        # Spread over a period, as visitors who arrive at different moments.
        dues_s = [start_s + period_s * (1 + k / sessions) for k in range(sessions)]
        visits = pool.map(lambda visitor, due_s: _run_visitor(visitor, due_s, ticks, period_s), visitors, dues_s)
        timings = [timing for visit in visits for timing in visit]
        end_mb = server.memory_mb
    p50_ms, p95_ms, p99_ms, max_ms = (
        np.percentile([1000 * timing.seconds for timing in timings], (50, 95, 99, 100)).round(1).tolist()
    )
    problems = [timing.problem for timing in (*first, *timings) if timing.problem]
    row = LoadResult(
        name,
        sessions,
        vehicles,
        SERVER_WORKERS,
        len(timings),
        len(problems),
        p50_ms,
        p95_ms,
        p99_ms,
        max_ms,
        start_mb,
        end_mb,
    )
    return row, set(problems)


def judge_load(rows: Sequence[LoadResult]) -> list[Target]:
    """Compare the results with the targets."""
    results = {row.name: row for row in rows}
    bounds = (
        *(
            (Bound(f"p95 of a tick, {name} [ms]", lambda _: None, maximum=max_ms), results[name].p95_ms)
            for name, max_ms in MAX_TICK_MS.items()
        ),
        (Bound("errors", lambda _: None, maximum=0.0), float(sum(row.errors for row in rows))),
    )
    return [bound.judge("", measured) for bound, measured in bounds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its tables, and write them as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--vehicles", type=int, default=1_000, help="in each of the many sessions")
    parser.add_argument("--large", type=int, default=1_000_000, help="vehicles of the one large session")
    parser.add_argument("--seconds", type=int, default=60, help="ticks of each session, one per second")
    parser.add_argument("--quick", action="store_true", help="smoke test: few ticks of small fleets, five a second")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    sessions, vehicles, large = (4, 20, 50) if options.quick else (options.sessions, options.vehicles, options.large)
    ticks, period_s = (3, TICK_PERIOD_S / 5) if options.quick else (options.seconds, TICK_PERIOD_S)
    many_result, many_problems = measure_load(
        MANY_SESSIONS, sessions=sessions, vehicles=vehicles, ticks=ticks, period_s=period_s
    )
    large_result, large_problems = measure_load(
        LARGE_SESSION, sessions=1, vehicles=large, ticks=ticks, period_s=period_s
    )
    rows = [asdict(row) for row in (many_result, large_result)]
    targets = [asdict(target) for target in judge_load((many_result, large_result))]
    problems = sorted(many_problems | large_problems)
    print(format_table(rows), format_table(targets), *problems, sep="\n\n")
    write_record({"machine": machine, "rows": rows, "targets": targets, "problems": problems}, options.json)


def _open_visitors(server: Server, sessions: int, vehicles: int) -> list[Visitor]:
    callback = fetch_tick_callback(server)
    return [Visitor(server, callback, {"fleet_size": vehicles, "seed": k}) for k in range(sessions)]


def _run_visitor(visitor: Visitor, due_s: float, ticks: int, period_s: float) -> list[TickTiming]:
    timings = []
    with closing(visitor):
        for k in range(ticks):
            tick_due_s = due_s + k * period_s
            time.sleep(max(0.0, tick_due_s - time.perf_counter()))
            # From the due time: a slow response also delays the ticks behind it, which must not hide it.
            timings.append(visitor.tick(1, due_s=tick_due_s))
    return timings


if __name__ == "__main__":
    main()
