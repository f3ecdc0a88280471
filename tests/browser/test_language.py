"""Language of the page: the browser's, the chosen one, and its direction."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import VIEWPORT, Dashboard
from tests.browser.test_sight import wait_for_charts
from tests.browser.test_site import kept_page


@pytest.fixture(scope="module")
def foreign(opener: Page, address: str) -> Iterator[Dashboard]:
    """The page of a visitor whose browser speaks French, and who has named no language."""
    with kept_page(opener, address) as dashboard:
        yield dashboard.open("")


def change_language(dashboard: Dashboard, lang: str) -> None:
    dashboard.page.get_by_role("link", name=lang.upper(), exact=True).click()
    expect(dashboard.page.locator("html")).to_have_attribute("lang", re.compile(f"^{lang}"))
    dashboard.ready()


def test_a_chosen_language_is_kept_for_addresses_that_name_none(foreign: Dashboard) -> None:
    root = foreign.page.locator("html")
    expect(root).to_have_attribute("lang", "fr")
    change_language(foreign, "en")
    foreign.open("site")
    expect(root).to_have_attribute("lang", "en")
    expect(foreign.page).to_have_title(re.compile("^Site – EV2Gym vehicles"))
    foreign.open("?lang=fr")
    expect(root).to_have_attribute("lang", "fr")
    foreign.open("")
    expect(root).to_have_attribute("lang", "en")


def test_arabic_goes_from_right_to_left_and_its_charts_from_left_to_right(foreign: Dashboard) -> None:
    foreign.begin_again().jump(4)
    change_language(foreign, "ar")
    foreign.show_table()
    expect(foreign.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(foreign.at(ids.TITLE)).to_have_text("مركبات EV2Gym – حالات V2G/G2V")
    chart = foreign.until_drawn(ids.POWER, 5)
    assert chart.evaluate("chart => getComputedStyle(chart).direction") == "ltr"
    first, last = (foreign.page.locator(f"#{ids.TABLE} [col-id={key}].ag-header-cell") for key in ("model", "power_kw"))
    expect(first).to_be_visible()
    left_px = "header => header.getBoundingClientRect().left"
    assert first.evaluate(left_px) > last.evaluate(left_px)
    assert foreign.list_cut_numbers() == []
    for width in (390, 320):
        foreign.page.set_viewport_size({"width": width, "height": 800})
        wait_for_charts(foreign)
        assert foreign.page.evaluate("document.documentElement.scrollWidth") <= width
    foreign.page.set_viewport_size(VIEWPORT)


def test_the_language_changes_direction_without_a_reload_and_keeps_the_run(foreign: Dashboard) -> None:
    root = foreign.page.locator("html")
    foreign.begin_again().jump(4)
    foreign.page.evaluate("window.isFirst = true")
    change_language(foreign, "ar")
    expect(root).to_have_attribute("dir", "rtl")
    foreign.page.get_by_role("link", name="المقارنة", exact=True).click()
    expect(foreign.page.get_by_role("heading", name="قارن الاستراتيجيات")).to_be_visible()
    foreign.page.get_by_role("link", name="FR", exact=True).click()
    expect(root).to_have_attribute("dir", "ltr")
    foreign.page.get_by_role("link", name="Flotte", exact=True).click()
    foreign.ready()
    assert foreign.clock() == "17:00"
    assert foreign.page.evaluate("window.isFirst"), "the page was loaded again"
