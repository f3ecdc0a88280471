"""Language of the page: the browser's, the chosen one, and its direction."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import VIEWPORT, Dashboard
from tests.browser.test_sight import wait_for_charts


def test_a_chosen_language_is_kept_for_addresses_that_name_none(dashboard: Dashboard) -> None:
    root = dashboard.page.locator("html")
    dashboard.open("")
    expect(root).to_have_attribute("lang", "fr")
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(root).to_have_attribute("lang", "en")
    dashboard.open("site")
    expect(root).to_have_attribute("lang", "en")
    expect(dashboard.page).to_have_title(re.compile("^Site – EV2Gym vehicles"))
    dashboard.open("?lang=fr")
    expect(root).to_have_attribute("lang", "fr")
    dashboard.open("")
    expect(root).to_have_attribute("lang", "en")


def test_arabic_goes_from_right_to_left_and_its_charts_from_left_to_right(dashboard: Dashboard) -> None:
    dashboard.open("?lang=ar").jump(4).show_table()
    expect(dashboard.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(dashboard.at(ids.TITLE)).to_have_text("مركبات EV2Gym – حالات V2G/G2V")
    chart = dashboard.until_drawn(ids.POWER, 5)
    assert chart.evaluate("chart => getComputedStyle(chart).direction") == "ltr"
    first, last = (
        dashboard.page.locator(f"#{ids.TABLE} [col-id={key}].ag-header-cell") for key in ("model", "power_kw")
    )
    expect(first).to_be_visible()
    left_px = "header => header.getBoundingClientRect().left"
    assert first.evaluate(left_px) > last.evaluate(left_px)
    assert dashboard.list_cut_numbers() == []
    for width in (390, 320):
        dashboard.page.set_viewport_size({"width": width, "height": 800})
        wait_for_charts(dashboard)
        assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= width
    dashboard.page.set_viewport_size(VIEWPORT)


def test_the_language_changes_direction_without_a_reload_and_keeps_the_run(dashboard: Dashboard) -> None:
    root = dashboard.page.locator("html")
    dashboard.open("?lang=fr").jump(4)
    dashboard.page.get_by_role("link", name="AR", exact=True).click()
    expect(root).to_have_attribute("dir", "rtl")
    dashboard.page.get_by_role("link", name="المقارنة", exact=True).click()
    expect(dashboard.page.get_by_role("heading", name="قارن الاستراتيجيات")).to_be_visible()
    dashboard.page.get_by_role("link", name="FR", exact=True).click()
    expect(root).to_have_attribute("dir", "ltr")
    dashboard.page.get_by_role("link", name="Flotte", exact=True).click()
    dashboard.ready()
    assert dashboard.clock() == "17:00"
