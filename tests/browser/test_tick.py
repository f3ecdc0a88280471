"""A tick of the page: what is drawn equals the run, whatever led to it, and Dash's renderer has no part in it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view, get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live import callbacks as live
from ev2gym_dashboard.web.pages.live.table import build_fleet_rows
from ev2gym_dashboard.web.pages.site import callbacks as site
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import draw_views
from tests.browser.dashboard import Dashboard

PATIENCE_S = 60.0
GRID_SCRIPT = "**/*async-community*"
READ_VALUES = """(places) => places.map(([id, path]) => {
  const graph = document.querySelector(`#${id} .js-plotly-plot`);
  return path.reduce((value, name) => value?.[name], { data: graph?.data, layout: graph?.layout }) ?? null;
})"""
READ_ROWS = """id => {
  const rows = [];
  // Between the script of the grid and the grid itself, there is none to find.
  if (!document.querySelector(`#${id} .ag-row`)) return rows;
  window.dash_ag_grid?.getApi(id)?.forEachNode((node) => rows.push(node.data));
  return rows;
}"""
COUNT_CHANGES = "() => { window.changes = 0; dash_stores[0].subscribe(() => { window.changes += 1; }); }"
HOLD_REST = """() => {
  const set = setTimeout;
  window.setTimeout = (run, ms, ...rest) => ms > 999 || set(run, ms, ...rest);
}"""
"""The timer that draws the charts at rest never fires."""
SCROLL_NEAR = """async (frame) => {
  scrollTo(0, frame.getBoundingClientRect().top + scrollY - innerHeight - 60);
  for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
}"""
READ_START = "graph => graph._fullLayout.xaxis.range[0]"
PAGES: dict[str, tuple[Any, Any]] = {"": (live.LIVE_VIEWS, get_fleet_view), "site": (site.SITE_VIEWS, get_site_view)}


def list_differences(dashboard: Dashboard, path: str, lang: str) -> list[str]:
    """Return the places of the charts, and of the table, that do not show the run at its step."""
    run = parse_run(dashboard.answered_run())
    expected = list_expected(run, path, lang)
    values = dashboard.page.evaluate(READ_VALUES, [(chart, location) for chart, location, _value in expected])
    differences = [
        f"{chart} {location}: {shown} instead of {value}"
        for shown, (chart, location, value) in zip(values, expected, strict=True)
        if shown != value
    ]
    if path == "" and dashboard.page.evaluate(READ_ROWS, ids.TABLE) != build_fleet_rows(get_fleet_view(run)):
        differences.append(ids.TABLE)
    return differences


def list_expected(run: RunSpec, path: str, lang: str) -> list[tuple[str, list[str | int], Any]]:
    """Return chart, place and value of all that the page's reply draws of a run."""
    views, get_view = PAGES[path]
    options = RequestOptions(
        number=1,
        translator=get_translator(lang),
        full=True,
        fill=False,
        share=False,
        save=False,
        model=None,
        basis="models",
    )
    drawn = draw_views({key: draw for key, draw in views.items() if key[1] == "figure"}, get_view(run), options)
    return [
        (name.split(".")[0], operation["location"], json.loads(json.dumps(operation["params"]["value"])))
        for name, patch in drawn.items()
        for operation in patch["operations"]
    ]


def expect_run_shown(dashboard: Dashboard, path: str, lang: str) -> None:
    """Wait until the page shows the run: charts out of sight are drawn after a while."""
    if path == "":
        dashboard.load_table()
    deadline = time.monotonic() + PATIENCE_S
    while (differences := list_differences(dashboard, path, lang)) and time.monotonic() < deadline:
        dashboard.page.wait_for_timeout(200)
    assert differences == []


def is_stale(dashboard: Dashboard, chart: str) -> bool:
    """Return whether a chart of the fleet does not show the run at its step."""
    return any(line.startswith(f"{chart} ") for line in list_differences(dashboard, "", "en"))


def zoom_by_drag(dashboard: Dashboard) -> None:
    """Drag over a part of the chart of the power, as a user who zooms in."""
    box = dashboard.page.locator(f"#{ids.POWER} .nsewdrag").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    dashboard.page.mouse.move(box["x"] + 0.2 * box["width"], middle)
    dashboard.page.mouse.down()
    dashboard.page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=4)
    dashboard.page.mouse.up()


def wait_for_rest(dashboard: Dashboard) -> None:
    """Wait until the components of Dash have not changed for a second, and count from there."""
    # The script of the charts may take longer than a second.
    expect(dashboard.page.locator(".dash-graph--pending")).to_have_count(0)
    dashboard.page.evaluate(COUNT_CHANGES)
    dashboard.page.wait_for_timeout(1000)
    while dashboard.page.evaluate("window.changes"):
        dashboard.page.evaluate("() => { window.changes = 0; }")
        dashboard.page.wait_for_timeout(1000)


