"""Fuzzing: any request to any address gets a response below 500, and leaves no traceback in the log."""

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
from ev2gym_dashboard.service.scenarios.contents import DIGEST_KEY
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.pages.compare import callbacks as compare
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.rest import routes
from ev2gym_dashboard.web.rest.openapi import API_PATH
from ev2gym_dashboard.web.rest.studies import STUDIES

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
UNKNOWN_CONTENTS = st.just({DIGEST_KEY: "0" * 64})
VALUES = st.recursive(
    SCALARS | NAMES | UNKNOWN_CONTENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({*parsing.LIVE_REQUEST_SCHEMA.fields, *compare.COMPARE_REQUEST_SCHEMA.fields})
COMPARISON = dump_comparison_request(make_comparison_request(Scenario(fleet_size=5), "day", 2))
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
    dependencies: list[dict[str, Any]] = client().get("/_dash-dependencies").get_json()
    return [callback for callback in dependencies if not callback["clientside_function"]]


class ErrorHandler(logging.Handler):
    """Handler that collects the errors that the server logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(record.getMessage())


@contextmanager
def collect_errors() -> Iterator[list[str]]:
    handler = ErrorHandler()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.lines
    finally:
        logging.getLogger().removeHandler(handler)


def send_checked(path: str, body: bytes | str, method: str = "POST", content_type: str = JSON) -> TestResponse:
    with collect_errors() as lines:
        response = client().open(path, method=method, data=body, content_type=content_type, buffered=True)
    text = response.get_data().decode("latin-1")
    assert response.status_code < 500, text[:500]
    assert "Traceback" not in text
    assert lines == []
    return response


def get_status(path: str, body: bytes | str, method: str = "POST", content_type: str = JSON) -> int:
    return send_checked(path, body, method, content_type).status_code


def send_request(callback: dict[str, Any], request: Any) -> dict[str, Any] | None:
    """Return the reply to a request of a run, or None if it is refused as malformed; check its sentences."""
    response = send_checked(UPDATE, json.dumps(make_body(callback, request)))
    if response.status_code == 400:
        assert response.mimetype == "text/plain"
        assert re.fullmatch("Cette demande ne peut pas être traitée\u00a0: .+", response.get_data(as_text=True))
        return None
    assert response.status_code == 200
    reply: dict[str, Any] = response.get_json()["response"][ids.REPLY]["data"]
    is_explained = bool(reply["issues"]) and all(note["line"] for note in reply["issues"])
    assert reply["ok"] or "catching_up" in reply or is_explained
    return reply


def make_body(callback: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the body of a callback's request with one value for all of its inputs."""
    outputs = [name.rpartition(".") for name in callback["output"].strip(".").split("...")]
    inputs = [{**source, "value": value} for source in callback["inputs"]]
    properties = [{"id": id_, "property": prop.partition("@")[0]} for id_, _, prop in outputs]
    return {
        "output": callback["output"],
        "outputs": properties if len(properties) > 1 else properties[0],
        "inputs": inputs,
        "state": [{**source, "value": value} for source in callback["state"]],
        "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
    }


def test_the_callbacks_of_all_pages_are_fuzzed() -> None:
    assert {source["id"] for callback in callbacks() for source in callback["inputs"]} >= {
        ids.REQUEST,
        ids.SITE_REQUEST,
        ids.COMPARE_REQUEST,
    }


@pytest.fixture(autouse=True, scope="module")
def idle_queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    queue = JobQueue(tmp_path_factory.mktemp("jobs") / "jobs.sqlite3", launch=lambda _path, _owner: None)
    with pytest.MonkeyPatch.context() as patched:
        for module in (compare, routes):
            patched.setattr(module, "open_job_queue", lambda: queue)
        yield


@given(data=st.data())
@settings(max_examples=150)
def test_every_callback_accepts_or_refuses_any_value(data: st.DataObject) -> None:
    callback = data.draw(st.sampled_from(callbacks()))
    value = data.draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5) | VALUES)
    assert get_status(UPDATE, json.dumps(make_body(callback, value))) in {200, 204, 400}


def list_run_callbacks() -> list[dict[str, Any]]:
    return [callback for callback in callbacks() if callback["inputs"][0]["id"] in {ids.REQUEST, ids.SITE_REQUEST}]


@given(data=st.data())
@settings(max_examples=150)
def test_a_tick_accepts_or_refuses_a_damaged_run(data: st.DataObject) -> None:
    run = dict(RUN) | {data.draw(st.sampled_from(RUN_FIELDS)): data.draw(VALUES)}
    scenario = dict(RUN["scenario"]) | {data.draw(st.sampled_from(sorted(RUN["scenario"]))): data.draw(VALUES)}
    request = {
        "run": data.draw(st.sampled_from([run, RUN | {"scenario": scenario}])),
        # Both requests of the test have their own value of this one.
        data.draw(st.sampled_from([name for name in FIELDS if name != "kept"])): data.draw(VALUES),
    }
    callback = data.draw(st.sampled_from(list_run_callbacks()))
    reply = send_request(callback, request)
    stored_reply = send_request(callback, request | {"kept": True})
    assert stored_reply is not None
    assert reply is not None or not stored_reply["ok"]


