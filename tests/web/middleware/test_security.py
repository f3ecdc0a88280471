"""Security: the headers of a response, and the refusal of malformed bodies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.service.server.incoming_request import MAX_BODY_BYTES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.middleware import security
from ev2gym_dashboard.web.requests import schema

UPDATE = "/_dash-update-component"


def test_every_response_has_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe-inline", policy)
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([1], 400),
        ({}, 400),
        ({"output": 7}, 400),
        ({"output": "gone.children", "outputs": {}, "inputs": []}, 410),
        ({"output": f"{ids.PAGE}.children", "inputs": []}, 400),
        ({"output": f"{ids.PAGE}.children", "outputs": {}, "inputs": [7]}, 400),
        ({"output": f"{ids.PAGE}.children", "outputs": {}, "inputs": "x"}, 400),
    ],
)
def test_a_malformed_body_is_refused_with_a_sentence(client: FlaskClient, body: Any, status: int) -> None:
    response = client.post(UPDATE, json=body, headers={"Accept-Language": "en"})
    assert response.status_code == status
    assert response.get_data(as_text=True) in {security.UNREADABLE_MESSAGE, security.GONE_MESSAGE}


@pytest.mark.parametrize("name", ["{.data", "{}.data", f"{ids.ADDRESS}.href", ids.ADDRESS, "", 7, None])
def test_a_change_of_what_is_no_input_is_refused(client: FlaskClient, name: Any) -> None:
    value = {"id": ids.ADDRESS, "property": "data", "value": {"pathname": "/site"}}
    output = {"id": ids.PAGE, "property": "children"}
    body = {"output": f"{ids.PAGE}.children", "outputs": output, "inputs": [value]}
    changes = [f"{ids.ADDRESS}.data"]
    statuses = [client.post(UPDATE, json=body | {"changedPropIds": names}).status_code for names in (changes, [name])]
    assert statuses == [200, 400]


def test_a_single_output_as_a_list_is_refused_as_dash_would_fail_on_it(client: FlaskClient) -> None:
    value = {"id": ids.ADDRESS, "property": "data", "value": {"pathname": "/site"}}
    output = {"id": ids.PAGE, "property": "children"}
    body = {"output": f"{ids.PAGE}.children", "inputs": [value], "changedPropIds": [f"{ids.ADDRESS}.data"]}
    statuses = [client.post(UPDATE, json=body | {"outputs": outputs}).status_code for outputs in (output, [output])]
    assert statuses == [200, 400]


@pytest.mark.parametrize(
    "text",
    ['{"output": "\\ud800"}', '{"\\uDFFF": 1}', '{"output": ["a\\ud83d"]}', b'{"output": "\xed\xa0\x80"}'],
    ids=["value", "name", "nested", "bytes"],
)
def test_a_body_with_half_a_character_is_refused(client: FlaskClient, text: str | bytes) -> None:
    response = client.post(UPDATE, data=text, content_type="application/json", headers={"Accept-Language": "en"})
    assert (response.status_code, response.get_data(as_text=True)) == (400, security.UNREADABLE_MESSAGE)


def test_a_refusal_is_in_the_language_of_the_browser(client: FlaskClient) -> None:
    response = client.post(
        UPDATE, data="{", content_type="application/json", headers={"Accept-Language": "fr-MA,fr;q=0.9"}
    )
    assert response.status_code == 400
    assert "rechargez la page" in response.get_data(as_text=True)


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"output": "x" * (MAX_BODY_BYTES + 1)})
    response = client.post(UPDATE, data=body, content_type="application/json", headers={"Accept-Language": "en"})
    assert (response.status_code, response.get_data(as_text=True)) == (413, schema.TOO_LARGE_MESSAGE)
