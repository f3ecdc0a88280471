"""What of a page no callback knows is one component, which draws the same elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from dash import Dash, dcc, html
from dash._utils import to_json

from ev2gym_dashboard.service.datasets.paths import find_assets_folder
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import PAGES, create_app, render_page
from ev2gym_dashboard.web.callback_map import list_bound_ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.plain_elements import join_elements

SET_PROPS = "".join(
    line
    for path in sorted(find_assets_folder().glob("*.js"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if re.search(r"\bset_?[pP]rops\(", line)
)


def make_plain(node: Any) -> Any:
    return json.loads(to_json(node))


def render_joined(app: Dash, page: Page) -> Any:
    return join_elements(make_plain(render_page(page.path, "?lang=fr")), list_bound_ids(app.callback_map))


def list_components(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each component of a layout, joined or not."""
    if isinstance(node, list):
        for child in node:
            yield from list_components(child)
    elif isinstance(node, dict):
        yield node
        yield from list_components(node["props"].get("children"))


def list_texts(node: Any, children: list[Any]) -> Iterator[str]:
    """Yield the tags and texts of a template, and of the components in it."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, int):
        yield from list_layout_texts(children[node])
    else:
        yield node[0]
        for inner in node[2:]:
            yield from list_texts(inner, children)


def list_layout_texts(node: Any) -> Iterator[str]:
    for child in node if isinstance(node, list) else [node]:
        if not isinstance(child, dict):
            yield from [str(child)] * (child is not None)
        elif "template" in child["props"]:
            yield from list_texts(child["props"]["template"], child["props"]["children"])
        else:
            yield child["type"].lower()
            yield from list_layout_texts(child["props"].get("children"))


def test_elements_become_a_template_around_the_components_between_them() -> None:
    link, store = dcc.Link("Site", href="/site"), dcc.Store(id="store")
    tree = html.Div([html.P(["Go to ", link, 7], className="hint", n_clicks=0), store], id="frame")
    assert join_elements(make_plain(tree), set()) == {
        "namespace": "ev2gym_dashboard",
        "type": "PlainElements",
        "props": {
            "template": ["div", {"id": "frame"}, ["p", {"className": "hint"}, "Go to ", 0, "7"], 1],
            "children": make_plain([link, store]),
        },
    }


def test_an_element_of_a_callback_stays_a_component_and_what_it_holds_is_joined() -> None:
    button = make_plain(html.Button(html.B("Start"), id="start", n_clicks=0))
    assert join_elements(button, {"start"})["props"] == {
        "id": "start",
        "n_clicks": 0,
        "children": join_elements(make_plain(html.B("Start")), set()),
    }


def test_an_element_whose_id_is_matched_by_pattern_stays_a_component() -> None:
    group = make_plain(html.Details(id=ids.make_parameters_id("price")))
    assert join_elements(group, set()) == group


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_has_the_elements_and_texts_that_it_had(app: Dash, page: Page) -> None:
    content, joined = make_plain(render_page(page.path, "?lang=fr")), render_joined(app, page)
    assert list(list_layout_texts(joined)) == list(list_layout_texts(content))
    assert len(list(list_components(joined))) < len(list(list_components(content))) / 3


@pytest.fixture(scope="module")
def component_ids() -> list[Any]:
    """The ids of the components of all pages."""
    app = create_app()
    contents = [render_joined(app, page) for page in PAGES]
    return [part["props"].get("id") for part in list_components([*contents, make_plain(app.layout)])]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bids\.([A-Z]\w*)", SET_PROPS))))
def test_what_a_script_sets_properties_of_is_a_component(component_ids: list[Any], name: str) -> None:
    assert getattr(ids, name) in component_ids
