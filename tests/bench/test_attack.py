"""Attacks on a server: they run without problems, and report those that there are; no time is asserted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import attack

ROW = attack.AttackResult("dear runs", 10, 60, 0, 20.0, 500.0, 900.0, 200.0, 400.0, 4_000.0, 0)


def test_a_visitor_is_timed_beside_an_attack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "attack.json"
    attack.main(["--quick", "--attacks", "dear runs, closed at once", "--json", str(path)])
    (row,) = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert (row["ticks"], row["problems"], row["lost_workers"]) == (2, 0, 0)
    assert row["requests"] > 0
    assert 0 < row["tick_p50_ms"] <= row["tick_p95_ms"] <= row["tick_max_ms"]
    assert f"{row['tick_p95_ms']:,}" in capsys.readouterr().out


def test_targets_are_reached_up_to_their_bounds() -> None:
    assert all(target.reached for target in attack.judge_attack(ROW))
    harmed = replace(ROW, tick_p95_ms=501.0, health_p95_ms=201.0, max_memory_mb=4_001.0, lost_workers=1, problems=1)
    assert not any(target.reached for target in attack.judge_attack(harmed))
