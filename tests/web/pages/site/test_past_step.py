"""Tests of the Site page at a past step: its figures are those of that step, its charts over time those of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.site import callbacks

NOW = RunSpec(Scenario(fleet_size=50, tariff="mt_general", strategy="price"), step=30, session="past-site")
OF_RUN = {ids.CLOCK, ids.SITE_THRESHOLD, ids.SITE_OFFER, ids.WINDOW_NOTE}


def send(run: RunSpec = NOW, **request: Any) -> dict[str, Any]:
    return callbacks.build_site_reply({"number": 1, "lang": "en", "run": serialize_run(run), **request}, "build")


def read(outputs: dict[str, Any], chart: str) -> dict[tuple[Any, ...], Any]:
    operations = outputs[f"{chart}.figure"]["operations"]
    return {tuple(one["location"]): one["params"]["value"] for one in operations}


@pytest.fixture(scope="module")
def past() -> dict[str, Any]:
    return send(past_step=12)


@pytest.fixture(scope="module")
def then() -> dict[str, Any]:
    return send(replace(NOW, step=12, session="then-site"))


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return send()


def test_tiles_tables_flow_and_verdicts_are_those_of_the_past_step(past: dict[str, Any], then: dict[str, Any]) -> None:
    for name in (ids.SITE_PRICES, ids.SITE_MODELS):
        assert past[f"{name}.figure"] == then[f"{name}.figure"]
    reply, expected = past[ids.REPLY], then[ids.REPLY]
    assert (reply["shares"], reply["flow"]) == (expected["shares"], expected["flow"])
    shown = [name for name in expected["texts"] if name.startswith(("figure-", "bill-", "balance-", "v2g-value-"))]
    assert len(shown) > 100
    for name in (*shown, ids.SITE_VERDICT, ids.SITE_PRICE_SUMMARY, ids.SITE_TOTAL_NOTE):
        assert reply["texts"][name] == expected["texts"][name]
    assert reply["states"][ids.SITE_VERDICT] == expected["states"][ids.SITE_VERDICT]


def test_clock_offer_and_charts_over_time_stay_those_of_the_run(past: dict[str, Any], now: dict[str, Any]) -> None:
    reply, current = past[ids.REPLY], now[ids.REPLY]
    assert {name: reply["texts"][name] for name in OF_RUN} == {name: current["texts"][name] for name in OF_RUN}
    assert (reply["step"], reply["offer"]) == (30, current["offer"])
    assert reply["states"][ids.SITE_OFFER] == "on"
    for chart in (ids.SITE_LOAD, ids.SITE_COST, ids.SITE_CO2):
        charts = read(past, chart), read(now, chart)
        cursors = [values.pop(("layout", "shapes")) for values in charts]
        assert charts[0] == charts[1]
        assert len(cursors[0]) == len(cursors[1]) + 1
        assert cursors[0][-1]["x0"] == "2026-12-15 19:00"


@pytest.mark.parametrize(("lang", "sign"), [("en", "The past"), ("fr", "Le passé"), ("ar", "الماضي")])
def test_the_page_says_that_it_shows_the_past(lang: str, sign: str) -> None:
    reply = send(past_step=12, lang=lang)[ids.REPLY]
    assert reply["texts"][ids.CURSOR_TEXT].startswith(sign)
    assert "19:00" in reply["texts"][ids.CURSOR_TEXT]
    assert reply["states"][ids.TIME_BAR] == "past"
    assert reply["time"] == {"first": 0, "step": 30}


@pytest.mark.parametrize("step", [None, 30, 31, 5000])
def test_a_step_that_is_not_past_shows_the_present(step: int | None, now: dict[str, Any]) -> None:
    reply = send(past_step=step)[ids.REPLY]
    assert reply["states"][ids.TIME_BAR] == "now"
    assert reply["texts"] == now[ids.REPLY]["texts"]
