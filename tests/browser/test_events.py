"""The event log in the browser: a click or Enter goes to the moment, the kinds are filtered, the file is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

N_STEPS = 40


def open_log(dashboard: Dashboard, lang: str = "en") -> Locator:
    dashboard.open(f"?lang={lang}")
    dashboard.page.evaluate("steps => dash_clientside.live.submit({ steps })", N_STEPS)
    rows: Locator = dashboard.at(ids.EVENTS_ROWS).get_by_role("row")
    expect(rows.filter(has_text="V2G")).not_to_have_count(0)
    return rows


@pytest.mark.parametrize("key", ["click", "Enter"])
def test_an_event_leads_to_its_moment(dashboard: Dashboard, key: str) -> None:
    row = open_log(dashboard).filter(has_text="V2G begins").first
    button = row.get_by_role("button")
    if key == "click":
        row.click()
    else:
        button.focus()
        dashboard.page.keyboard.press(key)
    expect(dashboard.at(ids.CURSOR_TEXT)).to_contain_text("The past")
    expect(row).to_have_attribute("aria-current", "true")
    count = row.inner_text().rpartition(": ")[2]
    expect(dashboard.at(ids.make_tile_id("discharging"))).to_have_text(count.strip())


def test_the_log_is_filtered_by_kind_and_tells_when_there_is_nothing(dashboard: Dashboard) -> None:
    rows = open_log(dashboard)
    choice = dashboard.at(ids.EVENTS_GROUP)
    choice.select_option("tariff")
    expect(rows.filter(has_text="V2G")).to_have_count(0)
    expect(rows.first).to_contain_text("Tariff")
    choice.select_option("change")
    expect(dashboard.at(ids.EVENTS)).to_contain_text("No event of this kind so far.")


@pytest.mark.shared_tab
def test_a_change_by_the_user_is_listed(dashboard: Dashboard) -> None:
    rows = open_log(dashboard)
    dashboard.page.evaluate("dash_clientside.live.submit({ set: { v2g: false } })")
    expect(rows.first).to_contain_text("V2G off")


@pytest.mark.shared_tab
def test_a_saved_log_follows_the_conventions_of_the_language(dashboard: Dashboard, tmp_path: Path) -> None:
    open_log(dashboard, "fr")
    with dashboard.page.expect_download() as download:
        dashboard.at(ids.EVENTS_EXPORT).click()
    path = tmp_path / "events.csv"
    download.value.save_as(path)
    _scenario, _time, headings, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert headings.split(";")[:3] == ['"Heure (UTC)"', '"Type"', '"Événement"']
    (energy,) = {line.split(";")[6] for line in lines if "Fin du V2G" in line}
    assert "," in energy


def test_the_log_is_closed_on_a_phone_until_it_is_opened(dashboard: Dashboard) -> None:
    dashboard.page.set_viewport_size({"width": 390, "height": 844})
    dashboard.open("?lang=en")
    panel = dashboard.at(ids.EVENTS)
    expect(panel).not_to_have_attribute("open", "")
    dashboard.page.evaluate("dash_clientside.live.submit({ steps: 12 })")
    panel.get_by_role("heading").click()
    expect(dashboard.at(ids.EVENTS_ROWS)).to_contain_text("Peak hours (HP) begin")


@pytest.mark.shared_tab
def test_the_rows_are_one_stop_of_the_tab_key_and_the_arrows_go_through_them(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(24)
    times = dashboard.at(ids.EVENTS_ROWS).get_by_role("button")
    expect(times.nth(1)).to_be_visible()
    stops = [time.get_attribute("tabindex") for time in times.all()]
    assert stops == ["0", *["-1"] * (len(stops) - 1)]
    times.first.focus()
    dashboard.page.keyboard.press("ArrowDown")
    expect(times.nth(1)).to_be_focused()
    expect(times.nth(1)).to_have_attribute("tabindex", "0")
    dashboard.page.keyboard.press("Home")
    expect(times.first).to_be_focused()