@pytest.mark.parametrize("path", ["", "site"])
def test_charts_and_table_show_the_run_whatever_led_to_it(dashboard: Dashboard, path: str) -> None:
    dashboard.open(f"{path}?lang=fr")
    expect_run_shown(dashboard, path, "fr")
    dashboard.jump(9).step()
    expect_run_shown(dashboard, path, "fr")
    dashboard.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    dashboard.jump(40)
    expect_run_shown(dashboard, path, "fr")
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.page.get_by_role("link", name="Compare", exact=True)).to_be_visible()
    dashboard.ready()
    expect_run_shown(dashboard, path, "en")
    dashboard.page.reload()
    dashboard.ready()
    expect_run_shown(dashboard, path, "en")
    dashboard.begin_again()
    expect_run_shown(dashboard, path, "en")


def test_the_table_shows_the_run_whenever_its_grid_loads(dashboard: Dashboard) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    dashboard.page.route(GRID_SCRIPT, hold)
    with dashboard.page.expect_request(GRID_SCRIPT, timeout=60_000):
        dashboard.open("?lang=en").load_table()
    for _ in range(4):
        dashboard.jump(1)
    assert held, "the grid was there before it was let through"
    for route in held:
        route.continue_()
    expect_run_shown(dashboard, "", "en")


def test_a_chart_is_drawn_when_it_comes_into_sight_or_near_it(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(2)
    expect_run_shown(dashboard, "", "en")
    dashboard.page.evaluate(HOLD_REST)
    dashboard.jump(3)
    assert is_stale(dashboard, ids.SOC_HISTOGRAM)
    dashboard.at(ids.SOC_HISTOGRAM).scroll_into_view_if_needed()
    expect_run_shown(dashboard, "", "en")

    frame = dashboard.page.locator("[role=figure]", has=dashboard.at(ids.SOC_HISTOGRAM))
    frame.evaluate(SCROLL_NEAR)
    dashboard.jump(3)
    assert is_stale(dashboard, ids.SOC_HISTOGRAM)
    dashboard.page.evaluate("scrollBy(0, 20)")
    deadline = time.monotonic() + PATIENCE_S
    while is_stale(dashboard, ids.SOC_HISTOGRAM) and time.monotonic() < deadline:
        dashboard.page.wait_for_timeout(50)
    assert not is_stale(dashboard, ids.SOC_HISTOGRAM)
    assert frame.evaluate("e => e.getBoundingClientRect().top > innerHeight")


def test_a_hidden_series_stays_hidden_and_a_zoom_stays_while_the_run_goes_on(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").jump(4)
    # Plotly loads after the page: the first drawing is empty.
    expect_run_shown(dashboard, "", "en")
    entry = dashboard.at(ids.make_legend_id(ids.POWER, "net"))
    entry.click()
    graph = dashboard.page.locator(f"#{ids.POWER} .js-plotly-plot")
    zoom_by_drag(dashboard)
    # Plotly draws the chosen part some time after the drag.
    dashboard.page.wait_for_function(
        f"id => !({READ_START})(document.querySelector(`#${{id}} .js-plotly-plot`)).startsWith('2026-12-15 16:00')",
        arg=ids.POWER,
    )
    start = graph.evaluate(READ_START)
    dashboard.jump(4)
    dashboard.until_drawn(ids.POWER, 9, trace=2)
    assert graph.evaluate("graph => graph.data[2].visible") == "legendonly"
    assert graph.evaluate(READ_START) == start
    zoom_by_drag(dashboard)
    assert graph.evaluate("graph => graph.data[2].y.length") == 9
    entry.click()
    dashboard.page.wait_for_function(
        "id => document.querySelector(`#${id} .js-plotly-plot`).data[2].visible === true", arg=ids.POWER
    )


def test_a_tick_passes_by_the_components_of_dash(dashboard: Dashboard) -> None:
    dashboard.open("site?lang=en").jump(2)
    changes = {"site": count_changes_of_ticks(dashboard, 3)}
    dashboard.page.get_by_role("link", name="Fleet", exact=True).click()
    expect(dashboard.at(ids.POWER)).to_be_visible()
    dashboard.ready().show_table()
    changes["fleet"] = count_changes_of_ticks(dashboard, 4)
    assert changes == {"site": [0, 0], "fleet": [0, 0]}


def count_changes_of_ticks(dashboard: Dashboard, step: int) -> list[int]:
    """Return the changes of the components of Dash after ticks without a reply, and after one that leads to a step."""
    wait_for_rest(dashboard)
    dashboard.page.evaluate("n => { for (let k = 0; k < n; k++) dash_clientside.live.tick(); }", 20)
    without_reply = dashboard.page.evaluate("window.changes")
    dashboard.page.evaluate("dash_clientside.live.submit({ steps: 1 })")
    dashboard.until_step(step)
    return [without_reply, dashboard.page.evaluate("window.changes")]
