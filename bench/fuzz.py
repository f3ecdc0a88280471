"""Mutated requests to every callback, study and address: ``make fuzz``; none may fail, hang or keep memory."""

from __future__ import annotations

import argparse
import logging
import math
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from flask.testing import FlaskClient

from bench.fuzz_requests import draw_requests
from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard.service.runtime.environment import JOBS_FOLDER_VARIABLE
from ev2gym_dashboard.service.server.health import warm_up_server
from ev2gym_dashboard.web.app import create_app

SERVER_ERROR = 500
MAX_DURATION_S = 2.0
WARM_UP_SHARE = 0.2
"""Share of the requests after which caches are full, and memory should stay as it is."""
IDLE_MODULE = "keyword"
"""A module of Python that does nothing, in place of the worker."""


@dataclass
class FuzzResult:
    """Requests sent, by kind and status, and those that broke a promise."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    slowest_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)

    def merge(self, other: FuzzResult) -> None:
        """Add the requests of another process."""
        self.counts += other.counts
        self.failures += other.failures
        self.slowest_s = max(self.slowest_s, other.slowest_s)


class ErrorLines(logging.Handler):
    """The errors that are logged while the handler is open."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def __enter__(self) -> list[str]:
        logging.getLogger().addHandler(self)
        return self.lines

    def __exit__(self, *_error: object) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, with its traceback."""
        self.lines.append(self.format(record))


def send_mutations(n_requests: int, seed: int) -> FuzzResult:
    """Send mutated requests of one seed to an application of this process."""
    result, random = FuzzResult(), Random(seed)
    with hold_jobs():
        client = create_app().server.test_client()
        # As a server does before its first visitor.
        warm_up_server()
        requests = draw_requests(client, random)
        for number in range(n_requests):
            send_checked(client, next(requests), result)
            if number % max(1, n_requests // 20) == 0:
                result.memory_mb.append(read_memory_mb())
    return result


def send_checked(client: FlaskClient, request: dict[str, Any], result: FuzzResult) -> None:
    """Send a request, count its answer, and keep it if it failed, logged an error or took too long."""
    start_s = time.perf_counter()
    with ErrorLines() as problems:
        status = _send(client, request, problems)
    duration_s = time.perf_counter() - start_s
    result.counts[request["kind"], status] += 1
    result.slowest_s = max(result.slowest_s, duration_s)
    if status >= SERVER_ERROR or problems or duration_s > MAX_DURATION_S:
        result.failures.append(request | {"status": status, "duration_s": round(duration_s, 2), "problems": problems})


def _send(client: FlaskClient, request: Mapping[str, Any], problems: list[str]) -> int:
    """Return the status of the answer; a failure of the application itself is a problem."""
    body = request.get("body", "").encode("utf-8", "surrogatepass")
    # The client would take a path with two slashes for a host.
    address = f"http://localhost/{request['path'].removeprefix('/')}"
    try:
        with client.open(
            address,
            method=request["method"],
            data=body or None,
            headers={"Content-Type": "application/json"} | request.get("headers", {}),
        ) as response:
            return response.status_code
    except Exception as raised:  # noqa: BLE001 (the promise is that there is none)
        problems.append(repr(raised))
        return SERVER_ERROR


@contextmanager
def hold_jobs() -> Iterator[None]:
    """Keep the jobs in a folder of their own, where they are put and polled, but never begun."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {JOBS_FOLDER_VARIABLE: folder}),
        mock.patch("ev2gym_dashboard.service.jobs.queue.WORKER_MODULE", IDLE_MODULE),
    ):
        yield


def read_memory_mb() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def compute_growth(memory_mb: Sequence[float]) -> float:
    """Return the growth of the memory after the warm-up, as a share."""
    settled = memory_mb[math.floor(WARM_UP_SHARE * len(memory_mb)) :]
    return settled[-1] / settled[0] - 1.0 if settled else 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Send the requests, print the table of answers, and end with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the results and the requests that broke a promise")
    options = parser.parse_args(arguments)
    share = math.ceil(options.requests / options.processes)
    seeds = range(options.seed, options.seed + options.processes)
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        parts = list(pool.map(partial(send_mutations, share), seeds))
    growths = [round(compute_growth(part.memory_mb), 3) for part in parts]
    total = FuzzResult()
    for part in parts:
        total.merge(part)
    rows = [{"kind": kind, "status": status, "requests": n} for (kind, status), n in sorted(total.counts.items())]
    print(format_table(rows))
    print(f"\n{len(total.failures)} broke a promise; slowest {total.slowest_s:.2f} s; memory grew by {growths}")
    record = {"machine": describe_machine(), "answers": rows, "failures": total.failures}
    write_record(record | {"slowest_s": total.slowest_s, "memory_growth": growths}, options.json)
    sys.exit(bool(total.failures))


if __name__ == "__main__":
    main()
