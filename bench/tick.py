"""Benchmark of a tick of the page: response time and size: part of ``make bench``."""

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

from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app

CHROMIUM_ENCODINGS = "gzip, deflate, br, zstd"


@dataclass(frozen=True)
class TickStatistics:
    """Ticks of a fleet: time on the server with compression, and size of the largest response."""

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
    """Client that ticks as the page does; each request carries the run of the last reply."""

    def __init__(self, client: FlaskClient, scenario: Scenario) -> None:
        self._client = client
        self._callback = find_tick_callback(client.get("/_dash-dependencies").get_json())
        self._number = 0
        self._run: dict[str, Any] = serialize_run(RunSpec(scenario, session="bench"))

    def tick(self, steps: int) -> tuple[float, TestResponse, TestResponse]:
        """Advance by ``steps`` steps; return the time, the compressed response and the plain response."""
        self._number += 1
        request = {"number": self._number, "lang": "fr", "run": self._run, "steps": steps, "full": self._number == 1}
        start_s = time.perf_counter()
        compressed = self._post(request, CHROMIUM_ENCODINGS)
        seconds = time.perf_counter() - start_s
        plain = self._post(request, "identity")
        if plain.status_code != 200:
            raise ValueError(f"the page refused the benchmark's request: {plain.get_data(as_text=True)}")
        reply = plain.get_json()["response"][ids.REPLY]["data"]
        if not reply["ok"]:
            raise ValueError(f"the page refused the benchmark's request: {reply['issues']}")
        self._run = reply.get("run") or self._run | {"step": reply["step"]}
        return seconds, compressed, plain

    def _post(self, request: dict[str, Any], encoding: str) -> TestResponse:
        value = {"id": ids.REQUEST, "property": "data", "value": request}
        body = self._callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]}
        return self._client.post("/_dash-update-component", json=body, headers={"Accept-Encoding": encoding})


def find_tick_callback(callbacks: Iterable[Any]) -> dict[str, Any]:
    """Find the callback of a tick; return its output, and its outputs one by one."""
    return find_request_callback(callbacks, ids.REQUEST)


def find_request_callback(callbacks: Iterable[Any], store: str) -> dict[str, Any]:
    """Find the callback of the server on a store of requests; return its output, and its outputs one by one."""
    for callback in callbacks:
        if [source["id"] for source in callback["inputs"]] == [store] and not callback["clientside_function"]:
            # Dash joins several outputs as ..id.property...id.property..
            outputs = [output.rpartition(".") for output in callback["output"].strip(".").split("...")]
            return {
                "output": callback["output"],
                "outputs": [{"id": id_, "property": prop} for id_, _, prop in outputs],
            }
    raise LookupError(f"the page has no callback on {store}")


def measure_ticks(vehicles: int, *, steps: int, ticks: int) -> TickStatistics:
    """Time ``ticks`` ticks of a fleet, after a first one that makes the fleet and sends the whole page."""
    client = TickClient(create_app().server.test_client(), Scenario(fleet_size=vehicles))
    client.tick(steps)
    responses = [client.tick(steps) for _ in range(ticks)]
    p50_ms, p95_ms, max_ms = (
        np.percentile([1000 * seconds for seconds, _, _ in responses], (50, 95, 100)).round(1).tolist()
    )
    plain_kb = max(len(plain.get_data()) for _, _, plain in responses) / 1000
    sent_kb = max(len(compressed.get_data()) for _, compressed, _ in responses) / 1000
    encoding = responses[-1][1].headers.get("Content-Encoding", "identity")
    return TickStatistics(
        vehicles, steps, ticks, p50_ms, p95_ms, max_ms, round(plain_kb, 1), round(sent_kb, 1), encoding
    )


@dataclass(frozen=True)
class SimulationTick:
    """Ticks of a step of a run with its counterfactuals, without the page."""

    vehicles: int
    ticks: int
    p50_ms: float
    p95_ms: float


def measure_simulation(vehicles: int, *, ticks: int) -> SimulationTick:
    """Time ``ticks`` steps of a run with its counterfactuals, one at a time."""
    runs = start_counterfactual_runs(Scenario(fleet_size=vehicles))
    runs.advance()
    seconds = []
    for _ in range(ticks):
        start_s = time.perf_counter()
        runs.advance()
        seconds.append(time.perf_counter() - start_s)
    p50_ms, p95_ms = (1000.0 * np.percentile(seconds, (50, 95))).round(3).tolist()
    return SimulationTick(vehicles, ticks, p50_ms, p95_ms)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.tick", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4], help="simulated steps per tick")
    parser.add_argument("--ticks", type=int, default=96)
    parser.add_argument("--quick", action="store_true", help="smoke test: 3 ticks of 100 vehicles")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    vehicles, ticks = ([100], 3) if options.quick else (options.vehicles, options.ticks)
    rows = [asdict(measure_ticks(size, steps=steps, ticks=ticks)) for size in vehicles for steps in options.steps]
    simulations = [asdict(measure_simulation(size, ticks=ticks)) for size in vehicles]
    print(format_table(rows), format_table(simulations), sep="\n\n")
    write_record({"machine": machine, "ticks": rows, "simulation_ticks": simulations}, options.json)


if __name__ == "__main__":
    main()
