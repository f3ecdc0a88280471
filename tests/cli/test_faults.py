"""Faults: after a worker, a server or a snapshot store is lost, the next tick is still correct to the bit."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from uuid import uuid4

import pytest

from bench.services import find_free_port
from bench.tick import find_tick_callback
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app

ROOT = Path(__file__).parents[2]
GUNICORN = [sys.executable, "-m", "gunicorn", "app:server"]
STEPS = 40
TICKS = 6
FAULT_AFTER = 3
COMMANDS = {1: {"strategy": "price"}, 4: {"event": {"minutes": 60, "reduction": 0.4}}}
PATIENCE_S = 180.0


@dataclass
class Server:
    """A real server, by default with two workers and of this code, and its log."""

    folder: Path
    settings: dict[str, str]
    port: int = 0
    code: Path = ROOT
    log: Path = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        self.port = self.port or find_free_port()
        self.log = self.folder / f"log-{uuid4().hex}"
        settings = {"PORT": str(self.port), "WORKERS": "2", "STATE": str(self.folder / "state")} | self.settings
        variables = {f"EV2GYM_DASHBOARD_{name}": value for name, value in settings.items()}
        environment = os.environ | variables | {"PYTHONPATH": str(self.code)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                GUNICORN, cwd=self.code, env=environment, stderr=log, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        self.wait_until(self.is_ready)

    def is_ready(self) -> bool:
        """Return whether all workers are there and have said that they are ready."""
        assert self.process.poll() is None, self.log.read_text()
        log, workers = self.log.read_text(), self.list_workers()
        ready = [worker for worker in workers if re.search(rf"process={worker} .*Ready", log)]
        return len(ready) == len(workers) == int(self.settings.get("WORKERS", "2"))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def post(self, path: str, body: Any, request_id: str) -> Any:
        """Post until there is a response, as the page does when a connection is lost."""
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", json.dumps(body).encode(), headers)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(URLError, ConnectionError), urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
                return json.load(response)
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def find_worker(self, request_id: str) -> int:
        """Return the process that handled a request."""
        line = re.compile(rf"process=(\d+) .*request={request_id} ")
        self.wait_until(lambda: line.search(self.log.read_text()) is not None)
        match = line.search(self.log.read_text())
        assert match
        return int(match[1])

    def list_workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill(self) -> None:
        """Kill the server with all its workers, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for one fault after the other; each has a run of its own."""
    server = Server(tmp_path_factory.mktemp("server"), {})
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed here: apt-get install redis-server (make services)")
    port = find_free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}", process
        process.kill()


def run_ticks(tick: Callable[[dict[str, Any], int], Any], fault: Callable[[int], None], *, number: int) -> list[Any]:
    """Tick through a run with commands and a fault in its midst; return all replies.

    Runs of other numbers have other snapshots, by a price that moves no vehicle.
    """
    run = serialize_run(RunSpec(Scenario(fleet_size=200, bidirectional_capex_mad_kw=float(number)), session="fault"))
    replies = []
    for turn in range(TICKS):
        request = {"number": turn, "lang": "fr", "run": run, "steps": STEPS, "set": COMMANDS.get(turn)}
        outputs = tick({**request, "full": turn == 0}, turn)
        replies.append(outputs)
        reply = outputs[ids.REPLY]["data"]
        run = reply.get("run") or run | {"step": reply["step"]}
        fault(turn)
    return replies


@pytest.fixture(scope="module")
def callback() -> dict[str, Any]:
    return find_tick_callback(create_app().server.test_client().get("_dash-dependencies").get_json())


def run_undisturbed(callback: dict[str, Any], number: int) -> list[Any]:
    client = create_app().server.test_client()

    def tick(request: dict[str, Any], _: int) -> Any:
        return client.post("_dash-update-component", json=make_body(callback, request)).get_json()["response"]

    return run_ticks(tick, lambda _: None, number=number)


def make_body(callback: dict[str, Any], request: dict[str, Any], store: str = ids.REQUEST) -> dict[str, Any]:
    inputs = [{"id": store, "property": "data", "value": request}]
    return callback | {"inputs": inputs, "changedPropIds": [f"{store}.data"]}


def run_ticks_on(server: Server, callback: dict[str, Any], fault: Callable[[str], None], *, number: int) -> list[Any]:
    """Tick through a run; the fault, after one of its requests, is given the id of that request."""

    def tick(request: dict[str, Any], turn: int) -> Any:
        return server.post("_dash-update-component", make_body(callback, request), name_request(turn))["response"]

    def name_request(turn: int) -> str:
        return f"tick-of-run-{number}-turn-{turn}"

    return run_ticks(tick, lambda turn: fault(name_request(turn)) if turn == FAULT_AFTER else None, number=number)


def kill_the_worker(server: Server, request_id: str) -> None:
    worker = server.find_worker(request_id)
    assert worker in server.list_workers()
    os.kill(worker, signal.SIGKILL)
    server.wait_until(lambda: worker not in server.list_workers())


def kill_both_workers(server: Server, _: str = "") -> None:
    before = server.list_workers()
    assert len(before) == 2
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    server.wait_until(lambda: not set(before) & set(server.list_workers()))


def kill_the_server(server: Server, _: str = "") -> None:
    server.kill()
    server.start()


def kill_the_server_and_lose_its_snapshots(server: Server, _: str = "") -> None:
    server.kill()
    assert list((server.folder / "state").iterdir()), "there are no snapshots to lose"
    shutil.rmtree(server.folder / "state")
    server.start()


def lose_the_snapshots(server: Server, _: str = "") -> None:
    shutil.rmtree(server.folder / "state")


FAULTS = [
    kill_the_worker,
    kill_both_workers,
    kill_the_server,
    kill_the_server_and_lose_its_snapshots,
    lose_the_snapshots,
]


# Each with another number: it must not find the snapshots that the run of another fault has left.
@pytest.mark.parametrize(("number", "fault"), list(enumerate(FAULTS)), ids=[fault.__name__ for fault in FAULTS])
def test_the_next_tick_is_that_of_an_undisturbed_run(
    number: int, fault: Callable[[Server, str], None], server: Server, callback: dict[str, Any]
) -> None:
    server.wait_until_ready()
    replies = run_ticks_on(server, callback, partial(fault, server), number=number)
    assert replies == run_undisturbed(callback, number)


def test_workers_share_a_run_through_redis_and_lose_nothing_when_it_stops(
    tmp_path: Path, redis: tuple[str, subprocess.Popen[bytes]], callback: dict[str, Any]
) -> None:
    url, process = redis
    server = Server(tmp_path, {"REDIS": url})
    server.start()

    def fault(_: str) -> None:
        process.kill()
        process.wait()
        kill_both_workers(server)

    try:
        assert run_ticks_on(server, callback, fault, number=0) == run_undisturbed(callback, 0)
        assert not (tmp_path / "state" / SNAPSHOT_FILE_NAME).exists()
    finally:
        server.kill()
