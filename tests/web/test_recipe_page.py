"""A page costs one package and one line in the table of the application: a toy page shows in the navigation."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output, html
from flask.testing import FlaskClient

from ev2gym_dashboard.web import app as application
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.build import compute_build_id
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.i18n import Translator

UPDATE = "/_dash-update-component"
PAGES_FOLDER = Path(application.__file__).parent / "pages"


def render_toy(_: Translator) -> list[Any]:
    return [html.Button(id="toy-button"), html.P(f"toy page in {_.lang}", id="toy-text")]


def register_toy(app: Dash, build: str) -> None:
    @app.callback(Output("toy-text", "children"), Input("toy-button", "n_clicks"), prevent_initial_call=True)
    def reply(clicks: int) -> str:
        return f"{clicks} clicks on build {build}"


TOY = Page("/toy", "Toy", render_toy, register_toy, request_store="toy-request", session_stores=("toy-store",))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    server = application.create_app(pages=(*application.PAGES, TOY)).server
    client: FlaskClient = server.test_client()
    return client


def post(client: FlaskClient, output: tuple[str, str], source: tuple[str, str], value: object) -> Any:
    body = {
        "output": ".".join(output),
        "outputs": dict(zip(("id", "property"), output, strict=True)),
        "inputs": [{"id": source[0], "property": source[1], "value": value}],
        "changedPropIds": [".".join(source)],
    }
    response = client.post(UPDATE, json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()["response"][output[0]][output[1]]


@pytest.mark.parametrize("path", ["/", "/toy"])
def test_a_new_page_is_linked_from_every_page(client: FlaskClient, path: str) -> None:
    address = {"pathname": path, "search": "?lang=en"}
    page = json.dumps(post(client, (ids.PAGE, "children"), (ids.ADDRESS, "data"), address))
    assert "/toy?lang=en" in page
    assert all(f"{other.path}?lang=en" in page for other in application.PAGES)


def test_a_new_page_is_served_with_its_content_and_its_request_store(client: FlaskClient) -> None:
    address = {"pathname": "/toy", "search": "?lang=en"}
    texts, _skip_link, header, main, *_dialogs = post(client, (ids.PAGE, "children"), (ids.ADDRESS, "data"), address)
    assert texts["props"]["data"]["request"] == "toy-request"
    assert ids.SHARE in json.dumps(header)
    assert "toy page in en" in json.dumps(main)


def test_the_callbacks_of_a_new_page_are_registered(client: FlaskClient) -> None:
    text = post(client, ("toy-text", "children"), ("toy-button", "n_clicks"), 3)
    assert text == f"3 clicks on build {compute_build_id()}"


def test_the_stores_of_a_new_page_outlast_a_change_of_page(client: FlaskClient) -> None:
    layout = json.dumps(client.get("/_dash-layout").get_json())
    assert '"toy-store"' in layout


def test_every_package_with_a_page_is_in_the_table() -> None:
    names = [folder.name for folder in PAGES_FOLDER.iterdir() if (folder / "page.py").exists()]
    modules = [import_module(f"ev2gym_dashboard.web.pages.{name}.page") for name in names]
    records = {record for module in modules for record in vars(module).values() if isinstance(record, Page)}
    assert records == set(application.PAGES)