def is_unknown_field(name: str) -> bool:
    return name not in parsing.LIVE_REQUEST_SCHEMA.fields


def has_unknown_command(names: dict[str, Any]) -> bool:
    return not set(names) & set(parsing.COMMAND_FIELDS)


@given(data=st.data())
@settings(max_examples=100)
def test_a_tick_refuses_a_malformed_request(data: st.DataObject) -> None:
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
    assert send_request(data.draw(st.sampled_from(list_run_callbacks())), data.draw(odd)) is None


@given(data=st.data())
@settings(max_examples=100)
def test_a_damaged_link_is_refused_with_its_issues(data: st.DataObject) -> None:
    whole = encode_share_link(RunSpec(Scenario(fleet_size=5), (), 2)) or ""
    index, sign = data.draw(st.integers(0, len(whole))), data.draw(st.text(max_size=3))
    damaged = st.sampled_from(
        [whole[:index] + sign + whole[index + 1 :], whole[:index], whole * 99, sign + "A" * 40_000]
    )
    link = data.draw(damaged | st.text(max_size=50) | NAMES | st.binary(max_size=50).map(compress))
    assert send_request(data.draw(st.sampled_from(list_run_callbacks())), {"link": link}) is not None


def compress(content: bytes) -> str:
    return urlsafe_b64encode(zlib.compress(content)).decode()


@given(data=st.data())
@settings(max_examples=150)
def test_a_comparison_accepts_or_refuses_a_damaged_request(data: st.DataObject) -> None:
    callback = next(c for c in callbacks() if c["inputs"][0]["id"] == ids.COMPARE_REQUEST)
    scenario = dict(COMPARISON["scenario"]) | {
        data.draw(st.sampled_from(sorted(COMPARISON["scenario"]))): data.draw(VALUES)
    }
    damaged = [COMPARISON | {"scenario": scenario}, COMPARISON | {"seeds": data.draw(VALUES)}, data.draw(VALUES)]
    request = {
        "action": data.draw(st.sampled_from([*compare.ACTIONS, "else"])),
        "client": data.draw(st.just("fuzz") | VALUES),
        "comparison": data.draw(st.sampled_from(damaged)),
        "run": data.draw(st.sampled_from([RUN, None]) | VALUES),
        "period": data.draw(st.sampled_from(["day", "week"]) | VALUES),
        "seeds": data.draw(st.just("2") | VALUES),
    }
    assert get_status(UPDATE, json.dumps(make_body(callback, request))) in {200, 400}


@given(data=st.data())
@settings(max_examples=150)
def test_a_study_of_the_rest_interface_accepts_or_refuses_any_body(data: st.DataObject) -> None:
    name, value = data.draw(st.sampled_from(sorted(COMPARISON["scenario"]))), data.draw(VALUES)
    body = {"scenario": {"fleet_size": 5, name: value}} | data.draw(
        st.dictionaries(st.sampled_from(["scenario", "seeds", "goal", "part", "sizes", "run"]), VALUES, max_size=2)
    )
    path = f"{API_PATH}/{data.draw(st.sampled_from(sorted(STUDIES)))}"
    assert get_status(path, json.dumps(data.draw(st.sampled_from([body, value])))) in {202, 400, 422, 429}


@given(data=st.data())
@settings(max_examples=100)
def test_a_body_that_breaks_the_schema_is_refused(data: st.DataObject) -> None:
    body = make_body(data.draw(st.sampled_from(callbacks())), None)
    broken = body | {data.draw(st.sampled_from(sorted(body))): data.draw(VALUES)}
    get_status(UPDATE, json.dumps(broken))


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=80)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    assert get_status(UPDATE, body) in {400, 410}


@pytest.mark.parametrize(
    "body", [DEEP, "[" * 200_000, '{"output":"x","inputs":' + "9" * 100_000 + "}", "{}" * 3], ids=lambda b: b[:12]
)
def test_a_deep_or_long_body_is_refused(body: str) -> None:
    assert get_status(UPDATE, body) in {400, 410, 413}


@given(
    st.sampled_from(PATHS) | st.text(max_size=30).map(lambda text: "/" + quote(text.lstrip("/"))),
    st.sampled_from(METHODS),
    st.binary(max_size=30),
)
@settings(max_examples=200)
def test_every_address_accepts_or_refuses_every_method(path: str, method: str, body: bytes) -> None:
    get_status(path, body, method)


@pytest.mark.parametrize("path", [path for path in PATHS if ".." in path or "%2e" in path])
def test_no_address_leads_out_of_the_assets(path: str) -> None:
    text = client().get(path).get_data(as_text=True)
    assert "[build-system]" not in text
    assert "root:" not in text
