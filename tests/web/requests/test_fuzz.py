"""Whatever is sent to whatever address: an answer that says so, never a fault of the server."""

from __future__ import annotations

import json
import logging
import re
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.pages.compare import callbacks as compare
from ev2gym_dashboard.web.requests import parsing

RUN = serialize_run(RunSpec(Scenario(fleet_size=5), (Change(1, (("strategy", "price"),)),), 2, "fuzz"))
HUGE = st.sampled_from([10**400, -(10**400), 2**63, 1e308, float("nan"), float("inf"), float("-inf"), -0.0])
SCALARS = st.none() | st.booleans() | st.integers() | HUGE | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(
    [
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "=1+1",
        "\x00",
        "\ud800".encode("utf-8", "replace").decode(),
        "x" * 9999,
    ]
)
VALUES = st.recursive(
    SCALARS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "number",
    "lang",
    "run",
    "steps",
    "set",
    "scenario",
    "upload",
    "files",
    "link",
    "file",
    "share",
    "restart",
    "full",
    "fill",
    "model",
    "basis",
    "attempt",
    "kept",
    "build",
    "ask",
    "who",
    "period",
    "seeds",
    "question",
]
DUEL = dump_comparison_request(make_comparison_request(Scenario(fleet_size=5), "day", 2))
RUN_FIELDS = ["scenario", "changes", "step", "session"]
UPDATE, JSON = "/_dash-update-component", "application/json"
DEEP = '{"output": ' + "[" * 100_000 + "]" * 100_000 + "}"
PATHS = [
    "/",
    "/site",
    "/compare",
    "/healthz",
    "/metrics",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_dash-update-component",
    "/assets/page.css",
    "/assets/../pyproject.toml",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/_reload-hash",
    "/_dash-component-suites/x/y.js",
    "/_dash-component-suites/dash/../../app.py",
    "/assets/%00",
    "//",
    "/site/%ff",
    "/_favicon.ico",
]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]


@cache
def client() -> FlaskClient:
    server: Flask = create_app().server
    return server.test_client()


@cache
def callbacks() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = client().get("/_dash-dependencies").get_json()
    return [callback for callback in told if not callback["clientside_function"]]


class Faults(logging.Handler):
    """What the server logs of a fault of its own."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(record.getMessage())


@contextmanager
def faults() -> Iterator[list[str]]:
    heard = Faults()
    logging.getLogger().addHandler(heard)
    try:
        yield heard.lines
    finally:
        logging.getLogger().removeHandler(heard)


def answered(path: str, body: bytes | str, method: str = "POST", content_type: str = JSON) -> TestResponse:
    with faults() as lines:
        answer = client().open(path, method=method, data=body, content_type=content_type, buffered=True)
    text = answer.get_data().decode("latin-1")
    assert answer.status_code < 500, text[:500]
    assert "Traceback" not in text
    assert lines == []
    return answer


def sent(path: str, body: bytes | str, method: str = "POST", content_type: str = JSON) -> int:
    return answered(path, body, method, content_type).status_code


def ticked(callback: dict[str, Any], request: Any) -> dict[str, Any] | None:
    """Return what the page is told, with a sentence if it is refused; None where a sentence alone refuses it."""
    answer = answered(UPDATE, json.dumps(called(callback, request)))
    if answer.status_code == 400:
        assert answer.mimetype == "text/plain"
        assert re.fullmatch("Cette demande ne peut pas être traitée\u00a0: .+", answer.get_data(as_text=True))
        return None
    assert answer.status_code == 200
    told: dict[str, Any] = answer.get_json()["response"][ids.REPLY]["data"]
    assert told["ok"] or "catching_up" in told or all(note["line"] for note in told["issues"])
    assert told["ok"] or "catching_up" in told or told["issues"]
    return told


def called(callback: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the body by which a browser would call a callback with one value for all its inputs."""
    outputs = [place.rpartition(".") for place in callback["output"].strip(".").split("...")]
    inputs = [{**source, "value": value} for source in callback["inputs"]]
    named = [{"id": place, "property": prop.partition("@")[0]} for place, _, prop in outputs]
    return {
        "output": callback["output"],
        "outputs": named if len(named) > 1 else named[0],
        "inputs": inputs,
        "state": [{**source, "value": value} for source in callback["state"]],
        "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
    }


def test_there_is_something_to_fuzz() -> None:
    assert {source["id"] for callback in callbacks() for source in callback["inputs"]} >= {
        ids.REQUEST,
        ids.SITE_REQUEST,
        ids.COMPARE_REQUEST,
    }


@pytest.fixture(autouse=True, scope="module")
def no_comparison_starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    asked_for = JobQueue(tmp_path_factory.mktemp("jobs") / "jobs.sqlite3", launch=lambda _path, _owner: None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compare, "open_job_queue", lambda: asked_for)
        yield


@given(data=st.data())
@settings(max_examples=150)
def test_every_callback_answers_any_value(data: st.DataObject) -> None:
    callback = data.draw(st.sampled_from(callbacks()))
    value = data.draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5) | VALUES)
    assert sent(UPDATE, json.dumps(called(callback, value))) in {200, 204, 400}


def ticks() -> list[dict[str, Any]]:
    return [callback for callback in callbacks() if callback["inputs"][0]["id"] in {ids.REQUEST, ids.SITE_REQUEST}]


