"""The page of the site: what the run does to the load, the bill, the CO2 and the batteries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from ev2gym_dashboard.service.definition import Run
from ev2gym_dashboard.service.session import frame_of, site_frame_of
from ev2gym_dashboard.service.site_frame import SiteFrame
from ev2gym_dashboard.web import explain, ids, site_figures, site_sources, site_words
from ev2gym_dashboard.web.pages import live
from ev2gym_dashboard.web.pages.site_layout import site_layout
from ev2gym_dashboard.web.protocol import Asked

Draw = Callable[[SiteFrame, Asked], Any]

layout = site_layout

LIVE: dict[tuple[str, str], Draw] = {
    (ids.SITE_LOAD, "figure"): lambda frame, asked: site_figures.load_patch(frame, asked.words),
    (ids.SITE_COST, "figure"): lambda frame, asked: site_figures.cost_patch(frame, asked.words),
    (ids.SITE_CO2, "figure"): lambda frame, asked: site_figures.co2_patch(frame, asked.words),
    (ids.SITE_PRICES, "figure"): lambda frame, asked: site_figures.prices_patch(frame, asked.words),
    (ids.SITE_MODELS, "figure"): lambda frame, asked: site_figures.models_patch(frame, asked.words),
}
STILL: dict[tuple[str, str], Draw] = {
    (ids.SITE_SOURCES, "children"): lambda frame, asked: site_sources.sources(frame.run.scenario, asked.words),
}
OF_THE_BAR = [(ids.CATALOG_BADGE, "children"), (ids.CATALOG_NOTICE, "children")]
VIEWS = [*LIVE, *STILL, *OF_THE_BAR]


def register(app: Dash, build: str) -> None:
    """Register the page's callbacks; those of the bar are the live page's."""

    @app.callback(_outputs(), Input(ids.SITE_REQUEST, "data"), prevent_initial_call=True)
    def tick(request: Any) -> dict[str, Any]:
        return reply(request, build)

    for name, place in {"startEvent": ids.EVENT, "acceptOffer": ids.SITE_OFFER}.items():
        app.clientside_callback(ClientsideFunction("site", name), Input(place, "n_clicks"), prevent_initial_call=True)


def reply(request: Any, build: str) -> dict[str, Any]:
    """Return all that the page shows of what was asked for; of what cannot be, the issues alone."""
    return live.answer(request, build, views=VIEWS, show=shown)


def shown(run: Run, asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by name, and what the browser writes by itself."""
    frame, _ = site_frame_of(run), asked.words
    fleet = frame_of(run)
    views = LIVE | STILL if asked.full else LIVE
    drawn = {f"{place}.{what}": draw(frame, asked) for (place, what), draw in views.items()}
    if asked.full:
        drawn[f"{ids.CATALOG_BADGE}.children"] = explain.catalog_badge(fleet, asked.files, _)
        drawn[f"{ids.CATALOG_NOTICE}.children"] = explain.catalog_notice(fleet, _)
    written = {
        "texts": live.bar_texts(fleet, _) | site_words.texts(frame, _),
        "shares": site_words.shares(frame),
        "states": {ids.POSTE: fleet.poste.lower()} | site_words.states(frame),
        "offer": site_words.offer(frame),
    }
    return drawn, written


def _outputs() -> dict[str, Output]:
    ours = {f"{place}.{what}": Output(place, what) for place, what in [*LIVE, *STILL]}
    shared = {f"{place}.{what}": Output(place, what, allow_duplicate=True) for place, what in OF_THE_BAR}
    return ours | shared | {ids.ANSWER: Output(ids.ANSWER, "data", allow_duplicate=True)}
