"""Application: its index, headers and assets, and the refusal of malformed requests."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from dash import Dash
from flask.testing import FlaskClient
from plotly.offline import get_plotlyjs_version

from ev2gym_dashboard.service.datasets.paths import find_assets_folder
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app, render_page

VENDORED = {
    "bootstrap.min.css": "9caac977a0af0c2229abd397eee3345899c4020da2a1a0b711c1cc543fe3719d",
    "plotly-basic.min.js": "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba",
}


@pytest.mark.parametrize(
    ("search", "lang", "direction"),
    [
        ("", "fr", "ltr"),
        ("?lang=en", "en", "ltr"),
        ("?lang=fr", "fr", "ltr"),
        ("?lang=ar", "ar-MA", "rtl"),
        ("?lang=<script>", "fr", "ltr"),
    ],
)
def test_the_index_names_the_requested_language_and_its_direction(
    client: FlaskClient, search: str, lang: str, direction: str
) -> None:
    text = client.get(f"/{search}").get_data(as_text=True)
    assert f'<html lang="{lang}" dir="{direction}">' in text
    assert "<script>alert" not in text


def test_the_page_loads_nothing_from_another_host(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    assert re.findall(r'(?:src|href)="(https?:)?//', text) == []


def test_our_assets_name_no_other_host() -> None:
    sources = [
        path for path in find_assets_folder().rglob("*") if path.suffix in {".js", ".css"} and path.name not in VENDORED
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert sources
    assert set(re.findall(r"https?://[^'\")\s]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_the_style_says_start_and_end_so_that_a_page_from_right_to_left_mirrors() -> None:
    style = (find_assets_folder() / "page.css").read_text(encoding="utf-8")
    sides = r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|(?<![\w-])(?:left|right):"
    assert re.findall(sides, style) == []


@pytest.mark.parametrize("file", ["page.css", "print.css"])
def test_no_rule_of_the_style_selects_any_element_below_a_has(file: str) -> None:
    # The browser finds the style of the whole page again, a hundred times in the first drawing of the charts.
    style = (find_assets_folder() / file).read_text(encoding="utf-8")
    assert re.findall(r":has\([^,{]*?\)+(?: [>~+])? (?::not\(|\*)[^,{]*", style) == []


@pytest.mark.parametrize(("file", "digest"), VENDORED.items())
def test_a_vendored_file_is_the_published_one_with_its_licence(file: str, digest: str) -> None:
    assert hashlib.sha256((find_assets_folder() / file).read_bytes()).hexdigest() == digest
    licence = find_assets_folder() / f"{file.partition('.min')[0]}.LICENSE.txt"
    assert "MIT License" in licence.read_text(encoding="utf-8")


def test_the_small_plotly_in_the_browser_is_the_version_that_dash_would_load() -> None:
    head = (find_assets_folder() / "plotly-basic.min.js").read_text(encoding="utf-8")[:200]
    assert f"v{get_plotlyjs_version()}" in head


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/", 200, "Véhicules EV2Gym – États V2G/G2V"),
        ("/?lang=en", 200, "EV2Gym vehicles – V2G/G2V states"),
        ("/compare", 200, "Comparer – Véhicules EV2Gym – États V2G/G2V"),
        ("/compare/?lang=en", 200, "Compare – EV2Gym vehicles – V2G/G2V states"),
        ("/site/", 200, "Site – Véhicules EV2Gym – États V2G/G2V"),
        ("/nowhere", 404, "Page introuvable – Véhicules EV2Gym – États V2G/G2V"),
        ("/compare/nowhere?lang=en", 404, "Page not found – EV2Gym vehicles – V2G/G2V states"),
    ],
)
def test_every_address_has_its_status_and_its_title(client: FlaskClient, address: str, status: int, title: str) -> None:
    reply = client.get(address, follow_redirects=True)
    assert reply.status_code == status
    assert f"<title>{title}</title>" in reply.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/compare", "/compare/", "/prefix/compare/"])
def test_a_slash_at_the_end_changes_nothing(path: str) -> None:
    assert ids.COMPARE_PAGE in str(render_page(path, "?lang=en", path.removesuffix("/").removesuffix("compare")))


def test_an_unknown_address_shows_a_link_to_the_fleet() -> None:
    assert "This page does not exist." in str(render_page("/nowhere", "?lang=en"))
    assert "href='/?lang=en'" in str(render_page("/nowhere", "?lang=en"))
    assert "Cette page n’existe pas." in str(render_page("/nowhere", ""))


def test_two_applications_in_a_process_have_the_same_callbacks(app: Dash) -> None:
    assert set(create_app().callback_map) == set(app.callback_map)


@pytest.mark.parametrize(
    ("path", "heading"), [("/", "Power"), ("/about?lang=en", "About"), ("/none?lang=en", "not exist")]
)
def test_the_index_carries_the_page_of_its_address(client: FlaskClient, path: str, heading: str) -> None:
    text = client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    shell = client.get("/_dash-layout").get_json()
    layout = json.loads(_find_carried(text, "_dash-layout"))
    *others, page = layout["props"]["children"]
    assert others == shell["props"]["children"][:-1]
    assert page["props"]["id"] == ids.PAGE
    assert heading in json.dumps(page)


def test_the_index_carries_the_callbacks(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    assert json.loads(_find_carried(text, "_dash-dependencies")) == client.get("/_dash-dependencies").get_json()


def test_no_text_of_the_page_ends_the_element_that_carries_it(client: FlaskClient) -> None:
    assert "<" not in _find_carried(client.get("/").get_data(as_text=True), "_dash-layout")


def _find_carried(text: str, name: str) -> str:
    element = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)
    assert element
    return element[1]
