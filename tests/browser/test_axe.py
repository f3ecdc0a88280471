"""Axe finds nothing in any state of the page: menus, dialogs, tour, issues, a server that is busy or away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard
from tests.browser.test_gate import HEALTH, Held, leave_unanswered

Theme = Literal["light", "dark"]
OPEN_FOLDS = """open => {
  for (const fold of document.querySelectorAll("details:not(.share)")) fold.open = open;
}"""


def compare_live(dashboard: Dashboard) -> None:
    dashboard.at(ids.ALTERNATIVE).select_option("uncontrolled")
    expect(dashboard.at(ids.make_tile_difference_id("net"))).not_to_be_empty()


def open_folds(dashboard: Dashboard) -> None:
    dashboard.page.evaluate(OPEN_FOLDS, True)
    expect(dashboard.page.locator(".chart-table tbody td").first).not_to_be_empty()


def open_fleet_folds(dashboard: Dashboard) -> None:
    open_folds(dashboard)
    expect(dashboard.page.locator(f"#{ids.EVENTS_ROWS} td").first).not_to_be_empty()


def refuse_field(dashboard: Dashboard) -> None:
    """Type a value that is refused into a field of a group."""
    field = dashboard.page.locator(".form-group input[type=text]").first
    field.fill("-1")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")


def open_menu(name: str) -> Callable[[Dashboard], None]:
    """Return a step that closes all other folds and opens a menu of the header."""

    def act(dashboard: Dashboard) -> None:
        dashboard.page.evaluate(OPEN_FOLDS, False)
        dashboard.page.keyboard.press("Escape")
        dashboard.page.locator(f"#{name} > summary").click()
        expect(dashboard.page.locator(f"#{name} .share-box")).to_be_visible()

    return act


def open_tour(dashboard: Dashboard) -> None:
    dashboard.page.locator(".tour-link").click()
    expect(dashboard.at(ids.TOUR)).to_be_visible()


def open_keys(dashboard: Dashboard) -> None:
    dashboard.page.keyboard.press("Escape")
    dashboard.page.locator("body").press("?")
    expect(dashboard.at(ids.KEYS)).to_be_visible()


def open_definition(dashboard: Dashboard) -> None:
    dashboard.page.keyboard.press("Escape")
    dashboard.page.locator(".tile .define").first.click()
    expect(dashboard.at(ids.DEFINITION)).to_be_visible()


def open_page(path: str, shown: str) -> Callable[[Dashboard], None]:
    """Return a step that follows the link to a page and waits for a part of it."""

    def act(dashboard: Dashboard) -> None:
        # A link of a closed menu is followed as well.
        dashboard.page.locator(f"a[href*='/{path}?']").first.evaluate("link => link.click()")
        expect(dashboard.page.locator(shown).first).not_to_be_empty()

    return act


def open_vehicle(dashboard: Dashboard) -> None:
    dashboard.page.locator(f"#{ids.VEHICLES_ROWS} a").first.click()
    expect(dashboard.at(ids.VEHICLE_TITLE)).not_to_be_empty()


def wait_for_nothing(_dashboard: Dashboard) -> None:
    """Leave the page as it is."""


def go_on_to_the_evening(dashboard: Dashboard) -> None:
    dashboard.page.evaluate("dash_clientside.live.submit({ steps: 12 })")
    dashboard.until_step(12)


STATES: dict[str, Callable[[Dashboard], None]] = {
    "first step": wait_for_nothing,
    "evening": go_on_to_the_evening,
    "another strategy": compare_live,
    "all folds of the fleet open": open_fleet_folds,
    "refused field": refuse_field,
    "help menu": open_menu(ids.HELP),
    "tour": open_tour,
    "keys": open_keys,
    "definition": open_definition,
    "share menu": open_menu(ids.SHARE),
    "vehicles": open_page("vehicles", f"#{ids.VEHICLES_ROWS} td"),
    "vehicle": open_vehicle,
    "site": open_page("site", f"#{ids.SITE_VERDICT}"),
    "all folds of the site open": open_folds,
    "report": open_page("report", f"#{ids.REPORT_LINK}[href]"),
    "scenarios": open_page("scenarios", ".card-scenario"),
    "glossary": open_page("glossary", ".glossary dt"),
    "compare": open_page("compare", f"#{ids.COMPARE_WORKLOAD}"),
    # Not next to the glossary, which has the same parts.
    "about": open_page("about", ".glossary dt"),
}
"""States by name, each with the step that leads there from the one before."""
IN_BOTH_THEMES = ("all folds of the fleet open", "all folds of the site open")
"""States that have most of what there is, in light and in dark whatever the theme of the walk."""


def list_findings(dashboard: Dashboard) -> list[str]:
    """Return the rules of axe that the page breaks, each with the elements that break it."""
    axe = Axe()
    # The script of half a megabyte stays in a document.
    if not dashboard.page.evaluate("'axe' in window"):
        dashboard.page.evaluate(axe.axe_script)
    violations = dashboard.page.evaluate("options => axe.run(options)", DEFAULT_OPTIONS)["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in violations]


def show_theme(dashboard: Dashboard, theme: Theme) -> None:
    dashboard.page.emulate_media(color_scheme=theme)
    expect(dashboard.page.locator("html")).to_have_attribute("data-bs-theme", theme)


@pytest.mark.parametrize(("lang", "theme", "other"), [("fr", "light", "dark"), ("ar", "dark", "light")])
def test_axe_finds_nothing_in_any_state(dashboard: Dashboard, lang: str, theme: Theme, other: Theme) -> None:
    dashboard.open(f"?lang={lang}")
    findings = {}
    for name, act in STATES.items():
        show_theme(dashboard, theme)
        act(dashboard)
        findings[name, theme] = list_findings(dashboard)
        if name in IN_BOTH_THEMES and lang == "fr":
            show_theme(dashboard, other)
            findings[name, other] = list_findings(dashboard)
    assert {state: found for state, found in findings.items() if found} == {}


def test_axe_finds_nothing_while_a_server_is_busy_and_then_away(dashboard: Dashboard) -> None:
    dashboard.page.emulate_media(color_scheme="dark")
    dashboard.open("?lang=en")
    held, findings = Held(dashboard), {}
    dashboard.at(ids.STEP).click()
    expect(dashboard.at(ids.STATUS)).to_have_text("Computing…")
    findings["busy"] = list_findings(dashboard)
    dashboard.page.route(HEALTH, leave_unanswered)
    expect(dashboard.at(ids.STATUS)).to_have_text("Reconnecting…")
    findings["away"] = list_findings(dashboard)
    assert findings == {"busy": [], "away": []}
    held.holds = False
    for route in held.routes:
        route.continue_()


def test_axe_finds_nothing_on_an_unknown_address(dashboard: Dashboard) -> None:
    dashboard.open_missing("nowhere?lang=ar")
    assert list_findings(dashboard) == []
