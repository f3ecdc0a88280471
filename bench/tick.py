"""Times a tick of the page as a browser asks for it, and weighs the answer: ``make bench``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.report import describe_machine, format_table, write_record
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app

CHROMIUM_ENCODINGS = "gzip, deflate, br, zstd"


@dataclass(frozen=True)
class TickStatistics:
    """Ticks of one fleet: time on the server, compression included, and size of the largest answer."""

    vehicles: int
    steps_per_tick: int
    ticks: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    plain_kb: float
    sent_kb: float
    encoding: str


class TickClient:
    """Asks as the page does: each request carries the run of the answer before."""

    def __init__(self, client: FlaskClient, scenario: Scenario) -> None:
        self._client = client
        self._callback = find_tick_callback(client.get("/_dash-dependencies").get_json())
        self._number = 0
        self._run: dict[str, Any] = serialize_run(RunSpec(scenario, session="bench"))

    def tick(self, steps: int) -> tuple[float, TestResponse, TestResponse]:
        """Go on by some steps; return its seconds, and the answer as Chromium gets it and as plain text."""
        self._number += 1
        request = {"number": self._number, "lang": "fr", "run": self._run, "steps": steps, "full": self._number == 1}
        before = time.perf_counter()
        sent = self._ask(request, CHROMIUM_ENCODINGS)
        seconds = time.perf_counter() - before
        plain = self._ask(request, "identity")
        if plain.status_code != 200:
            raise ValueError(f"the page refused the benchmark's request: {plain.get_data(as_text=True)}")
        answer = plain.get_json()["response"][ids.REPLY]["data"]
        if not answer["ok"]:
            raise ValueError(f"the page refused the benchmark's request: {answer['issues']}")
        self._run = answer.get("run") or self._run | {"step": answer["step"]}
        return seconds, sent, plain

    def _ask(self, request: dict[str, Any], encoding: str) -> TestResponse:
        value = {"id": ids.REQUEST, "property": "data", "value": request}
        body = self._callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]}
        return self._client.post("/_dash-update-component", json=body, headers={"Accept-Encoding": encoding})


def find_tick_callback(callbacks: Iterable[Any]) -> dict[str, Any]:
    """Return how the page names the callback of a tick, out of all: its output, and its outputs one by one."""
    for callback in callbacks:
        if [source["id"] for source in callback["inputs"]] == [ids.REQUEST] and not callback["clientside_function"]:
            places = [place.rpartition(".") for place in callback["output"].strip(".").split("...")]
            return {"output": callback["output"], "outputs": [{"id": id_, "property": prop} for id_, _, prop in places]}
    raise LookupError(f"the page has no callback on {ids.REQUEST}")


def measure_ticks(vehicles: int, *, steps: int, ticks: int) -> TickStatistics:
    """Return the figures of a fleet over ``ticks`` ticks after the first, which makes the fleet and answers in full."""
    browser = TickClient(create_app().server.test_client(), Scenario(fleet_size=vehicles))
    browser.tick(steps)
    answers = [browser.tick(steps) for _ in range(ticks)]
    p50_ms, p95_ms, max_ms = (
        np.percentile([1000 * seconds for seconds, _, _ in answers], (50, 95, 100)).round(1).tolist()
    )
    plain_kb = max(len(plain.get_data()) for _, _, plain in answers) / 1000
    sent_kb = max(len(sent.get_data()) for _, sent, _ in answers) / 1000
    encoding = answers[-1][1].headers.get("Content-Encoding", "identity")
    return TickStatistics(
        vehicles, steps, ticks, p50_ms, p95_ms, max_ms, round(plain_kb, 1), round(sent_kb, 1), encoding
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="bench.tick", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4], help="simulated steps per tick")
    parser.add_argument("--ticks", type=int, default=96)
    parser.add_argument("--quick", action="store_true", help="see that it runs: 3 ticks of 100 vehicles")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    on = describe_machine()
    vehicles, ticks = ([100], 3) if options.quick else (options.vehicles, options.ticks)
    rows = [asdict(measure_ticks(size, steps=steps, ticks=ticks)) for size in vehicles for steps in options.steps]
    print(format_table(rows))
    write_record({"on": on, "rows": rows}, options.json)


if __name__ == "__main__":
    main()
