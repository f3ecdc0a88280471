"""Server process and HTTP visitors for benchmarks over loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from backports import zstd

from bench.tick import CHROMIUM_ENCODINGS, find_tick_callback
from ev2gym_dashboard.web import ids

SERVER_HOST = "127.0.0.1"
READY_TIMEOUT_S, RESPONSE_TIMEOUT_S, STOP_TIMEOUT_S = 120.0, 120.0, 60.0
SERVER_COMMAND = (sys.executable, "-m", "ev2gym_dashboard.cli", "serve", "--host", SERVER_HOST, "--port", "0")


@dataclass(frozen=True)
class Server:
    """Port and main process of a running server."""

    port: int
    process: int

    @property
    def memory_mb(self) -> float:
        """Memory of all processes of the server; shared memory counts once."""
        kb = sum(map(_read_pss_kb, self._list_processes()))
        return round(kb / 1000, 1)

    @property
    def cpu_s(self) -> float:
        """CPU time of all processes of the server so far."""
        return sum(map(_read_cpu_s, self._list_processes()))

    def _list_processes(self) -> list[int]:
        return [self.process, *list_children(self.process)]


@dataclass(frozen=True)
class TickTiming:
    """Duration of a tick, and the problem of its response; empty if there is none."""

    seconds: float
    problem: str = ""


class Visitor:
    """Client that ticks as the page does, over its own connection; each request carries the run of the last reply."""

    def __init__(self, server: Server, callback: dict[str, Any], scenario: dict[str, Any]) -> None:
        self._connection = HTTPConnection(SERVER_HOST, server.port, timeout=RESPONSE_TIMEOUT_S)
        self._callback = callback
        self._scenario = {name: str(value) for name, value in scenario.items()}
        self._number = 0
        self._run: dict[str, Any] | None = None

    def tick(self, steps: int, *, due_s: float | None = None) -> TickTiming:
        """Advance by ``steps`` steps; return the time since the tick was due, or since the call."""
        self._number += 1
        start_s = time.perf_counter() if due_s is None else due_s
        try:
            problem = self._tick(steps)
        except (OSError, HTTPException) as error:
            self._connection.close()
            problem = f"{type(error).__name__}: {error}"
        return TickTiming(time.perf_counter() - start_s, problem)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _tick(self, steps: int) -> str:
        request: dict[str, Any] = {"number": self._number, "attempt": 1, "lang": "fr", "run": self._run, "steps": steps}
        if self._run is None:
            # All attempts of a request name one session.
            request |= {"fill": True, "restart": True, "scenario": self._scenario, "session": uuid4().hex}
        status, reply = self._ask_until_caught_up(request)
        if status != 200:
            return f"answered {status}"
        if not reply["ok"]:
            return "; ".join(issue["line"] for issue in reply["issues"])
        expected = steps if self._run is None else self._run["step"] + steps
        self._run = reply.get("run") or {**(self._run or {}), "step": reply["step"]}
        return "" if reply["step"] == expected else f"is at step {reply['step']}, not {expected}"

    def _ask_until_caught_up(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Repeat a request, as the page does, until the run has reached its step; return status and reply."""
        while True:
            status, body = self._post(request)
            reply = orjson.loads(body)["response"][ids.REPLY]["data"] if status == 200 else {}
            if "catching_up" not in reply:
                return status, reply
            time.sleep(reply.get("wait_ms", 0.0) / 1000)
            request = request | {"attempt": request["attempt"] + 1}

    def _post(self, request: dict[str, Any]) -> tuple[int, bytes]:
        value = {"id": ids.REQUEST, "property": "data", "value": request}
        body = orjson.dumps(self._callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]})
        headers = {"Content-Type": "application/json", "Accept-Encoding": CHROMIUM_ENCODINGS}
        self._connection.request("POST", "/_dash-update-component", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        is_compressed = response.headers.get("Content-Encoding") == "zstd"
        return response.status, zstd.decompress(content) if is_compressed else content


@contextmanager
def run_server(workers: int) -> Iterator[Server]:
    """Run a server during the block."""
    with tempfile.NamedTemporaryFile("w") as log:
        process = subprocess.Popen([*SERVER_COMMAND, "--workers", str(workers)], stderr=log)
        try:
            yield Server(_wait_until_ready(process, Path(log.name), workers), process.pid)
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)


def fetch_tick_callback(server: Server) -> dict[str, Any]:
    """Fetch the identifiers of the callback of a tick."""
    connection = HTTPConnection(SERVER_HOST, server.port, timeout=RESPONSE_TIMEOUT_S)
    connection.request("GET", "/_dash-dependencies")
    callback = find_tick_callback(json.loads(connection.getresponse().read()))
    connection.close()
    return callback


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, workers: int) -> int:
    """Wait until all workers are ready; return the port."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        address = re.search(r"Listening at: http://[^:]+:(\d+)", text)
        if address and text.count("Ready (") >= workers:
            return int(address[1])
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')}")


def list_children(process: int) -> list[int]:
    """List the processes that a process has started."""
    return [
        int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    ]


def _read_cpu_s(process: int) -> float:
    # The name of the program, in brackets, may hold spaces; user and system time are fields 14 and 15.
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _read_pss_kb(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
