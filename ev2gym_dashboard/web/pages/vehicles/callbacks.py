"""Callbacks of the vehicles' page: the reply of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dash import Dash, Input

from ev2gym_dashboard.service.sessions.process_cache import get_vehicles_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery
from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView
from ev2gym_dashboard.service.sessions.watched_vehicle import HISTORY_H
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.model_facts import format_model_facts
from ev2gym_dashboard.web.components.run_bar import RUN_BAR_VIEWS, format_bar_texts
from ev2gym_dashboard.web.components.time_bar import compute_cursor_states, format_cursor_texts
from ev2gym_dashboard.web.pages.vehicles import decisions, history_figure, history_file, history_table, table, tiles
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId, build_reply, draw_views, list_outputs

DrawVehiclesView = Callable[[VehiclesView, RequestOptions], Any]

HISTORY_VIEWS: dict[ViewId, DrawVehiclesView] = {
    (ids.VEHICLE_HISTORY, "figure"): lambda view, options: history_figure.make_history_patch(view, options.translator)
}
"""The views of one vehicle, once its past is known."""
VEHICLES_VIEWS: dict[ViewId, DrawVehiclesView] = HISTORY_VIEWS | RUN_BAR_VIEWS


def register_vehicles(app: Dash, build: str) -> None:
    """Register the page's callback; its scripts listen to the document."""

    @app.callback(list_outputs(VEHICLES_VIEWS), Input(ids.VEHICLES_REQUEST, "data"), prevent_initial_call=True)
    def reply_to_request(request: Any) -> dict[str, Any]:
        return build_vehicles_reply(request, build)


def build_vehicles_reply(request: Any, build: str) -> dict[str, Any]:
    """Return the outputs of the page for a request; for one that is refused, the issues alone."""
    return build_reply(request, build, view_ids=VEHICLES_VIEWS, render_page=render_vehicles_page)


def render_vehicles_page(run: RunSpec, options: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by output name, and the fields of the reply that the scripts show."""
    view, _ = get_vehicles_view(run, choose_vehicles(run, options)), options.translator
    has_history = view.shown is not None and view.shown.history is not None
    drawers = (HISTORY_VIEWS if has_history else {}) | (RUN_BAR_VIEWS if options.full else {})
    facts = format_model_facts(view, view.shown.row.model if view.shown else None, _)
    texts = format_bar_texts(view, _) | table.format_list_texts(view, _) | tiles.format_vehicle_texts(view, _)
    texts |= format_cursor_texts(view.time, view.shown_time, _)
    fields = {
        "texts": texts | facts | decisions.format_decision_texts(view, _),
        "shares": {},
        "states": {ids.POSTE: view.poste.lower(), ids.MODEL_FACTS: "on" if facts else "off"}
        | history_figure.compute_legend_states(view)
        | compute_cursor_states(view.time, view.shown_time),
        "time": {"first": max(run.step - HISTORY_H * 60 // run.scenario.timestep_min, 0), "step": run.step},
        "vehicles": table.build_list_rows(view, _, full=options.full)
        | history_table.build_history_rows(view, _)
        | decisions.build_decisions(view)
        | history_file.build_history_file(view, _),
    }
    return draw_views(drawers, view, options), fields


def choose_vehicles(run: RunSpec, options: RequestOptions) -> VehicleQuery:
    """Return the query of a request, at the past step that is looked at, if the run has passed it."""
    return replace(options.vehicles, past_step=options.find_past_step(run))
