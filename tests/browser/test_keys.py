"""Keys: outside of fields a key starts, pauses, steps and sets the speed; the list says so, and can turn them off."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard


def press(dashboard: Dashboard, key: str) -> None:
    dashboard.page.keyboard.press(key)


def test_keys_start_pause_step_and_set_the_speed(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    press(dashboard, "ArrowRight")
    dashboard.until_step(1)
    press(dashboard, "4")
    expect(dashboard.at(ids.SPEED)).to_have_value("60")
    press(dashboard, " ")
    expect(dashboard.at(ids.STATUS)).to_contain_text("En marche")
    press(dashboard, " ")
    expect(dashboard.at(ids.STATUS)).to_contain_text("En pause")


@pytest.mark.shared_tab
def test_a_key_fills_the_screen_and_gives_it_back(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    for is_full in (True, False):
        press(dashboard, "f")
        dashboard.page.wait_for_function("full => Boolean(document.fullscreenElement) === full", arg=is_full)


def test_a_key_in_a_field_is_typed_and_does_nothing_else(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    search = dashboard.page.locator(f"#{ids.SEARCH}")
    search.click()
    for key in ("2", " ", "?", "f"):
        press(dashboard, key)
    expect(search).to_have_value("2 ?f")
    expect(dashboard.at(ids.SPEED)).to_have_value("15")
    expect(dashboard.at(ids.STATUS)).to_contain_text("En pause")
    expect(dashboard.at(ids.KEYS)).to_be_hidden()


@pytest.mark.shared_tab
def test_space_on_a_button_presses_it_alone(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    dashboard.at(ids.STEP).focus()
    press(dashboard, " ")
    dashboard.until_step(1)
    expect(dashboard.at(ids.STATUS)).to_contain_text("En pause")


def test_the_list_opens_by_its_key_and_turns_the_keys_off(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    press(dashboard, "?")
    dialog = dashboard.at(ids.KEYS)
    expect(dialog).to_contain_text("Démarrer ou mettre en pause")
    dialog.get_by_label("Raccourcis actifs").uncheck()
    press(dashboard, "Escape")
    expect(dialog).to_be_hidden()
    press(dashboard, " ")
    expect(dashboard.at(ids.STATUS)).to_contain_text("En pause")
    dashboard.page.locator(f"#{ids.HELP} > summary").click()
    dashboard.at(ids.KEYS_OPEN).click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Fermer").click()
    expect(dialog).to_be_hidden()


@pytest.mark.shared_tab
def test_a_definition_opens_beside_its_figure_and_escape_closes_it(dashboard: Dashboard) -> None:
    dashboard.open("?lang=fr")
    button = dashboard.page.get_by_role("button", name="Définition : Énergie soutirée")
    button.focus()
    press(dashboard, "Enter")
    bubble = dashboard.at(ids.DEFINITION)
    expect(bubble).to_contain_text("Énergie soutirée par les bornes")
    expect(button).to_have_attribute("aria-expanded", "true")
    box = bubble.bounding_box()
    assert box
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 1366
    number = dashboard.at(ids.make_tile_id("energy")).bounding_box()
    assert number
    assert box["y"] + box["height"] < number["y"]
    press(dashboard, "Escape")
    expect(bubble).to_be_hidden()
