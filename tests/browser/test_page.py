"""How the page looks and is used: themes, sizes, keyboard, axe, and that nothing moves."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard
from tests.browser.table_cells import list_resized_columns, watch_first_cells

BOXES = """() => {
  const box = ({x, y, width, height}) => [x, y, width, height].map(Math.round);
  const parts = document.querySelectorAll(".tile, .panel, .js-plotly-plot, .poste, .btn-transport, .now-price");
  // What a closed menu contains may have a box, or none.
  const shown = [...parts].filter((part) => part.checkVisibility());
  return shown.map((part) => [part.className, box(part.getBoundingClientRect())]);
}"""

FOCUS = """() => {
  const focused = document.activeElement;
  // The tick of a radio button is hidden: its label shows the focus.
  const shown = focused.matches(".btn-check") ? focused.nextElementSibling : focused;
  const wrapper = focused.closest(".upload");
  const outlined = (e) => e && parseFloat(getComputedStyle(e).outlineWidth) >= 2
    && getComputedStyle(e).outlineStyle !== "none";
  return {
    name: focused.id || focused.className || focused.innerText,
    inTable: Boolean(focused.closest("#fleet-table")),
    inPie: Boolean(focused.closest("#pie-basis")),
    seen: outlined(shown) || outlined(wrapper?.querySelector(".btn")),
  };
}"""

RECORD_FLASHES = """id => {
  window.flashed = new Set();
  const note = ({ target }) => target.matches(".ag-cell-data-changed") && flashed.add(target.getAttribute("col-id"));
  const options = { subtree: true, attributes: true, attributeFilter: ["class"] };
  new MutationObserver((changes) => changes.forEach(note)).observe(document.getElementById(id), options);
}"""


def test_the_rows_of_the_fleet_are_drawn_in_columns_that_fit_them(dashboard: Dashboard) -> None:
    watch_first_cells(dashboard)
    dashboard.open()
    dashboard.show_table()
    assert list_resized_columns(dashboard, ids.TABLE) == []


@pytest.mark.shared_tab
def test_clock_controls_figures_and_power_are_in_sight_on_a_small_laptop(dashboard: Dashboard) -> None:
    dashboard.open().jump(12)
    for name in (ids.CLOCK, ids.PLAY, ids.STRATEGY, ids.V2G, ids.make_tile_id("energy"), ids.POWER):
        box = dashboard.at(name).bounding_box()
        assert box["y"] >= 0, name
        assert box["y"] + box["height"] <= 768, name


@pytest.mark.shared_tab
def test_nothing_moves_when_numbers_change(dashboard: Dashboard) -> None:
    dashboard.open().jump(3)
    # Charts load after the page.
    expect(dashboard.page.locator(".dash-graph--pending")).to_have_count(0)
    before = dashboard.page.evaluate(BOXES)
    dashboard.jump(20)
    assert dashboard.page.evaluate(BOXES) == before


@pytest.mark.shared_tab
def test_no_figure_can_be_sent_to_a_cloud(dashboard: Dashboard) -> None:
    dashboard.open().jump(2)
    dashboard.at(ids.POWER).hover()
    expect(dashboard.page.locator(".modebar-btn[data-title='Enregistrer en PNG']").first).to_be_attached()
    titles = dashboard.page.locator(".modebar-btn").evaluate_all("buttons => buttons.map(b => b.dataset.title)")
    assert not [title for title in titles if "cloud" in title.lower() or "share" in title.lower()]


@pytest.mark.shared_tab
@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
def test_tab_walks_from_the_first_link_to_the_end_and_back(dashboard: Dashboard, lang: str) -> None:
    dashboard.open(f"?lang={lang}").jump(2).show_table()
    page = dashboard.page
    page.locator(".skip-link").focus()
    stops = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('body, .skip-link')"):
            break
        stops.append(page.evaluate(FOCUS))
    assert 30 < len(stops) < 200
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


@pytest.mark.shared_tab
def test_tab_crosses_the_table_in_few_stops_and_each_stop_is_seen(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2).show_table()
    page = dashboard.page
    page.keyboard.press("Tab")
    stops = []
    for _ in range(90):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        stops.append(stop)
        if stop["inPie"]:
            break
    assert stops[-1]["inPie"]
    assert sum(stop["inTable"] for stop in stops) <= 4
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


@pytest.mark.shared_tab
def test_a_second_click_deselects_a_model_and_so_does_the_button(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2).show_table()
    title, everything = dashboard.at(ids.REASONS_TITLE), dashboard.at(ids.REASONS_ALL)
    row = dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=n_connected]").nth(1)
    expect(everything).to_be_hidden()
    row.click()
    expect(title).not_to_contain_text("whole fleet")
    row.click()
    expect(title).to_contain_text("whole fleet")
    row.click()
    everything.click()
    expect(title).to_contain_text("whole fleet")
    expect(everything).to_be_hidden()


@pytest.mark.shared_tab
def test_a_click_in_the_legend_hides_a_series_and_a_step_leaves_it_hidden(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2)
    lines = dashboard.page.locator(f"#{ids.POWER} .scatterlayer .trace")
    expect(lines).to_have_count(4)
    entry = dashboard.at(ids.make_legend_id(ids.POWER, "price"))
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(3)
    dashboard.jump(2)
    expect(lines).to_have_count(3)
    entry.click()
    expect(lines).to_have_count(4)


@pytest.mark.shared_tab
def test_the_page_has_one_main_and_says_its_language(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    expect(dashboard.page.get_by_role("main")).to_have_count(1)
    expect(dashboard.page.locator("html")).to_have_attribute("lang", "en")


def test_on_a_phone_axe_finds_nothing_and_the_page_never_scrolls_sideways(phone: Dashboard) -> None:
    phone.open("?lang=fr").jump(12)
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(phone.page)
    assert found.violations_count == 0, found.generate_report()
    phone.at(ids.V2G).uncheck()
    phone.step()
    assert phone.figure("discharging") == 0


def test_the_theme_goes_round_and_is_remembered(dashboard: Dashboard) -> None:
    dashboard.open()
    html, button = dashboard.page.locator("html"), dashboard.at(ids.THEME)
    expect(html).to_have_attribute("data-bs-theme", "light")
    button.click()
    button.click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    step = dashboard.step(2).clock()
    dashboard.page.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    assert dashboard.ready().clock() == step
    button.click()
    expect(html).to_have_attribute("data-theme-choice", "auto")


def test_the_keyboard_alone_steps_sorts_and_chooses(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(11)
    dashboard.at(ids.STEP).focus()
    dashboard.page.keyboard.press("Enter")
    dashboard.until_step(12)
    header = dashboard.show_table().page.get_by_role("columnheader", name="Connected")
    header.focus()
    dashboard.page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    dashboard.page.keyboard.press("ArrowDown")
    dashboard.page.keyboard.press("Space")
    expect(dashboard.at(ids.REASONS_TITLE)).to_contain_text("Why: ")
    expect(dashboard.at(ids.REASONS_TITLE)).not_to_contain_text("whole fleet")


def test_rows_sorted_by_a_live_column_stay_under_the_pointer_until_it_leaves(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2).show_table()
    dashboard.page.get_by_role("columnheader", name="Power (kW)").click()
    before = dashboard.column("model")
    dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=n_fleet]").nth(2).hover()
    dashboard.jump(10)
    assert dashboard.column("model") == before
    dashboard.at(ids.TITLE).click()
    power = [float(text.replace(",", "").replace("\u2212", "-")) for text in dashboard.column("power_kw")]
    assert power == sorted(power, reverse=True)
    assert dashboard.column("model") != before


def test_the_focus_keeps_its_row_and_its_place_while_the_run_goes_on(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2).show_table()
    dashboard.page.get_by_role("columnheader", name="Power (kW)").click()
    before = dashboard.column("model")
    cell = dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=n_connected]").nth(2)
    cell.click()
    dashboard.page.mouse.move(0, 0)
    row = cell.evaluate("cell => cell.closest('.ag-row').getAttribute('row-id')")
    dashboard.jump(10)
    assert dashboard.column("model") == before
    focused = dashboard.page.evaluate("document.activeElement.closest('.ag-row').getAttribute('row-id')")
    assert focused == row


def test_the_pie_can_be_counted_three_ways(dashboard: Dashboard) -> None:
    dashboard.open()
    count = dashboard.at(ids.make_pie_legend_id("capable", "count"))
    expect(count).to_have_text("8")
    dashboard.page.locator("label", has_text="Flotte").locator("visible=true").last.click()
    expect(count).to_have_text("1\u202f000")


def test_an_unknown_address_shows_the_way_back(dashboard: Dashboard) -> None:
    dashboard.open_missing("nowhere?lang=en")
    dashboard.page.get_by_role("link", name="Back to the fleet").click()
    dashboard.ready()
    assert dashboard.clock() == "16:00"


@pytest.mark.parametrize(("motion", "columns"), [("no-preference", ["power_kw"]), ("reduce", [])])
def test_only_models_that_turn_stand_out_and_none_under_reduced_motion(
    dashboard: Dashboard, motion: Literal["no-preference", "reduce"], columns: list[str]
) -> None:
    dashboard.page.emulate_media(reduced_motion=motion)
    dashboard.open("?lang=en").jump(12).show_table()
    power = dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=power_kw]").first
    # The first step after the grid has loaded tells the direction of each model.
    shown = power.inner_text()
    dashboard.jump(1)
    expect(power).not_to_have_text(shown)
    dashboard.page.evaluate(RECORD_FLASHES, ids.TABLE)
    expect(power).to_contain_text("\u2212")
    dashboard.jump(12)
    expect(power).not_to_contain_text("\u2212")
    if columns:
        dashboard.page.wait_for_function("() => flashed.size > 0")
    assert dashboard.page.evaluate("[...flashed]") == columns
