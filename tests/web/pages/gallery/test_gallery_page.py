"""The gallery: a card for each scenario, whose address opens its run."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.service.sessions.share_link import decode_share_link
from ev2gym_dashboard.web.app import create_app, render_page
from ev2gym_dashboard.web.components.field_text import format_field_text
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.gallery.layout import render_gallery_layout


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    client: FlaskClient = create_app(ServerSettings(prefix="/fleet/")).server.test_client()
    return client


@pytest.mark.parametrize("key", GALLERY)
def test_the_address_of_a_scenario_leads_to_its_run(client: FlaskClient, key: str) -> None:
    reply = client.get(f"/scenario/{key}?lang=en")
    address, _, link = reply.headers["Location"].partition("#run=")
    assert (reply.status_code, address) == (302, "/fleet/?lang=en")
    assert decode_share_link(link).scenario == GALLERY[key].scenario


def test_an_unknown_scenario_is_an_unknown_page(client: FlaskClient) -> None:
    reply = client.get("/scenario/moon?lang=en")
    assert reply.status_code == 404
    assert "Page not found" in reply.get_data(as_text=True)


def test_every_card_has_its_link_and_what_differs(english: Translator) -> None:
    page = str(render_gallery_layout(english))
    for key, entry in GALLERY.items():
        assert f"scenario/{key}?lang=en" in page
        assert entry.name in page
    assert "instead of At home" in page
    assert "No field differs from the default." in page


def test_the_gallery_is_in_french_too() -> None:
    page = str(render_page("/scenarios", "?lang=fr"))
    assert "Soir de ramadan" in page
    assert "au lieu de À domicile" in page


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("event_reduction", 0.4, "40\u00a0%"),
        ("strategy", "peak_shaving", "Peak shaving"),
        ("tariff", "flat", "Flat"),
        ("tariff", "mt_general", "ONEE MT"),
        ("v2g", False, "no"),
        ("start", "2027-02-16T15:00", "Tue 16 Feb 2027 15:00"),
        ("event_start", Scenario().event_start, "–"),
        ("evses", "", "–"),
        ("limit_kw_per_vehicle", 9.0, "9\u00a0kW"),
    ],
)
def test_a_field_reads_as_a_user_would_say_it(name: str, value: object, text: str, english: Translator) -> None:
    assert format_field_text(name, value, english).startswith(text)
