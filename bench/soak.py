"""Measures the memory of a server while sessions come and go for a long time: ``make soak``."""

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
from bench.report import describe_machine, format_table, write_record
from bench.served import Server, TickTiming, Visitor, fetch_tick_callback, run_server
from ev2gym_dashboard.service.sessions.cache import MAX_IDLE_S

MAX_CONCURRENT_SESSIONS = 8
SHORTEST, LONGEST = 20, 200
SMALLEST, LARGEST = 100, 2_000
MEMORY_STAGES = 20
MAX_GROWTH = 0.1
WARM_UP_S = 1.25 * MAX_IDLE_S
"""Until the server has begun to forget as many sessions as come: before that its caches fill."""


@dataclass(frozen=True)
class MemorySample:
    """The server after so many ticks."""

    ticks: int
    errors: int
    memory_mb: float


def measure_memory(
    server: Server, *, ticks: int, sessions: int, longest: int, warm_s: float = 0.0
) -> tuple[list[MemorySample], set[str]]:
    """Return the memory at each of 20 stages, once the warm-up has passed, and what was wrong with answers."""
    callback = fetch_tick_callback(server)

    def lives(place: int) -> Generator[TickTiming, None, None]:
        """Live one session after the other, each of its own fleet and length."""
        rng = np.random.default_rng(place)
        while True:
            scenario = {"fleet_size": int(rng.integers(SMALLEST, LARGEST)), "seed": int(rng.integers(2**31))}
            with closing(Visitor(server, callback, scenario)) as visitor:
                for _ in range(int(rng.integers(min(SHORTEST, longest), longest + 1))):
                    yield visitor.tick(1)

    places = [lives(place) for place in range(sessions)]
    each = max(1, ticks // (MEMORY_STAGES * sessions))
    rows, problems, done = list[MemorySample](), set[str](), 0
    with ThreadPoolExecutor(MAX_CONCURRENT_SESSIONS) as pool, ExitStack() as open_ones:
        for place in places:
            open_ones.callback(place.close)
        begin = time.monotonic()
        while len(rows) < MEMORY_STAGES:
            met = list(chain.from_iterable(pool.map(lambda place: list(islice(place, each)), places)))
            wrong = [tick.problem for tick in met if tick.problem]
            problems |= set(wrong)
            if rows or time.monotonic() - begin >= warm_s:
                done += len(met)
                rows.append(MemorySample(done, len(wrong), server.memory_mb))
    return rows, problems


def compute_growth(rows: Sequence[MemorySample]) -> float:
    """Return by how much the last quarter needs more memory than the second, when the caches have filled."""
    quarter = len(rows) // 4
    last, second = (median(row.memory_mb for row in part) for part in (rows[-quarter:], rows[quarter : 2 * quarter]))
    return round(last / second - 1.0, 3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=50, help="at any one time")
    parser.add_argument("--quick", action="store_true", help="see that it runs: 60 ticks over 3 sessions")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    on = describe_machine()
    ticks, sessions, longest, warm_s = (
        (60, 3, 5, 0.0) if options.quick else (options.ticks, options.sessions, LONGEST, WARM_UP_S)
    )
    with run_server(SERVER_WORKERS) as server:
        rows, problems = measure_memory(server, ticks=ticks, sessions=sessions, longest=longest, warm_s=warm_s)
    grown = compute_growth(rows)
    flat = abs(grown) <= MAX_GROWTH
    print(format_table([asdict(row) for row in rows]))
    print(f"\nMemory from the second quarter to the last: {grown:+.1%}; flat: {'yes' if flat else 'no'}")
    print(*sorted(problems), sep="\n")
    record = {"on": on, "rows": [asdict(row) for row in rows], "growth": grown, "flat": flat}
    write_record(record | {"problems": sorted(problems)}, options.json)


if __name__ == "__main__":
    main()
