"""The live page's answers, as plain calls and over HTTP."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from dash import Dash, no_update
from flask.testing import FlaskClient

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.run_bar import DEFAULT_SPEED_MIN_PER_S, SPEEDS_MIN_PER_S
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.requests.schema import MalformedRequest

UPDATE = "/_dash-update-component"
LARGEST_ANSWER_BYTES = 15_000
NOT_WRITTEN = {ids.STATUS, ids.SOURCES}


def ask(**request: Any) -> dict[str, Any]:
    return callbacks.build_live_reply({"number": 1, "lang": "fr", **request}, "build")


def tick_body(app: Dash, request: Any) -> dict[str, Any]:
    output = next(key for key in app.callback_map if f"{ids.REPLY}.data" in key)
    outputs = [
        dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in output.strip(".").split("...")
    ]
    inputs = [{"id": ids.REQUEST, "property": "data", "value": request}]
    return {"output": output, "outputs": outputs, "inputs": inputs, "changedPropIds": [f"{ids.REQUEST}.data"]}


def test_the_first_answer_fills_the_whole_page() -> None:
    answer = ask(fill=True)
    assert no_update not in answer.values()
    assert answer[ids.REPLY]["texts"][ids.CLOCK] == "16:00"
    assert answer[ids.REPLY]["form"]["target_soc"] == "90"


def test_a_tick_sends_only_what_lives() -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=50), session="tick"))
    answer = ask(run=run, steps=1)
    assert answer[f"{ids.TOP_MODELS}.figure"] is no_update
    assert answer[f"{ids.V2G_PIE}.figure"] is no_update
    assert answer[ids.REPLY]["form"] is None
    assert answer[ids.REPLY]["run"]["step"] == 1


def test_what_is_wrong_leaves_the_page_as_it_is_and_is_told() -> None:
    answer = ask(restart=True, scenario={"fleet_size": "-3", "nonsense": 1})
    told = answer.pop(ids.REPLY)
    assert set(answer.values()) == {no_update}
    assert told["ok"] is False
    assert told["issues"]


@pytest.mark.parametrize("request_", [None, [], "text", 7, {"run": 7}, {"run": {"scenario": {"fleet_size": 10**30}}}])
def test_what_the_page_would_never_send_is_refused(request_: Any) -> None:
    with pytest.raises(MalformedRequest):
        callbacks.build_live_reply(request_, "build")


@pytest.mark.parametrize("out_of_date", [{"kept": True}, {"build": "older"}], ids=str)
@pytest.mark.parametrize("left", [{"run": [1]}, {"run": {"step": -1}}, {"files": [1]}, {"gone": 1}], ids=str)
def test_what_an_older_page_left_is_told_as_issues(left: dict[str, Any], out_of_date: dict[str, Any]) -> None:
    told = ask(**left, **out_of_date)[ids.REPLY]
    assert (told["ok"], told["number"], told["build"]) == (False, 1, "build")
    assert told["issues"]


def test_over_http_a_refusal_is_one_sentence_in_the_language_of_the_browser(app: Dash, client: FlaskClient) -> None:
    body = tick_body(app, {"steps": -1, "sets": {}})
    answer = client.post(UPDATE, json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    text = answer.get_data(as_text=True)
    assert text.startswith("This request cannot be answered: ")
    assert "Steps: must be from 0 to 240, not -1" in text
    assert "sets: is not known here" in text
    assert "Demande" in client.post(UPDATE, json=tick_body(app, 7)).get_data(as_text=True)


def test_two_users_at_once_get_each_their_own() -> None:
    ours, theirs = (serialize_run(RunSpec(Scenario(fleet_size=60, seed=seed), session=str(seed))) for seed in (1, 2))
    for _ in range(9):
        ours = ask(run=ours, steps=1)[ids.REPLY]["run"]
        theirs = ask(run=theirs, steps=1, lang="en")[ids.REPLY]["run"]
    alone = ask(run=serialize_run(RunSpec(Scenario(fleet_size=60, seed=1), session="alone")), steps=9)
    together = ask(run=ours, steps=0)
    assert together[ids.REPLY]["texts"] == alone[ids.REPLY]["texts"]
    assert theirs["scenario"]["seed"] == 2


def test_a_chosen_model_gets_reasons_of_its_own() -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=200), step=9, session="why"))
    whole, one = ask(run=run)[ids.REPLY], ask(run=run, model="Kia Niro")[ids.REPLY]
    assert one["texts"][ids.REASONS_TITLE] == "Pourquoi\u00a0: Kia Niro"
    count = ids.make_reason_count_id("away")
    assert 0 < int(one["texts"][count]) < int(whole["texts"][count])
    assert sum(one["shares"].values()) == pytest.approx(1, abs=1e-3)


def test_every_text_that_is_written_has_a_place_on_the_page() -> None:
    answer = ask(fill=True)[ids.REPLY]
    drawn = str(render_page("/", "?lang=fr"))
    for name in [*answer["texts"], *answer["shares"], *answer["states"]]:
        assert f"id='{name}'" in drawn, name


def test_a_tick_over_http_at_100_000_vehicles_is_small(app: Dash, client: FlaskClient) -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=100_000), step=12, session="large"))
    response = client.post(UPDATE, json=tick_body(app, {"number": 1, "lang": "fr", "run": run, "steps": 1}))
    assert response.status_code == 200
    assert response.get_json()["response"][ids.REPLY]["data"]["ok"]
    assert len(zlib.compress(response.get_data(), 6)) < LARGEST_ANSWER_BYTES


def test_a_day_of_300_points_still_fits(app: Dash, client: FlaskClient) -> None:
    run = serialize_run(RunSpec(Scenario(fleet_size=2000, timestep_min=5), step=287, session="day"))
    response = client.post(UPDATE, json=tick_body(app, {"number": 1, "lang": "fr", "run": run, "steps": 1}))
    assert len(zlib.compress(response.get_data(), 6)) < LARGEST_ANSWER_BYTES


def test_a_newcomer_sees_the_evening_peak_come_and_go_in_half_a_minute() -> None:
    assert DEFAULT_SPEED_MIN_PER_S in SPEEDS_MIN_PER_S
    assert 16 * 60 + 30 * DEFAULT_SPEED_MIN_PER_S >= 22 * 60
