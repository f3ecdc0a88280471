"""Bundles of scripts: addresses that name their content, which a browser keeps."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from ev2gym_dashboard.web.bundle import make_bundles


def test_a_bundle_is_kept_by_the_browser_as_its_address_names_its_content(client: FlaskClient) -> None:
    for bundle in make_bundles():
        reply = client.get(f"/assets/bundles/{bundle.name}")
        assert reply.get_data(as_text=True) == bundle.text
        assert reply.mimetype == "text/javascript"
        assert "immutable" in reply.headers["Cache-Control"]


def test_the_address_of_another_content_is_unknown(client: FlaskClient) -> None:
    base, page = make_bundles()
    assert re.fullmatch(r"base\.[0-9a-f]{16}\.js", base.name)
    assert base.name.split(".")[1] != page.name.split(".")[1]
    assert client.get("/assets/bundles/base.0000000000000000.js").status_code == 404
