"""Callbacks of the site's page: the reply of the server, and the functions of the scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Dash, Input

from ev2gym_dashboard.service.jobs.queue import open_job_queue
from ev2gym_dashboard.service.sessions.cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.panel import AHEAD_VIEWS, compute_ahead_states, format_ahead_texts
from ev2gym_dashboard.web.components.flow.panel import format_flow_fields
from ev2gym_dashboard.web.components.run_bar import RUN_BAR_VIEWS, format_bar_texts
from ev2gym_dashboard.web.components.run_controls import register_clientside
from ev2gym_dashboard.web.components.time_bar import format_time_texts
from ev2gym_dashboard.web.pages.site import figures, sources, texts
from ev2gym_dashboard.web.pages.site.flexibility import register_flexibility
from ev2gym_dashboard.web.pages.site.optimum_callbacks import register_optimum
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId, build_reply, draw_views, list_outputs

DrawSiteView = Callable[[SiteView, RequestOptions], Any]

TICK_VIEWS: dict[ViewId, DrawSiteView] = {
    (ids.SITE_LOAD, "figure"): lambda view, options: figures.make_site_load_patch(view, options.translator),
    (ids.SITE_COST, "figure"): lambda view, options: figures.make_cost_patch(view),
    (ids.SITE_CO2, "figure"): lambda view, options: figures.make_co2_patch(view),
    (ids.SITE_PRICES, "figure"): lambda view, options: figures.make_prices_patch(view, options.translator),
    (ids.SITE_MODELS, "figure"): lambda view, options: figures.make_model_value_patch(view),
    **AHEAD_VIEWS,
}
"""The views that every step changes."""
STATIC_VIEWS: dict[ViewId, DrawSiteView] = {
    (ids.SITE_SOURCES, "children"): lambda view, options: sources.render_site_sources(
        view.run.scenario, options.translator
    ),
    **RUN_BAR_VIEWS,
}
"""The views that change with the run or the language alone: a tick leaves them out."""
SITE_VIEWS = TICK_VIEWS | STATIC_VIEWS
PAGE_INPUTS = {
    ("site", "startEvent"): Input(ids.EVENT, "n_clicks"),
    ("site", "acceptOffer"): Input(ids.SITE_OFFER, "n_clicks"),
}


def register_site(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser."""

    @app.callback(list_outputs(SITE_VIEWS), Input(ids.SITE_REQUEST, "data"), prevent_initial_call=True)
    def reply_to_request(request: Any) -> dict[str, Any]:
        return build_site_reply(request, build)

    register_clientside(app, PAGE_INPUTS)
    register_optimum(app, build)
    register_flexibility(app, open_job_queue)


def build_site_reply(request: Any, build: str) -> dict[str, Any]:
    """Return the outputs of the page for a request; for one that is refused, the issues alone."""
    return build_reply(request, build, view_ids=SITE_VIEWS, render_page=render_site_page)


def render_site_page(run: RunSpec, options: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by output name, and the fields of the reply that the scripts show."""
    view, _ = get_site_view(run, window=options.window), options.translator
    flow_texts, flow = format_flow_fields(view, _)
    fields = {
        "texts": format_bar_texts(view, _)
        | flow_texts
        | texts.format_site_texts(view, _)
        | format_ahead_texts(view, _)
        | format_time_texts(view, _),
        "shares": texts.compute_spread_shares(view),
        "states": {ids.POSTE: view.poste.lower()}
        | texts.compute_site_states(view)
        | compute_ahead_states(view)
        | figures.compute_legend_states(view),
        "flow": flow,
        "offer": texts.find_better_threshold(view),
    }
    return draw_views(SITE_VIEWS if options.full else TICK_VIEWS, view, options), fields
