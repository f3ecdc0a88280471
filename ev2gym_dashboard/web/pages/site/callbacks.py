"""The page of the site: what the run does to the load, the bill, the CO2 and the batteries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from ev2gym_dashboard.service.sessions.cache import frame_of, site_frame_of
from ev2gym_dashboard.service.sessions.run_spec import Run
from ev2gym_dashboard.service.sessions.site_view import SiteFrame
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.live import callbacks, explanations
from ev2gym_dashboard.web.pages.site import figures, sources, texts
from ev2gym_dashboard.web.pages.site.layout import site_layout
from ev2gym_dashboard.web.requests.parsing import Asked

Draw = Callable[[SiteFrame, Asked], Any]

layout = site_layout

LIVE: dict[tuple[str, str], Draw] = {
    (ids.SITE_LOAD, "figure"): lambda frame, asked: figures.load_patch(frame, asked.words),
    (ids.SITE_COST, "figure"): lambda frame, asked: figures.cost_patch(frame, asked.words),
    (ids.SITE_CO2, "figure"): lambda frame, asked: figures.co2_patch(frame, asked.words),
    (ids.SITE_PRICES, "figure"): lambda frame, asked: figures.prices_patch(frame, asked.words),
    (ids.SITE_MODELS, "figure"): lambda frame, asked: figures.models_patch(frame, asked.words),
}
STILL: dict[tuple[str, str], Draw] = {
    (ids.SITE_SOURCES, "children"): lambda frame, asked: sources.sources(frame.run.scenario, asked.words),
}
OF_THE_BAR = [(ids.CATALOG_BADGE, "children"), (ids.CATALOG_NOTICE, "children")]
VIEWS = [*LIVE, *STILL, *OF_THE_BAR]


def register(app: Dash, build: str) -> None:
    """Register the page's callbacks; those of the bar are the live page's."""

    @app.callback(_outputs(), Input(ids.SITE_REQUEST, "data"), prevent_initial_call=True)
    def tick(request: Any) -> dict[str, Any]:
        return reply(request, build)

    for name, place in {"event": ids.EVENT, "offer": ids.SITE_OFFER}.items():
        app.clientside_callback(ClientsideFunction("gate", name), Input(place, "n_clicks"), prevent_initial_call=True)


def reply(request: Any, build: str) -> dict[str, Any]:
    """Return all that the page shows of what was asked for; of what cannot be, the issues alone."""
    return callbacks.answer(request, build, views=VIEWS, show=shown)


def shown(run: Run, asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by name, and what the browser writes by itself."""
    frame, _ = site_frame_of(run), asked.words
    fleet = frame_of(run)
    views = LIVE | STILL if asked.full else LIVE
    drawn = {f"{place}.{what}": draw(frame, asked) for (place, what), draw in views.items()}
    if asked.full:
        drawn[f"{ids.CATALOG_BADGE}.children"] = explanations.catalog_badge(fleet, asked.files, _)
        drawn[f"{ids.CATALOG_NOTICE}.children"] = explanations.catalog_notice(fleet, _)
    written = {
        "texts": callbacks.bar_texts(fleet, _) | texts.texts(frame, _),
        "shares": texts.shares(frame),
        "states": {ids.POSTE: fleet.poste.lower()} | texts.states(frame),
        "offer": texts.offer(frame),
    }
    return drawn, written


def _outputs() -> dict[str, Output]:
    ours = {f"{place}.{what}": Output(place, what) for place, what in [*LIVE, *STILL]}
    shared = {f"{place}.{what}": Output(place, what, allow_duplicate=True) for place, what in OF_THE_BAR}
    return ours | shared | {ids.ANSWER: Output(ids.ANSWER, "data", allow_duplicate=True)}
