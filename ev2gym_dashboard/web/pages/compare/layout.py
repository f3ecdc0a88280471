"""What stands where on the page that compares."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.service.comparison.request import PERIODS_D, REQUEST_SEED_COUNT
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_label
from ev2gym_dashboard.web.components.panels import TREND_TOOLS, render_graph
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import figures, table
from ev2gym_dashboard.web.pages.compare import texts as page_texts

COMPARE_TIMER_MS = 250
ZERO_PROGRESS: dict[str, Any] = {"aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0"}


def render_compare_layout(_: Translator) -> list[Any]:
    """Return the page's content in a language; what it says of a run and of a comparison comes with the answers."""
    return [
        dcc.Store(id=ids.COMPARE_TEXTS, data=build_compare_texts(_)),
        dcc.Store(id=ids.COMPARE_REQUEST),
        dcc.Store(id=ids.COMPARE_REPLY),
        dcc.Interval(id=ids.COMPARE_TIMER, interval=COMPARE_TIMER_MS),
        html.Div(
            [
                html.Div([_render_form(_), _render_conclusion(_)], className="grid grid-compare"),
                _render_table_panel(_),
                html.Div([_render_load_panel(_), _render_trade_off_panel(_)], className="grid grid-compare-figures"),
            ],
            id=ids.COMPARE_PAGE,
            className="compare-page",
        ),
    ]


def build_compare_texts(_: Translator) -> dict[str, str]:
    """Return what the page says by itself, without asking the server."""
    return {
        "lang": _.lang,
        "asking": _("Starting…"),
        "cancelling": _("Cancelling…"),
        "reconnecting": _("Reconnecting…"),
        "file_name": _("ev2gym-comparison.csv"),
    }


def _render_form(_: Translator) -> html.Section:
    about = html.P(
        [html.Strong(_("Of your run: ")), html.Span(id=ids.COMPARE_SCENARIO, className="live")], className="hint"
    )
    rule = html.P(
        _("Every strategy with V2G and without, and uncontrolled charging, meet the same arrivals, seed by seed."),
        className="compare-rule",
    )
    buttons = html.Div(
        [
            html.Button(_("Compare"), id=ids.COMPARE_START, className="btn btn-primary", n_clicks=0),
            html.Button(
                _("Cancel"), id=ids.COMPARE_CANCEL, className="btn btn-outline-secondary", n_clicks=0, disabled=True
            ),
        ],
        className="compare-buttons",
    )
    return html.Section(
        [
            html.Div(html.H2(_("Compare the strategies")), className="panel-head"),
            rule,
            about,
            html.Div([_render_period_choice(_), _render_seeds_input(_), buttons], className="compare-fields"),
            html.P(id=ids.COMPARE_WORKLOAD, className="hint live compare-workload"),
            html.Div(id=ids.COMPARE_ISSUES, className="field-issue", role="alert"),
            _render_progress(_),
        ],
        className="panel compare-form",
    )


