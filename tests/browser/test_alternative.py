"""Another strategy beside the live run in the browser: chosen, kept over a reload, switched off."""

from __future__ import annotations

from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import Dashboard

N_STEPS, TRACE = 12, 4


def test_another_strategy_has_its_curve_and_differences_until_it_is_switched_off(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    dashboard.page.evaluate("steps => dash_clientside.live.submit({ steps })", N_STEPS)
    choice, difference = dashboard.at(ids.ALTERNATIVE), dashboard.at(ids.make_tile_difference_id("net"))
    expect(difference).to_be_empty()
    choice.select_option("uncontrolled")
    expect(difference).to_contain_text("kW")
    dashboard.until_drawn(ids.POWER, N_STEPS + 1, trace=TRACE)
    dashboard.page.reload()
    expect(choice).to_have_value("uncontrolled")
    expect(dashboard.at(ids.ALTERNATIVE_TEXT)).to_contain_text("Uncontrolled, against this run")
    choice.select_option("")
    expect(difference).to_be_empty()
    dashboard.until_drawn(ids.POWER, 0, trace=TRACE)
