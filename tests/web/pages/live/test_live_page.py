"""Replies of the fleet's page, as plain calls and over HTTP."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
from dash import Dash, no_update
from flask.testing import FlaskClient

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions import process_cache
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.run_bar import DEFAULT_SPEED_MIN_PER_S, SPEEDS_MIN_PER_S
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.requests.reply import format_output_name
from ev2gym_dashboard.web.requests.schema import MalformedRequest

UPDATE = "/_dash-update-component"
MAX_REPLY_BYTES = 15_000


def send(**request: Any) -> dict[str, Any]:
    return callbacks.build_live_reply({"number": 1, "lang": "fr", **request}, "build")


def tick_body(app: Dash, request: Any) -> dict[str, Any]:
    output = next(key for key in app.callback_map if f"..{ids.REPLY}.data" in key)
    outputs = [
        dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in output.strip(".").split("...")
    ]
    inputs = [{"id": ids.REQUEST, "property": "data", "value": request}]
    return {"output": output, "outputs": outputs, "inputs": inputs, "changedPropIds": [f"{ids.REQUEST}.data"]}


def test_the_first_reply_fills_the_whole_page() -> None:
    reply = send(fill=True)
    assert no_update not in reply.values()
    assert reply[ids.REPLY]["texts"][ids.CLOCK] == "16:00"
    assert reply[ids.REPLY]["form"]["target_soc"] == "90"


def test_a_tick_draws_the_views_that_change_with_time_alone() -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=50), session="tick"))
    outputs = send(run=run, steps=1)
    unchanged = {name for name, value in outputs.items() if value is no_update}
    assert unchanged == {format_output_name(view_id) for view_id in callbacks.STATIC_VIEWS}
    assert outputs[ids.REPLY]["form"] is None


def test_a_tick_does_not_carry_the_run_and_a_change_does() -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=50), session="carry"))
    tick, change = send(run=run, steps=1)[ids.REPLY], send(run=run, set={"v2g": False}, steps=1)[ids.REPLY]
    assert "run" not in tick
    assert tick["step"] == change["step"] == change["run"]["step"] == 1
    assert change["run"]["changes"] == [{"step": 0, "v2g": False}]


@pytest.mark.parametrize("start", [True, False], ids=["a file", "a change"])
def test_a_replay_hands_over_the_run_that_it_leads_to(monkeypatch: pytest.MonkeyPatch, start: bool) -> None:
    sessions = SessionCache(slice_s=0.0)
    monkeypatch.setattr(process_cache, "get_session_cache", lambda: sessions)
    spec = RunSpec(Scenario(fleet_size=50), step=4, session="held")
    opened = {"file": json.dumps(build_share_document(spec)), "session": "key"}
    changed = {"run": serialize_run(spec), "set": {"v2g": False}, "steps": 1}
    first = send(**(opened if start else changed))[ids.REPLY]
    assert first["catching_up"] < 1
    assert first["goal"] == {"files": {}, "fill": start, "full": start}
    assert first["run"]["session"] == ("key" if start else "held")
    replies = [send(run=first["run"], **first["goal"])[ids.REPLY] for _ in range(first["run"]["step"])]
    shares = [reply.get("catching_up", 1.0) for reply in replies]
    assert shares == sorted(shares)
    assert "run" not in replies[0]
    assert replies[-1]["ok"]
    assert replies[-1]["step"] == first["run"]["step"]


def test_a_refusal_leaves_the_page_as_it_is_and_reports_the_issues() -> None:
    outputs = send(restart=True, scenario={"fleet_size": "-3", "nonsense": 1})
    reply = outputs.pop(ids.REPLY)
    assert set(outputs.values()) == {no_update}
    assert reply["ok"] is False
    assert {issue["field"] for issue in reply["issues"]} == {"fleet_size", "nonsense"}


@pytest.mark.parametrize("request_", [None, [], "text", 7, {"run": 7}, {"run": {"scenario": {"fleet_size": 10**30}}}])
def test_a_malformed_request_is_refused(request_: Any) -> None:
    with pytest.raises(MalformedRequest):
        callbacks.build_live_reply(request_, "build")


@pytest.mark.parametrize("mark", [{"kept": True}, {"build": "older"}], ids=str)
@pytest.mark.parametrize("remains", [{"run": [1]}, {"run": {"step": -1}}, {"files": [1]}, {"gone": 1}], ids=str)
def test_remains_of_an_older_page_are_reported_as_issues(remains: dict[str, Any], mark: dict[str, Any]) -> None:
    reply = send(**remains, **mark)[ids.REPLY]
    assert (reply["ok"], reply["number"], reply["build"]) == (False, 1, "build")
    assert reply["issues"]


def test_over_http_a_refusal_is_one_sentence_in_the_language_of_the_browser(app: Dash, client: FlaskClient) -> None:
    body = tick_body(app, {"steps": -1, "sets": {}})
    reply = client.post(UPDATE, json=body, headers={"Accept-Language": "en"})
    assert (reply.status_code, reply.mimetype) == (400, "text/plain")
    text = reply.get_data(as_text=True)
    assert text.startswith("This request cannot be answered: ")
    assert "Steps: must be from 0 to 240, not -1" in text
    assert "sets: is " in text
    assert "Demande" in client.post(UPDATE, json=tick_body(app, 7)).get_data(as_text=True)


def test_two_users_at_once_see_their_own_runs() -> None:
    first, second = (RunSpec(Scenario(fleet_size=60, seed=seed), session=str(seed)) for seed in (1, 2))
    for _ in range(9):
        first_reply = send(run=serialize_run(first), steps=1)[ids.REPLY]
        second_reply = send(run=serialize_run(second), steps=1)[ids.REPLY]
        first, second = first.advanced(1), second.advanced(1)
    alone = [RunSpec(Scenario(fleet_size=60, seed=seed), session=f"alone {seed}") for seed in (1, 2)]
    texts = [send(run=serialize_run(run), steps=9)[ids.REPLY]["texts"] for run in alone]
    assert [first_reply["texts"], second_reply["texts"]] == texts
    assert texts[0] != texts[1]


def test_the_reasons_are_those_of_the_chosen_model() -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=200), step=9, session="why"))
    whole, one = send(run=run)[ids.REPLY], send(run=run, model="Kia Niro")[ids.REPLY]
    assert one["texts"][ids.REASONS_TITLE] == "Pourquoi\u00a0: Kia Niro"
    count = ids.make_reason_count_id("away")
    assert 0 < int(one["texts"][count]) < int(whole["texts"][count])
    assert sum(one["shares"].values()) == pytest.approx(1, abs=1e-3)


def test_every_text_of_a_reply_has_an_element_on_the_page() -> None:
    reply = send(fill=True)[ids.REPLY]
    page = str(render_page("/", "?lang=fr"))
    names = {*reply["texts"], *reply["shares"], *reply["states"]}
    assert names
    assert {name for name in names if f"id='{name}'" not in page} == set()


def test_a_tick_over_http_at_100_000_vehicles_is_small(app: Dash, client: FlaskClient) -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=100_000), step=12, session="large"))
    response = client.post(UPDATE, json=tick_body(app, {"number": 1, "lang": "fr", "run": run, "steps": 1}))
    assert response.status_code == 200
    assert response.get_json()["response"][ids.REPLY]["data"]["ok"]
    assert len(zlib.compress(response.get_data(), 6)) < MAX_REPLY_BYTES


def test_a_day_of_300_points_still_fits(app: Dash, client: FlaskClient) -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=2000, timestep_min=5), step=287, session="day"))
    response = client.post(UPDATE, json=tick_body(app, {"number": 1, "lang": "fr", "run": run, "steps": 1}))
    assert len(zlib.compress(response.get_data(), 6)) < MAX_REPLY_BYTES


def test_a_first_run_passes_the_evening_peak_within_half_a_minute() -> None:
    start = Scenario().start_time
    end = start + timedelta(minutes=30 * DEFAULT_SPEED_MIN_PER_S)
    assert DEFAULT_SPEED_MIN_PER_S in SPEEDS_MIN_PER_S
    assert end >= start.replace(hour=22, minute=0)
