"""Callbacks of the site's page: the reply of the server, and the functions of the scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Dash, Input

from ev2gym_dashboard.service.jobs.queue import open_job_queue
from ev2gym_dashboard.service.sessions.process_cache import get_site_view, get_site_views
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.panel import AHEAD_VIEWS, compute_ahead_states, format_ahead_texts
from ev2gym_dashboard.web.components.flow.panel import format_flow_fields
from ev2gym_dashboard.web.components.run_bar import RUN_BAR_VIEWS, format_bar_texts
from ev2gym_dashboard.web.components.run_controls import register_clientside
from ev2gym_dashboard.web.components.time_bar import compute_cursor_states, format_cursor_texts, format_time_texts
from ev2gym_dashboard.web.pages.site import figures, sources, texts
from ev2gym_dashboard.web.pages.site.flexibility import register_flexibility
from ev2gym_dashboard.web.pages.site.optimum_callbacks import register_optimum
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId, build_reply, draw_past_views, list_outputs

DrawSiteView = Callable[[SiteView, RequestOptions], Any]

TICK_VIEWS: dict[ViewId, DrawSiteView] = {
    (ids.SITE_LOAD, "figure"): lambda view, options: figures.make_site_load_patch(
        view, options.translator, options.past_step
    ),
    (ids.SITE_COST, "figure"): lambda view, options: figures.make_cost_patch(
        view, options.translator, options.past_step
    ),
    (ids.SITE_CO2, "figure"): lambda view, options: figures.make_co2_patch(view, options.translator, options.past_step),
    (ids.SITE_PRICES, "figure"): lambda view, options: figures.make_prices_patch(view, options.translator),
    (ids.SITE_MODELS, "figure"): lambda view, options: figures.make_model_value_patch(view),
    **AHEAD_VIEWS,
}
"""The views that every step changes."""
STEP_VIEWS = {(ids.SITE_PRICES, "figure"), (ids.SITE_MODELS, "figure")}
"""The views of the step that is shown, which may be a past one."""
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
    view, shown = _get_views(run, options)
    drawers = SITE_VIEWS if options.full else TICK_VIEWS
    return draw_past_views(drawers, STEP_VIEWS, view, shown, options), format_site_fields(view, shown, options)


def _get_views(run: RunSpec, options: RequestOptions) -> tuple[SiteView, SiteView]:
    """Return the view of a run, and that of the step that is shown."""
    if (past_step := options.find_past_step(run)) is not None:
        return get_site_views(run, past_step, window=options.window)
    view = get_site_view(run, window=options.window)
    return view, view


def format_site_fields(view: SiteView, shown: SiteView, options: RequestOptions) -> dict[str, Any]:
    """Return, by id of the element, the texts, the shares for bars, and the states for the style; and the time bar.

    The figures are those of ``shown``, which is ``view`` itself or that of a past step; an offer is one to the run.
    """
    _ = options.translator
    flow_texts, flow = format_flow_fields(shown, _)
    texts_of_run = format_bar_texts(view, _) | format_ahead_texts(view, _) | texts.format_offer_texts(view, _)
    time_texts = format_time_texts(view, _) | format_cursor_texts(view.time, shown.time, _)
    return {
        "texts": texts_of_run | time_texts | flow_texts | texts.format_site_texts(shown, _),
        "shares": texts.compute_spread_shares(shown),
        "time": {"first": view.trend_axis.first_step, "step": view.run.step},
        "states": {ids.POSTE: view.poste.lower()}
        | texts.compute_site_states(shown)
        | texts.compute_offer_states(view)
        | compute_ahead_states(view)
        | compute_cursor_states(view.time, shown.time)
        | figures.compute_legend_states(view),
        "flow": flow,
        "offer": texts.find_better_threshold(view),
    }
