"""Language of the page: the browser's, the chosen one, and its direction."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Dashboard


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
