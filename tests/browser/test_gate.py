"""The gate: slow, lost, late and repeated answers, hidden tabs, restarts and damaged runs."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import TICKS, Dashboard, asked

PATIENCE_S = 30
TELL_FIELDS_BEFORE_BOOT = """() => {
  const {controls, live} = dash_clientside, {boot} = live;
  live.boot = (...texts) => {
    const fields = [...document.querySelectorAll(`[id*='"type":"field"']`)];
    window.told = fields.length;
    controls.setParameters(fields.map(() => ""), fields.map(({id}) => JSON.parse(id)));
    return boot(...texts);
  };
}"""
HEALTH = "**/healthz"
FAILURE = "Failed to load resource|Callback failed|Callback error"
KEPT = """
if (!sessionStorage.getItem("run")) {
  sessionStorage.setItem("run", KEPT);
  sessionStorage.setItem("run-timestamp", "1");
}
"""


class Held:
    """Holds back ticks until told otherwise, and keeps what was asked."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.routes: list[Route] = []
        self.holds = True
        dashboard.page.route(TICKS, self)

    def __call__(self, route: Route) -> None:
        if self.holds and asked(route.request):
            self.routes.append(route)
        else:
            route.continue_()

    def step(self) -> None:
        """Click on a step and wait until its request is held: Dash hears of a click in a later task."""
        n = len(self.routes) + 1
        self.dashboard.at(ids.STEP).click()
        self.await_requests(n)

    def await_requests(self, n: int) -> None:
        """Wait until a number of requests is held."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.routes) < n and time.monotonic() < deadline:
            self.dashboard.page.wait_for_timeout(20)
        assert len(self.routes) == n

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [request for route in self.routes if (request := asked(route.request))]


def leave_unanswered(_route: Route) -> None:
    """Hold a request back for good."""


def forget_failures(dashboard: Dashboard) -> None:
    """Forget what the browser and Dash say of requests that failed as the test wants; anything else stays."""
    dashboard.console[:] = [line for line in dashboard.console if not re.search(FAILURE, line)]


def fire_timer(dashboard: Dashboard, times: int) -> None:
    dashboard.page.evaluate("n => { for (let k = 1; k <= n; k++) dash_clientside.live.tick(); }", times)


@pytest.mark.shared_tab
def test_an_answer_that_does_not_come_is_asked_for_again_and_counts_once(dashboard: Dashboard) -> None:
    dashboard.open()
    held = Held(dashboard)
    # The server does not tell its health either.
    dashboard.page.route(HEALTH, leave_unanswered)
    with dashboard.page.expect_request(lambda request: (asked(request) or {}).get("attempt") == 2) as again:
        held.step()
        expect(dashboard.at(ids.STATUS)).to_have_text("Reconnexion…")
    assert asked(again.value) == {**held.requests[0], "attempt": 2}
    held.holds = False
    for route in held.routes:
        route.continue_()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:15")
    expect(dashboard.at(ids.STATUS)).to_have_text("En pause")
    assert dashboard.answered_run()["step"] == 1


@pytest.mark.shared_tab
def test_an_answer_that_is_cut_off_is_asked_for_again_at_once(dashboard: Dashboard) -> None:
    dashboard.open()
    # A server that is here has half a minute for an answer.
    dashboard.page.evaluate("dash_clientside.server.check(performance.now())")
    dashboard.page.route(TICKS, lambda route: route.fulfill(body="{", content_type="application/json"), times=1)
    dashboard.at(ids.STEP).click()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:15", timeout=10_000)
    assert dashboard.answered_run()["step"] == 1


@pytest.mark.shared_tab
def test_a_server_that_computes_is_not_said_to_be_away(dashboard: Dashboard) -> None:
    dashboard.open()
    held = Held(dashboard)
    held.step()
    expect(dashboard.at(ids.STATUS)).to_have_text("Calcul…")
    held.holds = False
    held.routes[0].continue_()
    expect(dashboard.at(ids.STATUS)).to_have_text("En pause")
    assert dashboard.clock() == "16:15"


def test_a_click_on_another_page_or_language_waits_for_the_server_to_be_back(dashboard: Dashboard) -> None:
    dashboard.open().jump(3)
    for away in (TICKS, HEALTH):
        dashboard.page.route(away, lambda route: route.abort())
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.at(ids.STATUS)).to_have_text("Reconnexion…")
    dashboard.page.get_by_role("link", name="Comparer").click()
    expect(dashboard.at(ids.STATUS)).to_have_text("Reconnexion…")
    for away in (TICKS, HEALTH):
        dashboard.page.unroute(away)
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("=")
    dashboard.page.get_by_role("link", name="Flotte").click()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:45")
    dashboard.step()
    forget_failures(dashboard)


def test_the_later_of_two_clicks_counts_though_the_page_of_the_first_comes_before_it_is_asked_for(
    dashboard: Dashboard,
) -> None:
    dashboard.open("?lang=en")
    held, pages = Held(dashboard), list[Route]()

    def hold_page(route: Route) -> None:
        is_first = not pages and f'"{ids.PAGE}.children"' in (route.request.post_data or "")
        pages.append(route) if is_first else route.fallback()

    dashboard.page.route(TICKS, hold_page)
    held.step()
    with dashboard.page.expect_request(lambda request: f'"{ids.PAGE}.children"' in (request.post_data or "")):
        dashboard.page.get_by_role("link", name="Site", exact=True).click()
    dashboard.page.get_by_role("link", name="Vehicles", exact=True).click()
    pages[0].continue_()
    expect(dashboard.at(ids.SITE_LOAD)).to_be_visible()
    held.holds = False
    for route in held.routes:
        route.continue_()
    expect(dashboard.at(ids.VEHICLES_COUNT)).to_be_visible()
    assert "/vehicles" in dashboard.page.url


def test_the_empty_fields_of_a_page_that_arrives_are_no_change_of_the_user(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2)
    dashboard.page.evaluate(TELL_FIELDS_BEFORE_BOOT)
    dashboard.page.get_by_role("link", name="Site", exact=True).click()
    expect(dashboard.at(ids.SITE_LOAD)).to_be_visible()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:30")
    assert dashboard.page.evaluate("window.told") > 50
    assert dashboard.answered_run()["changes"] == []
    expect(dashboard.at(ids.DRAFTS)).to_be_empty()


@pytest.mark.shared_tab
def test_a_refused_request_is_given_up_with_its_sentence(dashboard: Dashboard) -> None:
    dashboard.open()
    sentence = "Le serveur n’a pas pu."
    dashboard.page.route(
        TICKS, lambda route: route.fulfill(status=500, body=sentence, content_type="text/plain"), times=1
    )
    dashboard.at(ids.STRATEGY).select_option("price")
    expect(dashboard.at(ids.NOTICE)).to_contain_text(sentence)
    expect(dashboard.at(ids.STRATEGY)).to_have_value("grid_support")
    dashboard.step()
    assert dashboard.clock() == "16:15"
    forget_failures(dashboard)


@pytest.mark.shared_tab
def test_one_request_is_on_its_way_at_a_time_and_commands_wait_for_it(dashboard: Dashboard) -> None:
    dashboard.open()
    held = Held(dashboard)
    held.step()
    for _ in range(2):
        dashboard.at(ids.STEP).click()
    dashboard.at(ids.STRATEGY).select_option("price")
    dashboard.at(ids.V2G).uncheck()
    assert len(held.requests) == 1
    held.routes[0].continue_()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:15")
    held.await_requests(2)
    second = held.requests[1]
    assert (second["steps"], second["set"]) == (2, {})
    held.routes[1].continue_()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:45")
    held.await_requests(3)
    third = held.requests[2]
    assert (third["steps"], third["set"]) == (0, {"strategy": "price", "v2g": False})
    held.holds = False
    held.routes[2].continue_()
    dashboard.until_step(3)


@pytest.mark.shared_tab
def test_a_late_answer_is_dropped(dashboard: Dashboard) -> None:
    dashboard.open().step(2)
    held = Held(dashboard)
    held.step()
    held.holds = False
    dashboard.at(ids.RESET).click()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:00")
    with dashboard.page.expect_response(TICKS):
        held.routes[0].continue_()
    dashboard.step()
    assert dashboard.clock() == "16:15"
    assert dashboard.answered_run()["step"] == 1


def test_nothing_is_asked_while_the_tab_is_hidden(dashboard: Dashboard) -> None:
    dashboard.open()
    held = Held(dashboard)
    dashboard.page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.hiddenForTest ?? true, configurable: true})"
    )
    dashboard.at(ids.PLAY).click()
    fire_timer(dashboard, 20)
    expect(dashboard.at(ids.PAUSE)).to_be_visible()
    assert held.requests == []
    held.holds = False
    dashboard.page.evaluate("window.hiddenForTest = false")
    expect(dashboard.at(ids.CLOCK)).not_to_have_text("16:00")


def test_a_page_older_than_the_server_renews_itself_and_keeps_the_run(dashboard: Dashboard) -> None:
    dashboard.open().step(2)

    def newer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"build":"', '"build":"newer-'))

    dashboard.page.route(TICKS, newer, times=1)
    with dashboard.page.expect_navigation():
        dashboard.at(ids.STEP).click()
    dashboard.ready()
    assert dashboard.clock() == "16:30"


def test_a_page_that_an_update_has_made_unknown_renews_itself_and_keeps_the_run(dashboard: Dashboard) -> None:
    dashboard.open().step(2)
    dashboard.page.route(TICKS, lambda route: route.fulfill(status=410, body="…"), times=1)
    with dashboard.page.expect_navigation():
        dashboard.at(ids.STEP).click()
    dashboard.ready()
    assert dashboard.clock() == "16:30"
    forget_failures(dashboard)


@pytest.mark.parametrize("kept", [{"scenario": {"fleet_size": -1}}, [1, 2]], ids=str)
def test_a_kept_run_that_no_longer_works_gives_way_to_a_new_one(dashboard: Dashboard, kept: Any) -> None:
    dashboard.page.add_init_script(KEPT.replace("KEPT", json.dumps(json.dumps(kept))))
    dashboard.open()
    expect(dashboard.at(ids.STATUS)).to_contain_text("n’est plus utilisable")
    assert dashboard.clock() == "16:00"
    dashboard.step()
    assert dashboard.answered_run()["step"] == 1


def test_kept_names_of_files_that_are_none_give_way_too(dashboard: Dashboard) -> None:
    dashboard.page.add_init_script(KEPT.replace('"run', '"files').replace("KEPT", json.dumps("[1]")))
    dashboard.open()
    expect(dashboard.at(ids.STATUS)).to_contain_text("n’est plus utilisable")
    dashboard.step()


@pytest.mark.shared_tab
def test_a_restarted_server_is_not_noticed(dashboard: Dashboard) -> None:
    dashboard.open().jump(9)
    before = dashboard.answered_run()
    dashboard.page.evaluate("run => dash_clientside.storage.store('run', run)", before | {"session": "another-worker"})
    dashboard.page.reload()
    dashboard.ready()
    assert dashboard.clock() == "18:15"
    assert dashboard.step().clock() == "18:30"


@pytest.mark.shared_tab
def test_steps_that_are_asked_for_before_a_change_are_taken_before_it(dashboard: Dashboard) -> None:
    dashboard.open()
    held = Held(dashboard)
    held.step()
    dashboard.page.evaluate("dash_clientside.live.submit({ steps: 8 })")
    dashboard.page.evaluate("dash_clientside.live.submit({ set: { strategy: 'price' } })")
    held.holds = False
    held.routes[0].continue_()
    expect(dashboard.at(ids.CLOCK)).to_have_text("18:15")
    dashboard.step()
    (change,) = dashboard.answered_run()["changes"]
    assert (change["step"], change["strategy"]) == (9, "price")
