"""Layout of the vehicles' page: the list with its filters, and one vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.service.sessions.vehicle_query import BY_HAND
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.model_facts import render_model_facts
from ev2gym_dashboard.web.components.panels import TREND_TOOLS, render_graph, render_legend, render_panel
from ev2gym_dashboard.web.components.run_bar import render_run_bar
from ev2gym_dashboard.web.components.scenario_form import render_settings
from ev2gym_dashboard.web.components.tile import render_tile
from ev2gym_dashboard.web.components.time_bar import render_cursor_bar
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.vehicles.decisions import render_decisions
from ev2gym_dashboard.web.pages.vehicles.history_figure import make_history_figure
from ev2gym_dashboard.web.pages.vehicles.history_table import SPAN_HEADINGS, STAY_HEADINGS
from ev2gym_dashboard.web.pages.vehicles.table import MODE_NAMES, VEHICLE_COLUMNS
from ev2gym_dashboard.web.pages.vehicles.tiles import VEHICLE_TILES

LEFT_SPANS, LEFT_STAYS = 4, 3
"""Leading columns of each table that hold texts; numbers follow, aligned on the right."""


def render_vehicles_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language; the first reply fills in rows and numbers."""
    # A script shows one of the two parts, by the state of the last reply.
    state: dict[str, Any] = {"data-state": "list"}
    return [
        *render_run_bar(_),
        render_cursor_bar(_),
        html.Div([_render_list(_), _render_vehicle(_)], id=ids.VEHICLES, className="vehicles", **state),
        *render_settings(_),
    ]


def _render_list(_: Translator) -> html.Section:
    head = html.Div(
        [html.H2(_("Vehicles of the run")), html.Span(id=ids.VEHICLES_COUNT, className="hint live", role="status")],
        className="panel-head",
    )
    return html.Section([head, _render_filters(_), _render_rows(_), _render_pager(_)], className="panel vehicles-list")


def _render_filters(_: Translator) -> html.Div:
    search = dbc.Input(
        id=ids.VEHICLES_SEARCH,
        type="search",
        placeholder=_("Number or model"),
        debounce=False,
        size="sm",
        value="",
        maxlength=200,
        autocomplete="off",
    )
    modes = [(key, _(name)) for key, name in MODE_NAMES.items()]
    reasons = [(reason.key, _(reason.text)) for reason in Reason]
    decided = [(BY_HAND, _("By hand"))]
    clear = html.Button(
        _("Clear filters"), id=ids.VEHICLES_CLEAR, type="button", className="btn btn-sm btn-outline-secondary"
    )
    return html.Div(
        [
            _render_filter(_("Search"), search),
            _render_filter(_("Model"), _render_choice(ids.VEHICLES_MODEL, [], _("All models"))),
            _render_filter(_("Mode"), _render_choice(ids.VEHICLES_MODE, modes, _("All modes"))),
            _render_filter(_("Reason"), _render_choice(ids.VEHICLES_REASON, reasons, _("All reasons"))),
            _render_filter(_("Decided"), _render_choice(ids.VEHICLES_DECIDED, decided, _("By strategy or by hand"))),
            clear,
        ],
        className="vehicles-filters",
        role="search",
    )


def _render_filter(text: str, control: Any) -> html.Label:
    return html.Label([html.Span(text, className="control-name"), control], className="vehicles-filter")


def _render_choice(name: str, choices: Sequence[tuple[str, str]], everything: str) -> html.Select:
    options = [html.Option(text, value=key) for key, text in [("", everything), *choices]]
    return html.Select(options, id=name, className="form-select form-select-sm")


def _render_rows(_: Translator) -> html.Div:
    heads = [_render_head(column.key, _(column.heading), is_number=column.is_number) for column in VEHICLE_COLUMNS]
    table = html.Table(
        [
            html.Caption(_("Vehicles of the run"), className="visually-hidden"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=ids.VEHICLES_ROWS),
        ]
    )
    return _render_scroll(table, _("Vehicles of the run"), "vehicles-table")


def _render_head(key: str, heading: str, *, is_number: bool) -> html.Th:
    data: dict[str, Any] = {"data-sort": key}
    button = html.Button([heading, html.Span(className="sort-sign")], type="button", className="sort", **data)
    return html.Th(button, scope="col", className="number" if is_number else "")


