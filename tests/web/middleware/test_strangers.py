"""Strangers: names of other servers, and pages of other sites, reach nothing."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.middleware import strangers

UPDATE = "/_dash-update-component"
OWN = ["localhost", "localhost:8888", "127.0.0.1:8888", "[::1]:8888", "app.localhost:1", "LOCALHOST", "localhost."]
FOREIGN = ["evil.example", "127.0.0.1.evil.example:8888", "localhost.evil.example", "192.0.2.1", "[::2]", "[::1", ""]


@pytest.mark.parametrize("host", OWN)
def test_a_server_on_loopback_answers_under_its_own_names(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/_dash-layout", "/assets/page.css", "/unknown"])
def test_a_name_that_was_rebound_to_loopback_reads_nothing(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Host": "evil.example", "Accept-Language": "en"})
    assert (response.status_code, response.get_data(as_text=True)) == (421, strangers.HOST_MESSAGE)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_and_broken_names_are_not_allowed(host: str) -> None:
    assert not strangers.is_allowed_host(host, ServerSettings().allowed_hosts or ())


def test_a_name_with_a_leading_dot_stands_for_its_subdomains() -> None:
    assert strangers.is_allowed_host("a.fleet.example:443", {".fleet.example"})
    assert not strangers.is_allowed_host("afleet.example", {".fleet.example"})


def test_a_server_behind_a_proxy_answers_under_its_public_name() -> None:
    client = create_app(ServerSettings(proxy=1)).server.test_client()
    assert client.get("/healthz", headers={"X-Forwarded-Host": "fleet.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_page_of_another_site_starts_and_cancels_nothing(
    client: FlaskClient, method: str, headers: dict[str, str]
) -> None:
    response = client.open(UPDATE, method=method, json={}, headers=headers | {"Accept-Language": "en"})
    assert (response.status_code, response.get_data(as_text=True)) == (403, strangers.ORIGIN_MESSAGE)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}, {}]
)
def test_our_own_page_and_programs_are_heard(client: FlaskClient, headers: dict[str, str]) -> None:
    # 400: the body is read, and found to be no callback's.
    assert client.post(UPDATE, json={}, headers=headers).status_code == 400


def test_a_link_from_another_site_opens_the_page(client: FlaskClient) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
