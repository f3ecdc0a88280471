"""What stands where on the live page."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.service.data import CATALOGS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import explain, figures, form, ids, table, theme, tiles
from ev2gym_dashboard.web.aria import HIDDEN, labelled
from ev2gym_dashboard.web.i18n import Words

SPEEDS_MIN_PER_S = (5, 15, 30, 60, 120)
DEFAULT_SPEED = 15
TREND_TOOLS = ("toImage", "resetScale2d")


def live_layout(_: Words) -> list[Any]:
    """Return the page's content in a language; figures and numbers come with the first answer."""
    return [
        html.Div(
            [
                _transport(_),
                _choices(_),
                html.P([html.Span(id=ids.RULE), html.Strong(id=ids.WARNING)], className="rule"),
            ],
            className="panel bar",
        ),
        html.Div(id=ids.CATALOG_NOTICE, role="status"),
        html.Div(id=ids.NOTICE, role="alert"),
        html.Section([tiles.fact_strip(_), tiles.tile_row(_)], **labelled(_("Figures of the fleet"))),
        html.Div([_power_panel(_), _modes_panel(_)], className="grid grid-trends"),
        _table_panel(_),
        html.Div([_pie_panel(_), _top_panel(_), _histogram_panel(_), _reasons_panel(_)], className="grid grid-details"),
        _fold(_("Advanced parameters"), form.advanced_form(_), ids.ADVANCED),
        _about(_),
    ]


def _transport(_: Words) -> html.Div:
    now = html.Div(
        [html.Span(id=ids.CLOCK, className="clock live"), html.Span(id=ids.DATE, className="date live")],
        className="now",
    )
    price = html.Div(
        [html.Span(id=ids.PRICE, className="price live"), html.Span(id=ids.POSTE, className="poste live")],
        className="now-price",
    )
    buttons = html.Div(
        [
            _button(ids.PLAY, _("Start"), pressed="true"),
            _button(ids.PAUSE, _("Pause"), pressed="false"),
            _button(ids.STEP, _("Step")),
            _button(ids.RESET, _("Reset")),
        ],
        className="transport",
        role="group",
        **labelled(_("Simulation")),
    )
    status = html.Div(_("Loading…"), id=ids.STATUS, className="status", role="status")
    return html.Div([now, price, buttons, _speed(_), status], className="bar-row")


def _button(name: str, text: str, pressed: str | None = None) -> html.Button:
    state: dict[str, Any] = {} if pressed is None else {"aria-pressed": pressed}
    content = [html.Span(className=f"sign sign-{name}", **HIDDEN), html.Span(text, className="word")]
    return html.Button(content, id=name, className="btn btn-transport", n_clicks=0, **state)


def _speed(_: Words) -> html.Label:
    options = [{"value": str(speed), "label": f"{speed} min/s"} for speed in SPEEDS_MIN_PER_S]
    value = str(DEFAULT_SPEED)
    select = dbc.Select(
        id=ids.SPEED, options=options, value=value, persistence=True, persistence_type="session", size="sm"
    )
    return _labelled(_("Speed"), select, title=_("Simulated minutes per second"))


def _choices(_: Words) -> html.Div:
    strategies = [{"value": key, "label": _(strategy.name)} for key, strategy in STRATEGIES.items()]
    catalogs = [{"value": key, "label": _(choice.label)} for key, choice in CATALOGS.items()]
    size = dbc.Input(
        id=ids.field("fleet_size"),
        type="text",
        inputmode="numeric",
        debounce=True,
        value="1000",
        size="sm",
        autocomplete="off",
    )
    issue = html.Div(id=ids.field_issue("fleet_size"), className="field-issue", role="alert")
    again = _("Starts a new run")
    controls = [
        _labelled(
            _("Strategy"), dbc.Select(id=ids.STRATEGY, options=strategies, value="grid_support", size="sm"), wide=True
        ),
        html.Div(dbc.Switch(id=ids.V2G, label=_("V2G allowed"), value=True), className="switch"),
        _labelled(
            _("Catalog"), dbc.Select(id=ids.CATALOG, options=catalogs, value="2024", size="sm"), title=again, wide=True
        ),
        html.Div([_labelled(_("Fleet size"), size, title=again), issue], className="field fleet-size"),
    ]
    return html.Div(controls, className="bar-row bar-choices")


