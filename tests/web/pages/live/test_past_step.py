"""Tests of the Fleet page at a past step: its figures are those of that step, its charts those of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.requests.schema import MalformedRequest

NOW = RunSpec(Scenario(fleet_size=50), step=30, session="past")


def send(run: RunSpec, **request: Any) -> dict[str, Any]:
    return callbacks.build_live_reply({"number": 1, "lang": "en", "run": serialize_run(run), **request}, "build")


@pytest.fixture(scope="module")
def past() -> dict[str, Any]:
    return send(NOW, past_step=12)


def test_tiles_table_and_reasons_are_those_of_the_past_step(past: dict[str, Any]) -> None:
    then = send(replace(NOW, step=12, session="then"))
    for name in (f"{ids.TABLE}.rowData", f"{ids.SOC_HISTOGRAM}.figure"):
        assert past[name] == then[name]
    assert past[ids.REPLY]["shares"] == then[ids.REPLY]["shares"]
    texts, then_texts = past[ids.REPLY]["texts"], then[ids.REPLY]["texts"]
    shown = [name for name in texts if name.startswith(("figure-", "reason", "ledger-"))]
    assert len(shown) > 20
    assert {name: texts[name] for name in shown} == {name: then_texts[name] for name in shown}


def test_the_clock_and_the_charts_stay_those_of_the_run(past: dict[str, Any]) -> None:
    now = send(NOW)
    assert past[ids.REPLY]["texts"][ids.CLOCK] == now[ids.REPLY]["texts"][ids.CLOCK]
    assert past[ids.REPLY]["step"] == 30

    def read(outputs: dict[str, Any], chart: str) -> dict[tuple[Any, ...], Any]:
        operations = outputs[f"{chart}.figure"]["operations"]
        return {tuple(one["location"]): one["params"]["value"] for one in operations}

    for chart in (ids.POWER, ids.MODES):
        charts = read(past, chart), read(now, chart)
        cursors = [values.pop(("layout", "shapes")) for values in charts]
        assert charts[0] == charts[1]
        assert len(cursors[0]) == len(cursors[1]) + 1
        assert cursors[0][-1]["x0"] == "2026-12-15 19:00"


@pytest.mark.parametrize(("lang", "sign"), [("en", "The past"), ("fr", "Le passé")])
def test_the_page_says_that_it_shows_the_past_and_how_long_ago(lang: str, sign: str) -> None:
    reply = send(NOW, past_step=12, lang=lang)[ids.REPLY]
    text = reply["texts"][ids.CURSOR_TEXT]
    assert text.startswith(sign)
    assert "19:00" in text
    assert "30" in text
    assert reply["states"][ids.TIME_BAR] == "past"
    assert reply["time"] == {"first": 0, "step": 30}


@pytest.mark.parametrize("step", [None, 30, 31, 5000])
def test_a_step_that_is_not_past_shows_the_present(step: int | None) -> None:
    reply = send(NOW, past_step=step)[ids.REPLY]
    assert reply["states"][ids.TIME_BAR] == "now"
    assert reply["texts"][ids.CURSOR_TEXT] == "Shown: now"


@pytest.mark.parametrize("step", [-1, 2.5, "12", True, float("nan"), float("inf"), 10**12])
def test_a_step_that_no_page_sends_is_refused(step: Any) -> None:
    with pytest.raises(MalformedRequest):
        send(NOW, past_step=step)


def test_a_restart_shows_the_new_run_at_its_start() -> None:
    reply = send(NOW, past_step=12, restart=True, session="anew")[ids.REPLY]
    assert reply["step"] == 0
    assert reply["states"][ids.TIME_BAR] == "now"
