"""Benchmarks of a server process: what they make of its responses, its times and its memory."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bench import load, soak
from bench.server import Server, Visitor
from bench.targets import LOAD_CASES
from ev2gym_dashboard.web import ids

MANY, *_, ONE = LOAD_CASES
ROW = load.LoadResult(MANY.sessions, MANY.vehicles, 2, 12_000, 0, 10.0, 59.0, 70.0, 400.0, 4.0, 1.0, 500.0, 510.0)


def test_targets_are_reached_up_to_their_bounds() -> None:
    rows = [replace(ROW, sessions=case.sessions, vehicles=case.vehicles, p95_ms=case.max_p95_ms) for case in LOAD_CASES]
    assert [target.reached for target in load.judge_load(rows)] == [True, True, True, True]
    slow = replace(rows[-1], p95_ms=ONE.max_p95_ms + 1, errors=1)
    assert [target.reached for target in load.judge_load([*rows[:-1], slow])] == [True, True, False, False]


def test_a_case_that_was_not_run_has_no_verdict() -> None:
    assert [target.reached for target in load.judge_load([ROW])] == [True, None, None, True]
    assert [target.reached for target in load.judge_load([ROW], [MANY])] == [True, True]


def test_a_visitor_repeats_a_request_until_the_run_has_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = {"ok": False, "catching_up": 0.5, "wait_ms": 1}
    replies = [waiting, waiting, {"ok": True, "step": 3, "run": {"step": 3}}]
    requests: list[dict[str, Any]] = []

    def post(_: Visitor, request: dict[str, Any]) -> tuple[int, bytes]:
        requests.append(request)
        reply = replies[len(requests) - 1]
        return 200, json.dumps({"response": {ids.REPLY: {"data": reply}}}).encode()

    monkeypatch.setattr(Visitor, "_post", post)
    assert Visitor(Server(0, 0), {}, {"fleet_size": 5}).tick(3).problem == ""
    assert [request["attempt"] for request in requests] == [1, 2, 3]
    assert len({request["session"] for request in requests}) == 1


@pytest.mark.parametrize(("last_mb", "growth"), [(100.0, 0.0), (110.0, 0.1), (90.0, -0.1)])
def test_growth_compares_the_last_quarter_with_the_second(last_mb: float, growth: float) -> None:
    memory = [10.0] * 5 + [100.0] * 5 + [105.0] * 5 + [last_mb] * 5
    assert soak.compute_growth([soak.MemorySample(k, 0, mb) for k, mb in enumerate(memory)]) == pytest.approx(growth)
