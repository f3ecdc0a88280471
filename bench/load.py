"""Benchmark of a server under load: ticks of many sessions at once, and of large ones: ``make load``."""

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
from bench.targets import LOAD_CASES, LoadCase
from bench.verdicts import Target, judge_maximum
from ev2gym_dashboard.core.arrays import Floats

SERVER_WORKERS = 2
TICK_PERIOD_S = 1.0
QUICK_CASES = (LoadCase(4, 20, 60.0), LoadCase(1, 50, 300.0))


@dataclass(frozen=True)
class LoadResult:
    """Response times of ticks, each from the moment at which it was due, CPU time of one, and memory of the server."""

    sessions: int
    vehicles: int
    workers: int
    ticks: int
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    server_cpu_ms: float
    client_cpu_ms: float
    start_mb: float
    end_mb: float


def measure_load(case: LoadCase, *, ticks: int, period_s: float = TICK_PERIOD_S) -> tuple[LoadResult, set[str]]:
    """Return the results of the sessions of a case with ``ticks`` ticks each, and the problems of their responses."""
    sessions = case.sessions
    with run_server(SERVER_WORKERS) as server, ThreadPoolExecutor(sessions) as pool:
        visitors = _open_visitors(server, case)
        first = [visitor.tick(0) for visitor in visitors]
        start_mb, start_cpu_s = server.memory_mb, _read_cpu_s(server)
        start_s = time.perf_counter()
        # Spread over a period, as visitors who arrive at different moments.
        dues_s = [start_s + period_s * (1 + k / sessions) for k in range(sessions)]
        visits = pool.map(lambda visitor, due_s: _run_visitor(visitor, due_s, ticks, period_s), visitors, dues_s)
        timings = [timing for visit in visits for timing in visit]
        end_mb, end_cpu_s = server.memory_mb, _read_cpu_s(server)
    times_ms = [1000 * timing.seconds for timing in timings]
    p50_ms, p95_ms, p99_ms, max_ms = np.percentile(times_ms, (50, 95, 99, 100)).round(1).tolist()
    server_cpu_ms, client_cpu_ms = (1000 * (end_cpu_s - start_cpu_s) / len(timings)).round(2).tolist()
    problems = [timing.problem for timing in (*first, *timings) if timing.problem]
    row = LoadResult(
        sessions,
        case.vehicles,
        SERVER_WORKERS,
        len(timings),
        len(problems),
        p50_ms,
        p95_ms,
        p99_ms,
        max_ms,
        server_cpu_ms,
        client_cpu_ms,
        start_mb,
        end_mb,
    )
    return row, set(problems)


def judge_load(rows: Sequence[LoadResult], cases: Sequence[LoadCase] = LOAD_CASES) -> list[Target]:
    """Compare the results with the targets of their cases."""
    p95_ms = {(row.sessions, row.vehicles): row.p95_ms for row in rows}
    return [
        *(
            judge_maximum(f"{case.work} [ms]", p95_ms.get((case.sessions, case.vehicles)), case.max_p95_ms)
            for case in cases
        ),
        judge_maximum("errors", float(sum(row.errors for row in rows)), 0.0),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its tables, and write them as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    keys = [case.key for case in LOAD_CASES]
    parser.add_argument("--cases", nargs="+", choices=keys, default=keys, help="by default all of them")
    parser.add_argument("--seconds", type=int, default=60, help="ticks of each session, one per second")
    parser.add_argument("--quick", action="store_true", help="smoke test: few ticks of small fleets, five a second")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    cases = QUICK_CASES if options.quick else [case for case in LOAD_CASES if case.key in options.cases]
    ticks, period_s = (3, TICK_PERIOD_S / 5) if options.quick else (options.seconds, TICK_PERIOD_S)
    results = [measure_load(case, ticks=ticks, period_s=period_s) for case in cases]
    rows = [row for row, _ in results]
    tables = {"loads": [asdict(row) for row in rows], "load_targets": [asdict(one) for one in judge_load(rows, cases)]}
    problems = sorted(set().union(*(problems for _, problems in results)))
    print(*map(format_table, tables.values()), *problems, sep="\n\n")
    write_record({"machine": machine, **tables, "load_problems": problems}, options.json)


def _open_visitors(server: Server, case: LoadCase) -> list[Visitor]:
    callback = fetch_tick_callback(server)
    return [Visitor(server, callback, {"fleet_size": case.vehicles, "seed": k}) for k in range(case.sessions)]


def _read_cpu_s(server: Server) -> Floats:
    """Return the CPU time of the server so far, and of this process, (2,) [s]."""
    return np.array([server.cpu_s, time.process_time()])


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
