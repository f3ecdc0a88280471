"""The tour: four steps on the first visit, by mouse or keyboard; never twice, nor over a run that is opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.tour import STEPS
from tests.browser.dashboard import Dashboard, watched_page


@pytest.fixture
def newcomer(browser: Browser, address: str) -> Iterator[Dashboard]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce", locale="fr-FR")
    dashboard = watched_page(context, address)
    yield dashboard
    assert dashboard.console == []
    context.close()


def test_a_newcomer_walks_through_the_tour_once(newcomer: Dashboard) -> None:
    newcomer.open("?lang=fr")
    tour, marked = newcomer.at(ids.TOUR), newcomer.page.locator(".tour-target")
    for number, (target, _title, _text) in enumerate(STEPS, start=1):
        expect(newcomer.at(ids.TOUR_COUNT)).to_have_text(f"{number} / {len(STEPS)}")
        expect(newcomer.at(ids.TOUR_NEXT)).to_be_focused()
        expect(tour).to_be_in_viewport(ratio=1)
        assert newcomer.page.locator(target).evaluate("e => e.classList.contains('tour-target')")
        newcomer.page.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    expect(marked).to_have_count(0)
    newcomer.page.reload()
    newcomer.ready()
    expect(tour).to_be_hidden()


def test_escape_ends_the_tour_and_the_help_menu_begins_it_again(newcomer: Dashboard) -> None:
    newcomer.open("?lang=fr")
    tour = newcomer.at(ids.TOUR)
    expect(tour).to_be_visible()
    newcomer.page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    newcomer.page.get_by_role("link", name="Site", exact=True).click()
    expect(newcomer.at(ids.SITE_LOAD)).to_be_visible()
    newcomer.page.locator(f"#{ids.HELP} > summary").click()
    newcomer.page.get_by_role("link", name="Visite de la page").click()
    expect(tour).to_be_visible()
    newcomer.at(ids.TOUR_END).click()
    expect(newcomer.page.locator(f"#{ids.HELP} > summary")).to_be_focused()


def test_the_tour_does_not_come_over_a_run_that_is_opened(newcomer: Dashboard) -> None:
    newcomer.open(f"?lang=fr#run={encode_share_link(RunSpec(GALLERY['scarce-evses'].scenario))}")
    expect(newcomer.at(ids.STATUS)).to_contain_text("ouverte")
    newcomer.at(ids.RESET).click()
    expect(newcomer.at(ids.STATUS)).to_contain_text("Nouvelle")
    expect(newcomer.at(ids.TOUR)).to_be_hidden()
