"""Account of the server: the password of every address, and the limit to guesses."""

from __future__ import annotations

from itertools import count

import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.middleware import account as account_module

UPDATE = "/_dash-update-component"
ACCOUNT = ("amina", "päss:wörd")
WRONG = ("amina", "guess")
ADDRESSES = count(1)


@pytest.fixture(scope="module")
def server() -> FlaskClient:
    client: FlaskClient = create_app(ServerSettings(auth=":".join(ACCOUNT))).server.test_client()
    return client


@pytest.fixture
def private(server: FlaskClient) -> FlaskClient:
    """A client at an address of its own: the guesses of another test do not count."""
    server.environ_base["REMOTE_ADDR"] = f"192.0.2.{next(ADDRESSES)}"
    return server


@pytest.mark.parametrize("path", ["/", "/site", "/metrics", "/assets/page.css", "/_dash-layout", "/_dash-dependencies"])
@pytest.mark.parametrize("account", [None, ("amina", ""), ("", "päss:wörd"), ("amina", "päss"), ("Amina", "päss:wörd")])
def test_a_request_without_the_password_is_refused(
    private: FlaskClient, path: str, account: tuple[str, str] | None
) -> None:
    response = private.get(path, auth=account, headers={"Accept-Language": "en"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert response.get_data(as_text=True) == "This page requires a user name and a password."


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic /w==", "Bearer amina", "Digest username=amina", "\x7f"]
)
def test_an_odd_authorization_is_refused(private: FlaskClient, header: str) -> None:
    assert private.get("/", headers={"Authorization": header}).status_code == 401


def test_the_password_opens_every_address_and_the_health_needs_none(private: FlaskClient) -> None:
    paths = ("/", "/metrics", "/_dash-layout")
    assert [private.get(path, auth=ACCOUNT).status_code for path in paths] == [200, 200, 200]
    assert private.get("/healthz").status_code == 200


def test_a_callback_checks_the_password_before_the_request(private: FlaskClient) -> None:
    assert private.post(UPDATE, json=[1]).status_code == 401
    assert private.post(UPDATE, json=[1], auth=ACCOUNT).status_code == 400


def guess(client: FlaskClient, n: int) -> list[int]:
    return [client.get("/metrics", auth=WRONG).status_code for _ in range(n)]


def test_an_address_has_ten_guesses_a_minute(private: FlaskClient) -> None:
    assert guess(private, 12) == [401] * 10 + [429] * 2
    response = private.get("/", auth=ACCOUNT, headers={"Accept-Language": "en"})
    seconds = int(response.headers["Retry-After"])
    assert response.status_code == 429, "the right one is not told either"
    assert response.get_data(as_text=True) == account_module.TOO_MANY_MESSAGE.format(seconds=seconds)
    assert 0 < seconds <= 60
    assert private.get("/healthz").status_code == 200


def test_the_guesses_of_one_address_do_not_lock_another(private: FlaskClient) -> None:
    assert guess(private, 11)[-1] == 429
    private.environ_base["REMOTE_ADDR"] = "198.51.100.1"
    assert private.get("/", auth=ACCOUNT).status_code == 200


def test_visits_without_a_password_are_no_guesses(private: FlaskClient) -> None:
    assert {private.get("/").status_code for _ in range(20)} == {401}
    assert private.get("/", auth=ACCOUNT).status_code == 200
