"""Print: the light colours of paper, charts and tables whole, and no control."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import VIEWPORT, Dashboard
from tests.browser.test_axe import open_page, open_vehicle
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
    "vehicles": open_page("vehicles", f"#{ids.VEHICLES_ROWS} td"),
    "vehicle": open_vehicle,
    "site": open_page("site", f"#{ids.SITE_VERDICT}"),
    "scenarios": open_page("scenarios", ".card-scenario"),
    "glossary": open_page("glossary", ".glossary dt"),
    "compare": open_page("compare", f"#{ids.COMPARE_WORKLOAD}"),
    "about": open_page("about", ".glossary dt"),
}
"""Pages, each with the step that leads there from the one before."""
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


def list_print_faults(dashboard: Dashboard) -> list[str]:
    """Return the controls that are printed, what is wider than the sheet, and the numbers that are cut off."""
    page = dashboard.page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("html.printing")).to_have_attribute("data-bs-theme", "light")
    wait_for_charts(dashboard)
    faults = [*page.evaluate(LIST_CONTROLS, CONTROLS), *page.evaluate(LIST_WIDE, SHEET_PX)]
    faults += dashboard.list_cut_numbers()
    page.emulate_media(media="screen", color_scheme="dark")
    return faults


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_a_printed_page_is_light_fits_the_sheet_and_has_no_controls(dashboard: Dashboard, lang: str) -> None:
    page = dashboard.page
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": SHEET_PX, "height": 1000})
    dashboard.open(f"?lang={lang}").jump(12)
    faults = {"fleet": list_print_faults(dashboard)}
    for name, act in PAGES.items():
        act(dashboard)
        faults[name] = list_print_faults(dashboard)
    assert {name: found for name, found in faults.items() if found} == {}
    page.set_viewport_size(VIEWPORT)
