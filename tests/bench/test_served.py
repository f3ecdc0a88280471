"""Benchmarks of a server process, on one server: they run without problems; no time is asserted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import attack, load, soak
from bench.server import Server, Visitor, fetch_tick_callback, run_server
from bench.services import is_listening


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with run_server(load.SERVER_WORKERS) as server:
        yield server
    assert not is_listening(server.port)
    assert find_problem(server, {"output": "gone"}, fleet_size=5).startswith("ConnectionRefusedError")


@pytest.fixture
def lent_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each benchmark have the server of this module in place of its own, whose start is most of its time."""

    @contextmanager
    def lend_server(workers: int) -> Iterator[Server]:
        assert workers == load.SERVER_WORKERS
        yield server

    for bench in (attack, load, soak):
        monkeypatch.setattr(bench, "run_server", lend_server)


def test_problems_of_responses_are_reported(server: Server) -> None:
    callback = fetch_tick_callback(server)
    assert "0" in find_problem(server, callback, fleet_size=0)
    assert find_problem(server, callback | {"output": "gone"}, fleet_size=5) == "answered 410"


def find_problem(server: Server, callback: dict[str, Any], **scenario: int) -> str:
    with closing(Visitor(server, callback, scenario)) as visitor:
        return visitor.tick(1).problem


@pytest.mark.usefixtures("lent_server")
def test_load_runs_without_errors_and_writes_the_printed_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "load.json"
    load.main(["--quick", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [(row["sessions"], row["vehicles"], row["ticks"]) for row in record["loads"]] == [(4, 20, 12), (1, 50, 3)]
    assert [row["errors"] for row in record["loads"]] == [0, 0]
    assert record["load_problems"] == []
    assert sum(row["server_cpu_ms"] for row in record["loads"]) > 0
    printed = capsys.readouterr().out
    for row in record["loads"]:
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] <= row["max_ms"]
        assert f"{row['p95_ms']:,}" in printed
        assert row["client_cpu_ms"] > 0
        assert row["start_mb"] > 20, "a process of Python with NumPy"


@pytest.mark.usefixtures("lent_server")
def test_soak_runs_sessions_and_reports_the_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "soak.json"
    soak.main(["--quick", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [row["ticks"] for row in record["rows"]] == list(range(3, 61, 3))
    assert sum(row["errors"] for row in record["rows"]) == 0
    assert "flat: " in capsys.readouterr().out


@pytest.mark.usefixtures("lent_server")
def test_a_visitor_is_timed_beside_an_attack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "attack.json"
    attack.main(["--quick", "--attacks", "dear runs, closed at once", "--json", str(path)])
    (row,) = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert (row["ticks"], row["problems"], row["lost_workers"]) == (2, 0, 0)
    assert row["requests"] > 0
    assert 0 < row["tick_p50_ms"] <= row["tick_p95_ms"] <= row["tick_max_ms"]
    assert f"{row['tick_p95_ms']:,}" in capsys.readouterr().out
