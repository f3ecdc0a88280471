"""Another strategy beside the live run in the browser: chosen, kept over a reload and in links, switched off."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

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


def test_a_link_of_the_run_opens_with_the_other_strategy(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").at(ids.ALTERNATIVE).select_option("uncontrolled")
    dashboard.page.locator(f"#{ids.SHARE} > summary").click()
    dashboard.at(ids.SHARE_LINK).click()
    link = dashboard.at(ids.SHARE_TEXT)
    expect(link).to_have_value(re.compile(r"[?&]alternative=uncontrolled#run="))
    address = link.input_value()
    dashboard.page.evaluate("sessionStorage.clear()")
    dashboard.page.goto(f"{dashboard.address}glossary?lang=en")
    dashboard.page.goto(address)
    expect(dashboard.at(ids.ALTERNATIVE_TEXT)).to_contain_text("Uncontrolled, against this run")
    dashboard.at(ids.ALTERNATIVE).select_option("")
    assert "alternative" not in dashboard.page.url
    # A strategy that the server does not have is none.
    dashboard.open("?lang=en&alternative=nothing")
    expect(dashboard.at(ids.ALTERNATIVE)).to_have_value("")