@given(data=st.data())
@settings(max_examples=150)
def test_a_tick_answers_any_damage_to_a_run(data: st.DataObject) -> None:
    run = dict(RUN) | {data.draw(st.sampled_from(RUN_FIELDS)): data.draw(VALUES)}
    scenario = dict(RUN["scenario"]) | {data.draw(st.sampled_from(sorted(RUN["scenario"]))): data.draw(VALUES)}
    request = {
        "run": data.draw(st.sampled_from([run, RUN | {"scenario": scenario}])),
        data.draw(st.sampled_from(FIELDS[2:])): data.draw(VALUES),
    }
    callback = data.draw(st.sampled_from(ticks()))
    told = ticked(callback, request)
    kept = ticked(callback, request | {"kept": True})
    assert kept is not None
    assert told is not None or not kept["ok"]


def is_unknown_field(name: str) -> bool:
    return name not in parsing.LIVE_REQUEST_SCHEMA.fields


def has_unknown_command(names: dict[str, Any]) -> bool:
    return not set(names) & set(parsing.COMMAND_FIELDS)


@given(data=st.data())
@settings(max_examples=100)
def test_a_tick_refuses_what_no_page_sends(data: st.DataObject) -> None:
    unknown: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
        st.text(max_size=9).filter(is_unknown_field), VALUES, min_size=1
    )
    steps = (
        st.integers(max_value=-1) | st.integers(min_value=parsing.MAX_STEPS_PER_REQUEST + 1) | st.text() | st.booleans()
    )
    odd = st.one_of(
        VALUES.filter(lambda value: not isinstance(value, dict)),
        unknown,
        st.builds(lambda value: {"steps": value}, steps),
        st.builds(lambda names: {"set": names}, unknown.filter(has_unknown_command)),
        st.builds(lambda name, value: {name: value}, st.sampled_from(["share", "full", "kept"]), st.integers() | NAMES),
        st.builds(lambda name, value: {name: value}, st.sampled_from(["run", "set", "upload", "scenario"]), NAMES),
        st.builds(lambda name, value: {name: value}, st.sampled_from(["model", "lang", "link", "file"]), st.integers()),
    )
    assert ticked(data.draw(st.sampled_from(ticks())), data.draw(odd)) is None


@given(data=st.data())
@settings(max_examples=100)
def test_a_damaged_link_is_answered_with_its_issues(data: st.DataObject) -> None:
    whole = encode_share_link(RunSpec(Scenario(fleet_size=5), (), 2)) or ""
    place, sign = data.draw(st.integers(0, len(whole))), data.draw(st.text(max_size=3))
    damaged = st.sampled_from(
        [whole[:place] + sign + whole[place + 1 :], whole[:place], whole * 99, sign + "A" * 40_000]
    )
    link = data.draw(damaged | st.text(max_size=50) | NAMES | st.binary(max_size=50).map(packed))
    assert ticked(data.draw(st.sampled_from(ticks())), {"link": link}) is not None


def packed(content: bytes) -> str:
    return urlsafe_b64encode(zlib.compress(content)).decode()


@given(data=st.data())
@settings(max_examples=150)
def test_a_comparison_answers_any_damage_to_its_question(data: st.DataObject) -> None:
    callback = next(c for c in callbacks() if c["inputs"][0]["id"] == ids.COMPARE_REQUEST)
    scenario = dict(DUEL["scenario"]) | {data.draw(st.sampled_from(sorted(DUEL["scenario"]))): data.draw(VALUES)}
    damaged = [DUEL | {"scenario": scenario}, DUEL | {"seeds": data.draw(VALUES)}, data.draw(VALUES)]
    request = {
        "ask": data.draw(st.sampled_from([*compare.ACTIONS, "else"])),
        "who": data.draw(st.just("fuzz") | VALUES),
        "question": data.draw(st.sampled_from(damaged)),
        "run": data.draw(st.sampled_from([RUN, None]) | VALUES),
        "period": data.draw(st.sampled_from(["day", "week"]) | VALUES),
        "seeds": data.draw(st.just("2") | VALUES),
    }
    assert sent(UPDATE, json.dumps(called(callback, request))) in {200, 400}


@given(data=st.data())
@settings(max_examples=100)
def test_a_body_that_breaks_the_schema_is_refused(data: st.DataObject) -> None:
    body = called(data.draw(st.sampled_from(callbacks())), None)
    broken = body | {data.draw(st.sampled_from(sorted(body))): data.draw(VALUES)}
    sent(UPDATE, json.dumps(broken))


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=80)
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    assert sent(UPDATE, body) in {400, 410}


@pytest.mark.parametrize(
    "body", [DEEP, "[" * 200_000, '{"output":"x","inputs":' + "9" * 100_000 + "}", "{}" * 3], ids=lambda b: b[:12]
)
def test_what_is_deep_or_long_is_refused(body: str) -> None:
    assert sent(UPDATE, body) in {400, 410, 413}


@given(
    st.sampled_from(PATHS) | st.text(max_size=30).map(lambda text: "/" + quote(text.lstrip("/"))),
    st.sampled_from(METHODS),
    st.binary(max_size=30),
)
@settings(max_examples=200)
def test_every_address_answers_every_method(path: str, method: str, body: bytes) -> None:
    sent(path, body, method)


@pytest.mark.parametrize("path", [path for path in PATHS if ".." in path or "%2e" in path])
def test_no_address_leads_out_of_the_assets(path: str) -> None:
    text = client().get(path).get_data(as_text=True)
    assert "[build-system]" not in text
    assert "root:" not in text
