"""The way of a user through the live page, step by step."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.live import table
from tests.browser.dashboard import PAUSED, Dashboard, watched_page

V2G_STRATEGIES = [key for key in STRATEGIES if key != "uncontrolled"]


def test_a_newcomer_sees_numbers_move_and_all_three_modes(running: Dashboard) -> None:
    running.open("")
    running.at(ids.SPEED).select_option("60")
    expect(running.at(ids.CLOCK)).not_to_have_text("16:00")
    expect(running.at(ids.STATUS)).to_contain_text("En marche")
    for key in ("charging", "discharging", "idle"):
        expect(running.at(ids.make_tile_id(key))).not_to_have_text("0")
    expect(running.page.locator("#power .scatterlayer .trace")).to_have_count(4)


def test_pause_stands_still_and_start_goes_on(running: Dashboard) -> None:
    running.open()
    running.at(ids.PAUSE).click()
    expect(running.at(ids.STATUS)).to_contain_text("En pause")
    expect(running.at(ids.PAUSE)).to_be_hidden()
    expect(running.at(ids.PLAY)).to_be_focused()
    before = running.clock()
    running.at(ids.PLAY).click()
    expect(running.at(ids.CLOCK)).not_to_have_text(before)


@pytest.mark.shared_tab
@pytest.mark.parametrize("key", V2G_STRATEGIES)
def test_each_strategy_chosen_in_the_evening_discharges_vehicles_and_the_switch_stops_them(
    dashboard: Dashboard, key: str
) -> None:
    dashboard.open()
    if key != "grid_support":
        dashboard.at(ids.STRATEGY).select_option("uncontrolled")
    # The load passes the cap of peak shaving from 19:00 on; the other windows are open at 18:00.
    dashboard.jump(14 if key == "peak_shaving" else 8)
    assert dashboard.figure("discharging") == 0 or key == "grid_support"
    dashboard.at(ids.STRATEGY).select_option(key)
    dashboard.step()
    assert dashboard.figure("discharging") > 0
    dashboard.at(ids.V2G).uncheck()
    dashboard.step()
    assert dashboard.figure("discharging") == 0
    expect(dashboard.at(ids.WARNING)).to_contain_text("Le V2G est désactivé")


@pytest.mark.shared_tab
def test_a_change_acts_from_its_moment_on_and_restarts_nothing(dashboard: Dashboard) -> None:
    dashboard.open().step(3)
    drawn = dashboard.at(ids.make_tile_id("energy")).inner_text()
    dashboard.at(ids.STRATEGY).select_option("price")
    expect(dashboard.at(ids.RULE)).to_contain_text("MAD/kWh")
    assert dashboard.clock() == "16:45"
    assert dashboard.at(ids.make_tile_id("energy")).inner_text() == drawn
    changes = dashboard.answered_run()["changes"]
    assert [(change["step"], change["strategy"]) for change in changes] == [(3, "price")]


@pytest.mark.shared_tab
def test_a_reload_loses_nothing(dashboard: Dashboard) -> None:
    dashboard.open()
    dashboard.at(ids.STRATEGY).select_option("renewable")
    dashboard.jump(4)
    before = (dashboard.clock(), dashboard.figure("connected"), dashboard.answered_run())
    dashboard.page.reload()
    dashboard.ready()
    assert (dashboard.clock(), dashboard.figure("connected"), dashboard.answered_run()) == before
    expect(dashboard.at(ids.STRATEGY)).to_have_value("renewable")


@pytest.mark.shared_tab
def test_reset_begins_again_with_the_settings_in_force(dashboard: Dashboard) -> None:
    dashboard.open().step(2)
    dashboard.at(ids.STRATEGY).select_option("price")
    dashboard.step()
    dashboard.begin_again()
    expect(dashboard.at(ids.STRATEGY)).to_have_value("price")
    run = dashboard.answered_run()
    assert (run["scenario"]["strategy"], run["changes"]) == ("price", [])


@pytest.mark.shared_tab
def test_another_catalog_starts_a_new_run_and_says_so(dashboard: Dashboard) -> None:
    dashboard.open().step(2)
    expect(dashboard.at(ids.CATALOG_BADGE)).to_contain_text("V2G supposé")
    dashboard.at(ids.CATALOG).select_option("2023")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Nouvelle simulation")
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:00")
    expect(dashboard.at(ids.make_tile_id("models"))).to_have_text("13")
    expect(dashboard.at(ids.CATALOG_BADGE)).not_to_contain_text("V2G supposé")
    expect(dashboard.at(ids.make_pie_legend_id("incapable", "count"))).to_have_text("11")


@pytest.mark.shared_tab
def test_an_impossible_fleet_size_is_refused_next_to_its_field(dashboard: Dashboard) -> None:
    dashboard.open()
    size = dashboard.page.get_by_label("Taille de la flotte")
    size.fill("1000001")
    size.press("Enter")
    expect(dashboard.page.locator(".fleet-size .field-issue")).to_contain_text("1\u202f000\u202f000")
    size.fill("5000")
    size.press("Enter")
    expect(dashboard.page.locator(".fleet-size .field-issue")).to_be_empty()
    expect(dashboard.at(ids.make_tile_id("vehicles"))).to_have_text("5\u202f000")


@pytest.mark.shared_tab
def test_the_language_changes_and_the_run_goes_on(dashboard: Dashboard) -> None:
    dashboard.open("").jump(5)
    expect(dashboard.page).to_have_title("Véhicules EV2Gym – États V2G/G2V")
    before = (dashboard.clock(), dashboard.figure("connected"), dashboard.answered_run())
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.page.get_by_role("heading", level=1)).to_have_text("EV2Gym vehicles – V2G/G2V states")
    expect(dashboard.page.locator("html")).to_have_attribute("lang", "en")
    dashboard.ready()
    assert (dashboard.clock(), dashboard.figure("connected"), dashboard.answered_run()) == before
    assert "lang=en" in dashboard.page.url
    dashboard.step()
    assert dashboard.clock() == "17:30"


@pytest.mark.shared_tab
def test_the_table_is_exported_with_numbers_as_numbers(dashboard: Dashboard, tmp_path: Path) -> None:
    dashboard.open("?lang=en").jump(10)
    with dashboard.page.expect_download() as started:
        dashboard.at(ids.EXPORT).click()
    path = tmp_path / "fleet.csv"
    started.value.save_as(path)
    heading, *rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(heading) == len(table.FLEET_COLUMNS) == 14
    assert len(rows) == dashboard.figure("models")
    for row in rows:
        values = [value for column, value in zip(table.FLEET_COLUMNS, row, strict=True) if column.digits is not None]
        assert all(float(value) == float(value) for value in values)


def test_sort_search_and_choice_are_still_there_ten_ticks_later(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(8).show_table()
    header = dashboard.page.get_by_role("columnheader", name="Power (kW)")
    header.click()
    expect(header).to_have_attribute("aria-sort", "descending")
    dashboard.at(ids.SEARCH).fill("Tesla")
    expect(dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=model]")).to_have_count(2)
    dashboard.page.locator(f"#{ids.TABLE} .ag-row [col-id=n_connected]").last.click()
    chosen = dashboard.page.locator(f"#{ids.TABLE} .ag-row-selected [col-id=model]")
    name = chosen.inner_text()
    expect(dashboard.at(ids.REASONS_TITLE)).to_have_text(f"Why: {name}")
    dashboard.step(10)
    expect(header).to_have_attribute("aria-sort", "descending")
    powers = [float(text.replace(",", "").replace("\u2212", "-")) for text in dashboard.column("power_kw")]
    assert len(powers) == 2
    assert powers == sorted(powers, reverse=True)
    expect(dashboard.at(ids.SEARCH)).to_have_value("Tesla")
    expect(chosen).to_have_text(name)
    expect(dashboard.at(ids.REASONS_TITLE)).to_have_text(f"Why: {name}")


def test_the_keyboard_reaches_the_content_first_and_links_name_the_open_page(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    page = dashboard.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    current = page.locator("a[aria-current=page]")
    expect(current).to_have_text("Fleet")
    page.get_by_role("link", name="Site", exact=True).click()
    expect(current).to_have_text("Site")
    expect(page).to_have_title("Site – EV2Gym vehicles – V2G/G2V states")
    expect(page.locator("a[aria-current=true]")).to_have_text("EN")


def test_a_strategy_parameter_acts_without_a_new_run(dashboard: Dashboard) -> None:
    dashboard.open().jump(9)
    dashboard.unfold_settings()
    field = dashboard.page.get_by_label("SOC minimal pour le V2G (%)").locator("visible=true")
    field.fill("99,5")
    field.press("Enter")
    expect(dashboard.at(ids.RULE)).to_contain_text("100")
    dashboard.step()
    assert dashboard.clock() == "18:30"
    assert dashboard.figure("discharging") == 0
    field.fill("140")
    field.press("Enter")
    expect(dashboard.page.get_by_text("doit aller de 0 % à 100 %")).to_be_visible()


def test_settings_start_a_new_run(dashboard: Dashboard) -> None:
    dashboard.open().step(2)
    dashboard.unfold_settings()
    dashboard.page.get_by_label("Durée d’un pas").fill("30")
    dashboard.page.get_by_role("combobox", name="Tarif", exact=True).select_option("mt_general")
    dashboard.at(ids.APPLY).click()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:00")
    expect(dashboard.at(ids.PRICE)).to_contain_text("1,0101")
    dashboard.step()
    assert dashboard.clock() == "16:30"
    dashboard.at(ids.STRATEGY).select_option("price")
    expect(dashboard.at(ids.WARNING)).to_contain_text("pas de V2G")


def test_two_browsers_do_not_disturb_each_other(dashboard: Dashboard, context: BrowserContext) -> None:
    assert context.browser is not None
    other_context = context.browser.new_context(locale="fr-FR")
    other_context.add_init_script(PAUSED)
    other = watched_page(other_context, dashboard.address)
    dashboard.open().jump(9)
    other.open("?lang=en")
    other.at(ids.V2G).uncheck()
    other.jump(9)
    assert (other.clock(), other.figure("discharging")) == (dashboard.clock(), 0)
    assert dashboard.step().figure("discharging") > 0
    assert other.step().figure("discharging") == 0
    assert other.console == []
    other_context.close()