def _render_scroll(table: html.Table, title: str, style: str) -> html.Div:
    # A region that scrolls needs to be reached by the keyboard.
    return html.Div(table, className=f"rows {style}", tabIndex="0", role="region", **make_aria_label(title))


def _render_pager(_: Translator) -> html.Nav:
    names = {ids.VEHICLES_PREVIOUS: _("Previous"), ids.VEHICLES_NEXT: _("Next")}
    previous, following = (
        html.Button(text, id=name, type="button", className="btn btn-sm btn-outline-secondary")
        for name, text in names.items()
    )
    page = html.Span(id=ids.VEHICLES_PAGE, className="live")
    return html.Nav([previous, page, following], className="pager", **make_aria_label(_("Pages of the list")))


def _render_vehicle(_: Translator) -> html.Div:
    back = html.Button(
        _("All vehicles"), id=ids.VEHICLE_BACK, type="button", className="btn btn-sm btn-outline-secondary"
    )
    title = html.H2(id=ids.VEHICLE_TITLE, className="live", tabIndex="-1")
    head = html.Section(
        [
            html.Div([title, back], className="panel-head"),
            html.P(id=ids.VEHICLE_STATUS, className="vehicle-status", role="status"),
            render_decisions(_),
        ],
        className="panel",
    )
    row = html.Dl([render_tile(tile, _) for tile in VEHICLE_TILES], className="tiles tiles-nine")
    tiles = html.Section(row, **make_aria_label(_("Key figures of the vehicle")))
    details = html.Div(
        [tiles, _render_history(_), _render_spans(_), _render_stays(_), _render_facts(_)], className="vehicle-details"
    )
    return html.Div([head, details], className="vehicle-page")


def _render_history(_: Translator) -> html.Section:
    keys = [
        ("soc", _("SOC")),
        ("target", _("Target")),
        ("reserve", _("V2G stops")),
        ("below", _("Plan: charges below")),
        ("above", _("Plan: gives back above")),
        ("g2v", _("G2V")),
        ("v2g", _("V2G")),
        ("stay", _("Plugged in")),
        ("wait", _("Waiting")),
    ]
    title = _("SOC and power, last 48 h")
    graph = render_graph(ids.VEHICLE_HISTORY, make_history_figure(_), _, TREND_TOOLS, title=title)
    return render_panel(title, "", graph, render_legend(ids.VEHICLE_HISTORY, title, keys, _))


def _render_spans(_: Translator) -> html.Section:
    title = _("Last 48 h in words")
    table = html.Table([_render_plain_heads(SPAN_HEADINGS, LEFT_SPANS, _), html.Tbody(id=ids.VEHICLE_SPANS)])
    export = html.Button(
        _("Download the steps (CSV)"),
        id=ids.VEHICLE_EXPORT,
        type="button",
        className="btn btn-sm btn-outline-secondary",
    )
    head = html.Div([html.H2(title), export], className="panel-head")
    return html.Section([head, _render_scroll(table, title, "spans-table")], className="panel")


def _render_stays(_: Translator) -> html.Section:
    title = _("Stays: energy, cost and wear")
    heads = _render_plain_heads(STAY_HEADINGS, LEFT_STAYS, _)
    table = html.Table([heads, html.Tbody(id=ids.VEHICLE_STAYS), html.Tfoot(id=ids.VEHICLE_TOTALS)])
    none = html.P(_("No stay yet: the vehicle has been on the road all the time."), className="stays-none")
    since = html.P(id=ids.VEHICLE_SINCE, className="hint")
    return html.Section(
        [html.H2(title), since, none, _render_scroll(table, title, "stays-table")], className="panel vehicle-stays"
    )


def _render_facts(_: Translator) -> html.Section:
    return html.Section([html.H2(_("Its model")), render_model_facts(_)], className="panel")


def _render_plain_heads(headings: Sequence[str], n_left: int, _: Translator) -> html.Thead:
    """Return the head of a table: columns of texts first, then those of numbers."""
    styles = [""] * n_left + ["number"] * (len(headings) - n_left)
    cells = [html.Th(_(text), scope="col", className=style) for text, style in zip(headings, styles, strict=True)]
    return html.Thead(html.Tr(cells))
