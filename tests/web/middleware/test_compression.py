"""Compression: who can read brotli gets the page's files small, and everybody else gets them as they are."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.middleware.compression import open_compressed_files
from ev2gym_dashboard.web.warm_up import compress_page

SCRIPT = "/assets/plotly-basic.min.js"
BROTLI = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def fresh_client(folder: Path) -> FlaskClient:
    client: FlaskClient = create_app().server.test_client()
    return client


@pytest.mark.parametrize("address", [SCRIPT, "/assets/page.css"])
def test_a_file_is_sent_compressed_and_unchanged(fresh_client: FlaskClient, address: str) -> None:
    plain = fresh_client.get(address, buffered=True).get_data()
    response = fresh_client.get(address, headers=BROTLI, buffered=True)
    assert response.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert len(response.get_data()) < len(plain)
    assert brotli.decompress(response.get_data()) == plain


def test_a_browser_that_has_the_file_is_not_sent_it_again(fresh_client: FlaskClient) -> None:
    tag = fresh_client.get(SCRIPT, headers=BROTLI, buffered=True).headers["ETag"]
    again = fresh_client.get(SCRIPT, headers=BROTLI | {"If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize("encodings", ["", "gzip", "identity"])
def test_who_does_not_read_brotli_gets_another_form(fresh_client: FlaskClient, encodings: str) -> None:
    response = fresh_client.get(SCRIPT, headers={"Accept-Encoding": encodings}, buffered=True)
    assert response.status_code == 200
    assert response.headers.get("Content-Encoding") != "br"


def test_a_computed_answer_is_left_to_the_quick_compression(fresh_client: FlaskClient) -> None:
    assert fresh_client.get("/_dash-layout", headers=BROTLI).headers["Content-Encoding"] == "zstd"


def test_a_missing_file_stays_missing(fresh_client: FlaskClient) -> None:
    assert fresh_client.get("/assets/none.js", headers=BROTLI).status_code == 404


def test_the_warm_up_leaves_no_script_of_the_page_to_compress(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app()
    monkeypatch.setattr("ev2gym_dashboard.service.runtime.compressed_files.SMALL_QUALITY", 1)
    compress_page(app)
    client, stored = app.server.test_client(), open_compressed_files()
    monkeypatch.setattr(type(stored), "_start", lambda *_: pytest.fail("not compressed before"))
    scripts = re.findall(r'src="([^"]+)"', client.get("/").get_data(as_text=True))
    assert len(scripts) > 5
    for address in scripts:
        client.get(address, headers=BROTLI, buffered=True)
