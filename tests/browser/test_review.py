"""A file before it is used: the dialog by keyboard, while the simulation goes on, on narrow screens, and for axe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Route, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import TICKS, Dashboard
from tests.browser.test_site import answer_file_dialogs, choose_by_keyboard, confirm_file

LOAD = "base_load_profile"
ROWS = [f"2026-06-{15 + k // 24}T{k % 24:02d}:00;{1000 + k};{k},5" for k in range(72)]
TWO_COLUMNS = "\n".join(["heure;Atelier (W);Bureau (W)", *ROWS])

CONFIG = """
timescale: 15
simulation_length: 96
year: 2022
month: 1
day: 17
hour: 5
number_of_charging_stations: 10
"""


def open_form(dashboard: Dashboard, path: Path, text: str, search: str = "?lang=fr") -> Dashboard:
    path.write_text(text, encoding="utf-8")
    answer_file_dialogs(dashboard, path).open(search)
    dashboard.unfold_settings()
    return dashboard


def find_choice(dashboard: Dashboard, name: str) -> Any:
    return dashboard.at(ids.make_choice_field_id(name)).locator("select, input")


def read_contents(dashboard: Dashboard) -> dict[str, Any]:
    """Return the scenario of the run with its files in place of their digests."""
    app = "window.dash_clientside"
    scenario: dict[str, Any] = dashboard.page.evaluate(f"{app}.contents.inline({app}.live.page.run)")["scenario"]
    return scenario


def get_focus(dashboard: Dashboard) -> str:
    return str(dashboard.page.evaluate("document.activeElement.closest('[id]').id"))


def test_a_file_is_chosen_changed_and_used_by_keyboard(dashboard: Dashboard, tmp_path: Path) -> None:
    open_form(dashboard, tmp_path / "charge.csv", TWO_COLUMNS)
    choose_by_keyboard(dashboard)
    dialog = dashboard.page.get_by_role("dialog", name="Vérifier le fichier charge.csv")
    expect(dialog).to_be_visible()
    assert get_focus(dashboard) == ids.REVIEW_TITLE
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_contain_text("plusieurs colonnes de nombres")
    expect(dashboard.at(ids.REVIEW_CONFIRM)).to_be_disabled()
    expect(dashboard.at(ids.REVIEW_CHART)).to_be_hidden()

    column = find_choice(dashboard, "column")
    column.focus()
    column.press("B")
    expect(dashboard.at(ids.REVIEW_CONTENT)).to_contain_text("72 par pas de 60 min")
    expect(dashboard.at(ids.REVIEW_CONTENT)).to_contain_text("W → kW")
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_contain_text("choisissez un début dans la série")
    assert "column" in get_focus(dashboard)
    expect(dashboard.at(ids.REVIEW_CHART)).to_be_visible()
    find_choice(dashboard, "start").select_option("2026-06-15T00:00")
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_be_empty()
    assert dashboard.answered_run()["scenario"][LOAD] == []

    confirm_file(dashboard)
    expect(dashboard.at(ids.make_file_text_id(LOAD))).to_contain_text("charge.csv")
    scenario = read_contents(dashboard)
    assert scenario["start"] == "2026-06-15T00:00"
    assert scenario[LOAD]["values"] == pytest.approx([(k + 0.5) / 1000.0 for k in range(72)])


def expect_next_step(dashboard: Dashboard) -> None:
    before = dashboard.clock()
    expect(dashboard.at(ids.CLOCK)).not_to_have_text(before)


def test_a_bad_file_leaves_the_simulation_running_and_cancelling_leaves_the_file_in_use(
    running: Dashboard, tmp_path: Path
) -> None:
    path = tmp_path / "jour.csv"
    open_form(running, path, "heure;kW\n" + "\n".join(f"{hour:02d}:00;{hour}" for hour in range(24)))
    choose_by_keyboard(running)
    confirm_file(running)
    expect(running.at(ids.make_file_text_id(LOAD))).to_contain_text("jour.csv")
    path.write_text("rien", encoding="utf-8")
    for button in (ids.REVIEW_TITLE, ids.REVIEW_CANCEL):
        choose_by_keyboard(running)
        expect(running.at(ids.REVIEW_ISSUES)).to_contain_text("doit contenir des lignes avec une heure et une valeur")
        expect_next_step(running)
        running.at(button).press("Escape" if button == ids.REVIEW_TITLE else "Enter")
        expect(running.at(ids.REVIEW)).to_be_hidden()
        expect_next_step(running)
        assert read_contents(running)[LOAD] == [[float(hour) for hour in range(24)]], button


def list_dialog_faults(dashboard: Dashboard, width: int) -> list[str]:
    """Return what of the dialog is out of the window or cut off, and what axe finds in light and in dark."""
    box = dashboard.at(ids.REVIEW).bounding_box()
    faults = dashboard.list_clipped(f"#{ids.REVIEW} :is(dt, dd, li, h2, p, .field-name, button)")
    if not box or box["x"] < 0 or box["x"] + box["width"] > width or box["y"] + box["height"] > 700:
        faults.append(f"out of the window: {box}")
    for theme in ("light", "dark"):
        dashboard.page.emulate_media(color_scheme=theme)
        expect(dashboard.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found = Axe().run(dashboard.page, f"#{ids.REVIEW}")
        faults += [found.generate_report()] if found.violations_count else []
    return faults


def test_the_dialog_fits_on_every_screen_and_axe_finds_nothing(dashboard: Dashboard, tmp_path: Path) -> None:
    open_form(dashboard, tmp_path / "une mesure au nom plutot long.csv", TWO_COLUMNS)
    faults = {}
    for width in (1920, 768, 320):
        dashboard.page.set_viewport_size({"width": width, "height": 700})
        choose_by_keyboard(dashboard)
        find_choice(dashboard, "column").select_option("Atelier (W)")
        expect(dashboard.at(ids.REVIEW_CHART)).to_be_visible()
        faults[width] = list_dialog_faults(dashboard, width)
        if width > 320:
            dashboard.page.keyboard.press("Escape")
            expect(dashboard.at(ids.REVIEW)).to_be_hidden()
    assert faults == {1920: [], 768: [], 320: []}
    dashboard.page.emulate_media(color_scheme="light")

    # On a phone, the facts and the chart come before the choices.
    dashboard.page.set_viewport_size({"width": 320, "height": 640})
    parts = (ids.REVIEW_ISSUES, ids.REVIEW_CONTENT, ids.REVIEW_CHART, ids.REVIEW_CHOICES)
    tops = [box["y"] for box in map(Locator.bounding_box, map(dashboard.at, parts)) if box]
    assert tops == sorted(tops)
    assert len(tops) == len(parts)
    boxes = [find_choice(dashboard, name).bounding_box() for name in ("time_column", "column")]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]


def test_a_configuration_of_ev2gym_is_listed_before_its_run_opens(dashboard: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    dashboard.open("?lang=fr").jump(2)
    dashboard.at(ids.SHARE).locator("summary").click()
    dashboard.at(ids.SHARE_OPEN).locator("input").set_input_files(tmp_path / "config.yaml")
    expect(dashboard.at(ids.REVIEW_CONTENT)).to_contain_text("17 janv. 2022 05:00")
    expect(dashboard.at(ids.REVIEW_CONFIRM)).to_have_text("Ouvrir cette simulation")
    assert dashboard.answered_run()["step"] == 2
    confirm_file(dashboard)
    expect(dashboard.at(ids.CLOCK)).to_have_text("05:00")
    assert dashboard.answered_run()["scenario"]["start"] == "2022-01-17T05:00"


def test_a_file_that_is_too_large_for_a_request_gets_a_sentence_and_no_repetition(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    dashboard.page.clock.install()
    open_form(dashboard, tmp_path / "charge.csv", TWO_COLUMNS)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        body = route.request.post_data or ""
        if ids.REVIEW_REQUEST not in body:
            return route.continue_()
        asked.append(body)
        return route.fulfill(status=413, body="<html>Request Entity Too Large</html>")

    dashboard.page.route(TICKS, refuse)
    expect_refusal(dashboard)
    assert len(asked) == 1, "what a proxy refuses is not asked again"
    dashboard.page.evaluate("window.dash_clientside.live.page.texts.body_bytes = 2000")
    expect_refusal(dashboard)
    assert len(asked) == 1, "what the page knows to be too large is not asked"
    dashboard.jump(1)


def test_a_file_waits_for_its_turn_and_is_read_and_used(dashboard: Dashboard, tmp_path: Path) -> None:
    sent: list[str] = []

    def let_it_wait(route: Route) -> None:
        body = route.request.post_data or ""
        if "base64" not in body:
            return route.continue_()
        sent.append(body)
        request = json.loads(body)["inputs"][0]["value"]
        if len(sent) in {2, 4}:
            return route.continue_()
        number = {"number": request["number"], "build": request["build"]}
        later = {"ok": False, "catching_up": 0.0, "wait_ms": 100, "issues": []}
        name = ids.REVIEW_REPLY if ids.REVIEW_REQUEST in body else ids.REPLY
        return route.fulfill(json={"multi": True, "response": {name: {"data": number | later}}})

    open_form(dashboard, tmp_path / "jour.csv", "heure;kW\n" + "\n".join(f"{k:02d}:00;{k}" for k in range(24)))
    dashboard.page.route(TICKS, let_it_wait)
    choose_by_keyboard(dashboard)
    expect(dashboard.at(ids.REVIEW_CONTENT)).to_contain_text("24 par pas de 60 min")
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_be_empty()
    confirm_file(dashboard)
    expect(dashboard.at(ids.make_file_text_id(LOAD))).to_contain_text("jour.csv")
    assert len(sent) == 4


def expect_refusal(dashboard: Dashboard) -> None:
    """Choose a file, see it refused, and leave the dialog."""
    expect(dashboard.at(ids.REVIEW)).to_be_hidden()
    choose_by_keyboard(dashboard)
    expect(dashboard.at(ids.REVIEW)).to_be_visible()
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_contain_text("Cette demande est trop volumineuse")
    expect(dashboard.at(ids.REVIEW_CONFIRM)).to_be_disabled()
    expect(dashboard.at(ids.REVIEW_STATUS)).to_be_empty()
    # The time after which a request without a reply would be repeated.
    dashboard.page.clock.run_for(8500)
    expect(dashboard.at(ids.REVIEW_STATUS)).to_be_empty()
    expect(dashboard.at(ids.REVIEW_ISSUES)).to_contain_text("Cette demande est trop volumineuse")
    dashboard.console.clear()
    dashboard.page.keyboard.press("Escape")