def _render_period_choice(_: Translator) -> html.Div:
    options = [{"value": key, "label": _(page_texts.PERIOD_LABELS[key])} for key in PERIODS_D]
    choice = dbc.RadioItems(
        id=ids.COMPARE_PERIOD,
        options=options,
        value="week",
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    name = html.Span(_("Period"), className="control-name")
    return html.Div([name, html.Div(choice, role="group", **make_aria_label(_("Period")))], className="control")


def _render_seeds_input(_: Translator) -> html.Label:
    seeds = dbc.Input(
        id=ids.COMPARE_SEEDS,
        type="text",
        inputmode="numeric",
        debounce=True,
        value=str(REQUEST_SEED_COUNT.default),
        size="sm",
        autocomplete="off",
        persistence=True,
        persistence_type="session",
    )
    title = _(
        "From {low} to {high}: more seeds, narrower intervals", low=REQUEST_SEED_COUNT.low, high=REQUEST_SEED_COUNT.high
    )
    return html.Label([html.Span(_("Seeds"), className="control-name"), seeds], className="control", title=title)


def _render_progress(_: Translator) -> html.Div:
    bar = html.Div(
        html.Div(className="compare-progress-fill", **ARIA_HIDDEN),
        id=ids.COMPARE_PROGRESS,
        className="compare-progress-bar",
        role="progressbar",
        **make_aria_label(_("Progress of the comparison")),
        **ZERO_PROGRESS,
    )
    return html.Div([bar, html.Div(id=ids.COMPARE_STATUS, className="compare-status", role="status")])


def _render_conclusion(_: Translator) -> html.Section:
    before = html.P(
        _(
            "Nothing has been compared yet. Here will stand which strategy has the lowest bill and the lowest peak, "
            "what V2G is worth once losses and wear are counted, and how sure that is; below, all figures and curves."
        ),
        className="compare-placeholder hint",
    )
    return html.Section(
        [
            html.Div(html.H2(_("Conclusion")), className="panel-head"),
            before,
            html.P(id=ids.COMPARE_VERDICT, className="verdict compare-verdict"),
            html.Ul(id=ids.COMPARE_CONCLUSIONS, className="compare-conclusions"),
            html.P(id=ids.COMPARE_RESULT_SCENARIO, className="hint compare-result-scenario"),
        ],
        className="panel compare-conclusion",
    )


def _render_table_panel(_: Translator) -> html.Section:
    names = {table.VALUES_VIEW: _("Values"), table.DIFFERENCES_VIEW: _("Difference to uncontrolled")}
    view = dbc.RadioItems(
        id=ids.COMPARE_VIEW,
        options=[{"value": key, "label": text} for key, text in names.items()],
        value=table.VALUES_VIEW,
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    search = dbc.Input(id=ids.COMPARE_SEARCH, type="search", placeholder=_("Search a strategy"), size="sm", value="")
    named = html.Label([html.Span(_("Search a strategy"), className="visually-hidden"), search], className="search")
    save = html.Button(
        _("Export as CSV"), id=ids.COMPARE_EXPORT, className="btn btn-sm btn-outline-secondary", n_clicks=0
    )
    shown = html.Div(view, role="group", **make_aria_label(_("Shown in the table")))
    head = html.Div(
        [html.H2(_("Figures by strategy")), html.Div([shown, named, save], className="panel-tools")],
        className="panel-head",
    )
    return html.Section([head, table.render_comparison_table(_)], className="panel panel-table")


def _render_load_panel(_: Translator) -> html.Section:
    keys = [
        *_list_strategy_keys(_),
        ("compare-on", _("with V2G")),
        ("compare-off", _("without V2G")),
        ("compare-limit", _("Limit")),
    ]
    chart = render_graph(ids.COMPARE_LOAD, figures.make_empty_load_figure(_), _, TREND_TOOLS)
    return _render_strategy_panel(_("Load at the meter, first seed"), "kW", chart, keys)


def _render_trade_off_panel(_: Translator) -> html.Section:
    keys = [
        *_list_strategy_keys(_),
        ("compare-circle", _("with V2G")),
        ("compare-square", _("without V2G")),
        ("compare-pareto", _("Pareto set")),
    ]
    chart = render_graph(ids.COMPARE_TRADE_OFF, figures.make_empty_trade_off_figure(_), _, ("toImage",))
    return _render_strategy_panel(_("Bill against peak"), _("size by battery wear"), chart, keys)


def _list_strategy_keys(_: Translator) -> list[tuple[str, str]]:
    return [(key, _(strategy.name)) for key, strategy in STRATEGIES.items()]


def _render_strategy_panel(title: str, unit: str, chart: Any, keys: list[tuple[str, str]]) -> html.Section:
    """Return a panel whose legend takes the colours of the strategies from where the figures take them."""
    heading = html.H2([title, html.Span(f" {unit}", className="unit")])
    legend = [html.Span([_render_legend_key(key), text], className="legend-item") for key, text in keys]
    head = html.Div([heading, html.Div(legend, className="legend")], className="panel-head")
    return html.Section([head, chart], className="panel")


def _render_legend_key(key: str) -> html.Span:
    if key in STRATEGIES:
        return html.Span(className="key", style={"background": figures.get_strategy_colour(key)}, **ARIA_HIDDEN)
    return html.Span(className=f"key key-{key}", **ARIA_HIDDEN)
