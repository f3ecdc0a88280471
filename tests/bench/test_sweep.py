"""Benchmark of sweeps: it runs, and its results are consistent; no time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import sweep
from bench.targets import MIN_EFFICIENCY


def test_one_process_and_two_are_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "made" / "sweep.json"
    sweep.main(["--quick", "--workers", "2", "--json", str(record)])
    parts = json.loads(record.read_text(encoding="utf-8"))
    rows, (many_runs,) = parts["sweeps"], parts["many_runs"]
    assert [(row["workers"], row["runs"]) for row in rows] == [(1, 4), (2, 4)]
    assert all(row["seconds"] > 0.0 for row in rows)
    assert (many_runs["workers"], many_runs["runs"]) == (2, 6)
    assert many_runs["seconds"] > 0.0
    assert capsys.readouterr().out.splitlines()[0].split() == list(rows[0])


def test_several_processes_are_judged_by_what_one_takes() -> None:
    seconds = {1: 60.0, 2: 60.0 / (2 * MIN_EFFICIENCY), 4: 60.1 / (4 * MIN_EFFICIENCY)}
    timings = sweep.judge_sweeps(seconds, runs=30, vehicles=100, days=7.0)
    assert [timing.efficiency for timing in timings] == [1.0, MIN_EFFICIENCY, pytest.approx(0.849)]
    assert [timing.reached for timing in timings] == [True, True, False]
    assert [timing.runs_per_s for timing in timings] == [0.5, 0.85, 1.7]
