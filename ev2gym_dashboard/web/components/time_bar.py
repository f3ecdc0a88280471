"""Time bar: the window of all charts over time, how they draw it, and the cursor that goes back in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN, WINDOWS_H
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label, make_aria_pressed
from ev2gym_dashboard.web.components.charts import TrendView
from ev2gym_dashboard.web.i18n import N_, Translator

WINDOW_NAMES = {"day": N_("24 h"), "week": N_("7 days"), WHOLE_RUN: N_("All")}


def render_time_bar(_: Translator, *rows: html.Div) -> html.Section:
    """Return the bar of the charts over time, with further rows of a page; each reply carries its texts."""
    buttons = [_render_window_button(window, _) for window in WINDOWS_H]
    choice = html.Div(buttons, className="segments", role="group", **make_aria_label(_("Window of the charts")))
    note = html.Span(id=ids.WINDOW_NOTE, className="hint window-note")
    return html.Section(
        [
            html.Div([html.Span(_("Charts"), className="control-name"), choice, note], className="bar-row"),
            _render_cursor(_),
            *rows,
        ],
        id=ids.TIME_BAR,
        className="panel time-bar",
        **make_aria_label(_("Time of the charts")),
    )


def render_cursor_bar(_: Translator) -> html.Section:
    """Return the bar of a page whose figures follow the cursor, without a choice of a window."""
    return html.Section(
        _render_cursor(_), id=ids.TIME_BAR, className="panel time-bar", **make_aria_label(_("Time of the figures"))
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


def _render_cursor(_: Translator) -> html.Div:
    """Return the slider over the steps of the window, which a script fills in, and the way back."""
    # Through React, the browser could not move the slider while the run goes on.
    slider = html.Div(id=ids.CURSOR, className="cursor", title=_("Go back in time"))
    back = html.Button(
        _("Back to now"),
        id=ids.CURSOR_BACK,
        type="button",
        className="btn btn-sm btn-outline-secondary cursor-back",
        n_clicks=0,
    )
    return html.Div(
        [slider, html.Span(id=ids.CURSOR_TEXT, className="cursor-text", role="status"), back],
        className="bar-row cursor-row",
    )


def format_cursor_texts(now: datetime, shown: datetime, _: Translator) -> dict[str, str]:
    """Return the text of the cursor: the time of the step that tiles, table and reasons show."""
    if shown == now:
        return {ids.CURSOR_TEXT: _("Shown: now")}
    hours, minutes = divmod(round((now - shown).total_seconds() / 60), 60)
    return {
        ids.CURSOR_TEXT: _(
            "The past: {date} {time}, {hours} h {minutes} min before now",
            date=_.date(shown),
            time=_.time(shown),
            hours=_.number(hours),
            minutes=_.number(minutes),
        )
    }


def compute_cursor_states(now: datetime, shown: datetime) -> dict[str, str]:
    """Return the state of the time bar by id, by which the page marks the figures of the past."""
    return {ids.TIME_BAR: "now" if shown == now else "past"}


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
