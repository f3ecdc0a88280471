"""What whoever runs the server sees of it: health, figures, the log, and who may see the page."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from bench.tick import find_tick_callback
from ev2gym_dashboard.service.datasets import paths
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.log_format import KeyValueFormatter
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app, render_page
from ev2gym_dashboard.web.middleware import security
from ev2gym_dashboard.web.middleware.request_log import REQUEST_ID_HEADER

UPDATE = "/_dash-update-component"
ACCOUNT = ("amina", "päss:wörd")
MARKS = ("\n", "\r", "\x85", "\u2028", "\x1b", "\x00")


@pytest.fixture(scope="module")
def private() -> FlaskClient:
    server: Flask = create_app(ServerSettings(auth=":".join(ACCOUNT))).server
    return server.test_client()


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the server writes to its log, as it does."""
    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(KeyValueFormatter().format(record))  # type: ignore[method-assign]
    ours = logging.getLogger("ev2gym_dashboard")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel("INFO")
    yield written
    ours.setLevel(level)
    ours.removeHandler(handler)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Return what a scrape says, by name and label values."""
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def scraped(client: FlaskClient) -> dict[tuple[str, ...], float]:
    return figures(client.get("/metrics").get_data(as_text=True))


def tick(client: FlaskClient, **request: Any) -> TestResponse:
    value = {"id": ids.REQUEST, "property": "data", "value": request}
    body = find_tick_callback(client.get("/_dash-dependencies").get_json()) | {
        "inputs": [value],
        "changedPropIds": [f"{ids.REQUEST}.data"],
    }
    return client.post(UPDATE, json=body)


def test_the_server_is_ready_once_its_data_is_loaded(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ready\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_usable_data_the_server_is_not_ready_and_says_why(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "onee_tariffs.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv(paths.DATA_FOLDER_VARIABLE, str(tmp_path))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    lines = answer.get_data(as_text=True).splitlines()
    assert "ev_specs.json: is missing from the data folder" in lines
    assert len(lines) == len(set(lines))
    assert any("not valid JSON" in line or "JSON" in line for line in lines)
    monkeypatch.undo()
    assert client.get("/healthz").status_code == 200


def test_a_tick_is_counted_and_timed_as_one(client: FlaskClient) -> None:
    before = scraped(client)
    assert tick(client, fill=True, scenario={"fleet_size": "20"}).status_code == 200
    after = scraped(client)
    for name in [("ev2gym_requests_total", "tick", "200"), ("ev2gym_tick_seconds_count",)]:
        assert after[name] == before.get(name, 0) + 1
    assert after["ev2gym_in_flight",] == 1, "the scrape itself"


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda client: tick(client, restart=True, scenario={"fleet_size": "0"}), "input"),
        (lambda client: client.post(UPDATE, json=[1]), "malformed"),
        (lambda client: tick(client, steps=-1), "malformed"),
        (lambda client: client.post(UPDATE, json={"output": "gone.children"}), "gone"),
        (lambda client: client.post(UPDATE, json={"output": "x" * security.MAX_BODY_BYTES}), "too_large"),
    ],
    ids=["input", "malformed", "unaskable", "gone", "too_large"],
)
def test_what_is_refused_is_counted_by_why(client: FlaskClient, ask: Callable[[FlaskClient], Any], why: str) -> None:
    before = scraped(client).get(("ev2gym_refused_total", why), 0)
    ask(client)
    assert scraped(client)["ev2gym_refused_total", why] == before + 1


@pytest.mark.parametrize("origin", metrics.SIMULATION_ORIGINS)
def test_where_a_simulation_came_from_is_counted(client: FlaskClient, origin: str) -> None:
    before = scraped(client).get(("ev2gym_simulations_total", origin), 0)
    metrics.count_simulation(origin)
    assert scraped(client)["ev2gym_simulations_total", origin] == before + 1


def test_live_simulations_are_told(client: FlaskClient) -> None:
    metrics.set_live_simulations(7)
    assert scraped(client)["ev2gym_live",] == 7


def test_no_label_takes_a_value_that_a_user_makes_up(client: FlaskClient) -> None:
    for path in ("/made-up", "/assets/made-up.js", "/_dash-update-component/made-up"):
        client.get(path)
        client.post(path, json={"output": "made-up"})
    client.open("/", method="MADEUP")
    assert "made" not in client.get("/metrics").get_data(as_text=True).lower()
    with pytest.raises(ValueError, match="made-up"):
        metrics.count_simulation("made-up")
    with pytest.raises(ValueError, match="made-up"):
        metrics.count_refusal("made-up")


@pytest.mark.parametrize("path", ["/", "/site", "/metrics", "/assets/page.css", "/_dash-layout", "/_dash-dependencies"])
@pytest.mark.parametrize("account", [None, ("amina", ""), ("", "päss:wörd"), ("amina", "päss"), ("Amina", "päss:wörd")])
def test_who_has_no_account_sees_nothing(private: FlaskClient, path: str, account: tuple[str, str] | None) -> None:
    answer = private.get(path, auth=account, headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.get_data(as_text=True) == "This page asks for a user name and a password."


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic /w==", "Bearer amina", "Digest username=amina", "\x7f"]
)
def test_an_odd_authorization_is_refused(private: FlaskClient, header: str) -> None:
    assert private.get("/", headers={"Authorization": header}).status_code == 401


def test_who_has_the_account_sees_all_and_the_health_is_open(private: FlaskClient) -> None:
    for path in ("/", "/metrics", "/_dash-layout"):
        assert private.get(path, auth=ACCOUNT).status_code == 200
    assert private.get("/healthz").status_code == 200


def test_a_callback_asks_for_the_account_before_it_looks_at_the_request(private: FlaskClient) -> None:
    assert private.post(UPDATE, json=[1]).status_code == 401
    assert private.post(UPDATE, json=[1], auth=ACCOUNT).status_code == 400


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client: client.get("/", auth=ACCOUNT), 200),
        (lambda client: client.get("/nowhere", auth=ACCOUNT), 200),
        (lambda client: client.get("/assets/live.js", auth=ACCOUNT), 200),
        (lambda client: client.get("/assets/none.js", auth=ACCOUNT), 404),
        (lambda client: client.post("/healthz", auth=ACCOUNT), 405),
        (lambda client: client.get("/metrics", auth=ACCOUNT), 200),
        (lambda client: client.get("/healthz"), 200),
        (lambda client: client.get("/"), 401),
        (lambda client: client.post(UPDATE, json={"output": "x" * security.MAX_BODY_BYTES}, auth=ACCOUNT), 413),
        (lambda client: client.post(UPDATE, json={"output": "gone"}, auth=ACCOUNT), 410),
        (lambda client: client.post(UPDATE, data="[" * 200_000, content_type="application/json", auth=ACCOUNT), 400),
    ],
    ids=["page", "not a page", "asset", "404", "405", "metrics", "healthz", "401", "413", "410", "deep"],
)
def test_every_kind_of_answer_has_the_security_headers(
    private: FlaskClient, ask: Callable[[FlaskClient], TestResponse], status: int
) -> None:
    answer = ask(private)
    answer.close()
    assert answer.status_code == status
    expected = security.build_security_headers(())
    assert {name for name in expected if name not in answer.headers} == set()
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options"):
        assert answer.headers.getlist(name) == [expected[name]]
    assert "Strict-Transport-Security" not in answer.headers
    assert re.fullmatch("[0-9a-f]{16}", answer.headers[REQUEST_ID_HEADER])


def test_a_callback_has_the_security_headers(client: FlaskClient) -> None:
    answer = tick(client, fill=True, scenario={"fleet_size": "20"})
    assert answer.status_code == 200
    assert set(security.build_security_headers(())) <= set(answer.headers.keys())


def test_behind_a_believed_proxy_the_browser_is_told_to_stay_with_tls() -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    believed = create_app(ServerSettings(proxy=1)).server.test_client().get("/", headers=headers)
    assert believed.headers["Strict-Transport-Security"] == security.HSTS_HEADER
    unasked = create_app().server.test_client().get("/", headers=headers)
    assert "Strict-Transport-Security" not in unasked.headers


def test_only_as_many_proxies_are_believed_as_are_configured(lines: list[str]) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    for n in (0, 1, 2):
        create_app(ServerSettings(proxy=n)).server.test_client().get("/", headers=headers)
    assert [line.rpartition("peer=")[2] for line in lines] == ["127.0.0.1", "192.0.2.7", "203.0.113.9"]


def test_a_page_below_a_path_asks_and_links_below_it() -> None:
    text = create_app(ServerSettings(prefix="/fleet/")).server.test_client().get("/").get_data(as_text=True)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    assert all(address.startswith("/fleet/") for address in addresses)
    config = re.search(r'id="_dash-config"[^>]*>(.*?)</script>', text)
    assert config
    assert json.loads(config[1])["requests_pathname_prefix"] == "/fleet/"
    shown = json.dumps(
        [part.to_plotly_json() for part in render_page("/fleet/site", "?lang=en", "/fleet/")], default=str
    )
    assert "There is no such page." not in shown
    assert "/fleet/site?lang=en" in shown


def test_the_answer_gives_back_the_id_of_a_request(client: FlaskClient) -> None:
    assert client.get("/", headers={REQUEST_ID_HEADER: "a1b2-c3d4.E5"}).headers[REQUEST_ID_HEADER] == "a1b2-c3d4.E5"


@pytest.mark.parametrize("odd", ["short", "x" * 65, "with space", 'quote"quote', "é" * 10, "a=b level=error", ""])
def test_an_id_that_is_no_short_safe_token_is_replaced(client: FlaskClient, odd: str) -> None:
    given = client.get("/", headers={REQUEST_ID_HEADER: odd}).headers[REQUEST_ID_HEADER]
    assert re.fullmatch("[0-9a-f]{16}", given)


@pytest.fixture
def failing(app: Dash, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret\nlevel=info event=forged")

    monkeypatch.setattr("ev2gym_dashboard.web.pages.live.callbacks.build_reply", fail)
    server: Flask = app.server
    return server.test_client()


def test_what_fails_is_told_by_its_number_and_the_log_has_the_traceback_on_one_line(
    failing: FlaskClient, lines: list[str]
) -> None:
    answer = tick(failing, fill=True)
    number = answer.headers[REQUEST_ID_HEADER]
    assert answer.status_code == 500
    text = answer.get_data(as_text=True)
    assert number in text
    assert "Traceback" not in text
    assert "secret" not in text
    (line,) = [line for line in lines if "Traceback" in line]
    assert len(line.splitlines()) == 1
    assert " level=error " in line
    assert f" request={number} " in line
    assert "RuntimeError: secret\\nlevel=info event=forged" in line


@pytest.mark.parametrize("mark", MARKS)
def test_nothing_that_a_user_sends_breaks_a_line_of_the_log(client: FlaskClient, lines: list[str], mark: str) -> None:
    client.get(f"/a{mark}level=error")
    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 1
    assert lines[0].isascii()
    assert re.search(r' path="/a[^"]*level=error"', lines[0])


def test_the_line_of_a_request_says_what_it_was_and_its_id(client: FlaskClient, lines: list[str]) -> None:
    number = tick(client, fill=True, scenario={"fleet_size": "20"}).headers[REQUEST_ID_HEADER]
    assert re.search(rf" level=info .* request={number} event=tick method=POST path=\S+ status=200 ms=\S+", lines[-1])


@pytest.mark.parametrize("status", ["200", "404"])
def test_an_asset_that_is_there_is_not_worth_a_line(client: FlaskClient, lines: list[str], status: str) -> None:
    client.get({"200": "/assets/live.js", "404": "/assets/none.js"}[status]).close()
    assert len(lines) == {"200": 0, "404": 1}[status]
