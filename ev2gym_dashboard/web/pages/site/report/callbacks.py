"""Callback of the report: the reply of the server."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input

from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.run_bar import RUN_BAR_VIEWS, format_bar_texts
from ev2gym_dashboard.web.pages.site import balance, figures, texts
from ev2gym_dashboard.web.pages.site.callbacks import TICK_VIEWS, DrawSiteView
from ev2gym_dashboard.web.pages.site.report.facts import format_run_line, render_facts
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId, build_reply, draw_views, list_outputs

CHARTS = (ids.SITE_LOAD, ids.SITE_PRICES, ids.SITE_COST, ids.SITE_CO2)
CHART_VIEWS: dict[ViewId, DrawSiteView] = {(chart, "figure"): TICK_VIEWS[chart, "figure"] for chart in CHARTS}
FACT_VIEWS: dict[ViewId, DrawSiteView] = {
    (ids.REPORT_FACTS, "children"): lambda view, options: render_facts(view, options.files, options.translator)
}
REPORT_VIEWS = CHART_VIEWS | FACT_VIEWS | RUN_BAR_VIEWS


def register_report(app: Dash, build: str) -> None:
    """Register the page's callback; its scripts listen to the document."""

    @app.callback(list_outputs(REPORT_VIEWS), Input(ids.REPORT_REQUEST, "data"), prevent_initial_call=True)
    def reply_to_request(request: Any) -> dict[str, Any]:
        return build_report_reply(request, build)


def build_report_reply(request: Any, build: str) -> dict[str, Any]:
    """Return the outputs of the page for a request; for one that is refused, the issues alone."""
    return build_reply(request, build, view_ids=REPORT_VIEWS, render_page=render_report_page)


def render_report_page(run: RunSpec, options: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by output name, and the fields of the reply that the scripts show."""
    view, _ = get_site_view(run), options.translator
    site_states = texts.compute_site_states(view)
    fields = {
        "texts": format_bar_texts(view, _)
        | balance.format_balance_texts(view, _, rows=balance.RESULT_ROWS)
        | {ids.REPORT_RUN: format_run_line(view, _), ids.SITE_VERDICT: texts.format_v2g_verdict(view, _)},
        "shares": {},
        "states": {ids.POSTE: view.poste.lower()} | site_states | figures.compute_legend_states(view),
        "report": {"link": encode_share_link(run)},
    }
    # A change of settings during the run is a fact too: unlike the form, it comes with any reply.
    return draw_views(REPORT_VIEWS if options.full else CHART_VIEWS | FACT_VIEWS, view, options), fields
