"""The way of a user to the page of the site, and back."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import Dashboard


def test_the_same_run_goes_on_at_the_site_and_back(running: Dashboard) -> None:
    running.open("?lang=fr")
    running.at(ids.SPEED).select_option("60")
    expect(running.at(ids.CLOCK)).not_to_have_text("16:00")
    session = running.answered_run()["session"]
    running.page.get_by_role("link", name="Site").click()
    cost = running.at(ids.bill("total", "cost"))
    expect(cost).not_to_be_empty()
    before = cost.inner_text()
    expect(cost).not_to_have_text(before)
    expect(running.page.locator(f"#{ids.SITE_LOAD} .scatterlayer .trace")).to_have_count(9)
    running.page.get_by_role("link", name="EN").click()
    expect(running.page.get_by_role("heading", name="Is V2G worth it?")).to_be_visible()
    assert running.page.url.endswith("/site?lang=en")
    running.at(ids.PAUSE).click()
    expect(running.at(ids.STATUS)).to_contain_text("Paused")
    step = running.answered_run()["step"]
    running.page.get_by_role("link", name="Fleet").click()
    expect(running.at(ids.figure("vehicles"))).to_have_text("1,000")
    assert running.answered_run()["step"] >= step
    assert running.answered_run()["session"] == session


def test_an_event_now_dips_the_limit_and_the_run_stays_where_it_is(dashboard: Dashboard) -> None:
    dashboard.open("site?lang=fr").jump(12)
    dashboard.at(ids.EVENT).focus()
    dashboard.page.keyboard.press("Enter")
    expect(dashboard.at(ids.EVENT_NOTE)).to_contain_text("Effacement à partir du mar. 15 déc. 2026 19:00")
    assert dashboard.answered_run()["step"] == 12
    dashboard.jump(4)
    limits = dashboard.page.evaluate(f"document.querySelector('#{ids.SITE_LOAD} .js-plotly-plot').data[6].y")
    assert limits[-1] < limits[0]


def test_a_better_threshold_is_one_click_away(dashboard: Dashboard) -> None:
    dashboard.open("site?lang=en").at(ids.STRATEGY).select_option("price")
    dashboard.page.locator(f"#{ids.ADVANCED} summary").click()
    dashboard.page.get_by_role("combobox", name="Tariff").select_option("mt_general")
    dashboard.at(ids.APPLY).click()
    expect(dashboard.at(ids.SITE_THRESHOLD)).to_contain_text("never exceeded")
    dashboard.at(ids.SITE_OFFER).click()
    expect(dashboard.at(ids.SITE_OFFER)).to_be_hidden()
    assert dashboard.answered_run()["changes"][-1]["params"]["price.price_threshold_mad_kwh"] < 1.4157


def test_axe_finds_nothing_in_light_and_dark(dashboard: Dashboard) -> None:
    dashboard.open("site?lang=fr").jump(24)
    dashboard.page.locator(f"#{ids.ADVANCED} summary").click()
    for theme in ("light", "dark"):
        dashboard.page.emulate_media(color_scheme=theme)
        expect(dashboard.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found = Axe().run(dashboard.page)
        assert found.violations_count == 0, found.generate_report()
