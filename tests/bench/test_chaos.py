"""Random faults on a server: every answer is compared with an undisturbed run's, and a wrong one is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import chaos, faults
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app


def test_no_answer_differs_while_workers_and_server_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "FAULTS", (faults.kill_all_workers, faults.lose_store))
    monkeypatch.setattr(chaos, "MAX_CALM_S", 2.0)
    monkeypatch.setenv("EV2GYM_DASHBOARD_STATE", "off")
    path = tmp_path / "chaos.json"
    with pytest.raises(SystemExit) as end:
        chaos.main(["--minutes", "0.1", "--visitors", "1", "--json", str(path)])
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (end.value.code, record["problems"]) == (0, [])
    assert record["faults"]["kill_all_workers"] > 0
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
