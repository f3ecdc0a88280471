"""Fuzzing of the server: its valid requests are accepted, its mutations repeat, and a broken promise is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from bench import fuzz, fuzz_requests
from bench.damaged_files import draw_file, list_files
from bench.mutations import HOSTILE_VALUES, mutate
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.rest.openapi import API_PATH

REPLIES = {ids.REPLY, ids.COMPARE_REPLY, ids.REVIEW_REPLY, ids.OPTIMUM_REPLY}


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    with fuzz.hold_jobs():
        yield create_app().server.test_client()


def list_callbacks(client: FlaskClient) -> list[dict[str, Any]]:
    return [c for c in client.get("/_dash-dependencies").get_json() if not c["clientside_function"]]


def test_every_callback_of_the_server_is_fuzzed(client: FlaskClient) -> None:
    assert {callback["inputs"][0]["id"] for callback in list_callbacks(client)} == set(
        fuzz_requests.list_valid_requests()
    )


def test_the_requests_that_are_mutated_are_valid(client: FlaskClient) -> None:
    valid = fuzz_requests.list_valid_requests()
    for callback in list_callbacks(client):
        for values in valid[callback["inputs"][0]["id"]]:
            response = client.post(fuzz_requests.UPDATE_PATH, json=fuzz_requests.make_body(callback, values, Random(1)))
            assert response.status_code == 200, response.get_data(as_text=True)
            replies = [part["data"] for name, part in response.get_json()["response"].items() if name in REPLIES]
            assert [reply["issues"] for reply in replies if reply.get("issues")] == []


def test_the_studies_that_are_mutated_are_valid_but_for_what_nobody_has(client: FlaskClient) -> None:
    for study, bodies in fuzz_requests.list_valid_studies().items():
        answers = [client.post(f"{API_PATH}/{study}", json=body) for body in bodies]
        assert [answer.status_code for answer in answers] == [202, 202, 422], [answer.text for answer in answers]


@pytest.mark.parametrize("name", list_files())
def test_the_files_that_are_damaged_are_sound(client: FlaskClient, name: str) -> None:
    field, content = list_files()[name]
    body = fuzz_requests.make_upload(list_callbacks(client), (field, name, content), Random(1), ids.REVIEW_REQUEST)
    reply = client.post(fuzz_requests.UPDATE_PATH, json=body).get_json()["response"][ids.REVIEW_REPLY]["data"]
    assert reply["ok"]


def test_every_kind_of_file_is_damaged() -> None:
    random = Random(1)
    drawn = [draw_file(random) for _ in range(200)]
    assert {name for _field, name, _content in drawn} == list_files().keys()
    assert sum(list_files()[name][1] != content for _field, name, content in drawn) > 150


def test_a_seed_gives_the_same_requests_again(client: FlaskClient) -> None:
    draws = [fuzz_requests.draw_requests(client, Random(seed)) for seed in (3, 3, 4)]
    first, again, other = ([json.dumps(next(draw)) for _ in range(20)] for draw in draws)
    assert first == again != other


@pytest.mark.parametrize("value", [{"a": [1, {"b": "text"}]}, [], "text", 3, None, *HOSTILE_VALUES[:30]])
def test_a_mutation_leaves_the_request_as_it_was_and_can_be_sent(value: Any) -> None:
    before = json.dumps(value)
    for seed in range(50):
        json.dumps(mutate(value, Random(seed)))
    assert json.dumps(value) == before


def test_mutations_reach_every_place_of_a_request() -> None:
    value = {"a": 1, "b": {"c": 2, "d": [3, 4]}}
    changed: Counter[str] = Counter()
    for seed in range(300):
        mutated = mutate(value, Random(seed))
        if isinstance(mutated, dict):
            changed.update(name for name in value if mutated.get(name) != value[name])
    assert set(changed) == {"a", "b"}


def test_requests_that_break_no_promise_are_only_counted() -> None:
    result = fuzz.send_mutations(30, seed=5)
    assert sum(result.counts.values()) == 30
    assert [failure for failure in result.failures if failure["problems"] or failure["status"] >= 500] == []


@pytest.mark.parametrize("path", ["//.host", "//", "nowhere"])
def test_an_address_is_one_of_the_server_however_many_slashes_it_begins_with(client: FlaskClient, path: str) -> None:
    result = fuzz.FuzzResult()
    fuzz.send_checked(client, {"kind": "address", "method": "GET", "path": path}, result)
    assert result.failures == []
    assert {status for _kind, status in result.counts} <= {200, 308, 404}


def test_an_answer_that_fails_is_kept_with_its_request(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("ev2gym_dashboard.web.pages.live.callbacks.build_live_reply", fail)
    callback = next(c for c in list_callbacks(client) if c["inputs"][0]["id"] == ids.REQUEST)
    body = json.dumps(fuzz_requests.make_body(callback, [{"number": 1}], Random(1)))
    result = fuzz.FuzzResult()
    fuzz.send_checked(client, {"kind": "x", "method": "POST", "path": fuzz_requests.UPDATE_PATH, "body": body}, result)
    (failure,) = result.failures
    assert (failure["status"], failure["body"]) == (500, body)
    assert "broken" in failure["problems"][0]


@pytest.mark.parametrize(
    ("memory_mb", "growth"), [([100.0] * 10, 0.0), ([50.0, 50.0, *[100.0] * 7, 120.0], 0.2), ([], 0.0)]
)
def test_memory_counts_after_the_caches_are_full(memory_mb: list[float], growth: float) -> None:
    assert fuzz.compute_growth(memory_mb) == pytest.approx(growth)
