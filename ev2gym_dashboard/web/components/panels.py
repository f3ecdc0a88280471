"""Panels of a page: the frame of a section, of a figure and of a fold."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from ev2gym_dashboard.web import theme
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.charts import FigureDict
from ev2gym_dashboard.web.i18n import Translator

TREND_TOOLS = ("toImage", "resetScale2d")


def render_fold(title: str, content: Any, name: str) -> html.Details:
    """Return content that opens and closes below its title."""
    return html.Details([html.Summary(title), content], id=name, className="panel fold")


def render_panel(title: str, unit: str, content: Any, keys: list[tuple[str, str]] | None = None) -> html.Section:
    """Return a panel with its heading, unit and legend."""
    heading = html.H2([title, html.Span(f" {unit}" if unit else "", className="unit")])
    legend = [
        html.Span([html.Span(className=f"key key-{key}", **ARIA_HIDDEN), text], className="legend-item")
        for key, text in keys or []
    ]
    return html.Section(
        [html.Div([heading, html.Div(legend, className="legend")], className="panel-head"), content], className="panel"
    )


def render_graph(graph_id: str, figure: FigureDict, _: Translator, tools: tuple[str, ...] = ()) -> dcc.Graph:
    """Return a figure at the height of its layout."""
    # With a fixed height the page does not move when the first figure arrives.
    height = f"{figure['layout']['height']}px"
    return dcc.Graph(
        id=graph_id,
        figure=figure,
        config=theme.build_figure_config(_.lang, tools=tools),
        style={"height": height},
        responsive=True,
    )
