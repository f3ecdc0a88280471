"""The time bar in the browser: a window for all charts, and a cursor that goes back in time."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

N_STEPS = 120


def advance(dashboard: Dashboard, steps: int) -> None:
    dashboard.page.evaluate("steps => dash_clientside.live.submit({ steps })", steps)


def open_run(dashboard: Dashboard) -> Locator:
    dashboard.open("?lang=en")
    advance(dashboard, N_STEPS)
    slider: Locator = dashboard.at(ids.CURSOR).get_by_role("slider")
    expect(slider).to_have_attribute("max", str(N_STEPS))
    return slider


def test_one_window_is_that_of_all_charts_and_outlasts_a_reload(dashboard: Dashboard) -> None:
    open_run(dashboard)
    day = dashboard.page.get_by_role("button", name="24 h")
    day.click()
    for chart in (ids.MODES, ids.POWER):
        dashboard.until_drawn(chart, 97)
    dashboard.page.reload()
    expect(day).to_have_attribute("aria-pressed", "true")
    dashboard.until_drawn(ids.POWER, 97)


@pytest.mark.shared_tab
def test_arrow_keys_go_back_in_time_and_a_button_returns(dashboard: Dashboard) -> None:
    slider = open_run(dashboard)
    energy = dashboard.at(ids.make_tile_id("energy"))
    now = energy.inner_text()
    slider.focus()
    dashboard.page.keyboard.press("ArrowLeft")
    dashboard.page.keyboard.press("ArrowLeft")
    expect(dashboard.at(ids.CURSOR_TEXT)).to_contain_text("0 h 30 min before now")
    dashboard.page.keyboard.press("Home")
    expect(energy).to_have_text("0\N{NO-BREAK SPACE}kWh")
    dashboard.page.get_by_role("button", name="Back to now").click()
    expect(dashboard.at(ids.CURSOR_TEXT)).to_have_text("Shown: now")
    expect(energy).to_have_text(now)


def test_the_past_stays_while_the_run_goes_on(dashboard: Dashboard) -> None:
    slider = open_run(dashboard)
    slider.fill("40")
    expect(dashboard.at(ids.CURSOR_TEXT)).to_contain_text("The past")
    energy = dashboard.at(ids.make_tile_id("energy"))
    then = energy.inner_text()
    advance(dashboard, 4)
    expect(slider).to_have_attribute("max", str(N_STEPS + 4))
    expect(slider).to_have_value("40")
    expect(energy).to_have_text(then)


def read_site(dashboard: Dashboard) -> list[str]:
    """Return the texts of tiles, bill and balance of the page Site."""
    texts: list[str] = dashboard.page.locator(".tiles-site dd, .bill td, .verdict").all_inner_texts()
    return texts


@pytest.mark.shared_tab
def test_the_site_goes_back_to_the_figures_that_it_showed_and_returns(dashboard: Dashboard) -> None:
    dashboard.open("site?lang=en").jump(40)
    then = read_site(dashboard)
    dashboard.jump(60)
    now = read_site(dashboard)
    assert now != then
    dashboard.at(ids.CURSOR).get_by_role("slider").fill("40")
    expect(dashboard.at(ids.CURSOR_TEXT)).to_contain_text("The past")
    assert read_site(dashboard) == then
    dashboard.page.get_by_role("button", name="Back to now").click()
    expect(dashboard.at(ids.CURSOR_TEXT)).to_have_text("Shown: now")
    assert read_site(dashboard) == now
