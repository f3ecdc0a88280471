"""Access: charts have a name and a table of their values, and a field reads out its issue."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import Dashboard

UNNAMED_INPUTS = """[...document.querySelectorAll("input, select")]
  .filter((e) => e.type !== "hidden" && !e.labels?.length && !e.getAttribute("aria-label"))
  .map((e) => e.id || e.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(("path", "n_charts", "growing"), [("", 6, "Power"), ("site", 6, "Site load")])
def test_each_chart_has_a_name_and_its_values_as_a_table(
    dashboard: Dashboard, path: str, n_charts: int, growing: str
) -> None:
    dashboard.open(f"{path}?lang=en").jump(8)
    # The energy flow is a figure too: its caption says all of it.
    figures = dashboard.page.get_by_role("figure").filter(has=dashboard.page.locator(".chart-table"))
    expect(figures).to_have_count(n_charts)
    for figure in figures.all():
        assert figure.get_attribute("aria-label")
        figure.locator(".chart-table summary").click()
        expect(figure.locator("tbody td").first).not_to_be_empty()
    first = dashboard.page.get_by_role("figure", name=growing, exact=True).locator("tbody tr")
    before = first.count()
    assert before >= 8
    dashboard.jump(2)
    expect(first).to_have_count(before + 2)
    report = Axe().run(dashboard.page)
    assert report.violations_count == 0, report.generate_report()


def test_a_field_that_is_refused_is_invalid_and_reads_out_its_issue(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    size = dashboard.page.get_by_label("Fleet size")
    size.fill("1000001")
    size.press("Enter")
    expect(size).to_have_attribute("aria-invalid", "true")
    expect(size).to_have_accessible_description(re.compile("must be from 1 to 1,000,000"))
    size.fill("50")
    size.press("Enter")
    expect(size).to_have_attribute("aria-invalid", "false")


def test_every_input_has_a_label(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    assert dashboard.page.evaluate(UNNAMED_INPUTS) == []
    dashboard.page.locator(f"#{ids.SHARE} > summary").click()
    expect(dashboard.at(ids.SHARE_OPEN).locator("input")).to_have_accessible_name("Open a run…")
