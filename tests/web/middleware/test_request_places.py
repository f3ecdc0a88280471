"""Places of requests: while one reads a large file, another one with a file is asked to come again, and ticks go on."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ev2gym_dashboard.service.sessions.process_cache import get_work_places
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.middleware.request_places import BODY_S_PER_BYTE, BUSY_MESSAGE
from ev2gym_dashboard.web.requests.reply import PLACE_WAIT_MS
from tests.web.requests.test_fuzz import make_body

CHEAP_LINES, DEAR_LINES = 20, 10_000


def write_workbook() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"time": ["00:00"], "kW": [1.0]}).to_excel(stream, index=False)
    return stream.getvalue()


FILES = {
    "series": b"time,kW\n" + b"2026-12-15T00:00,1\n" * DEAR_LINES,
    "workbook": write_workbook(),
}


def find_callback(client: FlaskClient, store: str) -> dict[str, Any]:
    callbacks = client.get("/_dash-dependencies").get_json()
    found: dict[str, Any] = next(callback for callback in callbacks if callback["inputs"][0]["id"] == store)
    return found


def send(client: FlaskClient, store: str, **fields: Any) -> TestResponse:
    request = {"number": 1, "attempt": 1, "lang": "en", "build": "b", "run": None} | fields
    return client.post("/_dash-update-component", json=make_body(find_callback(client, store), request))


def find_reply(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    parts = response.get_json()["response"]
    reply: dict[str, Any] = next(parts[name]["data"] for name in (ids.REPLY, ids.REVIEW_REPLY) if name in parts)
    return reply


def upload(content: bytes) -> dict[str, str]:
    return {"name": "a", "contents": f"data:;base64,{base64.b64encode(content).decode()}"}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_large_file_is_not_read_beside_another_one_or_a_dear_run(client: FlaskClient, content: bytes) -> None:
    file = upload(content)
    requests: list[tuple[str, dict[str, Any]]] = [
        (ids.REVIEW_REQUEST, {"field": "base_load_profile", "upload": file}),
        (ids.REQUEST, {"upload": {"base_load_profile": file}, "steps": 0}),
    ]
    for store, fields in requests:
        with get_work_places().take("another client", "a run"):
            assert find_reply(send(client, store, **fields))["wait_ms"] == PLACE_WAIT_MS
        assert "wait_ms" not in find_reply(send(client, store, **fields))


def test_ticks_and_short_files_need_no_place(client: FlaskClient) -> None:
    file = upload(b"time,kW\n" + b"2026-12-15T00:00,1\n" * CHEAP_LINES)
    with get_work_places().take("another client", "a run"):
        assert send(client, ids.REQUEST, steps=1, scenario={"fleet_size": "5"}).status_code == 200
        assert send(client, ids.REVIEW_REQUEST, field="base_load_profile", upload=file).status_code == 200


def post_scenario(client: FlaskClient, n_bytes: int, *, in_chunks: bool) -> TestResponse:
    body = json.dumps({"scenario": "x" * n_bytes}).encode()
    if not in_chunks:
        return client.post("/api/v1/runs", data=body, content_type="application/json")
    # The server tells where a body in chunks ends, and no length.
    return client.post(
        "/api/v1/runs",
        input_stream=io.BytesIO(body),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_base={"wsgi.input_terminated": True},
    )


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_large_body_waits_for_its_turn_before_it_is_parsed(client: FlaskClient, in_chunks: bool) -> None:
    n_bytes = round(2.0 * CHEAP_S / BODY_S_PER_BYTE)
    with get_work_places().take("another client", "a run"):
        busy = post_scenario(client, n_bytes, in_chunks=in_chunks)
        assert post_scenario(client, n_bytes // 4, in_chunks=in_chunks).status_code == 422
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
    assert busy.get_data(as_text=True) == get_translator("fr")(BUSY_MESSAGE)
    assert post_scenario(client, n_bytes, in_chunks=in_chunks).status_code == 422
