"""Panel of the next hours, which the pages of a run share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.ahead_view import AHEAD_H
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.figures import make_ahead_figure, make_ahead_patch
from ev2gym_dashboard.web.components.ahead.texts import format_ahead_sentence
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.definitions import render_legend_definitions
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.components.panels import render_graph
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId

AHEAD_VIEWS: dict[ViewId, Callable[[RunView, RequestOptions], Any]] = {
    (ids.AHEAD, "figure"): lambda view, _options: make_ahead_patch(view)
}
"""The views of the panel, which every step changes."""
AHEAD_KEYS: dict[str, tuple[str, Callable[[RunView], bool]]] = {
    "price": (N_("Price (MAD/kWh)"), lambda view: True),
    "peak": (N_("Peak hours"), lambda view: bool(view.ahead.peaks)),
    "v2g": (N_("V2G"), lambda view: bool(view.ahead.v2g_windows)),
    "sun": (N_("Sun"), lambda view: bool(view.ahead.solar_kw)),
    "plan": (N_("Planned load"), lambda view: view.ahead.plan is not None),
    "shadow-price": (N_("Price of one more kWh"), lambda view: view.ahead.plan is not None),
}
"""Entries of the legend: text, and whether the figure shows it."""


def render_ahead_panel(_: Translator) -> html.Section:
    """Return the panel without its values."""
    state: dict[str, Any] = {"data-state": "off"}
    legend: list[Any] = [
        html.Span(
            [html.Span(className=f"key key-{key}", **ARIA_HIDDEN), _(text)],
            id=ids.make_ahead_key_id(key),
            className="legend-item",
            **state,
        )
        for key, (text, _is_shown) in AHEAD_KEYS.items()
    ]
    title = _("Next {hours} h", hours=AHEAD_H)
    entries = {_(text): LEGEND_DEFINITIONS[ids.AHEAD][key] for key, (text, _is_shown) in AHEAD_KEYS.items()}
    heading = html.H2(title)
    sentence = html.P(id=ids.AHEAD_TEXT, className="ahead-text")
    legend.append(render_legend_definitions(title, entries, _))
    head = html.Div([heading, sentence, html.Div(legend, className="legend")], className="panel-head")
    return html.Section([head, render_graph(ids.AHEAD, make_ahead_figure(_), _, title=title)], className="panel ahead")


def format_ahead_texts(view: RunView, _: Translator) -> dict[str, str]:
    """Return the sentence of the panel by id."""
    return {ids.AHEAD_TEXT: format_ahead_sentence(view, _)}


def compute_ahead_states(view: RunView) -> dict[str, str]:
    """Return which entries of the legend are on, by id: the figure shows no other ones."""
    shown = {key: is_shown(view) for key, (_text, is_shown) in AHEAD_KEYS.items()}
    return {ids.make_ahead_key_id(key): "on" if is_on else "off" for key, is_on in shown.items()}
