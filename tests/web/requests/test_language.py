"""Language of a visitor: address, then choice, then browser."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.requests.language import LANGUAGE_COOKIE, choose_language


def make_request(accepted: str, cookie: str = "") -> Request:
    headers = Headers({"Accept-Language": accepted, "Cookie": cookie})
    return Request(EnvironBuilder(headers=headers).get_environ())


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("en-US,en;q=0.9", "en"),
        ("fr-MA", "fr"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("fr;q=0.3, en;q=0.8", "en"),
        ("de, ja", "fr"),
        ("en;q=0", "fr"),
        ("*", "fr"),
        ("", "fr"),
        (";;q=x,,=", "fr"),
    ],
)
def test_a_first_visit_is_in_the_language_that_the_browser_prefers(accepted: str, lang: str) -> None:
    assert choose_language(make_request(accepted), None) == lang


def test_the_choice_of_the_visitor_wins_over_the_browser() -> None:
    assert choose_language(make_request("fr", "lang=en"), None) == "en"


def test_the_language_of_the_address_wins_over_the_choice() -> None:
    assert choose_language(make_request("fr", "lang=fr"), "en") == "en"


@pytest.mark.parametrize("code", ["", "de", "../../etc", "<script>"])
def test_an_unknown_language_of_address_or_cookie_is_passed_over(code: str) -> None:
    assert choose_language(make_request("en", f"lang={code}"), code) == "en"


def test_the_index_is_in_the_language_of_the_browser_and_says_so_to_caches(client: FlaskClient) -> None:
    reply = client.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="en"' in reply.get_data(as_text=True)
    assert {"accept-language", "cookie"} <= {name.lower() for name in reply.vary}


@pytest.mark.parametrize(
    ("search", "choice", "text"),
    [
        ("", "", "Compare the strategies"),
        ("", "fr", "Comparer les stratégies"),
        ("?lang=fr", "en", "Comparer les stratégies"),
    ],
)
def test_the_content_of_a_page_has_the_language_of_its_index(
    client: FlaskClient, search: str, choice: str, text: str
) -> None:
    address = {"id": ids.ADDRESS, "property": "data", "value": {"pathname": "/compare", "search": search}}
    output = {"id": ids.PAGE, "property": "children"}
    body = {"output": f"{ids.PAGE}.children", "outputs": output, "inputs": [address], "state": []}
    client.set_cookie(LANGUAGE_COOKIE, choice)
    reply = client.post("/_dash-update-component", json=body, headers={"Accept-Language": "en"})
    assert text in json.dumps(reply.get_json(), ensure_ascii=False)


def test_a_scenario_opens_in_the_language_of_the_visitor(client: FlaskClient) -> None:
    reply = client.get(f"/scenario/{next(iter(GALLERY))}", headers={"Accept-Language": "en"})
    assert reply.headers["Location"].startswith("/?lang=en#run=")
    assert "Accept-Language" in reply.vary
