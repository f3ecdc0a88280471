"""Access: charts have a name and a table of their values, and a field reads out its issue."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard
from tests.browser.test_site import kept_page

UNNAMED_INPUTS = """[...document.querySelectorAll("input, select")]
  .filter((e) => e.type !== "hidden" && !e.labels?.length && !e.getAttribute("aria-label"))
  .map((e) => e.id || e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def english(opener: Page, address: str) -> Iterator[Dashboard]:
    """The fleet in English, as a visitor meets it."""
    with kept_page(opener, address) as dashboard:
        yield dashboard.open("?lang=en")


def test_every_input_has_a_label(english: Dashboard) -> None:
    assert english.page.evaluate(UNNAMED_INPUTS) == []
    english.page.locator(f"#{ids.SHARE} > summary").click()
    expect(english.at(ids.SHARE_OPEN).locator("input")).to_have_accessible_name("Open a run…")
    english.page.keyboard.press("Escape")


def test_a_field_that_is_refused_is_invalid_and_reads_out_its_issue(english: Dashboard) -> None:
    size = english.page.get_by_label("Fleet size")
    size.fill("1000001")
    size.press("Enter")
    expect(size).to_have_attribute("aria-invalid", "true")
    expect(size).to_have_accessible_description(re.compile("must be from 1 to 1,000,000"))
    size.fill("50")
    size.press("Enter")
    expect(size).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(("page", "n_charts", "growing"), [("Fleet", 6, "Power"), ("Site", 6, "Site load")])
def test_each_chart_has_a_name_and_its_values_as_a_table(
    english: Dashboard, page: str, n_charts: int, growing: str
) -> None:
    english.page.get_by_role("link", name=page, exact=True).click()
    expect(english.page.get_by_role("figure", name=growing, exact=True)).to_be_visible()
    english.begin_again().jump(8)
    # The energy flow is a figure too: its caption says all of it.
    figures = english.page.get_by_role("figure").filter(has=english.page.locator(".chart-table"))
    expect(figures).to_have_count(n_charts)
    for figure in figures.all():
        assert figure.get_attribute("aria-label")
        figure.locator(".chart-table summary").click()
        expect(figure.locator("tbody td").first).not_to_be_empty()
    first = english.page.get_by_role("figure", name=growing, exact=True).locator("tbody tr")
    before = first.count()
    assert before >= 8
    english.jump(2)
    expect(first).to_have_count(before + 2)
