"""The first run: the first sight plays until the page is there, which goes on with it: one run, no step twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import TICKS, Dashboard, asked
from tests.browser.test_first_sight import PAGE, SIGHT, held_back, list_parts
from tests.browser.test_gate import forget_failures
from tests.browser.test_tick import expect_run_shown

NOTE_CLOCKS = f"""
window.clocks = [];
new MutationObserver(() => {{
  const clock = document.querySelector("{SIGHT} .clock") ?? document.getElementById("{ids.CLOCK}");
  if (clock?.textContent && clock.textContent !== clocks.at(-1)) clocks.push(clock.textContent);
}}).observe(document, {{subtree: true, childList: true, characterData: true}});
"""
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true});"
FIRST_MIN, STEP_MIN = 16 * 60, 15
HAS_STEP = "step => JSON.parse(sessionStorage.getItem('run'))?.step >= step"
Requests = list[dict[str, Any]]


@pytest.fixture
def requests(running: Dashboard) -> Iterator[Requests]:
    """What the page and its first sight ask of the run; the page notes the times that its clock shows."""
    requests: Requests = []
    running.page.add_init_script(NOTE_CLOCKS)
    running.page.on("request", lambda request: requests.extend(filter(None, [asked(request)])))
    yield requests
    clocks = running.page.evaluate("clocks")
    minutes = range(FIRST_MIN, FIRST_MIN + STEP_MIN * len(clocks), STEP_MIN)
    assert clocks == [f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in minutes]


def play_to(dashboard: Dashboard, step: int) -> None:
    """Wait until the page has played to a step, or beyond."""
    dashboard.page.wait_for_function(HAS_STEP, arg=step)


def list_steps(requests: Requests) -> list[tuple[int, int]]:
    """Return from which step each request asks for how many more, at its first attempt."""
    return [(request["run"]["step"], request["steps"]) for request in requests if request["attempt"] == 1]


def list_sessions(requests: Requests) -> set[str]:
    return {request["run"]["session"] for request in requests}


def test_the_clock_moves_before_the_page_is_there_which_goes_on_with_the_run(
    running: Dashboard, requests: Requests
) -> None:
    with held_back(running, "?lang=fr"):
        running.page.wait_for_function("() => clocks.length > 2")
        moved = len(requests)
    assert running.clock() >= "16:30"
    play_to(running, running.answered_run()["step"] + 2)
    assert list_steps(requests)[:moved] == [(k, 1) for k in range(moved)]
    assert all(step >= moved - 1 for step, _n_steps in list_steps(requests)[moved:])
    assert list_sessions(requests) == {running.answered_run()["session"]}


@pytest.mark.parametrize("path", ["", "site"])
def test_the_page_shows_the_step_that_the_first_sight_has_reached_as_the_undisturbed_run_has_it(
    running: Dashboard, requests: Requests, path: str
) -> None:
    seen = play_two_steps(running, path)
    assert len(seen) > 20
    assert list_parts(running, PAGE) == seen
    assert running.answered_run()["step"] == 2
    assert list_sessions(requests) == {running.answered_run()["session"]}
    expect_run_shown(running, path, "fr")


def test_the_page_of_the_vehicles_has_its_list_after_the_steps_of_the_first_sight(
    running: Dashboard, requests: Requests
) -> None:
    play_two_steps(running, "vehicles")
    expect(running.page.locator(f"#{ids.VEHICLES_ROWS} tr").first).to_be_visible()
    assert running.page.locator(f"#{ids.VEHICLES_MODEL} option").count() > 1
    assert list_steps(requests)[:2] == [(0, 1), (1, 1)]


def play_two_steps(dashboard: Dashboard, path: str) -> list[Any]:
    """Let the first sight play two steps, and the page none; return the parts of the first sight."""
    ticks: list[Route] = []

    def answer_two(route: Route) -> None:
        ticks.append(route)
        if len(ticks) <= 2:
            route.continue_()

    dashboard.page.route(TICKS, answer_two)
    with held_back(dashboard, f"{path}?lang=fr") as sight:
        expect(sight.locator(".clock")).to_have_text("16:30")
        return list_parts(dashboard, SIGHT)


def test_the_page_asks_again_for_a_step_whose_reply_is_still_to_come(running: Dashboard, requests: Requests) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        held.append(route) if not held else route.continue_()

    running.page.route(TICKS, hold_first)
    with held_back(running, "?lang=fr") as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
    play_to(running, 2)
    held[0].continue_()
    play_to(running, running.answered_run()["step"] + 2)
    assert list_steps(requests)[:3] == [(0, 1), (0, 1), (1, 1)]
    assert list_sessions(requests) == {running.answered_run()["session"]}


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 200, "body": "<p>A proxy</p>"}], ids=str)
def test_a_tick_that_fails_leaves_the_first_numbers_and_the_page_plays(
    running: Dashboard, requests: Requests, answer: dict[str, Any]
) -> None:
    running.page.route(TICKS, lambda route: route.fulfill(**answer), times=1)
    with running.page.expect_response(TICKS), held_back(running, "?lang=fr") as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
    play_to(running, 2)
    assert list_steps(requests)[:3] == [(0, 1), (0, 1), (1, 1)]
    assert list_sessions(requests) == {running.answered_run()["session"]}
    forget_failures(running)


@pytest.mark.parametrize(("path", "script"), [("", HIDE), ("report", "")])
def test_a_hidden_tab_and_a_report_ask_for_nothing(
    running: Dashboard, requests: Requests, path: str, script: str
) -> None:
    running.page.add_init_script(script)
    with held_back(running, f"{path}?lang=fr") as sight:
        expect(sight.locator(".clock")).to_have_text("16:00")
    assert running.clock() == "16:00"
    assert requests == []
