"""The first sight: a newcomer sees the first numbers before the scripts of Dash are there, and nobody a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Route, ViewportSize, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import PAUSED, Dashboard, asked, watched_page

PAGE_SCRIPTS = "**/bundles/page.*.js"
PARTS = (
    "h1, .page-name, .lang, .clock, .price, .now-price, .btn, select, input:not([type=range]), .rule, .fact, .tile, "
    ".tile-value, .panel"
)
"""The slider of the time bar is a script's, in the room that is kept for it."""
LIST_PARTS = """([frame, parts]) => [...document.querySelector(frame).querySelectorAll(parts)]
  .filter((part) => part.checkVisibility() && part.getBoundingClientRect().bottom <= innerHeight)
  .map((part) => {
    const {x, y, width, height} = part.getBoundingClientRect();
    return [part.tagName, part.matches(".panel") ? "" : part.textContent, ...[x, y, width, height].map(Math.round)];
  })"""
LIST_NUMBERS = "frame => [...document.querySelector(frame).querySelectorAll('.tile-value')].map((e) => e.textContent)"
PAGE, SIGHT = f"#{ids.PAGE}", "first-sight"


@contextmanager
def held_back(dashboard: Dashboard, search: str) -> Iterator[Locator]:
    """Open a page whose own scripts come only after the block: until then, it shows its first sight."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    dashboard.page.route(PAGE_SCRIPTS, hold)
    with dashboard.page.expect_request(PAGE_SCRIPTS):
        dashboard.page.goto(dashboard.address + search, wait_until="commit")
    yield dashboard.page.locator(SIGHT)
    for route in held:
        route.continue_()
    dashboard.page.unroute(PAGE_SCRIPTS)
    dashboard.ready()


def list_parts(dashboard: Dashboard, frame: str) -> list[Any]:
    """Return the text and box of each part of a frame that is whole in the window."""
    parts: list[Any] = dashboard.page.evaluate(LIST_PARTS, [frame, PARTS])
    return parts


@pytest.mark.parametrize(("path", "lang"), [("", "fr"), ("", "ar"), ("site", "en"), ("vehicles", "fr")])
def test_a_newcomer_sees_the_first_numbers_before_the_scripts_of_the_page(
    dashboard: Dashboard, path: str, lang: str
) -> None:
    with held_back(dashboard, f"{path}?lang={lang}") as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
        numbers = dashboard.page.evaluate(LIST_NUMBERS, SIGHT)
        assert sight.locator("[id]").count() == 0
    expect(sight).to_have_count(0)
    assert dashboard.page.evaluate(LIST_NUMBERS, PAGE) == numbers


@pytest.mark.parametrize("path", ["", "site"])
@pytest.mark.parametrize(
    "size", [{"width": 1920, "height": 1080}, {"width": 1366, "height": 768}, {"width": 768, "height": 1024}], ids=str
)
def test_the_page_has_the_parts_of_the_first_sight_in_the_same_places(
    dashboard: Dashboard, path: str, size: ViewportSize
) -> None:
    compare_parts(dashboard, f"{path}?lang=fr", size)


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_has_the_parts_of_the_first_sight_in_the_same_places(phone: Dashboard, width: int) -> None:
    compare_parts(phone, "?lang=fr", {"width": width, "height": 844})
    assert phone.page.evaluate("document.documentElement.scrollWidth") == width


def compare_parts(dashboard: Dashboard, search: str, size: ViewportSize) -> None:
    """Check that nothing moves when the page takes the place of the first sight."""
    dashboard.page.set_viewport_size(size)
    with held_back(dashboard, search) as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
        seen = list_parts(dashboard, SIGHT)
    assert len(seen) > 20
    assert list_parts(dashboard, PAGE) == seen


@pytest.mark.parametrize(
    "search", ["?lang=fr&alternative=price", "?lang=fr#run=abc", "vehicles?lang=fr&mode=v2g", "compare?lang=fr"]
)
def test_an_address_with_a_choice_or_without_a_run_has_no_first_sight(dashboard: Dashboard, search: str) -> None:
    dashboard.page.goto(dashboard.address + search, wait_until="commit")
    expect(dashboard.at(ids.PAGE)).to_be_visible()
    assert dashboard.page.evaluate("document.querySelectorAll('first-sight *').length") == 0


def test_a_reload_shows_the_run_that_was_kept_and_never_the_first_numbers(dashboard: Dashboard) -> None:
    dashboard.open().jump(12)
    with held_back(dashboard, "?lang=fr") as sight:
        expect(sight).to_be_hidden()
        assert sight.locator("*").count() == 0
    assert dashboard.clock() == "19:00"


def test_axe_finds_nothing_in_the_first_sight_in_light_and_dark(dashboard: Dashboard) -> None:
    with held_back(dashboard, "?lang=fr") as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
        for theme in ("light", "dark"):
            dashboard.page.emulate_media(color_scheme=theme)
            found = Axe().run(dashboard.page, context=SIGHT)
            assert found.violations_count == 0, found.generate_report()


def test_the_run_of_a_newcomer_begins_with_its_first_step_and_no_request_before(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce", locale="fr-FR")
    context.add_init_script(PAUSED)
    dashboard = watched_page(context, address)
    requests: list[Any] = []
    dashboard.page.on("request", lambda request: requests.extend(filter(None, [asked(request)])))
    for path in ("", "site", "vehicles", "report"):
        dashboard.page.evaluate("sessionStorage.removeItem('run')") if path else None
        dashboard.open(f"{path}?lang=fr")
    assert requests == []
    session = dashboard.answered_run()["session"]
    assert session.count("-") == 3
    dashboard.open().step()
    assert [request["run"]["session"] for request in requests if request["steps"]] == [session]
    context.close()
