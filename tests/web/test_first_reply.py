"""First reply: the index of a page of the run carries the server's answer to its first request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import PAGES
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.first_reply import SERVED_SESSION, make_first_request, make_reply_carrier
from ev2gym_dashboard.web.i18n import LANGUAGES

RUN_PAGES = [page for page in PAGES if page.request_store]


def read_carried(client: FlaskClient, page: Page, lang: str, name: str = "first-reply") -> Any:
    text = client.get(f"{page.path}?lang={lang}").get_data(as_text=True)
    element = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)
    assert element
    return json.loads(element[1]) if element[1] else None


def ask_server(client: FlaskClient, page: Page, request: dict[str, Any]) -> Any:
    assert page.request_store
    body = read_carried(client, page, "fr", "callbacks")[page.request_store]["body"]
    inputs = [{"id": page.request_store, "property": "data", "value": request}]
    changed = [f"{page.request_store}.data"]
    return client.post("/_dash-update-component", json={**body, "inputs": inputs, "changedPropIds": changed}).get_json()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", RUN_PAGES, ids=lambda page: page.path)
def test_the_index_carries_the_answer_of_the_server_to_the_first_request(
    client: FlaskClient, page: Page, lang: str
) -> None:
    served = read_carried(client, page, lang)
    reply = served["outputs"][ids.REPLY]["data"]
    assert served["store"] == page.request_store
    assert reply["run"]["session"] == SERVED_SESSION
    assert reply["texts"][ids.CLOCK]
    answer = ask_server(client, page, {"number": 1, "build": reply["build"], **served["request"]})
    assert answer["response"].pop(ids.REPLY) == {"data": reply | {"number": 1}}
    assert answer["response"] == {name: value for name, value in served["outputs"].items() if name != ids.REPLY}


def test_the_session_stands_in_one_place_of_the_reply_which_the_scripts_replace(client: FlaskClient) -> None:
    for page in RUN_PAGES:
        assert json.dumps(read_carried(client, page, "en")["outputs"]).count(f'"{SERVED_SESSION}"') == 1


@pytest.mark.parametrize("page", [page for page in PAGES if page not in RUN_PAGES], ids=lambda page: page.path)
def test_the_index_of_a_page_without_a_run_carries_no_reply(client: FlaskClient, page: Page) -> None:
    assert read_carried(client, page, "fr") is None


def test_a_reply_without_views_is_not_carried_and_is_asked_for_again() -> None:
    replies: Iterator[dict[str, Any]] = iter([{"ok": False, "catching_up": 0.5}, {"ok": True}])
    asked: list[Any] = []

    def build_reply(request: Any, build: str) -> dict[str, Any]:
        asked.append(request)
        return {ids.REPLY: next(replies) | {"build": build}}

    page = Page("/toy", "Toy", lambda _: [], request_store="toy", build_reply=build_reply)
    carry = make_reply_carrier("b")
    assert carry(page, "fr") == ""
    assert [json.loads(carry(page, "fr"))["outputs"] for _ in range(2)] == [
        {ids.REPLY: {"data": {"ok": True, "build": "b"}}}
    ] * 2
    assert asked == [make_first_request(page, "fr")] * 2
