"""Mutated requests to every callback and address of the server: ``make fuzz``; none may fail, hang or keep memory."""

from __future__ import annotations

import argparse
import base64
import json
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
from urllib.parse import quote

from flask.testing import FlaskClient

from bench.mutations import mutate, mutate_text
from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.runtime.environment import JOBS_FOLDER_VARIABLE
from ev2gym_dashboard.service.server.health import warm_up_server
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document, encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app

UPDATE_PATH = "/_dash-update-component"
SERVER_ERROR = 500
PAGE_WEIGHT = 0.25
"""Weight of the callback that draws a whole page, which takes several times as long as another one."""
MAX_DURATION_S = 2.0
WARM_UP_SHARE = 0.2
"""Share of the requests after which caches are full, and memory should stay as it is."""
PATHS = (
    "/",
    "/site",
    "/compare",
    "/vehicles",
    "/scenarios",
    "/healthz",
    "/metrics",
    "/_dash-layout",
    "/assets/page.css",
    "/docs/fr/guide.html",
)
SCENARIO = Scenario(fleet_size=5, start="2026-11-26T00:00")
PARAMETER = "price.price_threshold_mad_kwh"
RUN = RunSpec(SCENARIO, (Change(1, (("strategy", "price"), ("params", {PARAMETER: 0.1}))),), 6, "fuzz")
SERIES_TEXT = "time,kW\n" + "".join(f"2026-11-26T{hour:02d}:00,{hour / 10}\n" for hour in range(24))
CONFIG_TEXT = (
    "timescale: 15\nsimulation_length: 96\nyear: 2026\nmonth: 11\nday: 26\nhour: 5\nnumber_of_charging_stations: 3\n"
)
IDLE_MODULE = "keyword"
"""A module of Python that does nothing, in place of the worker."""
PROFILE_FIELD = "base_load_profile"


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


def list_valid_requests() -> dict[str, list[Any]]:
    """List what a page sends, by the id of a callback's first input: the values of its inputs and states, in order."""
    run = json.loads(json.dumps(serialize_run(RUN)))
    comparison = dump_comparison_request(make_comparison_request(SCENARIO, "day", 2))
    contents = f"data:text/csv;base64,{base64.b64encode(SERIES_TEXT.encode()).decode()}"
    upload = {"name": "load.csv", "contents": contents}
    shared: dict[str, Any] = {"number": 3, "lang": "fr", "build": "fuzz"}
    held = shared | {"run": run}
    ticks = [
        held | {"steps": 1},
        held | {"steps": 2, "full": True, "fill": True, "share": True, "save": True, "kept": True},
        held | {"set": {"strategy": "peak_shaving", "v2g": False, "params": {PARAMETER: "0,2"}}},
        held | {"set": {"event": {"minutes": 60, "reduction": 0.3}}},
        held | {"scenario": {"fleet_size": "7", "pv_kwp_per_vehicle": "12,5", "start": "2026-11-26T12:00"}},
        held | {"upload": {PROFILE_FIELD: upload}, "files": {PROFILE_FIELD: "load.csv"}},
        held | {"window": "day", "past_step": 1, "basis": "fleet", "model": "Renault 5"},
        held | {"log": {"group": "v2g", "page": 0}, "past_step": 2},
        held | {"log": {"whole": True}, "alternative": "price", "steps": 1},
        held | {"vehicles": {"search": "5", "sort": "soc", "descending": True, "page": 0, "held": [0, 1]}},
        shared | {"link": encode_share_link(RUN)},
        shared | {"file": json.dumps(build_share_document(RUN)), "session": "fuzz"},
        shared | {"config": CONFIG_TEXT},
    ]
    work = shared | {"client": "fuzz"}
    compare = [
        *(work | {"action": action, "comparison": comparison} for action in ("poll", "cancel")),
        *(work | {"action": action, "run": run, "period": "week", "seeds": "3"} for action in ("plan", "start")),
    ]
    reviews = [held | {"field": PROFILE_FIELD, "upload": upload}, shared | {"config": CONFIG_TEXT}]
    optimum = [work | {"action": action, "run": run} for action in ("start", "poll", "cancel")]
    client = {"client": "0" * 32}
    front = [[1, 0, 0, comparison, comparison | client | {"front": "peak"}, {"lang": "fr"}, "peak"]]
    sizes = {"sizing": "solar", "sizes": [1.0, 2.0]}
    sizing = [[1, 0, 0, comparison, comparison | client | sizes, {"lang": "fr"}, "solar", "1; 2"]]
    single = {
        ids.COMPARE_REQUEST: compare,
        ids.OPTIMUM_REQUEST: optimum,
        ids.REVIEW_REQUEST: reviews,
        ids.ADDRESS: [{"pathname": "/site", "search": "?lang=en"}],
    } | dict.fromkeys((ids.REQUEST, ids.SITE_REQUEST, ids.VEHICLES_REQUEST, ids.REPORT_REQUEST), ticks)
    ahead = {"flexibility": comparison["scenario"]} | client
    studies = {ids.FRONT_START: front, ids.SIZING_START: sizing, ids.FLEXIBILITY_RUN: [[run, 0, 0, ahead, {}, "1"]]}
    return {store: [[value] for value in values] for store, values in single.items()} | studies


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


def draw_requests(client: FlaskClient, random: Random) -> Iterator[dict[str, Any]]:
    """Draw mutated requests for ever: mostly values of callbacks, sometimes whole bodies, addresses and headers."""
    valid = list_valid_requests()
    callbacks = [
        callback for callback in client.get("/_dash-dependencies").get_json() if not callback["clientside_function"]
    ]
    weights = [PAGE_WEIGHT if callback["inputs"][0]["id"] == ids.ADDRESS else 1.0 for callback in callbacks]
    while True:
        (callback,) = random.choices(callbacks, weights)
        store = callback["inputs"][0]["id"]
        body = make_body(callback, [mutate(value, random) for value in random.choice(valid[store])], random)
        kind = random.choices(("value", "body", "text", "address"), (85, 5, 5, 5))[0]
        if kind == "address":
            path, lang = (quote_text(mutate_text(text, random)) for text in (random.choice(PATHS), "fr"))
            yield {"kind": kind, "method": "GET", "path": f"{path}?lang={lang}"}
            continue
        text = json.dumps(mutate(body, random) if kind == "body" else body)
        text = mutate_text(text, random) if kind == "text" else text
        yield {"kind": store if kind == "value" else kind, "method": "POST", "path": UPDATE_PATH, "body": text}


def quote_text(text: str) -> str:
    """Return a text as a part of an address; the halves of a pair of surrogates become bytes that are no UTF-8."""
    return quote(text.encode("utf-8", "surrogatepass"))


def make_body(callback: Mapping[str, Any], values: Sequence[Any], random: Random) -> dict[str, Any]:
    """Return the body of a callback's request with the values of its inputs and states, one input changed."""
    outputs = [name.rpartition(".") for name in callback["output"].strip(".").split("...")]
    properties = [{"id": id_, "property": name.partition("@")[0]} for id_, _, name in outputs]
    sources = [*callback["inputs"], *callback["state"]]
    given = [{**source, "value": value} for source, value in zip(sources, values, strict=True)]
    n_inputs = len(callback["inputs"])
    changed = random.choice(callback["inputs"])
    return {
        "output": callback["output"],
        "outputs": properties if len(properties) > 1 else properties[0],
        "inputs": given[:n_inputs],
        "state": given[n_inputs:],
        "changedPropIds": [f"{changed['id']}.{changed['property']}"],
    }


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
            address, method=request["method"], data=body or None, content_type="application/json"
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
