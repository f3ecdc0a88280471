"""The form in a browser: field and run agree, or the field says why not; what is typed is kept until it is applied."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

V2G_MIN_SOC = "grid_support.v2g_min_soc"


def find_field(dashboard: Dashboard, name: str) -> Any:
    return dashboard.page.locator(f'[id=\'{{"name":"{name}","type":"field"}}\']')


def find_note(dashboard: Dashboard, name: str) -> Any:
    return dashboard.page.locator(f'[id="{ids.make_field_issue_id(name)}"]')


def fill(dashboard: Dashboard, name: str, text: str) -> None:
    find_field(dashboard, name).fill(text)
    dashboard.page.keyboard.press("Tab")


def test_a_typo_does_not_stop_the_run_and_its_field_says_what_is_in_force(running: Dashboard) -> None:
    running.open()
    running.unfold_settings()
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
    dashboard.unfold_settings()
    fill(dashboard, "target_soc", "80,5")
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Modifiés et non appliqués\u00a0: 1")
    dashboard.at(ids.RESET).click()
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Changed and not applied: 1")
    dashboard.page.reload()
    dashboard.ready()
    dashboard.unfold_settings()
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


def test_a_time_has_24_hours_in_the_language_of_the_page_whatever_that_of_the_browser(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    field, note = find_field(dashboard, "event_start"), find_note(dashboard, "event_start")
    expect(field).to_have_attribute("placeholder", "JJ/MM/AAAA HH:MM")
    fill(dashboard, "event_start", "7 pm")
    dashboard.at(ids.APPLY).click()
    expect(note).to_have_text("doit être une date et une heure UTC comme 15/12/2026 16:00, et non 7 pm")
    fill(dashboard, "event_start", "19h")
    dashboard.at(ids.APPLY).click()
    expect(field).to_have_value("15/12/2026 19:00")
    expect(note).to_be_empty()
    assert dashboard.answered_run()["scenario"]["event_start"] == "2026-12-15T19:00"
    fill(dashboard, "event_start", "16/12/2026 18:30")
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(field).to_have_value("2026-12-16 18:30")


def find_group(dashboard: Dashboard, title: str) -> Any:
    return dashboard.page.locator(".form-group", has=dashboard.page.locator("summary", has_text=title))


def test_a_field_that_differs_is_marked_counted_and_goes_back_to_its_default(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    dashboard.unfold_settings()
    reset = dashboard.at(ids.SETTINGS_RESET)
    expect(reset).to_be_disabled()
    fill(dashboard, "target_soc", "80")
    fill(dashboard, "limit_kw_per_vehicle", "5")
    fill(dashboard, V2G_MIN_SOC, "70")
    count = find_group(dashboard, "Véhicules et stationnements").locator(".group-count")
    expect(count).to_have_text("Modifiés\u00a0: 1")
    expect(dashboard.page.locator(".fold > summary .settings-changed")).to_have_text("Modifiés\u00a0: 3")
    mark = dashboard.page.get_by_role("button", name="défaut\u00a0: 90 (SOC cible au départ")
    mark.click()
    expect(find_field(dashboard, "target_soc")).to_have_value("90")
    expect(mark).to_have_count(0)
    expect(count).to_be_empty()
    dashboard.at(ids.APPLY).click()
    expect(dashboard.at(ids.DRAFTS)).to_be_empty()
    assert dashboard.answered_run()["scenario"]["limit_kw_per_vehicle"] == 5.0
    reset.click()
    expect(find_field(dashboard, "limit_kw_per_vehicle")).to_have_value("3,5")
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Modifiés et non appliqués\u00a0: 1")
    expect(find_field(dashboard, V2G_MIN_SOC)).to_have_value("60")
    expect(reset).to_be_disabled()


def test_the_search_shows_the_fields_that_match_and_escape_empties_it(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    dashboard.at(ids.SETTINGS_OPEN).click()
    search, count = dashboard.at(ids.SETTINGS_SEARCH), dashboard.at(ids.SETTINGS_COUNT)
    expect(search).to_be_focused()
    search.fill("REACTIVE")
    expect(count).to_have_text("Aucun réglage ne correspond.")
    # By label without its accents, by unit and by name.
    for query, name in (("reserve decharge", "reserve_soc"), ("kwp", "pv_kwp_per_vehicle"), ("tilt", "tilt_deg")):
        search.fill(query)
        expect(find_field(dashboard, name)).to_be_visible()
        expect(find_field(dashboard, "seed")).to_be_hidden()
        expect(count).to_contain_text("Réglages trouvés")
    search.fill("taille")
    search.press("Escape")
    expect(search).to_have_value("")
    expect(count).to_be_empty()
    expect(find_group(dashboard, "Bornes")).to_be_visible()
    expect(find_field(dashboard, "tilt_deg")).to_be_hidden()


def test_the_search_leads_to_a_setting_at_the_top_of_the_page(phone: Dashboard) -> None:
    phone.open("?lang=fr")
    phone.page.locator(f"#{ids.ADVANCED} > summary").click()
    phone.at(ids.SETTINGS_SEARCH).fill("raccordement vehicule")
    phone.at(ids.SETTINGS_ELSEWHERE).get_by_role("button").click()
    expect(find_field(phone, "limit_kw_per_vehicle")).to_be_focused()


def open_from_gallery(dashboard: Dashboard) -> Any:
    dashboard.page.get_by_role("link", name="Scénarios", exact=True).click()
    dashboard.page.get_by_role("link", name="Ouvrir cette simulation\u00a0: Bornes rares").click()
    dialog = dashboard.at(ids.DRAFT_DIALOG)
    expect(dialog).to_contain_text("Raccordement")
    return dialog


def test_opening_a_scenario_asks_about_the_changes_that_are_not_applied(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    fill(dashboard, "limit_kw_per_vehicle", "5")
    open_from_gallery(dashboard).get_by_role("button", name="Les garder").click()
    expect(find_field(dashboard, "limit_kw_per_vehicle")).to_have_value("5")
    expect(dashboard.at(ids.DRAFTS)).to_have_text("Modifiés et non appliqués\u00a0: 1")
    open_from_gallery(dashboard).get_by_role("button", name="Les abandonner").click()
    expect(dashboard.at(ids.DRAFT_DIALOG)).to_be_hidden()
    expect(find_field(dashboard, "limit_kw_per_vehicle")).to_have_value("3,5")
    assert dashboard.answered_run()["scenario"]["evse_per_vehicle"] == 0.1


def test_an_issue_opens_its_group(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    dashboard.unfold_settings()
    fill(dashboard, "reserve_soc", "95")
    find_group(dashboard, "V2G et batteries").locator("summary").click()
    expect(find_field(dashboard, "reserve_soc")).to_be_hidden()
    dashboard.at(ids.APPLY).click()
    expect(find_note(dashboard, "reserve_soc")).to_be_visible()


def test_folds_stay_as_the_user_left_them_over_a_reload_and_in_another_language(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    settings, log = dashboard.at(ids.ADVANCED), dashboard.at(ids.EVENTS)
    group = dashboard.page.locator(f"#{ids.ADVANCED} .form-group[data-fold]").first
    settings.locator("> summary").click()
    group.locator("> summary").click()
    log.locator("> summary").click()
    dashboard.page.reload()
    dashboard.ready()
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.page.locator("html")).to_have_attribute("lang", "en")
    for fold in (settings, group):
        expect(fold).to_have_attribute("open", "")
    expect(log).not_to_have_attribute("open", re.compile(""))
