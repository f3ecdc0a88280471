"""Random faults on a server: every answer is compared with an undisturbed run's, and a wrong one is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import chaos, faults
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app


def test_no_answer_differs_while_workers_server_redis_and_nginx_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (
        faults.kill_worker,
        faults.change_store,
        faults.restart_redis,
        faults.cut_connections,
        faults.kill_all_workers,
    )
    monkeypatch.setattr(chaos, "FAULTS", kinds)
    monkeypatch.setattr(chaos, "MAX_CALM_S", 1.0)
    monkeypatch.setenv("EV2GYM_DASHBOARD_STATE", "off")
    path = tmp_path / "chaos.json"
    with pytest.raises(SystemExit) as end:
        chaos.main(["--minutes", "0", "--visitors", "1", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (end.value.code, record["problems"]) == (0, [])
    assert record["faults"] == dict.fromkeys((kind.__name__ for kind in kinds), 1)
    (row,) = record["rows"]
    assert row["answers"] > 0
    assert row["wrong"] == 0
    assert row["steps"] > 0


def test_a_wrong_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = chaos.ChaosVisitor(0, 7, 1, create_app().server.test_client())

    def answer_falsely(body: bytes) -> Any:
        outputs = visitor._compute_expected(body)
        reply = outputs[ids.REPLY]
        return outputs | {ids.REPLY: reply | {"data": reply["data"] | {"step": 99}}}

    monkeypatch.setattr(chaos, "DROP_SHARE", 0.0)
    monkeypatch.setattr(visitor, "_post", answer_falsely)
    visitor.tick()
    assert (visitor.counts.answers, visitor.counts.wrong) == (1, 1)
    (problem,) = visitor.counts.problems
    assert ids.REPLY in problem


def test_an_unanswered_request_tells_its_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = chaos.ChaosVisitor(0, 7, 1, create_app().server.test_client())
    answers: list[tuple[int, bytes] | OSError] = [
        (502, b"<center>nginx</center>"),
        ConnectionResetError(),
        (500, b"wrong"),
    ]
    replies = iter(answers)

    def answer(_: bytes) -> tuple[int, bytes]:
        reply = next(replies)
        if isinstance(reply, OSError):
            raise reply
        return reply

    moments = iter([0.0, *[1.0, 1.0, 1.5] * 3, chaos.PATIENCE_S, chaos.PATIENCE_S])
    monkeypatch.setattr(visitor, "_post_once", answer)
    monkeypatch.setattr(chaos, "RETRY_S", 0.0)
    monkeypatch.setattr("bench.chaos.time.monotonic", lambda: next(moments))
    assert visitor._post(b"{}") is None
    assert visitor.counts.lost_connections == 2
    assert {problem.partition(":")[0] for problem in visitor.counts.problems} == {
        "status 500",
        "no answer at step 0 in 180 s",
    }
