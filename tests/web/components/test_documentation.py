"""Documentation: the help menu links the part for its page, in the language of the page, where there is a site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import PAGES, create_app, render_page
from ev2gym_dashboard.web.components.documentation import PARTS, render_documentation_link
from ev2gym_dashboard.web.i18n import get_translator


def render_link(path: str, lang: str) -> dict[str, Any]:
    """Return the properties of the link of a page."""
    link = render_documentation_link(get_translator(lang), path, "/docs/", class_name="")
    properties: dict[str, Any] = link.to_plotly_json()["props"]
    return properties


@pytest.mark.parametrize(
    ("path", "lang", "address"),
    [
        ("/", "fr", "/docs/fr/guide.html#flotte"),
        ("/", "en", "/docs/pages.html#fleet"),
        ("/compare", "en", "/docs/compare.html"),
        ("/unknown", "fr", "/docs/fr/demarrer.html"),
        ("/unknown", "en", "/docs/index.html"),
    ],
)
def test_the_link_leads_to_the_part_for_the_page_in_its_language(path: str, lang: str, address: str) -> None:
    assert render_link(path, lang)["href"] == address


def test_in_arabic_the_link_leads_to_the_french_part_and_says_so() -> None:
    link = render_link("/site", "ar")
    assert (link["href"], link["hrefLang"]) == ("/docs/fr/guide.html#site", "fr")
    assert "بالفرنسية" in str(link)


def test_the_link_opens_a_tab_of_its_own_that_does_not_reach_the_page_and_says_so() -> None:
    link = render_link("/site", "en")
    assert (link["target"], link["rel"]) == ("_blank", "noopener")
    assert "(new tab)" in str(link)


def test_every_page_has_its_part_of_the_documentation() -> None:
    assert set(PARTS) == {page.path for page in PAGES}


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_there_is_a_link_only_where_there_is_documentation(path: str) -> None:
    address = f"/fleet{path}"
    assert "/docs/" not in str(render_page(address, "?lang=fr", "/fleet/"))
    linked = str(render_page(address, "?lang=fr", "/fleet/", docs_root="/fleet/docs/"))
    assert f"href='/fleet{render_link(path, 'fr')['href']}'" in linked


def render_site_page(docs: str) -> str:
    """Return the page /fleet/site of a server, as a browser is sent it."""
    body = {
        "output": f"{ids.PAGE}.children",
        "outputs": {"id": ids.PAGE, "property": "children"},
        "inputs": [{"id": ids.ADDRESS, "property": "data", "value": {"pathname": "/fleet/site", "search": "?lang=en"}}],
        "changedPropIds": [f"{ids.ADDRESS}.data"],
    }
    client = create_app(ServerSettings(docs=docs, prefix="/fleet/")).server.test_client()
    return str(client.post("/_dash-update-component", json=body).get_json())


def test_a_server_links_its_documentation_below_its_prefix(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    assert "'/fleet/docs/pages.html#site'" in render_site_page(str(tmp_path))


def test_a_server_without_documentation_has_no_link_to_it() -> None:
    page = render_site_page("off")
    assert "/fleet/glossary" in page
    assert "/docs/" not in page
