"""Benchmarks of a server process: they run without problems, and report those that there are; no time is asserted."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import load, soak
from bench.server import Server, Visitor, fetch_tick_callback, run_server

ROW = load.LoadResult(load.MANY_SESSIONS, 200, 1000, 2, 12_000, 0, 10.0, 249.0, 300.0, 400.0, 500.0, 510.0)


def test_load_runs_without_errors_and_writes_the_printed_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "load.json"
    load.main(["--quick", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [(row["name"], row["sessions"], row["ticks"]) for row in record["rows"]] == [
        (load.MANY_SESSIONS, 4, 12),
        (load.LARGE_SESSION, 1, 3),
    ]
    assert [row["errors"] for row in record["rows"]] == [0, 0]
    assert record["problems"] == []
    printed = capsys.readouterr().out
    for row in record["rows"]:
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] <= row["max_ms"]
        assert f"{row['p95_ms']:,}" in printed
        assert row["start_mb"] > 20, "a process of Python with NumPy"


def test_targets_are_reached_up_to_their_bounds() -> None:
    large = replace(ROW, name=load.LARGE_SESSION)
    assert [target.reached for target in load.judge_load([ROW, large])] == [True, True, True]
    slow = replace(large, p95_ms=301.0, errors=1)
    assert [target.reached for target in load.judge_load([ROW, slow])] == [True, False, False]


def test_soak_runs_sessions_and_reports_the_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "soak.json"
    soak.main(["--quick", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [row["ticks"] for row in record["rows"]] == list(range(3, 61, 3))
    assert sum(row["errors"] for row in record["rows"]) == 0
    assert "flat: " in capsys.readouterr().out


@pytest.mark.parametrize(("last_mb", "growth"), [(100.0, 0.0), (110.0, 0.1), (90.0, -0.1)])
def test_growth_compares_the_last_quarter_with_the_second(last_mb: float, growth: float) -> None:
    memory = [10.0] * 5 + [100.0] * 5 + [105.0] * 5 + [last_mb] * 5
    assert soak.compute_growth([soak.MemorySample(k, 0, mb) for k, mb in enumerate(memory)]) == pytest.approx(growth)


def test_problems_of_responses_are_reported() -> None:
    with run_server(1) as server:
        callback = fetch_tick_callback(server)
        refused = find_problem(server, callback, fleet_size=0)
        gone = find_problem(server, callback | {"output": "gone"}, fleet_size=5)
    lost = find_problem(server, callback, fleet_size=5)
    assert "0" in refused
    assert gone == "answered 410"
    assert lost.startswith("ConnectionRefusedError")


def find_problem(server: Server, callback: dict[str, Any], **scenario: int) -> str:
    with closing(Visitor(server, callback, scenario)) as visitor:
        return visitor.tick(1).problem
