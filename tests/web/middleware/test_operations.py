"""Operation of the server: health, metrics and the log."""

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
from ev2gym_dashboard.service.server.incoming_request import MAX_BODY_BYTES
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
    """The lines that the server writes to its log."""
    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(KeyValueFormatter().format(record))  # type: ignore[method-assign]
    package_logger = logging.getLogger("ev2gym_dashboard")
    level = package_logger.level
    package_logger.addHandler(handler)
    package_logger.setLevel("INFO")
    yield written
    package_logger.setLevel(level)
    package_logger.removeHandler(handler)


def parse_samples(text: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a scrape by name and label values."""
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def read_metrics(client: FlaskClient) -> dict[tuple[str, ...], float]:
    return parse_samples(client.get("/metrics").get_data(as_text=True))


def post_tick(client: FlaskClient, **request: Any) -> TestResponse:
    value = {"id": ids.REQUEST, "property": "data", "value": request}
    body = find_tick_callback(client.get("/_dash-dependencies").get_json()) | {
        "inputs": [value],
        "changedPropIds": [f"{ids.REQUEST}.data"],
    }
    return client.post(UPDATE, json=body)


def test_the_server_is_ready_once_its_data_is_loaded(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.get_data(as_text=True)) == (200, "ready\n")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_server_without_usable_data_is_not_ready_and_lists_the_issues(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "onee_tariffs.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv(paths.DATA_FOLDER_VARIABLE, str(tmp_path))
    response = client.get("/healthz")
    assert response.status_code == 503
    lines = response.get_data(as_text=True).splitlines()
    assert "ev_specs.json: is missing from the data folder" in lines
    assert len(lines) == len(set(lines))
    assert any("not valid JSON" in line or "JSON" in line for line in lines)
    monkeypatch.undo()
    assert client.get("/healthz").status_code == 200


def test_an_address_without_a_page_is_not_found_and_one_with_a_slash_leads_to_its_page(client: FlaskClient) -> None:
    assert [client.get(path).status_code for path in ("/.env", "/nowhere", "/wp-login.php")] == [404] * 3
    for path in ("/healthz", "/site"):
        reply = client.get(f"{path}/")
        assert (reply.status_code, reply.location) == (308, path)


def test_a_tick_is_counted_and_timed(client: FlaskClient) -> None:
    before = read_metrics(client)
    assert post_tick(client, fill=True, scenario={"fleet_size": "20"}).status_code == 200
    after = read_metrics(client)
    names = [("ev2gym_requests_total", "tick", "200"), ("ev2gym_tick_seconds_count",)]
    assert [after[name] - before.get(name, 0) for name in names] == [1, 1]
    assert after["ev2gym_in_flight",] == 1, "the scrape itself"


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        (lambda client: post_tick(client, restart=True, scenario={"fleet_size": "0"}), "input"),
        (lambda client: client.post(UPDATE, json=[1]), "malformed"),
        (lambda client: post_tick(client, steps=-1), "malformed"),
        (lambda client: client.post(UPDATE, headers={"Origin": "https://evil.example"}), "origin"),
        (lambda client: client.get("/", headers={"Host": "evil.example"}), "host"),
        (lambda client: client.post(UPDATE, json={"output": "gone.children"}), "gone"),
        (lambda client: client.post(UPDATE, json={"output": "x" * MAX_BODY_BYTES}), "too_large"),
    ],
    ids=["input", "malformed body", "malformed request", "origin", "host", "gone", "too_large"],
)
def test_a_refusal_is_counted_by_its_reason(
    client: FlaskClient, post: Callable[[FlaskClient], Any], reason: str
) -> None:
    before = read_metrics(client).get(("ev2gym_refused_total", reason), 0)
    post(client)
    assert read_metrics(client)["ev2gym_refused_total", reason] == before + 1


@pytest.mark.parametrize("origin", metrics.SIMULATION_ORIGINS)
def test_a_simulation_is_counted_by_its_origin(client: FlaskClient, origin: str) -> None:
    before = read_metrics(client).get(("ev2gym_simulations_total", origin), 0)
    metrics.count_simulation(origin)
    assert read_metrics(client)["ev2gym_simulations_total", origin] == before + 1


def test_the_number_of_live_simulations_is_a_metric(client: FlaskClient) -> None:
    metrics.set_live_simulations(7)
    assert read_metrics(client)["ev2gym_live",] == 7


def test_no_label_takes_a_value_of_a_user(client: FlaskClient) -> None:
    for path in ("/made-up", "/assets/made-up.js", "/_dash-update-component/made-up"):
        client.get(path)
        client.post(path, json={"output": "made-up"})
    client.open("/", method="MADEUP")
    assert "made" not in client.get("/metrics").get_data(as_text=True).lower()
    with pytest.raises(ValueError, match="made-up"):
        metrics.count_simulation("made-up")
    with pytest.raises(ValueError, match="made-up"):
        metrics.count_refusal("made-up")


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda client: client.get("/", auth=ACCOUNT), 200),
        (lambda client: client.get("/nowhere", auth=ACCOUNT), 404),
        (lambda client: client.get("/assets/live.js", auth=ACCOUNT), 200),
        (lambda client: client.get("/assets/none.js", auth=ACCOUNT), 404),
        (lambda client: client.post("/healthz", auth=ACCOUNT), 405),
        (lambda client: client.get("/metrics", auth=ACCOUNT), 200),
        (lambda client: client.get("/healthz"), 200),
        (lambda client: client.get("/"), 401),
        (lambda client: client.post(UPDATE, json={"output": "x" * MAX_BODY_BYTES}, auth=ACCOUNT), 413),
        (lambda client: client.post(UPDATE, json={"output": "gone"}, auth=ACCOUNT), 410),
        (lambda client: client.post(UPDATE, data="[" * 200_000, content_type="application/json", auth=ACCOUNT), 400),
    ],
    ids=["page", "not a page", "asset", "404", "405", "metrics", "healthz", "401", "413", "410", "deep"],
)
def test_every_kind_of_response_has_the_security_headers(
    private: FlaskClient, send: Callable[[FlaskClient], TestResponse], status: int
) -> None:
    response = send(private)
    response.close()
    assert response.status_code == status
    expected = security.build_security_headers(())
    assert {name for name in expected if name not in response.headers} == set()
    plain = expected.keys() - {"Content-Security-Policy"}
    assert {name: response.headers.getlist(name) for name in plain} == {name: [expected[name]] for name in plain}
    assert "Strict-Transport-Security" not in response.headers
    assert re.fullmatch("[0-9a-f]{16}", response.headers[REQUEST_ID_HEADER])


def test_a_callback_has_the_security_headers(client: FlaskClient) -> None:
    response = post_tick(client, fill=True, scenario={"fleet_size": "20"})
    assert response.status_code == 200
    assert set(security.build_security_headers(())) <= set(response.headers.keys())


@pytest.mark.parametrize(
    ("embed", "ancestors"),
    [("", "'none'"), ("https://a.example,http://b.example", "https://a.example http://b.example")],
)
def test_pages_of_declared_origins_alone_may_show_the_page_in_a_frame(embed: str, ancestors: str) -> None:
    response = create_app(ServerSettings(embed=embed)).server.test_client().get("/")
    assert response.headers["Content-Security-Policy"].endswith(f"frame-ancestors {ancestors}")


def test_behind_a_trusted_proxy_the_browser_has_to_stay_with_tls() -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    trusted = create_app(ServerSettings(proxy=1)).server.test_client().get("/", headers=headers)
    assert trusted.headers["Strict-Transport-Security"] == security.HSTS_HEADER
    direct = create_app().server.test_client().get("/", headers=headers)
    assert "Strict-Transport-Security" not in direct.headers


def test_the_configured_number_of_proxies_is_trusted(lines: list[str]) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    for n in (0, 1, 2):
        create_app(ServerSettings(proxy=n)).server.test_client().get("/", headers=headers)
    assert [line.rpartition("peer=")[2] for line in lines] == ["127.0.0.1", "192.0.2.7", "203.0.113.9"]


def test_a_page_below_a_prefix_requests_and_links_below_it() -> None:
    text = create_app(ServerSettings(prefix="/fleet/")).server.test_client().get("/").get_data(as_text=True)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    assert all(address.startswith("/fleet/") for address in addresses)
    config = re.search(r'id="_dash-config"[^>]*>(.*?)</script>', text)
    assert config
    assert json.loads(config[1])["requests_pathname_prefix"] == "/fleet/"
    page = json.dumps(
        [part.to_plotly_json() for part in render_page("/fleet/site", "?lang=en", "/fleet/")], default=str
    )
    assert "This page does not exist." not in page
    assert "/fleet/site?lang=en" in page


def test_the_response_repeats_the_id_of_the_request(client: FlaskClient) -> None:
    assert client.get("/", headers={REQUEST_ID_HEADER: "a1b2-c3d4.E5"}).headers[REQUEST_ID_HEADER] == "a1b2-c3d4.E5"


@pytest.mark.parametrize("odd", ["short", "x" * 65, "with space", 'quote"quote', "é" * 10, "a=b level=error", ""])
def test_an_unsafe_request_id_is_replaced(client: FlaskClient, odd: str) -> None:
    request_id = client.get("/", headers={REQUEST_ID_HEADER: odd}).headers[REQUEST_ID_HEADER]
    assert re.fullmatch("[0-9a-f]{16}", request_id)


@pytest.fixture
def failing(app: Dash, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret\nlevel=info event=forged")

    monkeypatch.setattr("ev2gym_dashboard.web.pages.live.callbacks.build_reply", fail)
    server: Flask = app.server
    return server.test_client()


def test_a_failure_shows_its_request_id_and_the_log_has_the_traceback_on_one_line(
    failing: FlaskClient, lines: list[str]
) -> None:
    response = post_tick(failing, fill=True)
    number = response.headers[REQUEST_ID_HEADER]
    assert response.status_code == 500
    text = response.get_data(as_text=True)
    assert number in text
    assert "Traceback" not in text
    assert "secret" not in text
    (line,) = [line for line in lines if "Traceback" in line]
    assert len(line.splitlines()) == 1
    assert " level=error " in line
    assert f" request={number} " in line
    assert "RuntimeError: secret\\nlevel=info event=forged" in line


@pytest.mark.parametrize("mark", MARKS)
def test_no_path_breaks_a_line_of_the_log(client: FlaskClient, lines: list[str], mark: str) -> None:
    client.get(f"/a{mark}level=error")
    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 1
    assert lines[0].isascii()
    assert re.search(r' path="/a[^"]*level=error"', lines[0])


def test_the_line_of_a_request_has_its_kind_and_its_id(client: FlaskClient, lines: list[str]) -> None:
    number = post_tick(client, fill=True, scenario={"fleet_size": "20"}).headers[REQUEST_ID_HEADER]
    assert re.search(rf" level=info .* request={number} event=tick method=POST path=\S+ status=200 ms=\S+", lines[-1])


@pytest.mark.parametrize("status", ["200", "404"])
def test_only_a_missing_asset_gets_a_line(client: FlaskClient, lines: list[str], status: str) -> None:
    client.get({"200": "/assets/live.js", "404": "/assets/none.js"}[status]).close()
    assert len(lines) == {"200": 0, "404": 1}[status]
