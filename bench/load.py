"""Times the ticks of many sessions at once, and of a large one, on a real server: ``make load``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.report import describe_machine, format_table, write_record
from bench.served import Server, TickTiming, Visitor, fetch_tick_callback, run_server
from bench.targets import Bound, Target

SERVER_WORKERS = 2
TICK_PERIOD_S = 1.0
MANY_SESSIONS = "many sessions"
LARGE_SESSION = "one large session"


@dataclass(frozen=True)
class LoadResult:
    """What visitors at a tick per second each met; a tick counts from when it was due."""

    what: str
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
    what: str, *, sessions: int, vehicles: int, ticks: int, period_s: float = TICK_PERIOD_S
) -> tuple[LoadResult, set[str]]:
    """Return the figures of so many sessions with so many ticks each, and what was wrong with answers."""
    with run_server(SERVER_WORKERS) as server, ThreadPoolExecutor(sessions) as pool:
        visitors = _open_visitors(server, sessions, vehicles)
        first = [visitor.tick(0) for visitor in visitors]
        start_mb = server.memory_mb
        begin = time.perf_counter()
        dues = [begin + period_s * (1 + k / sessions) for k in range(sessions)]
        visits = pool.map(lambda visitor, due: _run_visitor(visitor, due, ticks, period_s), visitors, dues)
        met = [tick for visit in visits for tick in visit]
        end_mb = server.memory_mb
    p50_ms, p95_ms, p99_ms, max_ms = (
        np.percentile([1000 * tick.seconds for tick in met], (50, 95, 99, 100)).round(1).tolist()
    )
    problems = [tick.problem for tick in (*first, *met) if tick.problem]
    row = LoadResult(
        what,
        sessions,
        vehicles,
        SERVER_WORKERS,
        len(met),
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
    """Judge what was measured."""
    found = {row.what: row for row in rows}
    bounds = (
        (Bound("p95 of a tick, many sessions [ms]", lambda _: None, most=250.0), found[MANY_SESSIONS].p95_ms),
        (Bound("p95 of a tick, one large session [ms]", lambda _: None, most=300.0), found[LARGE_SESSION].p95_ms),
        (Bound("errors", lambda _: None, most=0.0), float(sum(row.errors for row in rows))),
    )
    return [bound.judge("", measured) for bound, measured in bounds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and write them as JSON where asked."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--vehicles", type=int, default=1_000, help="in each of the many sessions")
    parser.add_argument("--large", type=int, default=1_000_000, help="vehicles of the one large session")
    parser.add_argument("--seconds", type=int, default=60, help="ticks of each session, one per second")
    parser.add_argument(
        "--quick", action="store_true", help="see that it runs: few ticks of small fleets, five a second"
    )
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    on = describe_machine()
    sessions, vehicles, large = (4, 20, 50) if options.quick else (options.sessions, options.vehicles, options.large)
    ticks, period_s = (3, TICK_PERIOD_S / 5) if options.quick else (options.seconds, TICK_PERIOD_S)
    many, wrong = measure_load(MANY_SESSIONS, sessions=sessions, vehicles=vehicles, ticks=ticks, period_s=period_s)
    one, also_wrong = measure_load(LARGE_SESSION, sessions=1, vehicles=large, ticks=ticks, period_s=period_s)
    rows, judged = [asdict(row) for row in (many, one)], [asdict(target) for target in judge_load((many, one))]
    print(format_table(rows), format_table(judged), *sorted(wrong | also_wrong), sep="\n\n")
    write_record({"on": on, "rows": rows, "targets": judged, "problems": sorted(wrong | also_wrong)}, options.json)


def _open_visitors(server: Server, sessions: int, vehicles: int) -> list[Visitor]:
    callback = fetch_tick_callback(server)
    return [Visitor(server, callback, {"fleet_size": vehicles, "seed": k}) for k in range(sessions)]


def _run_visitor(visitor: Visitor, due: float, ticks: int, period_s: float) -> list[TickTiming]:
    met = []
    with closing(visitor):
        for k in range(ticks):
            since = due + k * period_s
            time.sleep(max(0.0, since - time.perf_counter()))
            met.append(visitor.tick(1, since=since))
    return met


if __name__ == "__main__":
    main()
