"""Benchmark of sweeps: it runs, and its results are consistent; no time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import sweep
from bench.targets import MIN_EFFICIENCY


def test_one_process_and_two_are_timed_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "made" / "sweep.json"
    sweep.main(["--quick", "--workers", "2", "--json", str(record)])
    parts = json.loads(record.read_text(encoding="utf-8"))
    rows, (many_runs,) = parts["sweeps"], parts["many_runs"]
    assert [row["workers"] for row in rows] == [1, 2]
    one, two = rows
    assert (one["efficiency"], one["reached"]) == (1.0, True)
    assert two["efficiency"] == pytest.approx(one["seconds"] / two["seconds"] / 2, rel=0.02)
    assert two["reached"] == (two["efficiency"] >= MIN_EFFICIENCY)
    assert (many_runs["workers"], many_runs["runs"]) == (2, 6)
    assert many_runs["seconds"] > 0.0
    assert capsys.readouterr().out.splitlines()[0].split() == list(one)
