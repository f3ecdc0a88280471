"""What stands where on the page that compares."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.service.comparison.request import PERIODS_D, SEEDS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import HIDDEN, labelled
from ev2gym_dashboard.web.components.run_bar import TREND_TOOLS, graph
from ev2gym_dashboard.web.i18n import Words
from ev2gym_dashboard.web.pages.compare import figures, table
from ev2gym_dashboard.web.pages.compare import texts as page_texts

TIMER_MS = 250
NOTHING_DONE: dict[str, Any] = {"aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0"}


def compare_layout(_: Words) -> list[Any]:
    """Return the page's content in a language; what it says of a run and of a comparison comes with the answers."""
    return [
        dcc.Store(id=ids.DUEL_TEXTS, data=texts(_)),
        dcc.Store(id=ids.DUEL_REQUEST),
        dcc.Store(id=ids.DUEL_ANSWER),
        dcc.Interval(id=ids.DUEL_TIMER, interval=TIMER_MS),
        html.Div(
            [
                html.Div([_form(_), _conclusion(_)], className="grid grid-duel"),
                _table(_),
                html.Div([_load(_), _trade_off(_)], className="grid grid-duel-figures"),
            ],
            id=ids.DUEL,
            className="duel",
        ),
    ]


def texts(_: Words) -> dict[str, str]:
    """Return what the page says by itself, without asking the server."""
    return {
        "lang": _.lang,
        "asking": _("Starting…"),
        "cancelling": _("Cancelling…"),
        "reconnecting": _("Reconnecting…"),
        "file_name": _("ev2gym-comparison.csv"),
    }


def _form(_: Words) -> html.Section:
    about = html.P([html.Strong(_("Of your run: ")), html.Span(id=ids.DUEL_ABOUT, className="live")], className="hint")
    rule = html.P(
        _("Every strategy with V2G and without, and uncontrolled charging, meet the same arrivals, seed by seed."),
        className="duel-rule",
    )
    buttons = html.Div(
        [
            html.Button(_("Compare"), id=ids.DUEL_START, className="btn btn-primary", n_clicks=0),
            html.Button(
                _("Cancel"), id=ids.DUEL_CANCEL, className="btn btn-outline-secondary", n_clicks=0, disabled=True
            ),
        ],
        className="duel-buttons",
    )
    return html.Section(
        [
            html.Div(html.H2(_("Compare the strategies")), className="panel-head"),
            rule,
            about,
            html.Div([_period(_), _seeds(_), buttons], className="duel-fields"),
            html.P(id=ids.DUEL_PLAN, className="hint live duel-plan"),
            html.Div(id=ids.DUEL_ISSUES, className="field-issue", role="alert"),
            _progress(_),
        ],
        className="panel duel-form",
    )


def _period(_: Words) -> html.Div:
    options = [{"value": key, "label": _(page_texts.PERIODS[key])} for key in PERIODS_D]
    choice = dbc.RadioItems(
        id=ids.DUEL_PERIOD,
        options=options,
        value="week",
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    name = html.Span(_("Period"), className="control-name")
    return html.Div([name, html.Div(choice, role="group", **labelled(_("Period")))], className="control")


def _seeds(_: Words) -> html.Label:
    seeds = dbc.Input(
        id=ids.DUEL_SEEDS,
        type="text",
        inputmode="numeric",
        debounce=True,
        value=str(SEEDS.default),
        size="sm",
        autocomplete="off",
        persistence=True,
        persistence_type="session",
    )
    title = _("From {low} to {high}: more seeds, narrower intervals", low=SEEDS.low, high=SEEDS.high)
    return html.Label([html.Span(_("Seeds"), className="control-name"), seeds], className="control", title=title)


def _progress(_: Words) -> html.Div:
    bar = html.Div(
        html.Div(className="duel-done", **HIDDEN),
        id=ids.DUEL_PROGRESS,
        className="duel-bar",
        role="progressbar",
        **labelled(_("Progress of the comparison")),
        **NOTHING_DONE,
    )
    return html.Div([bar, html.Div(id=ids.DUEL_STATUS, className="duel-status", role="status")])


def _conclusion(_: Words) -> html.Section:
    before = html.P(
        _(
            "Nothing has been compared yet. Here will stand which strategy has the lowest bill and the lowest peak, "
            "what V2G is worth once losses and wear are counted, and how sure that is; below, all figures and curves."
        ),
        className="duel-before hint",
    )
    return html.Section(
        [
            html.Div(html.H2(_("Conclusion")), className="panel-head"),
            before,
            html.P(id=ids.DUEL_VERDICT, className="verdict duel-verdict"),
            html.Ul(id=ids.DUEL_WORDS, className="duel-words"),
            html.P(id=ids.DUEL_OF, className="hint duel-of"),
        ],
        className="panel duel-conclusion",
    )


def _table(_: Words) -> html.Section:
    names = {table.VALUES: _("Values"), table.DIFFERENCES: _("Difference to uncontrolled")}
    view = dbc.RadioItems(
        id=ids.DUEL_VIEW,
        options=[{"value": key, "label": text} for key, text in names.items()],
        value=table.VALUES,
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    search = dbc.Input(id=ids.DUEL_SEARCH, type="search", placeholder=_("Search a strategy"), size="sm", value="")
    named = html.Label([html.Span(_("Search a strategy"), className="visually-hidden"), search], className="search")
    save = html.Button(_("Export as CSV"), id=ids.DUEL_EXPORT, className="btn btn-sm btn-outline-secondary", n_clicks=0)
    shown = html.Div(view, role="group", **labelled(_("Shown in the table")))
    head = html.Div(
        [html.H2(_("Figures by strategy")), html.Div([shown, named, save], className="panel-tools")],
        className="panel-head",
    )
    return html.Section([head, table.duel_table(_)], className="panel panel-table")


def _load(_: Words) -> html.Section:
    keys = [*_strategy_keys(_), ("duel-on", _("with V2G")), ("duel-off", _("without V2G")), ("duel-limit", _("Limit"))]
    chart = graph(ids.DUEL_LOAD, figures.empty_load(_), _, TREND_TOOLS)
    return _panel(_("Load at the meter, first seed"), "kW", chart, keys)


def _trade_off(_: Words) -> html.Section:
    keys = [
        *_strategy_keys(_),
        ("duel-circle", _("with V2G")),
        ("duel-square", _("without V2G")),
        ("duel-pareto", _("Pareto set")),
    ]
    chart = graph(ids.DUEL_TRADE, figures.empty_trade_off(_), _, ("toImage",))
    return _panel(_("Bill against peak"), _("size by battery wear"), chart, keys)


def _strategy_keys(_: Words) -> list[tuple[str, str]]:
    return [(key, _(strategy.name)) for key, strategy in STRATEGIES.items()]


def _panel(title: str, unit: str, chart: Any, keys: list[tuple[str, str]]) -> html.Section:
    """Return a panel whose legend takes the colours of the strategies from where the figures take them."""
    heading = html.H2([title, html.Span(f" {unit}", className="unit")])
    legend = [html.Span([_key(key), text], className="legend-item") for key, text in keys]
    head = html.Div([heading, html.Div(legend, className="legend")], className="panel-head")
    return html.Section([head, chart], className="panel")


def _key(key: str) -> html.Span:
    if key in STRATEGIES:
        return html.Span(className="key", style={"background": figures.colour_of(key)}, **HIDDEN)
    return html.Span(className=f"key key-{key}", **HIDDEN)
