"""Layout of the report."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.charts import FigureDict
from ev2gym_dashboard.web.components.panels import render_graph, render_legend, render_panel
from ev2gym_dashboard.web.components.run_bar import render_run_bar
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import balance, figures
from ev2gym_dashboard.web.pages.site.layout import list_counterfactual_keys, list_load_keys

CHART_HEIGHT_PX = 146
"""Two rows of charts leave room for the table and the scenario on a page of A4."""


def render_report_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language; the first reply fills in charts and numbers."""
    return [*render_run_bar(_), html.Article([*_render_head(_), *_render_body(_)], id=ids.REPORT, className="sheet")]


def _render_head(_: Translator) -> list[Any]:
    button = html.Button(
        _("Print or save as PDF"), id=ids.REPORT_PRINT, type="button", className="btn btn-sm btn-primary", n_clicks=0
    )
    return [
        html.Div([html.H2(_("Report of a V2G/G2V run")), button], className="sheet-head"),
        html.P(id=ids.REPORT_RUN, className="sheet-run live"),
        html.P(id=ids.SITE_VERDICT, className="verdict live"),
    ]


def _render_body(_: Translator) -> list[Any]:
    return [
        balance.render_result_table(_),
        html.Div(_render_charts(_), className="grid grid-halves"),
        html.H3(_("Scenario")),
        html.Dl(id=ids.REPORT_FACTS, className="sheet-facts"),
        _render_link(_),
    ]


def _render_link(_: Translator) -> html.P:
    name = html.Span(_("Open this run:"), className="unit")
    return html.P([name, " ", html.A(id=ids.REPORT_LINK, className="live")], className="sheet-link")


def _render_charts(_: Translator) -> list[html.Section]:
    lines, bars = list_counterfactual_keys(_), [("g2v", _("G2V")), ("v2g", _("V2G"))]
    prices = figures.make_prices_figure(_)
    return [
        _render_chart(ids.SITE_LOAD, _("Site load"), "kW", figures.make_site_load_figure(_), list_load_keys(_), _),
        _render_chart(ids.SITE_PRICES, _("Mean power by price"), _("kW by MAD/kWh"), prices, bars, _),
        _render_chart(ids.SITE_COST, _("Cost since the start"), "MAD", figures.make_cost_figure(_), lines, _),
        _render_chart(ids.SITE_CO2, _("CO2 since the start"), "kg", figures.make_co2_figure(_), lines, _),
    ]


def _render_chart(
    chart: str, title: str, unit: str, figure: FigureDict, keys: list[tuple[str, str]], _: Translator
) -> html.Section:
    sized = figure | {"layout": figure["layout"] | {"height": CHART_HEIGHT_PX}}
    return render_panel(title, unit, render_graph(chart, sized, _, title=title), render_legend(chart, title, keys, _))