def _labelled(text: str, control: Any, *, title: str = "", wide: bool = False) -> html.Label:
    return html.Label(
        [html.Span(text, className="control-name"), control],
        className="control" + (" control-wide" if wide else ""),
        title=title,
    )


def _power_panel(_: Words) -> html.Section:
    keys = [
        ("g2v", _("G2V, charging")),
        ("v2g", _("V2G, discharging")),
        ("net", _("Net")),
        ("price", _("Price (MAD/kWh)")),
        ("peak", _("Peak hours")),
    ]
    return _panel(_("Power"), "kW", _graph(ids.POWER, figures.power_figure(_), _, TREND_TOOLS), keys)


def _modes_panel(_: Words) -> html.Section:
    keys = [
        ("g2v", _("Charging")),
        ("v2g", _("Discharging")),
        ("idle", _("Idle")),
        ("waiting", _("Waiting")),
        ("soc", _("Mean SOC")),
    ]
    return _panel(_("Modes and SOC"), "", _graph(ids.MODES, figures.modes_figure(_), _, TREND_TOOLS), keys)


def _histogram_panel(_: Words) -> html.Section:
    keys = [("g2v", _("Charging")), ("v2g", _("Discharging")), ("idle", _("Idle"))]
    return _panel(
        _("SOC of the connected"), _("vehicles"), _graph(ids.SOC_HISTOGRAM, figures.soc_histogram_figure(_), _), keys
    )


def _top_panel(_: Words) -> html.Section:
    return _panel(_("Top 5 models"), _("registrations"), _graph(ids.TOP_MODELS, figures.top_models_figure(_), _))


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
    words = html.Div(explain.pie_words(_), className="pie-words")
    return _panel(
        _("V2G capability"),
        "",
        html.Div([chosen, html.Div([_graph(ids.V2G_PIE, figures.pie_figure(_), _), words], className="pie")]),
    )


def _reasons_panel(_: Words) -> html.Section:
    title = html.H2(id=ids.REASONS_TITLE, className="live")
    hint = html.P(_("Choose a model in the table to see why its vehicles do what they do."), className="hint")
    return html.Section(
        [html.Div(title, className="panel-head"), html.Ul(explain.reason_rows(_), className="reasons"), hint],
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
    balance = html.Table(html.Tbody(explain.ledger_rows(_)), className="ledger")
    sentence = _(
        "Drawn − given back = change of the stored energy + losses + driven; the residual shows what is missing."
    )
    energy = html.Section([html.H2(_("Energy ledger")), balance, html.P(sentence, className="hint")], className="panel")
    sources = html.Section(
        [html.H2(_("Assumptions and sources")), html.Ul(id=ids.SOURCES, className="sources")], className="panel"
    )
    return html.Div([energy, sources], className="grid grid-about")


def _fold(title: str, content: Any, name: str) -> html.Details:
    return html.Details([html.Summary(title), content], id=name, className="panel fold")


def _panel(title: str, unit: str, content: Any, keys: list[tuple[str, str]] | None = None) -> html.Section:
    heading = html.H2([title, html.Span(f" {unit}" if unit else "", className="unit")])
    legend = [
        html.Span([html.Span(className=f"key key-{key}", **HIDDEN), text], className="legend-item")
        for key, text in keys or []
    ]
    return html.Section(
        [html.Div([heading, html.Div(legend, className="legend")], className="panel-head"), content], className="panel"
    )


def _graph(name: str, figure: figures.Figure, _: Words, tools: tuple[str, ...] = ()) -> dcc.Graph:
    height = f"{theme.HEIGHTS[name]}px"
    return dcc.Graph(
        id=name, figure=figure, config=theme.config(_.lang, tools=tools), style={"height": height}, responsive=True
    )
