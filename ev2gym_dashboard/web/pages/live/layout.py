"""What stands where on the live page."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.components.aria import labelled
from ev2gym_dashboard.web.components.run_bar import TREND_TOOLS, fold, graph, panel, top_bar
from ev2gym_dashboard.web.i18n import Words
from ev2gym_dashboard.web.pages.live import explanations, figures, table, tiles


def live_layout(_: Words) -> list[Any]:
    """Return the page's content in a language; figures and numbers come with the first answer."""
    return [
        *top_bar(_),
        html.Section([tiles.fact_strip(_), tiles.tile_row(_)], **labelled(_("Figures of the fleet"))),
        html.Div([_power_panel(_), _modes_panel(_)], className="grid grid-trends"),
        _table_panel(_),
        html.Div([_pie_panel(_), _top_panel(_), _histogram_panel(_), _reasons_panel(_)], className="grid grid-details"),
        fold(_("Advanced parameters"), scenario_form.advanced_form(_), ids.ADVANCED),
        _about(_),
    ]


def _power_panel(_: Words) -> html.Section:
    keys = [
        ("g2v", _("G2V, charging")),
        ("v2g", _("V2G, discharging")),
        ("net", _("Net")),
        ("price", _("Price (MAD/kWh)")),
        ("peak", _("Peak hours")),
    ]
    return panel(_("Power"), "kW", graph(ids.POWER, figures.power_figure(_), _, TREND_TOOLS), keys)


def _modes_panel(_: Words) -> html.Section:
    keys = [
        ("g2v", _("Charging")),
        ("v2g", _("Discharging")),
        ("idle", _("Idle")),
        ("waiting", _("Waiting")),
        ("soc", _("Mean SOC")),
    ]
    return panel(_("Modes and SOC"), "", graph(ids.MODES, figures.modes_figure(_), _, TREND_TOOLS), keys)


def _histogram_panel(_: Words) -> html.Section:
    keys = [("g2v", _("Charging")), ("v2g", _("Discharging")), ("idle", _("Idle"))]
    return panel(
        _("SOC of the connected"), _("vehicles"), graph(ids.SOC_HISTOGRAM, figures.soc_histogram_figure(_), _), keys
    )


def _top_panel(_: Words) -> html.Section:
    return panel(_("Top 5 models"), _("registrations"), graph(ids.TOP_MODELS, figures.top_models_figure(_), _))


def _pie_panel(_: Words) -> html.Section:
    names = {"models": _("Models"), "registrations": _("Registrations"), "fleet": _("Fleet")}
    options = [{"value": key, "label": names[key]} for key in figures.PIE_BASES]
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
    chosen = html.Div(basis, role="group", **labelled(_("Counted by")))
    words = html.Div(explanations.pie_words(_), className="pie-words")
    return panel(
        _("V2G capability"),
        "",
        html.Div([chosen, html.Div([graph(ids.V2G_PIE, figures.pie_figure(_), _), words], className="pie")]),
    )


def _reasons_panel(_: Words) -> html.Section:
    title = html.H2(id=ids.REASONS_TITLE, className="live")
    hint = html.P(_("Choose a model in the table to see why its vehicles do what they do."), className="hint")
    return html.Section(
        [html.Div(title, className="panel-head"), html.Ul(explanations.reason_rows(_), className="reasons"), hint],
        className="panel",
    )


def _table_panel(_: Words) -> html.Section:
    search = dbc.Input(
        id=ids.SEARCH,
        type="search",
        placeholder=_("Search a model"),
        debounce=False,
        size="sm",
        persistence=True,
        persistence_type="session",
        value="",
    )
    named = html.Label([html.Span(_("Search a model"), className="visually-hidden"), search], className="search")
    save = html.Button(_("Export as CSV"), id=ids.EXPORT, className="btn btn-sm btn-outline-secondary", n_clicks=0)
    head = html.Div(
        [html.H2(_("Models of the fleet")), html.Div([named, save], className="panel-tools")], className="panel-head"
    )
    return html.Section([head, table.fleet_table(_)], className="panel panel-table")


def _about(_: Words) -> html.Div:
    balance = html.Table(html.Tbody(explanations.ledger_rows(_)), className="ledger")
    sentence = _(
        "Drawn − given back = change of the stored energy + losses + driven; the residual shows what is missing."
    )
    energy = html.Section([html.H2(_("Energy ledger")), balance, html.P(sentence, className="hint")], className="panel")
    sources = html.Section(
        [html.H2(_("Assumptions and sources")), html.Ul(id=ids.SOURCES, className="sources")], className="panel"
    )
    return html.Div([energy, sources], className="grid grid-about")
