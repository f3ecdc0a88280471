"""Attacks on a server: the response times beside them have targets."""

from __future__ import annotations

from dataclasses import replace

from bench import attack

ROW = attack.AttackResult("dear runs", 10, 60, 0, 20.0, 500.0, 900.0, 200.0, 400.0, 4_000.0, 0)


def test_targets_are_reached_up_to_their_bounds() -> None:
    assert all(target.reached for target in attack.judge_attack(ROW))
    harmed = replace(ROW, tick_p95_ms=501.0, health_p95_ms=201.0, max_memory_mb=4_001.0, lost_workers=1, problems=1)
    assert not any(target.reached for target in attack.judge_attack(harmed))
