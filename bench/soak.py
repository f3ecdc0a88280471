"""Benchmark of the memory of a server while sessions come and go for a long time: ``make soak``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from statistics import median

import numpy as np

from bench.load import SERVER_WORKERS
from bench.record import describe_machine, format_table, write_record
from bench.server import Server, TickTiming, Visitor, fetch_tick_callback, run_server
from ev2gym_dashboard.service.sessions.cache import MAX_IDLE_S

MAX_CONCURRENT_SESSIONS = 8
SHORTEST, LONGEST = 20, 200
SMALLEST, LARGEST = 100, 2_000
MEMORY_STAGES = 20
MAX_GROWTH = 0.1
WARM_UP_S = 1.25 * MAX_IDLE_S
"""Time after which the server evicts as many sessions as arrive; before that, its caches fill."""


@dataclass(frozen=True)
class MemorySample:
    """Memory and errors of the server after a number of ticks."""

    ticks: int
    errors: int
    memory_mb: float


def measure_memory(
    server: Server, *, ticks: int, sessions: int, longest: int, warm_s: float = 0.0
) -> tuple[list[MemorySample], set[str]]:
    """Return the memory at each stage after the warm-up, and the problems of the responses."""
    callback = fetch_tick_callback(server)

    def run_sessions(stream_index: int) -> Generator[TickTiming, None, None]:
        """Run one session after the other, each with its own fleet and length."""
        rng = np.random.default_rng(stream_index)
        while True:
            scenario = {"fleet_size": int(rng.integers(SMALLEST, LARGEST)), "seed": int(rng.integers(2**31))}
            with closing(Visitor(server, callback, scenario)) as visitor:
                for _ in range(int(rng.integers(min(SHORTEST, longest), longest + 1))):
                    yield visitor.tick(1)

    streams = [run_sessions(index) for index in range(sessions)]
    ticks_per_stage = max(1, ticks // (MEMORY_STAGES * sessions))
    rows, problems, n_done = list[MemorySample](), set[str](), 0
    with ThreadPoolExecutor(MAX_CONCURRENT_SESSIONS) as pool, ExitStack() as stack:
        for stream in streams:
            stack.callback(stream.close)
        start_s = time.monotonic()
        while len(rows) < MEMORY_STAGES:
            batches = pool.map(lambda stream: list(islice(stream, ticks_per_stage)), streams)
            timings = list(chain.from_iterable(batches))
            stage_problems = [timing.problem for timing in timings if timing.problem]
            problems |= set(stage_problems)
            if rows or time.monotonic() - start_s >= warm_s:
                n_done += len(timings)
                rows.append(MemorySample(n_done, len(stage_problems), server.memory_mb))
    return rows, problems


def compute_growth(rows: Sequence[MemorySample]) -> float:
    """Return the relative growth of memory from the second quarter to the last."""
    # In the first quarter, the caches still fill.
    quarter = len(rows) // 4
    last, second = (
        median(row.memory_mb for row in quarter_rows) for quarter_rows in (rows[-quarter:], rows[quarter : 2 * quarter])
    )
    return round(last / second - 1.0, 3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=50, help="concurrent sessions")
    parser.add_argument("--quick", action="store_true", help="smoke test: 60 ticks over 3 sessions")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    ticks, sessions, longest, warm_s = (
        (60, 3, 5, 0.0) if options.quick else (options.ticks, options.sessions, LONGEST, WARM_UP_S)
    )
    with run_server(SERVER_WORKERS) as server:
        rows, problems = measure_memory(server, ticks=ticks, sessions=sessions, longest=longest, warm_s=warm_s)
    growth = compute_growth(rows)
    flat = abs(growth) <= MAX_GROWTH
    print(format_table([asdict(row) for row in rows]))
    print(f"\nMemory from the second quarter to the last: {growth:+.1%}; flat: {'yes' if flat else 'no'}")
    print(*sorted(problems), sep="\n")
    record = {"machine": machine, "rows": [asdict(row) for row in rows], "growth": growth, "flat": flat}
    write_record(record | {"problems": sorted(problems)}, options.json)


if __name__ == "__main__":
    main()
