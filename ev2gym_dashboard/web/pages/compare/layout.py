"""Layout of the Compare page."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.service.comparison.request import PERIODS_D, REQUEST_SEED_COUNT
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_label
from ev2gym_dashboard.web.components.client_texts import build_csv_texts
from ev2gym_dashboard.web.components.grid import render_grid_frame
from ev2gym_dashboard.web.components.panels import TREND_TOOLS, render_graph
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import figures, front, front_figure, grid, parts, sizing, sizing_figure, table
from ev2gym_dashboard.web.pages.compare import texts as page_texts
from ev2gym_dashboard.web.pages.compare.example import render_example
from ev2gym_dashboard.web.pages.compare.legend import list_strategy_keys, render_strategy_legend
from ev2gym_dashboard.web.pages.compare.objective import render_objective
from ev2gym_dashboard.web.requests.schema import MAX_REQUEST_BYTES, TOO_LARGE_MESSAGE

# On this timer the script retries late requests; it polls at every second tick.
COMPARE_TIMER_MS = 250
ZERO_PROGRESS: dict[str, Any] = {"aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0"}


def render_compare_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language; the replies fill in the scenario, the workload and the result."""
    return [
        dcc.Store(id=ids.COMPARE_TEXTS, data=build_compare_texts(_)),
        dcc.Store(id=ids.COMPARE_REQUEST),
        dcc.Store(id=ids.COMPARE_REPLY),
        dcc.Store(id=ids.COMPARE_ROWS),
        dcc.Interval(id=ids.COMPARE_TIMER, interval=COMPARE_TIMER_MS),
        html.Div(
            [
                html.Div([_render_form(_), _render_conclusion(_)], className="grid grid-compare"),
                html.Div(_render_results(_), className="compare-results"),
            ],
            id=ids.COMPARE_PAGE,
            className="compare-page",
        ),
    ]


def _render_results(_: Translator) -> list[Any]:
    """Return the table and the figures, which are hidden until there is a result."""
    return [
        _render_table_panel(_),
        html.Div([_render_parts_panel(_), _render_trade_off_panel(_)], className="grid grid-compare-figures"),
        _render_load_panel(_),
        _render_front_panel(_),
        _render_sizing_panel(_),
    ]


def build_compare_texts(_: Translator) -> dict[str, Any]:
    """Return the texts that the browser shows without a request."""
    return {
        "lang": _.lang,
        "starting": _("Starting…"),
        "cancelling": _("Cancelling…"),
        "restored": _("Cancelled: the results are those of the comparison before."),
        "reconnecting": _("Reconnecting…"),
        "busy": _("Computing…"),
        "too_large": _(TOO_LARGE_MESSAGE),
        "csv": build_csv_texts(_),
        "body_bytes": MAX_REQUEST_BYTES,
        "file_name": _("ev2gym-comparison.csv"),
    }


def _render_form(_: Translator) -> html.Section:
    rule = html.P(
        _("Every strategy, with and without V2G, and uncontrolled charging run on the same arrivals for each seed."),
        className="compare-rule",
    )
    scenario = [html.Strong(_("Your run: ")), html.Span(id=ids.COMPARE_SCENARIO, className="live")]
    return html.Section(
        [
            html.Div(html.H2(_("Compare the strategies")), className="panel-head"),
            rule,
            html.P(scenario, className="hint"),
            html.Div(
                [_render_period_choice(_), _render_seeds_input(_), _render_buttons(_)], className="compare-fields"
            ),
            render_objective(_),
            html.P(id=ids.COMPARE_WORKLOAD, className="hint live compare-workload"),
            # An alert interrupts a screen reader, a status does not: issues need an action, progress does not.
            html.Div(id=ids.COMPARE_ISSUES, className="field-issue", role="alert"),
            _render_progress(_),
        ],
        className="panel compare-form",
    )


def _render_buttons(_: Translator) -> html.Div:
    start = html.Button(_("Compare"), id=ids.COMPARE_START, className="btn btn-primary", n_clicks=0)
    cancel = html.Button(
        _("Cancel"), id=ids.COMPARE_CANCEL, className="btn btn-outline-secondary", n_clicks=0, disabled=True
    )
    return html.Div([start, cancel], className="compare-buttons")


def _render_period_choice(_: Translator) -> html.Div:
    options = {key: _(page_texts.PERIOD_LABELS[key]) for key in PERIODS_D}
    label = _("Period")
    choice = _render_segments(ids.COMPARE_PERIOD, options, "week", label)
    return html.Div([html.Span(label, className="control-name"), choice], className="control")


