"""Time bar: the window of all charts over time, and the note on how they draw it."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN, WINDOWS_H
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label, make_aria_pressed
from ev2gym_dashboard.web.components.charts import TrendView
from ev2gym_dashboard.web.i18n import N_, Translator

WINDOW_NAMES = {"day": N_("24 h"), "week": N_("7 days"), WHOLE_RUN: N_("All")}


def render_time_bar(_: Translator) -> html.Section:
    """Return the bar of the charts over time; each reply carries its texts."""
    buttons = [_render_window_button(window, _) for window in WINDOWS_H]
    choice = html.Div(buttons, className="segments", role="group", **make_aria_label(_("Window of the charts")))
    note = html.Span(id=ids.WINDOW_NOTE, className="hint window-note")
    return html.Section(
        [html.Div([html.Span(_("Charts"), className="control-name"), choice, note], className="bar-row")],
        className="panel time-bar",
        **make_aria_label(_("Time of the charts")),
    )


def _render_window_button(window: str, _: Translator) -> html.Button:
    data: dict[str, Any] = {"data-window": window}
    return html.Button(
        _(WINDOW_NAMES[window]),
        type="button",
        className="btn btn-sm btn-segment",
        **make_aria_pressed(is_pressed=window == WHOLE_RUN),
        **data,
    )


def format_time_texts(view: TrendView, _: Translator) -> dict[str, str]:
    """Return the texts of the time bar by id."""
    return {ids.WINDOW_NOTE: describe_points(view, _)}


def describe_points(view: TrendView, _: Translator) -> str:
    """Return how the charts draw the steps of the window."""
    axis, step_min = view.trend_axis, view.run.scenario.timestep_min
    if not axis.is_envelope:
        return _("Every step of {minutes} min is drawn.", minutes=_.plain(step_min))
    return _(
        "Envelope: of every {hours} h, the lowest value and then the highest one are drawn, no mean.",
        hours=_.plain(round(axis.bucket_steps * step_min / 60, 2)),
    )
