"""Print: the light colours of paper, charts and tables whole, and no control."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import VIEWPORT, Dashboard
from tests.browser.test_sight import wait_for_charts

SHEET_PX = 703
"""Width of a sheet of A4 between its margins."""
CONTROLS = "main :is(button:not(.legend-item, .sort, .event-time), .btn, select, textarea, input:not([type=hidden]))"
LIST_CONTROLS = """selector => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility({visibilityProperty: true}))
  .map((element) => element.id || element.textContent)"""
LIST_WIDE = """width => [...document.querySelectorAll("main *")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > width + 1)
  .map((element) => element.id || element.className)"""
PAGES = {
    "": f"#{ids.EVENTS_COUNT}",
    "site": f"#{ids.SITE_VERDICT}",
    "vehicles": f"#{ids.VEHICLES_ROWS} td",
    "vehicles?vehicle=10": f"#{ids.VEHICLE_TITLE}",
    "compare": f"#{ids.COMPARE_WORKLOAD}",
    "scenarios": ".card-scenario",
    "glossary": ".glossary dt",
    "about": ".glossary dt",
}
"""Addresses of the pages, each with a part that is filled when the page is there."""


LIST_CELLS = """() => [...document.querySelectorAll(".print-table tr")]
  .map((row) => [...row.cells].map((cell) => cell.innerText))"""


def print_table(dashboard: Dashboard) -> list[list[str]]:
    """Return the cells of the table of the fleet on paper."""
    dashboard.page.emulate_media(media="print")
    expect(dashboard.page.locator("html.printing .print-table tbody tr").first).to_be_visible()
    cells: list[list[str]] = dashboard.page.evaluate(LIST_CELLS)
    dashboard.page.emulate_media(media="screen")
    return cells


def test_a_print_has_the_table_of_the_fleet_before_its_grid_is_loaded(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    early = print_table(dashboard)
    assert not dashboard.page.evaluate("id => dash_clientside.gridLoader.isPlaced(id)", ids.TABLE)
    dashboard.show_table()
    assert print_table(dashboard) == early
    assert len(early) == 1 + dashboard.figure("models")
    assert early[1][-1].endswith(",0")


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_a_printed_page_is_light_fits_the_sheet_and_has_no_controls(dashboard: Dashboard, lang: str) -> None:
    page = dashboard.page
    dashboard.open(f"?lang={lang}")
    page.evaluate("dash_clientside.live.submit({ steps: 12 })")
    dashboard.until_step(12)
    page.set_viewport_size({"width": SHEET_PX, "height": 1000})
    faults = {}
    for address, part in PAGES.items():
        page.emulate_media(media="screen", color_scheme="dark")
        page.goto(f"{dashboard.address}{address}{'&' if '?' in address else '?'}lang={lang}")
        expect(page.locator(part).first).not_to_be_empty()
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator("html.printing")).to_have_attribute("data-bs-theme", "light")
        wait_for_charts(dashboard)
        found = [*page.evaluate(LIST_CONTROLS, CONTROLS), *page.evaluate(LIST_WIDE, SHEET_PX)]
        if found := found + dashboard.list_cut_numbers():
            faults[address] = found
    assert faults == {}
    page.emulate_media(media="screen")
    page.set_viewport_size(VIEWPORT)