def _render_segments(component_id: str, options: dict[str, str], value: str, label: str) -> html.Div:
    """Return buttons of which one is pressed, kept over a reload."""
    choice = dbc.RadioItems(
        id=component_id,
        options=[{"value": key, "label": text} for key, text in options.items()],
        value=value,
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    return html.Div(choice, role="group", **make_aria_label(label))


def _render_seeds_input(_: Translator) -> html.Label:
    # Debounced, or each typed digit would request a plan.
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
        "From {low} to {high}; more seeds give narrower intervals",
        low=REQUEST_SEED_COUNT.low,
        high=REQUEST_SEED_COUNT.high,
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
    placeholder = _(
        "No comparison yet. This panel will show the strategies with the lowest total cost and the lowest peak, the "
        "value of V2G after losses and wear, and the confidence intervals; all results and curves appear below."
    )
    return html.Section(
        [
            html.Div(html.H2(_("Conclusion")), className="panel-head"),
            html.Div([html.P(placeholder, className="hint"), render_example(_)], className="compare-placeholder"),
            html.P(id=ids.COMPARE_VERDICT, className="verdict compare-verdict"),
            html.Ul(id=ids.COMPARE_CONCLUSIONS, className="compare-conclusions"),
            html.P(id=ids.COMPARE_RESULT_SCENARIO, className="hint compare-result-scenario"),
        ],
        className="panel compare-conclusion",
    )


def _render_table_panel(_: Translator) -> html.Section:
    options = {table.VALUES_VIEW: _("Values"), table.DIFFERENCES_VIEW: _("Difference from uncontrolled")}
    view = _render_segments(ids.COMPARE_VIEW, options, table.VALUES_VIEW, _("Table view"))
    export = html.Button(
        _("Export as CSV"), id=ids.COMPARE_EXPORT, className="btn btn-sm btn-outline-secondary", n_clicks=0
    )
    tools = html.Div([view, _render_search(_), export], className="panel-tools")
    head = html.Div([html.H2(_("Results by strategy")), tools], className="panel-head")
    frame = render_grid_frame(grid.render_comparison_table(_), grid.COMPARISON_TABLE_HEIGHT_PX, _)
    return html.Section([head, *frame], className="panel panel-table")


def _render_search(_: Translator) -> html.Label:
    label = _("Search strategies")
    search = dbc.Input(id=ids.COMPARE_SEARCH, type="search", placeholder=label, size="sm", value="")
    return html.Label([html.Span(label, className="visually-hidden"), search], className="search")


def _render_load_panel(_: Translator) -> html.Section:
    keys = [
        *list_strategy_keys(_),
        ("compare-on", _("with V2G")),
        ("compare-off", _("without V2G")),
        ("compare-optimum", _("Optimum")),
        ("compare-limit", _("Limit")),
    ]
    chart = render_graph(
        ids.COMPARE_LOAD, figures.make_empty_load_figure(_), _, TREND_TOOLS, title=_("Load at the meter, first seed")
    )
    legend = render_strategy_legend(ids.COMPARE_LOAD, _("Load at the meter, first seed"), keys, _)
    return _render_strategy_panel(_("Load at the meter, first seed"), "kW", chart, legend)


def _render_parts_panel(_: Translator) -> html.Section:
    keys = [(f"part-{key}", _(part.heading)) for key, part in parts.COST_PARTS.items()]
    keys += [("part-total", _("Total cost")), ("part-open", _("open"))]
    chart = render_graph(
        ids.COMPARE_PARTS, parts.make_empty_parts_figure(_), _, ("toImage",), title=_("Total cost and its parts")
    )
    legend = render_strategy_legend(ids.COMPARE_PARTS, _("Total cost and its parts"), keys, _)
    return _render_strategy_panel(_("Total cost and its parts"), _("difference from uncontrolled, MAD"), chart, legend)


def _render_trade_off_panel(_: Translator) -> html.Section:
    keys = [
        *list_strategy_keys(_),
        ("compare-circle", _("with V2G")),
        ("compare-square", _("without V2G")),
        ("compare-star", _("Optimum")),
        ("compare-pareto", _("Pareto set")),
    ]
    chart = render_graph(
        ids.COMPARE_TRADE_OFF,
        figures.make_empty_trade_off_figure(_),
        _,
        ("toImage",),
        title=_("Total cost versus peak"),
    )
    legend = render_strategy_legend(ids.COMPARE_TRADE_OFF, _("Total cost versus peak"), keys, _)
    return _render_strategy_panel(_("Total cost versus peak"), _("size by battery wear"), chart, legend)


def _render_front_panel(_: Translator) -> html.Section:
    keys = [
        *list_strategy_keys(_),
        ("compare-circle", _("with V2G")),
        ("compare-square", _("without V2G")),
        ("compare-front", _("Optimum")),
        ("compare-impossible", _("proven impossible")),
    ]
    chart = render_graph(
        ids.FRONT_FIGURE,
        front_figure.make_empty_front_figure(_),
        _,
        ("toImage",),
        title=_("Pareto front of the optimum"),
    )
    legend = render_strategy_legend(ids.FRONT_FIGURE, _("Pareto front of the optimum"), keys, _)
    return front.render_front_panel(_, _render_segments, chart, legend)


def _render_sizing_panel(_: Translator) -> html.Section:
    keys = [
        *list_strategy_keys(_),
        ("compare-on", _("with V2G")),
        ("compare-off", _("without V2G")),
        ("compare-front", _("Optimum")),
        ("compare-bound", _("Proven lower bound")),
        ("compare-star", _("Lowest cost")),
    ]
    chart = render_graph(
        ids.SIZING_FIGURE,
        sizing_figure.make_empty_sizing_figure(_),
        _,
        ("toImage",),
        title=_("Yearly cost over the size"),
    )
    legend = render_strategy_legend(ids.SIZING_FIGURE, _("Yearly cost over the size"), keys, _)
    return sizing.render_sizing_panel(_, _render_segments, chart, legend)


def _render_strategy_panel(title: str, unit: str, chart: Any, legend: html.Div) -> html.Section:
    """Return a panel with a figure and the legend of its strategies and lines."""
    heading = html.H2([title, html.Span(f" {unit}", className="unit")])
    head = html.Div([heading, legend], className="panel-head")
    return html.Section([head, chart], className="panel")
