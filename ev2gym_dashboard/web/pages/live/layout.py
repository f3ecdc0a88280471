"""Layout of the fleet's page."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.panel import render_ahead_panel
from ev2gym_dashboard.web.components.alternative import render_alternative_choice
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.flow.panel import render_flow_panel
from ev2gym_dashboard.web.components.grid import render_grid_frame
from ev2gym_dashboard.web.components.model_facts import render_model_facts
from ev2gym_dashboard.web.components.panels import TREND_TOOLS, render_graph, render_legend, render_panel
from ev2gym_dashboard.web.components.run_bar import render_run_bar
from ev2gym_dashboard.web.components.scenario_form import render_settings
from ev2gym_dashboard.web.components.time_bar import render_time_bar
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import explanations, figures, table, tiles
from ev2gym_dashboard.web.pages.live.events import render_event_panel
from ev2gym_dashboard.web.requests.parsing import PIE_BASES


def render_live_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language; the first reply fills in figures and numbers."""
    return [
        *render_run_bar(_),
        html.Section(
            [tiles.render_introduction(_), tiles.render_tile_row(_)], **make_aria_label(_("Key figures of the fleet"))
        ),
        html.Div([render_flow_panel(_), _render_power_panel(_), _render_modes_panel(_)], className="grid grid-trends"),
        render_time_bar(_, render_alternative_choice(_)),
        render_ahead_panel(_),
        render_event_panel(_),
        _render_table_panel(_),
        html.Div(
            [_render_pie_panel(_), _render_top_models_panel(_), _render_histogram_panel(_), _render_reasons_panel(_)],
            className="grid grid-details",
        ),
        *render_settings(_),
        _render_about(_),
    ]


def _render_power_panel(_: Translator) -> html.Section:
    keys = [
        ("g2v", _("G2V, charging")),
        ("v2g", _("V2G, discharging")),
        ("net", _("Net")),
        ("alternative", _("Net, other strategy")),
        ("price", _("Price (MAD/kWh)")),
        ("peak", _("Peak hours")),
    ]
    return render_panel(
        _("Power"),
        "kW",
        render_graph(ids.POWER, figures.make_power_figure(_), _, TREND_TOOLS, title=_("Power")),
        render_legend(ids.POWER, _("Power"), keys, _),
    )


def _render_modes_panel(_: Translator) -> html.Section:
    keys = [
        ("g2v", _("Charging")),
        ("v2g", _("Discharging")),
        ("idle", _("Idle")),
        ("waiting", _("Waiting")),
        ("soc", _("Mean SOC")),
    ]
    return render_panel(
        _("Modes and SOC"),
        "",
        render_graph(ids.MODES, figures.make_modes_figure(_), _, TREND_TOOLS, title=_("Modes and SOC")),
        render_legend(ids.MODES, _("Modes and SOC"), keys, _),
    )


def _render_histogram_panel(_: Translator) -> html.Section:
    keys = [("g2v", _("Charging")), ("v2g", _("Discharging")), ("idle", _("Idle"))]
    return render_panel(
        _("SOC of connected vehicles"),
        _("vehicles"),
        render_graph(ids.SOC_HISTOGRAM, figures.make_soc_histogram_figure(_), _, title=_("SOC of connected vehicles")),
        render_legend(ids.SOC_HISTOGRAM, _("SOC of connected vehicles"), keys, _),
    )


def _render_top_models_panel(_: Translator) -> html.Section:
    return render_panel(
        _("Top 5 models"),
        _("registrations"),
        render_graph(ids.TOP_MODELS, figures.make_top_models_figure(_), _, title=_("Top 5 models")),
    )


def _render_pie_panel(_: Translator) -> html.Section:
    names = {"models": _("Models"), "registrations": _("Registrations"), "fleet": _("Fleet")}
    options = [{"value": key, "label": names[key]} for key in PIE_BASES]
    basis = dbc.RadioItems(
        id=ids.PIE_BASIS,
        options=options,
        value="models",
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    choice = html.Div(basis, role="group", **make_aria_label(_("Count by")))
    legend = html.Div(explanations.render_pie_legend(_), className="pie-legend")
    return render_panel(
        _("V2G split"),
        "",
        html.Div(
            [
                choice,
                html.Div(
                    [render_graph(ids.V2G_PIE, figures.make_pie_figure(_), _, title=_("V2G split")), legend],
                    className="pie",
                ),
            ]
        ),
    )


def _render_reasons_panel(_: Translator) -> html.Section:
    title = html.H2(_("Why: the whole fleet"), id=ids.REASONS_TITLE)
    # Shown while a model is selected.
    everything = html.Button(
        _("The whole fleet"),
        id=ids.REASONS_ALL,
        type="button",
        className="btn btn-sm btn-outline-secondary",
        n_clicks=0,
    )
    vehicles = html.Button(
        _("Its vehicles"), id=ids.REASONS_VEHICLES, type="button", className="btn btn-sm btn-outline-secondary"
    )
    hint = html.P(
        _(
            "Select a model in the table to see its facts, and why its vehicles charge, discharge or idle. "
            "Enter, or a click on their number, lists its vehicles."
        ),
        className="hint",
    )
    return html.Section(
        [
            html.Div([title, html.Div([vehicles, everything], className="panel-tools")], className="panel-head"),
            render_model_facts(_),
            html.P(id=ids.REASONS_PLAN, className="reasons-plan"),
            html.Ul(explanations.render_reason_rows(_), className="reasons"),
            hint,
        ],
        className="panel panel-reasons",
    )


def _render_table_panel(_: Translator) -> html.Section:
    search = dbc.Input(
        id=ids.SEARCH,
        type="search",
        placeholder=_("Search models"),
        debounce=False,
        size="sm",
        persistence=True,
        persistence_type="session",
        value="",
    )
    search_label = html.Label([html.Span(_("Search models"), className="visually-hidden"), search], className="search")
    save = html.Button(_("Export as CSV"), id=ids.EXPORT, className="btn btn-sm btn-outline-secondary", n_clicks=0)
    head = html.Div(
        [html.H2(_("Models of the fleet")), html.Div([search_label, save], className="panel-tools")],
        className="panel-head",
    )
    grid = render_grid_frame(table.render_fleet_table(_), table.FLEET_TABLE_HEIGHT_PX, _)
    return html.Section([head, *grid], className="panel panel-table")


def _render_about(_: Translator) -> html.Div:
    balance = html.Table(html.Tbody(explanations.render_ledger_rows(_)), className="ledger")
    sentence = _(
        "Drawn − fed back = change in stored energy + losses + driving; the residual is the error of the balance."
    )
    energy = html.Section(
        [html.H2(_("Energy balance")), balance, html.P(sentence, className="hint")], className="panel"
    )
    sources = html.Section(
        [html.H2(_("Assumptions and sources")), html.Ul(id=ids.SOURCES, className="sources")], className="panel"
    )
    return html.Div([energy, sources], className="grid grid-about")
