"""Flexibility on the Site page: its states, its chart, and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dash import no_update

from ev2gym_dashboard import Scenario, compute_flexibility
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison import flexibility_request
from ev2gym_dashboard.service.comparison.flexibility import Flexibility
from ev2gym_dashboard.service.comparison.flexibility_request import (
    decode_flexibility,
    encode_flexibility,
    make_flexibility_request,
    parse_flexibility_request,
)
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.job_panel import build_panel_reply, choose_event
from ev2gym_dashboard.web.i18n import LANGUAGES, get_translator
from ev2gym_dashboard.web.pages.site import flexibility

SMALL = Scenario(fleet_size=5, timestep_min=60, start="2026-12-15T16:00")
RUN = serialize_run(RunSpec(SMALL, (Change(1, (("strategy", "price"), ("v2g", False))),), 3, "flexibility"))
REQUEST = make_flexibility_request(SMALL, step=3, strategy="price", v2g=False)
OWNERS: list[str] = []
_ = get_translator("en")


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    monkeypatch.setattr(flexibility_request, "FLEXIBILITY_SEEDS", 1)
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: OWNERS.append(owner))

    def build(trigger: str, store: object = None, *, run: object = RUN, duration: str = "1", work: bool = False) -> Any:
        if work:
            JobWorker(queue, OWNERS[-1]).run()
        page = {"lang": "en"}
        return build_panel_reply(flexibility.FLEXIBILITY, trigger, (duration,), run, store, page, queue)

    return build


def make_found(promised_kw: list[float]) -> Flexibility:
    rows = [
        {"time": time, "direction": direction, "duration_h": 1.0, "promised_kw": kw}
        for (time, direction), kw in zip(
            [(time, key) for time in ("19:00", "20:00") for key in ("up", "down")], promised_kw, strict=True
        )
    ]
    return Flexibility(REQUEST.scenario, 0.95, 20, pd.DataFrame(rows))


def test_a_request_is_that_of_the_hour_and_of_the_active_strategy() -> None:
    assert REQUEST.scenario.start == "2026-12-15T19:00"
    assert (REQUEST.scenario.strategy, REQUEST.scenario.v2g) == ("price", False)
    quarter = replace(SMALL, timestep_min=15)
    keys = {make_flexibility_request(quarter, step=k, strategy="price", v2g=True).key for k in (12, 13, 15, 16)}
    assert len(keys) == 2


def test_a_request_survives_json_and_its_result_survives_bytes() -> None:
    assert parse_flexibility_request(REQUEST.by_reference).key == REQUEST.key
    found = compute_flexibility(REQUEST.scenario, seeds=1, durations_h=[1.0])
    assert decode_flexibility(REQUEST, encode_flexibility(found)).table.equals(found.table)


def test_a_click_counts_before_a_tick_that_comes_with_it() -> None:
    panel = flexibility.FLEXIBILITY
    ticks, trigger, cancel = panel.ids.timer, str(panel.trigger.component_id), panel.ids.cancel
    assert choose_event(panel, [ticks, trigger]) == trigger
    assert choose_event(panel, [ticks, cancel]) == cancel
    assert choose_event(panel, [ticks]) == ticks


def test_a_fleet_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValidationError, match="work"):
        make_flexibility_request(replace(SMALL, fleet_size=1_000_000), step=0, strategy="price", v2g=True)


def test_a_job_is_started_polled_and_drawn_for_each_time(ask: Callable[..., dict[str, Any]]) -> None:
    started = ask(ids.FLEXIBILITY_RUN)
    assert (started["is_idle"], started["start_off"], started["cancel_off"]) == (False, True, False)
    assert ask(ids.FLEXIBILITY_TIMER, started["store"])["figure"] is no_update
    done = ask(ids.FLEXIBILITY_TIMER, started["store"], work=True)
    assert done["is_idle"]
    assert done["status"].startswith("From Tue 15 Dec 2026 19:00 on")
    assert done["summary"].startswith("At 19:00, for 1 h: ")
    up, down = done["figure"]["data"]
    assert len(up["x"]) == len(up["y"]) == 25
    assert min(up["y"]) >= 0.0 >= max(down["y"])
    assert ask(ids.FLEXIBILITY_TIMER, started["store"], duration="4")["summary"].startswith("At 19:00, for 4 h: ")
    too_short = ask(ids.FLEXIBILITY_TIMER, started["store"], duration="0.25")
    assert too_short["summary"].startswith("This time is no whole number of steps")


def test_a_job_is_cancelled(ask: Callable[..., dict[str, Any]]) -> None:
    cancelled = ask(ids.FLEXIBILITY_CANCEL, ask(ids.FLEXIBILITY_RUN)["store"])
    assert (cancelled["store"], cancelled["is_idle"]) == (None, True)
    assert cancelled["status"].startswith("Cancelled")


@pytest.mark.parametrize("run", [None, {"scenario": 3}, "run"])
def test_without_a_run_there_is_a_sentence(ask: Callable[..., dict[str, Any]], run: object) -> None:
    reply = ask(ids.FLEXIBILITY_RUN, run=run)
    assert reply["status"]
    assert (reply["store"], reply["is_idle"]) == (None, True)


@pytest.mark.parametrize(
    "store", [{"client": "me"}, {"client": "0" * 32}, {"client": "0" * 32, "flexibility": {"days": "x"}}]
)
def test_a_store_of_another_hand_is_refused(ask: Callable[..., dict[str, Any]], store: dict[str, Any]) -> None:
    reply = ask(ids.FLEXIBILITY_TIMER, {"client": "0" * 32, **store})
    assert (reply["store"], reply["is_idle"]) == (None, True)


def test_the_sentence_has_the_promise_of_now_and_the_largest_ones() -> None:
    sentence = flexibility.describe_flexibility(make_found([10.0, 5.0, 12.0, 4.0]), 1.0, _)
    assert sentence.startswith("At 19:00, for 1 h: 10 kW more or 5 kW less than planned, kept on 95% of the days.")
    assert sentence.endswith("Most: 12 kW more at 20:00, 5 kW less at 19:00.")


def test_the_band_is_above_and_below_zero_and_ends_with_its_last_hour() -> None:
    up, down = flexibility.make_flexibility_figure(make_found([10.0, 5.0, 12.0, 4.0]), 1.0, _)["data"]
    assert (up["y"], down["y"]) == ([10.0, 12.0, 12.0], [-5.0, -4.0, -4.0])
    assert up["x"] == ["2026-12-15 19:00", "2026-12-15 20:00", "2026-12-15 21:00"]


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_page_has_the_panel(lang: str) -> None:
    page = str(render_page("/site", f"?lang={lang}"))
    names = (ids.FLEXIBILITY_START, ids.FLEXIBILITY_CANCEL, ids.FLEXIBILITY_DURATION, ids.FLEXIBILITY_FIGURE)
    assert all(f"id='{name}'" in page for name in names)
