"""The form in a browser: field and run agree, or the field says why not; what is typed is kept until it is applied."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.conftest import Dashboard

V2G_MIN_SOC = "grid_support.v2g_min_soc"


def find_field(dashboard: Dashboard, name: str) -> Any:
    return dashboard.page.locator(f'[id=\'{{"name":"{name}","type":"field"}}\']')


def find_note(dashboard: Dashboard, name: str) -> Any:
    return dashboard.page.locator(f'[id=\'{{"name":"{name}","type":"field-issue"}}\']')


def fill(dashboard: Dashboard, name: str, text: str) -> None:
    find_field(dashboard, name).fill(text)
    dashboard.page.keyboard.press("Tab")


def unfold(dashboard: Dashboard) -> None:
    dashboard.page.locator(f"#{ids.ADVANCED} > summary").click()


def test_a_typo_does_not_stop_the_run_and_its_field_says_what_is_in_force(running: Dashboard) -> None:
    running.open()
    unfold(running)
    for text in ("abc", "", "140"):
        fill(running, V2G_MIN_SOC, text)
        expect(find_note(running, V2G_MIN_SOC)).to_contain_text("En vigueur\u00a0: 60.")
    before = running.clock()
    expect(running.at(ids.CLOCK)).not_to_have_text(before)
    expect(running.at(ids.PAUSE)).to_be_visible()
    expect(find_note(running, V2G_MIN_SOC)).to_contain_text("En vigueur")
    fill(running, V2G_MIN_SOC, "60")
    expect(find_note(running, V2G_MIN_SOC)).to_be_empty()
    fill(running, V2G_MIN_SOC, "0,7")
    expect(find_note(running, V2G_MIN_SOC)).to_have_text("Lu comme 0,70\u202f%. Pour 70\u202f%, saisissez 70.")
    fill(running, V2G_MIN_SOC, "70")
    expect(find_note(running, V2G_MIN_SOC)).to_be_empty()
    fill(running, "fleet_size", "")
    expect(find_note(running, "fleet_size")).to_contain_text("En vigueur\u00a0: 1000.")
    expect(running.at(ids.PAUSE)).to_be_visible()
    assert running.answered_run()["changes"][-1]["params"] == {V2G_MIN_SOC: 0.7}


def test_what_is_typed_is_kept_until_it_is_applied_or_discarded(dashboard: Dashboard) -> None:
    dashboard.open()
    unfold(dashboard)
    fill(dashboard, "target_soc", "80,5")
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Modifiés et non appliqués\u00a0: 1")
    dashboard.at(ids.RESET).click()
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Changed and not applied: 1")
    dashboard.page.reload()
    dashboard.ready()
    unfold(dashboard)
    expect(find_field(dashboard, "target_soc")).to_have_value("80.5")
    fill(dashboard, "reserve_soc", "90")
    dashboard.at(ids.APPLY).click()
    expect(find_note(dashboard, "reserve_soc")).to_contain_text("must not be above the target SOC at departure, 80.5%")
    assert dashboard.answered_run()["scenario"]["target_soc"] == 0.9
    fill(dashboard, "reserve_soc", "0.3")
    dashboard.at(ids.APPLY).click()
    expect(dashboard.at(ids.DRAFTS)).to_be_empty()
    expect(find_note(dashboard, "reserve_soc")).to_contain_text("For 30%, enter 30")
    scenario = dashboard.answered_run()["scenario"]
    assert (scenario["target_soc"], scenario["reserve_soc"]) == (0.805, 0.003)
    fill(dashboard, "target_soc", "70")
    dashboard.at(ids.DISCARD).click()
    expect(find_field(dashboard, "target_soc")).to_have_value("80.5")
    expect(dashboard.at(ids.DISCARD)).to_be_disabled()
