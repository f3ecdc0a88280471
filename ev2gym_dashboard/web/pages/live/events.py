"""Event log of the fleet's page: its panel, and its events as sentences with their figures."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.event_view import EventPage
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.simulation.event_log import EVENT_GROUPS, RunEvent
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.live.event_texts import describe_event

GROUP_NAMES = {
    "tariff": N_("Tariff"),
    "v2g": N_("V2G"),
    "connection": N_("Connection"),
    "waiting": N_("Waiting"),
    "demand_response": N_("Demand response"),
    "change": N_("Your changes"),
}
HEADINGS = (N_("Time"), N_("Kind"), N_("Event"))
FILE_FIGURES = {
    "price_mad_kwh": N_("Price (MAD/kWh)"),
    "n_vehicles": N_("Vehicles"),
    "power_kw": N_("Power (kW)"),
    "energy_kwh": N_("Energy (kWh)"),
    "duration_h": N_("Duration (h)"),
}
"""Figures that the saved file has in columns of numbers."""
FILE_DIGITS = 4


def render_event_panel(_: Translator) -> html.Details:
    """Return the panel without its events, which a script fills in; it is closed on a phone."""
    groups = [("", _("All kinds")), *((group, _(GROUP_NAMES[group])) for group in EVENT_GROUPS)]
    choice = html.Select(
        [html.Option(text, value=key) for key, text in groups],
        id=ids.EVENTS_GROUP,
        className="form-select form-select-sm",
        **make_aria_label(_("Kind of event")),
    )
    save = _render_button(ids.EVENTS_EXPORT, _("Export as CSV"))
    count = html.Span(id=ids.EVENTS_COUNT, className="hint events-count", role="status")
    hint = html.Span(_("A click shows the figures of the step that begins then."), className="hint events-hint")
    tools = html.Div([count, hint, _render_pager(_), choice, save], className="panel-tools events-tools")
    state: dict[str, Any] = {"data-state": "loading"}
    return html.Details(
        [html.Summary(html.H2(_("Event log"))), tools, _render_rows(_), _render_empty(_)],
        id=ids.EVENTS,
        className="panel fold events",
        open=True,
        **state,
    )


def _render_pager(_: Translator) -> html.Span:
    newer, older = _render_button(ids.EVENTS_NEWER, _("Newer")), _render_button(ids.EVENTS_OLDER, _("Older"))
    state: dict[str, Any] = {"data-state": "off"}
    label = make_aria_label(_("Pages of the list"))
    return html.Span([newer, older], id=ids.EVENTS_PAGER, className="events-pager", role="group", **label, **state)


def _render_button(name: str, text: str) -> html.Button:
    return html.Button(text, id=name, type="button", className="btn btn-sm btn-outline-secondary")


def _render_rows(_: Translator) -> html.Div:
    table = html.Table(
        [
            html.Caption(_("Event log"), className="visually-hidden"),
            html.Thead(html.Tr([html.Th(_(heading), scope="col") for heading in HEADINGS])),
            html.Tbody(id=ids.EVENTS_ROWS),
        ]
    )
    # A region that scrolls needs to be reached by the keyboard.
    return html.Div(table, className="rows events-rows", tabIndex="0", role="region", **make_aria_label(_("Event log")))


def _render_empty(_: Translator) -> html.P:
    sentence = _(
        "No event of this kind so far. Changes of tariff, V2G, a connection at its limit, waiting vehicles, demand "
        "response and your changes appear here; a click shows that moment."
    )
    return html.P(sentence, className="hint events-empty")


def format_event_fields(view: FleetView, _: Translator) -> dict[str, Any]:
    """Return the rows of the log, or the lines of its file; nothing where the request does not ask for the log."""
    if (log := view.events) is None:
        return {}
    if log.query.is_whole:
        return {
            "events": {"file": [_list_file_headings(_), *(_list_file_cells(event, view, _) for event in log.events)]}
        }
    return {
        "events": {
            "rows": [_format_row(event, view, _) for event in log.events],
            "page": log.page,
            "pages": log.n_pages,
        }
    }


def _format_row(event: RunEvent, view: FleetView, _: Translator) -> dict[str, Any]:
    scenario = view.run.scenario
    # Tiles and table show the totals of the step before the cursor: those of the event come with the step after it.
    return {
        "step": event.step + 1,
        "group": event.group,
        "cells": [
            _.day_and_time(scenario.get_step_time(event.step)),
            _(GROUP_NAMES[event.group]),
            describe_event(event, scenario, _),
        ],
    }


def _list_file_headings(_: Translator) -> list[str]:
    return [_("Time (UTC)"), *(_(heading) for heading in (*HEADINGS[1:], *FILE_FIGURES.values()))]


def _list_file_cells(event: RunEvent, view: FleetView, _: Translator) -> list[Any]:
    scenario = view.run.scenario
    figures = [event.figures.get(name) for name in FILE_FIGURES]
    return [
        f"{scenario.get_step_time(event.step):%Y-%m-%d %H:%M}",
        _(GROUP_NAMES[event.group]),
        describe_event(event, scenario, _),
        *(None if value is None else round(value, FILE_DIGITS) for value in figures),
    ]


def format_event_texts(view: FleetView, _: Translator) -> dict[str, str]:
    """Return the number of events by id; nothing where the request does not ask for the log."""
    log = view.events
    if log is None or log.query.is_whole:
        return {}
    return {ids.EVENTS_COUNT: _format_count(log, _)}


def compute_event_states(view: FleetView) -> dict[str, str]:
    """Return the state of the panel by id: whether there is anything to show."""
    log = view.events
    if log is None or log.query.is_whole:
        return {}
    return {ids.EVENTS: "list" if log.events else "empty", ids.EVENTS_PAGER: "on" if log.n_pages > 1 else "off"}


def _format_count(log: EventPage, _: Translator) -> str:
    if log.n_pages == 1:
        return _("Events: {count}", count=_.number(log.n_events))
    return _(
        "Events: {count}, newest first, page {page} of {pages}",
        count=_.number(log.n_events),
        page=_.number(log.page + 1),
        pages=_.number(log.n_pages),
    )
