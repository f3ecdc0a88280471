"""What a first visit costs: the bytes of each page, and the tables that load when they come near the window."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from ev2gym_dashboard.service.datasets.paths import PLOTLY_FILE
from ev2gym_dashboard.web import ids
from tests.browser.dashboard import PAUSED, VIEWPORT, Dashboard

MAX_BYTES = 1_000_000
GRID_SCRIPT = "dash_ag_grid"
CHART = ".js-plotly-plot .main-svg"
ROWS = f"#{ids.TABLE} .ag-center-cols-container .ag-row"
COUNT_NOTICES = """async (id) => {
  let n = 0;
  dash_stores[0].subscribe(() => { n += 1; });
  for (const title of ["one", "two", "three"]) dash_clientside.set_props(id, {title});
  const before = n;
  await Promise.resolve();
  return [before, n, dash_component_api.getLayout(id).props.title];
}"""


NOTE_DRAWINGS = """;
window.drawn = [];
const {react} = Plotly;
Plotly.react = (graph, ...others) => {
  drawn.push(graph.parentElement.id);
  return react(graph, ...others);
};"""


def list_scripts(dashboard: Dashboard) -> list[str]:
    """Return the addresses of the scripts that the page has loaded."""
    scripts: list[str] = dashboard.page.evaluate("[...document.scripts].map((script) => script.src)")
    return scripts


@pytest.mark.parametrize("path", ["", "site", "compare", "vehicles", "scenarios"])
def test_a_first_visit_takes_less_than_a_megabyte(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce", locale="fr-FR")
    context.add_init_script(PAUSED)
    page = context.new_page()
    sizes: list[float] = []
    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    page.goto(f"{address}{path}?lang=fr", wait_until="networkidle")
    expect(page.locator("h2").first).to_be_visible()
    context.close()
    assert 100_000 < sum(sizes) < MAX_BYTES


def test_the_grid_loads_with_its_rows_when_the_table_comes_near_the_window(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2)
    assert not any(GRID_SCRIPT in script for script in list_scripts(dashboard))
    expect(dashboard.page.get_by_text("Loading…", exact=True)).to_have_count(1)
    dashboard.page.get_by_placeholder("Search models").focus()
    rows = dashboard.page.locator(ROWS)
    expect(rows.first).to_be_visible()
    expect(dashboard.page.get_by_text("Loading…", exact=True)).to_be_hidden()
    dashboard.page.get_by_placeholder("Search models").fill("Tesla")
    expect(rows).to_have_count(2)
    dashboard.page.reload()
    dashboard.ready().show_table()
    expect(rows).to_have_count(2)
    dashboard.page.get_by_role("link", name="Site", exact=True).click()
    expect(dashboard.at(ids.SITE_LOAD)).to_be_visible()
    dashboard.page.get_by_role("link", name="Fleet", exact=True).click()
    expect(rows).to_have_count(2)


def test_the_grid_loads_by_itself_when_the_page_is_at_rest(dashboard: Dashboard) -> None:
    dashboard.page.clock.install()
    dashboard.open("?lang=en")
    expect(dashboard.page.locator(ROWS)).to_have_count(0)
    dashboard.page.clock.fast_forward("00:11")
    expect(dashboard.page.locator(ROWS).first).to_be_attached()


def test_the_first_numbers_do_not_wait_for_the_script_of_the_charts(dashboard: Dashboard) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    dashboard.page.route(f"**/{PLOTLY_FILE}*", hold)
    dashboard.page.goto(f"{dashboard.address}?lang=en", wait_until="commit")
    expect(dashboard.at(ids.CLOCK)).to_contain_text("16:00")
    expect(dashboard.page.locator(CHART)).to_have_count(0)
    for route in held:
        route.continue_()
    dashboard.page.unroute(f"**/{PLOTLY_FILE}*")
    expect(dashboard.page.locator(CHART).first).to_be_visible()


def test_the_charts_in_sight_are_drawn_once_with_their_values_when_the_page_opens(dashboard: Dashboard) -> None:
    def note_drawings(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() + NOTE_DRAWINGS)

    dashboard.page.route(f"**/{PLOTLY_FILE}*", note_drawings)
    dashboard.open("?lang=en").jump(4)
    dashboard.page.reload()
    dashboard.ready()
    for chart in (ids.POWER, ids.MODES):
        dashboard.until_drawn(chart, 5)
    # The others are drawn when they come near the window, or at rest.
    dashboard.until_drawn(ids.SOC_HISTOGRAM, 20)
    drawn = dashboard.page.evaluate("drawn")
    assert [drawn.count(chart) for chart in (ids.POWER, ids.MODES, ids.REVIEW_CHART)] == [1, 1, 1]
    assert drawn.count(ids.SOC_HISTOGRAM) == 2


def test_a_page_that_opens_asks_the_server_for_nothing_that_the_index_has(dashboard: Dashboard) -> None:
    asked: list[str] = []
    dashboard.page.on("request", lambda request: asked.append(request.url.removeprefix(dashboard.address)))
    dashboard.open("?lang=en")
    assert [name for name in asked if re.match("_dash-(?!component-suites)", name)] == []
    dashboard.page.get_by_role("link", name="Site", exact=True).click()
    expect(dashboard.at(ids.SITE_LOAD)).to_be_visible()
    dashboard.page.go_back()
    expect(dashboard.at(ids.POWER)).to_be_visible()
    expect(dashboard.at(ids.CLOCK)).to_contain_text("16:00")


def test_react_hears_once_of_all_changes_of_a_task(dashboard: Dashboard) -> None:
    dashboard.page.goto(f"{dashboard.address}glossary?lang=en")
    expect(dashboard.page.locator(".glossary dt").first).to_be_visible()
    assert dashboard.page.evaluate(COUNT_NOTICES, ids.PAGE) == [0, 1, "three"]


def test_a_script_that_did_not_come_is_asked_for_again(dashboard: Dashboard) -> None:
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) == 1 else route.continue_()

    dashboard.page.route(f"**/{GRID_SCRIPT}/{GRID_SCRIPT}*", lose_first)
    dashboard.open("?lang=en").show_table()
    assert len(lost) == 2
    dashboard.console.clear()
