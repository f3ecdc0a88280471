"""Panels of a page: the frame of a section, of a figure and of a fold."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from ev2gym_dashboard.web import ids, theme
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_label, make_aria_pressed
from ev2gym_dashboard.web.components.charts import FigureDict
from ev2gym_dashboard.web.components.definitions import render_legend_definitions
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.i18n import Translator

LEGEND_TRACES = {
    ids.POWER: {"g2v": 0, "v2g": 1, "net": 2, "price": 3, "alternative": 4},
    ids.MODES: {"waiting": 3, "soc": 4},
    ids.VEHICLE_HISTORY: {"soc": 0, "target": 1, "reserve": 2, "below": 3, "above": 4, "g2v": 5, "v2g": 6},
    ids.SITE_LOAD: {"sun": 0, "base": 1, "uncontrolled": 2, "without-v2g": 3, "limit": 6, "price": 7, "event": 8},
}
"""Traces of a chart that a click on an entry of its legend hides, by key; those of a stack or a band stay."""
OPTIONAL_ENTRIES = {
    ids.POWER: {"v2g", "peak", "alternative"},
    ids.MODES: {"v2g", "waiting"},
    ids.VEHICLE_HISTORY: {"target", "reserve", "below", "above", "v2g", "stay", "wait"},
    ids.SITE_LOAD: {"sun", "v2g", "event", "peak"},
}
"""Entries by chart that are hidden while their series is empty: each reply says which ones are on."""
TREND_TOOLS = ("toImage", "resetScale2d")


def render_fold(title: Any, content: Any, name: str) -> html.Details:
    """Return content that opens and closes below its title, a text or components."""
    return html.Details([html.Summary(title), content], id=name, className="panel fold")


def render_panel(title: str, unit: str, content: Any, legend: list[Any] | None = None) -> html.Section:
    """Return a panel with its heading, its unit and the entries of its legend."""
    heading = html.H2([title, html.Span(f" {unit}" if unit else "", className="unit")])
    head = [heading, html.Div(legend or [], className="legend")]
    return html.Section([html.Div(head, className="panel-head"), content], className="panel")


def render_legend(chart: str, title: str, keys: list[tuple[str, str]], _: Translator) -> list[Any]:
    """Return the entries of the legend of a chart, and the "?" that defines them.

    The entries of a chart in `LEGEND_TRACES` show and hide its series.
    """
    names = [_render_legend_item(chart, key, text) for key, text in keys]
    entries = {text: LEGEND_DEFINITIONS[chart][key] for key, text in keys}
    return [*names, render_legend_definitions(title, entries, _)]


def _render_legend_item(chart: str, key: str, text: str) -> html.Button | html.Span:
    content: list[Any] = [html.Span(className=f"key key-{key}", **ARIA_HIDDEN), text]
    if chart not in LEGEND_TRACES:
        return html.Span(content, className="legend-item")
    item, trace = ids.make_legend_id(chart, key), LEGEND_TRACES[chart].get(key)
    # Until the first reply, an optional entry is hidden: one that went away again would move the page.
    state: dict[str, Any] = {"data-state": "off"} if key in OPTIONAL_ENTRIES[chart] else {}
    if trace is None:
        return html.Span(content, id=item, className="legend-item", **state)
    data: dict[str, Any] = {"data-chart": chart, "data-trace": str(trace)} | state
    return html.Button(
        content,
        id=item,
        type="button",
        className="legend-item",
        n_clicks=0,
        **make_aria_pressed(is_pressed=True),
        **data,
    )


def render_graph(
    graph_id: str, figure: FigureDict, _: Translator, tools: tuple[str, ...] = (), *, title: str = ""
) -> html.Div:
    """Return a figure at the height of its layout; with a title, named, and with the table of its values."""
    height_px = figure["layout"]["height"]
    graph = dcc.Graph(
        id=graph_id,
        figure=figure,
        config=theme.build_figure_config(_.lang, tools=tools),
        style={"height": f"{height_px}px"},
        responsive=True,
    )
    frame = hold_height(graph, height_px)
    return html.Div([frame, _render_chart_table(title, _)], role="figure", **make_aria_label(title)) if title else frame


def _render_chart_table(title: str, _: Translator) -> html.Details:
    """Return the closed table of a chart, which a script fills when it is opened."""
    # A region that scrolls needs to be reached by the keyboard.
    rows = html.Div(className="chart-rows", tabIndex="0", role="region", **make_aria_label(title))
    summary = html.Summary([_("Table"), html.Span(f" {title}", className="visually-hidden")])
    return html.Details([summary, rows], className="chart-table")


def hold_height(content: Any, height_px: int) -> html.Div:
    """Return content in a frame of its height."""
    # Dash loads figures and grids after the page: without the frame, all below them would move when they arrive.
    return html.Div(content, style={"minHeight": f"{height_px}px"})
