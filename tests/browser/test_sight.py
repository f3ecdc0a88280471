"""How the page is seen: nothing is cut off, nothing shifts while it loads, and a notice moves nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import PAUSED, Dashboard, watched_page

WIDTHS = (1920, 1366, 1024, 768, 390, 320)
MAX_LAYOUT_SHIFT = 0.05
RECORD_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
CHARTS_FIT = """[...document.querySelectorAll(".js-plotly-plot")].every(
  (chart) => Math.abs(chart.clientWidth - chart.querySelector(".main-svg").clientWidth) < 2
)"""
TILES_FILL_ROWS = """(() => {
  const tiles = document.querySelector(".tiles"), last = tiles.lastElementChild.getBoundingClientRect();
  return Math.abs(last.right - tiles.getBoundingClientRect().right) < 1;
})()"""
LARGE = "−1\u202f234\u202f567\u00a0kW"


def wait_for_charts(dashboard: Dashboard) -> None:
    """Wait until the charts have the width of the window: Plotly redraws them some time after it has changed."""
    for _ in range(300):
        if dashboard.page.evaluate(CHARTS_FIT):
            return
        dashboard.page.wait_for_timeout(100)
    pytest.fail("a chart does not take the width of the window")


def list_faults(dashboard: Dashboard) -> list[str]:
    """Return the numbers that are cut off at any width, and the widths at which the page scrolls sideways."""
    faults = []
    for width in WIDTHS:
        dashboard.page.set_viewport_size({"width": width, "height": 800})
        wait_for_charts(dashboard)
        faults += [f"{width}: {text}" for text in dashboard.list_cut_numbers()]
        if dashboard.page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{width} scrolls sideways")
    return faults


def drag_finger(dashboard: Dashboard, x: float, y: float, distance: float) -> None:
    """Touch the screen, drag the finger up or down, and lift it."""
    screen = dashboard.page.context.new_cdp_session(dashboard.page)
    screen.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 11):
        touch = {"x": x, "y": y + distance * k / 10}
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [touch]})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_no_number_of_a_large_fleet_is_cut_off_at_any_width(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    size = dashboard.page.get_by_label("Taille de la flotte")
    size.fill("30000")
    size.press("Enter")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Nouvelle simulation")
    dashboard.jump(12)
    for path in ("", "site"):
        if path:
            dashboard.page.get_by_role("link", name="Site", exact=True).click()
            expect(dashboard.at(ids.make_bill_id("total", "cost"))).not_to_be_empty()
        assert (path, list_faults(dashboard)) == (path, [])
        for tile in dashboard.page.locator(".tile-value").all():
            tile.evaluate("(e, text) => dash_clientside.dom.setText(e.id, text)", LARGE)
        assert (path, list_faults(dashboard)) == (path, [])


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_no_number_is_cut_off_in_another_language(dashboard: Dashboard, lang: str) -> None:
    dashboard.open(f"?lang={lang}").jump(24)
    assert list_faults(dashboard) == []
    for path in ("site", "vehicles"):
        dashboard.open(f"{path}?lang={lang}")
        assert (path, list_faults(dashboard)) == (path, [])


def test_no_number_of_a_comparison_is_cut_off_at_any_width(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    size = dashboard.page.get_by_label("Taille de la flotte")
    size.fill("40")
    size.press("Enter")
    expect(dashboard.at(ids.make_tile_id("vehicles"))).to_have_text("40")
    dashboard.page.get_by_role("link", name="Comparer", exact=True).click()
    dashboard.page.locator("label", has_text="Un jour").click()
    dashboard.at(ids.COMPARE_SEEDS).fill("2")
    dashboard.page.keyboard.press("Tab")
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("× 2 × 96 × 40 =")
    dashboard.at(ids.COMPARE_START).click()
    expect(dashboard.page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=120_000)
    assert list_faults(dashboard) == []
    dashboard.page.locator("label", has_text="Écart à la recharge non pilotée").click()
    assert list_faults(dashboard) == []
    # Columns out of sight are not drawn.
    dashboard.page.set_viewport_size({"width": 1920, "height": 800})
    heading = dashboard.page.locator(f"#{ids.COMPARE_TABLE} [col-id=needed_connection_kva_vs_uncontrolled]").first
    lines = heading.locator(".ag-header-cell-text").inner_text()
    assert "Raccordement requis" in lines
    # A column that applies to no strategy here would hold dashes alone.
    expect(
        dashboard.page.locator(f"#{ids.COMPARE_TABLE} [col-id=subscription_mad_year_vs_uncontrolled]")
    ).to_have_count(0)


@pytest.mark.parametrize("path", ["", "site", "compare"])
@pytest.mark.parametrize("width", [1366, 768, 390, 320])
def test_nothing_shifts_while_a_page_loads(browser: Browser, address: str, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, is_mobile=width < 600, locale="fr-FR")
    context.add_init_script(PAUSED + RECORD_SHIFTS)
    dashboard = watched_page(context, address)
    dashboard.page.goto(f"{address}{path}?lang=fr")
    expect(dashboard.at(ids.COMPARE_WORKLOAD if path == "compare" else ids.CLOCK)).not_to_be_empty()
    dashboard.page.wait_for_timeout(600)
    assert dashboard.page.evaluate("window.shifts") < MAX_LAYOUT_SHIFT
    context.close()


def test_no_tile_is_left_alone_in_its_row(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    alone = []
    for width in WIDTHS:
        dashboard.page.set_viewport_size({"width": width, "height": 800})
        if not dashboard.page.evaluate(TILES_FILL_ROWS):
            alone.append(width)
    assert alone == []


def test_a_notice_moves_nothing_and_goes_by_itself(dashboard: Dashboard) -> None:
    dashboard.page.clock.install()
    dashboard.open("?lang=fr")
    top = "document.querySelector('.tiles').getBoundingClientRect().top"
    before = dashboard.page.evaluate(top)
    dashboard.at(ids.CATALOG).select_option("2023")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Nouvelle simulation")
    assert dashboard.page.evaluate(top) == pytest.approx(before, abs=0.5)
    dashboard.page.clock.fast_forward("00:15")
    expect(dashboard.at(ids.STATUS)).to_have_text("En pause")


def test_a_phone_shows_figures_early_and_the_other_settings_on_request(phone: Dashboard) -> None:
    phone.open("?lang=fr").jump(2)
    assert phone.page.evaluate("document.querySelector('.tile').getBoundingClientRect().top") < 450
    more = phone.at(ids.MORE_SETTINGS)
    expect(phone.at(ids.CATALOG)).to_be_hidden()
    more.click()
    expect(phone.at(ids.CATALOG)).to_be_visible()
    expect(more).to_have_attribute("aria-expanded", "true")
    # Of what is far below the screen, the browser renders no text.
    phone.show_table()
    headings = phone.page.locator(f"#{ids.TABLE} .ag-header-cell-text").all_text_contents()
    assert headings[:3] == ["Modèle", "Connectés", "En charge"]


def test_a_finger_on_a_chart_or_the_table_scrolls_the_page(phone: Dashboard) -> None:
    phone.open("?lang=fr").jump(2).show_table()
    for name in (ids.POWER, ids.MODES, ids.V2G_PIE, ids.TABLE):
        box = phone.at(name)
        box.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 300)")
        place = box.bounding_box()
        assert place
        before = phone.page.evaluate("scrollY")
        drag_finger(phone, place["x"] + place["width"] / 2, place["y"] + 120, -200)
        phone.page.wait_for_function("before => scrollY > before + 100", arg=before)
