"""The page of the site: what the run does to the load, the bill, the CO2 and the batteries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from ev2gym_dashboard.service.sessions.cache import get_fleet_view, get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.labels import render_catalog_badge, render_catalog_notice
from ev2gym_dashboard.web.components.run_bar import format_bar_texts
from ev2gym_dashboard.web.pages.site import figures, sources, texts
from ev2gym_dashboard.web.pages.site.layout import render_site_layout
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import build_reply

DrawSiteView = Callable[[SiteView, RequestOptions], Any]

layout = render_site_layout

TICK_VIEWS: dict[tuple[str, str], DrawSiteView] = {
    (ids.SITE_LOAD, "figure"): lambda frame, asked: figures.make_site_load_patch(frame, asked.words),
    (ids.SITE_COST, "figure"): lambda frame, asked: figures.make_cost_patch(frame, asked.words),
    (ids.SITE_CO2, "figure"): lambda frame, asked: figures.make_co2_patch(frame, asked.words),
    (ids.SITE_PRICES, "figure"): lambda frame, asked: figures.make_prices_patch(frame, asked.words),
    (ids.SITE_MODELS, "figure"): lambda frame, asked: figures.make_model_value_patch(frame, asked.words),
}
STATIC_VIEWS: dict[tuple[str, str], DrawSiteView] = {
    (ids.SITE_SOURCES, "children"): lambda frame, asked: sources.render_site_sources(frame.run.scenario, asked.words),
}
RUN_BAR_VIEWS = [(ids.CATALOG_BADGE, "children"), (ids.CATALOG_NOTICE, "children")]
SITE_VIEWS = [*TICK_VIEWS, *STATIC_VIEWS, *RUN_BAR_VIEWS]


def register_site(app: Dash, build: str) -> None:
    """Register the page's callbacks; those of the bar are the live page's."""

    @app.callback(_list_outputs(), Input(ids.SITE_REQUEST, "data"), prevent_initial_call=True)
    def tick(request: Any) -> dict[str, Any]:
        return build_site_reply(request, build)

    for name, place in {"startEvent": ids.EVENT, "acceptOffer": ids.SITE_OFFER}.items():
        app.clientside_callback(ClientsideFunction("site", name), Input(place, "n_clicks"), prevent_initial_call=True)


def build_site_reply(request: Any, build: str) -> dict[str, Any]:
    """Return all that the page shows of what was asked for; of what cannot be, the issues alone."""
    return build_reply(request, build, views=SITE_VIEWS, show=render_site_page)


def render_site_page(run: RunSpec, asked: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by name, and what the browser writes by itself."""
    frame, _ = get_site_view(run), asked.words
    fleet = get_fleet_view(run)
    views = TICK_VIEWS | STATIC_VIEWS if asked.full else TICK_VIEWS
    drawn = {f"{place}.{what}": draw(frame, asked) for (place, what), draw in views.items()}
    if asked.full:
        drawn[f"{ids.CATALOG_BADGE}.children"] = render_catalog_badge(fleet, asked.files, _)
        drawn[f"{ids.CATALOG_NOTICE}.children"] = render_catalog_notice(fleet, _)
    written = {
        "texts": format_bar_texts(fleet, _) | texts.format_site_texts(frame, _),
        "shares": texts.compute_spread_shares(frame),
        "states": {ids.POSTE: fleet.poste.lower()} | texts.compute_site_states(frame),
        "offer": texts.find_better_threshold(frame),
    }
    return drawn, written


def _list_outputs() -> dict[str, Output]:
    ours = {f"{place}.{what}": Output(place, what) for place, what in [*TICK_VIEWS, *STATIC_VIEWS]}
    shared = {f"{place}.{what}": Output(place, what, allow_duplicate=True) for place, what in RUN_BAR_VIEWS}
    return ours | shared | {ids.REPLY: Output(ids.REPLY, "data", allow_duplicate=True)}
