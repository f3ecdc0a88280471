"""The vehicles in the browser: from a model to one of its vehicles, by pointer and keyboard, and its address."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard
from tests.browser.test_tick import wait_for_rest

FIRST_LINK = f"#{ids.VEHICLES_ROWS} tr:first-child a"


def expect_no_violation(dashboard: Dashboard) -> None:
    report = Axe().run(dashboard.page)
    assert report.violations_count == 0, report.generate_report()


def test_two_clicks_lead_from_a_model_to_a_vehicle_and_back_leads_to_the_list(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(20).show_table()
    row = dashboard.page.locator(f"#{ids.TABLE} .ag-center-cols-container .ag-row").first
    model = row.get_attribute("row-id")
    row.locator("[col-id=n_fleet]").click()
    expect(dashboard.at(ids.VEHICLES_MODEL)).to_have_value(str(model))
    expect(dashboard.page.locator(FIRST_LINK)).to_be_visible()
    expect_no_violation(dashboard)
    dashboard.page.locator(FIRST_LINK).click()
    expect(dashboard.at(ids.VEHICLE_TITLE)).to_be_focused()
    expect(dashboard.at(ids.VEHICLE_TITLE)).to_contain_text(str(model))
    expect(dashboard.page.locator(f"#{ids.VEHICLE_SPANS} tr").first).to_be_visible()
    dashboard.page.go_back()
    expect(dashboard.at(ids.VEHICLES_COUNT)).to_be_visible()
    expect(dashboard.at(ids.VEHICLES_MODEL)).to_have_value(str(model))
    assert dashboard.answered_run()["step"] == 20


def test_the_detail_of_a_model_leads_to_its_vehicles_and_the_keyboard_to_one_of_them(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    facts = dashboard.at(ids.MODEL_FACTS)
    expect(facts).to_be_hidden()
    # A row that is chosen while the grid takes its first rows is chosen no longer.
    wait_for_rest(dashboard.show_table())
    cell = dashboard.page.locator(f"#{ids.TABLE} .ag-center-cols-container .ag-row .ag-cell").first
    cell.click()
    expect(facts).to_be_visible()
    expect(dashboard.at(ids.make_model_fact_id("efficiency-3ph"))).to_contain_text("A: ")
    expect_no_violation(dashboard)
    dashboard.page.get_by_role("button", name="Its vehicles").click()
    link = dashboard.page.locator(FIRST_LINK)
    expect(link).to_be_visible()
    expect(dashboard.at(ids.VEHICLES_MODEL)).not_to_have_value("")

    dashboard.page.get_by_role("link", name="Fleet", exact=True).click()
    dashboard.ready().show_table()
    cell.focus()
    cell.press("Enter")
    expect(link).to_be_visible()
    link.focus()
    link.press("Enter")
    expect(dashboard.at(ids.VEHICLE_TITLE)).to_be_focused()
    dashboard.page.get_by_role("button", name="All vehicles").press("Enter")
    expect(link).to_be_focused()


def test_an_address_opens_a_vehicle_which_follows_the_run_is_saved_and_keeps_its_language(dashboard: Dashboard) -> None:
    dashboard.open("vehicles?lang=en&vehicle=7").jump(4)
    expect_file_of_steps(dashboard, 4)
    rows = dashboard.page.locator(f"#{ids.VEHICLE_HISTORY}").locator("xpath=ancestor::*[@role='figure']")
    rows.locator("summary").click()
    expect(rows.locator("tbody tr")).to_have_count(5)
    dashboard.jump(3)
    expect(rows.locator("tbody tr")).to_have_count(8)
    dashboard.page.get_by_role("link", name="FR", exact=True).click()
    expect(dashboard.at(ids.VEHICLE_TITLE)).to_contain_text("Véhicule 7")
    expect(dashboard.page).to_have_url(re.compile("lang=fr&vehicle=7$"))


def expect_file_of_steps(dashboard: Dashboard, n_steps: int) -> None:
    with dashboard.page.expect_download() as download:
        dashboard.page.get_by_role("button", name="Download the steps (CSV)").click()
    assert download.value.suggested_filename == "ev2gym-vehicle-7.csv"
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == '"Time (UTC)","SOC (%)","Power (kW)","Mode","Reason","Target (%)"'
    assert len(lines) == 1 + n_steps


def test_filters_search_and_order_are_in_the_address_and_unknown_ones_leave_a_way_out(dashboard: Dashboard) -> None:
    dashboard.open("vehicles?lang=en&vehicle=5000&mode=flying&sort=colour&page=x")
    expect(dashboard.at(ids.VEHICLE_STATUS)).to_contain_text("the numbers 0 to 999")
    dashboard.page.get_by_role("button", name="All vehicles").click()
    expect(dashboard.at(ids.VEHICLES_COUNT)).to_have_text("1,000 of 1,000 vehicles")
    dashboard.jump(20)
    dashboard.at(ids.VEHICLES_MODE).select_option("g2v")
    dashboard.at(ids.VEHICLES_SEARCH).fill("tesla")
    expect(dashboard.page).to_have_url(re.compile("mode=g2v&q=tesla&sort=colour$"))
    dashboard.page.get_by_role("button", name="SOC").click()
    expect(dashboard.page.get_by_role("columnheader", name="SOC")).to_have_attribute("aria-sort", "ascending")
    modes = dashboard.page.locator(f"#{ids.VEHICLES_ROWS} td:nth-child(3)")
    expect(modes.first).to_have_text("Charges (G2V)")
    assert set(modes.all_inner_texts()) == {"Charges (G2V)"}
    found = dashboard.at(ids.VEHICLES_COUNT).inner_text()
    dashboard.page.reload()
    expect(dashboard.at(ids.VEHICLES_COUNT)).to_have_text(found)
    expect(dashboard.at(ids.VEHICLES_SEARCH)).to_have_value("tesla")
    dashboard.page.get_by_role("button", name="Clear filters").click()
    expect(dashboard.at(ids.VEHICLES_COUNT)).to_have_text("1,000 of 1,000 vehicles")


def test_a_phone_shows_list_and_vehicle_within_its_width(phone: Dashboard) -> None:
    phone.open("vehicles?lang=fr").jump(20)
    assert phone.list_cut_numbers() == []
    # The state, the SOC and the reason of a vehicle are in sight without a scroll within the table.
    rows = phone.page.locator(".vehicles-list .rows")
    assert rows.evaluate("rows => rows.scrollWidth <= rows.clientWidth")
    phone.page.locator(FIRST_LINK).click()
    expect(phone.page.locator(f"#{ids.VEHICLE_SPANS} tr").first).to_be_visible()
    assert phone.list_cut_numbers() == []
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_tiles_of_a_vehicle_that_gives_back_have_room(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr").jump(12)
    dashboard.page.get_by_role("link", name="Véhicules", exact=True).click()
    dashboard.page.locator(f"#{ids.VEHICLES_ROWS} tr[data-mode=v2g] a").first.click()
    for title in ("Véhicule ", "Vehicle "):
        expect(dashboard.at(ids.VEHICLE_TITLE)).to_contain_text(title)
        expect(dashboard.at(ids.make_tile_id("vehicle-mode"))).to_contain_text("V2G")
        assert dashboard.list_clipped(".vehicle-page .tile dd") == [], title
        assert dashboard.list_cut_numbers() == [], title
        dashboard.page.get_by_role("link", name="EN", exact=True).click()


def test_the_user_decides_for_a_vehicle_and_takes_it_back(dashboard: Dashboard) -> None:
    dashboard.open("vehicles?lang=en&sort=soc&mode=idle").jump(12)
    dashboard.page.locator(FIRST_LINK).click()
    group, status = (
        dashboard.page.get_by_role("group", name="Decide for this vehicle"),
        dashboard.at(ids.VEHICLE_DECIDED),
    )
    expect(status).to_contain_text("The strategy decides.")
    expect(group.get_by_role("button", name="As the strategy")).to_be_disabled()
    for name in ("Charge now", "Never V2G"):
        group.get_by_role("button", name=name).click()
        expect(group.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    time = group.get_by_label("Time of the departure")
    set_departure = group.get_by_role("button", name="Set the departure")
    time.fill("6:30 am")
    set_departure.click()
    expect(time).to_have_attribute("aria-invalid", "true")
    assert time.evaluate("e => e.validationMessage") == "Enter a time of day such as 07:30."
    time.fill("6h30")
    expect(time).to_have_attribute("aria-invalid", "false")
    set_departure.click()
    expect(time).to_have_value("06:30")
    expect(status).to_contain_text("06:30, instead of")
    expect_no_violation(dashboard)
    assert [change["step"] for change in dashboard.answered_run()["changes"]] == [12, 12, 12]
    group.get_by_role("button", name="As the strategy").click()
    expect(status).to_contain_text("The strategy decides.")
