"""Callbacks of the fleet's page: the reply of the server, and the functions of the scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Dash, Input

from ev2gym_dashboard.service.sessions.fleet_view import FleetChoice, FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view, get_fleet_views
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.panel import AHEAD_VIEWS, compute_ahead_states, format_ahead_texts
from ev2gym_dashboard.web.components.alternative import format_alternative_texts
from ev2gym_dashboard.web.components.flow.panel import format_flow_fields
from ev2gym_dashboard.web.components.grid import register_grid_frame
from ev2gym_dashboard.web.components.model_facts import format_model_facts
from ev2gym_dashboard.web.components.run_bar import RUN_BAR_VIEWS, format_bar_texts
from ev2gym_dashboard.web.components.run_controls import register_clientside
from ev2gym_dashboard.web.components.time_bar import compute_cursor_states, format_cursor_texts, format_time_texts
from ev2gym_dashboard.web.pages.live import events, explanations, figures, table, tiles
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId, build_reply, draw_past_views, list_outputs

DrawFleetView = Callable[[FleetView, RequestOptions], Any]

TICK_VIEWS: dict[ViewId, DrawFleetView] = {
    (ids.POWER, "figure"): lambda view, options: figures.make_power_patch(view, options.translator, options.past_step),
    (ids.MODES, "figure"): lambda view, options: figures.make_modes_patch(view, options.translator, options.past_step),
    (ids.SOC_HISTOGRAM, "figure"): lambda view, options: figures.make_soc_histogram_patch(view),
    (ids.TABLE, "rowData"): lambda view, options: table.build_fleet_table(view, whole=options.full),
    **AHEAD_VIEWS,
}
"""The views that every step changes."""
STEP_VIEWS = {(ids.SOC_HISTOGRAM, "figure"), (ids.TABLE, "rowData")}
"""The views of the step that is shown, which may be a past one."""
STATIC_VIEWS: dict[ViewId, DrawFleetView] = {
    (ids.V2G_PIE, "figure"): lambda view, options: figures.make_pie_patch(view, options.basis),
    (ids.TOP_MODELS, "figure"): lambda view, options: figures.make_top_models_patch(view, options.translator),
    (ids.SOURCES, "children"): lambda view, options: explanations.render_fleet_sources(view, options.translator),
    **RUN_BAR_VIEWS,
}
"""The views that change with the run or the language alone: a tick leaves them out."""
LIVE_VIEWS = TICK_VIEWS | STATIC_VIEWS
PAGE_INPUTS = {
    ("controls", "selectModel"): Input(ids.TABLE, "selectedRows"),
    ("controls", "selectBasis"): Input(ids.PIE_BASIS, "value"),
    ("fleetTable", "deselect"): Input(ids.REASONS_ALL, "n_clicks"),
    ("fleetTable", "search"): Input(ids.SEARCH, "value"),
    ("fleetTable", "exportCsv"): Input(ids.EXPORT, "n_clicks"),
}


def register_live(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser."""

    @app.callback(list_outputs(LIVE_VIEWS), Input(ids.REQUEST, "data"), prevent_initial_call=True)
    def reply_to_request(request: Any) -> dict[str, Any]:
        return build_live_reply(request, build)

    register_clientside(app, PAGE_INPUTS)
    register_grid_frame(app, ids.TABLE)


def build_live_reply(request: Any, build: str) -> dict[str, Any]:
    """Return the outputs of the page for a request; for one that is refused, the issues alone."""
    return build_reply(request, build, view_ids=LIVE_VIEWS, render_page=render_live_page)


def render_live_page(run: RunSpec, options: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by output name, and the fields of the reply that the scripts show."""
    view, shown = _get_views(run, options)
    drawers = LIVE_VIEWS if options.full else TICK_VIEWS
    return draw_past_views(drawers, STEP_VIEWS, view, shown, options), format_live_fields(view, shown, options)


def _get_views(run: RunSpec, options: RequestOptions) -> tuple[FleetView, FleetView]:
    """Return the view of a run, and that of the step that is shown."""
    choice = FleetChoice(window=options.window, events=options.events, alternative=options.alternative)
    if (past_step := options.find_past_step(run)) is not None:
        return get_fleet_views(run, past_step, **choice)
    view = get_fleet_view(run, **choice)
    return view, view


def format_live_fields(view: FleetView, shown: FleetView, options: RequestOptions) -> dict[str, Any]:
    """Return, by id of the element, the texts, the shares for bars, and the states for the style; and the time bar.

    The figures are those of ``shown``, which is ``view`` itself or that of a past step.

    The scripts write them: as outputs of a callback, each would cost the browser a pass over all components.
    """
    _ = options.translator
    texts = format_bar_texts(view, _) | tiles.format_fleet_texts(shown, _) | format_ahead_texts(view, _)
    texts |= (
        format_time_texts(view, _) | format_cursor_texts(view.time, shown.time, _) | events.format_event_texts(view, _)
    )
    texts |= format_alternative_texts(shown, _)
    texts |= explanations.format_reason_texts(shown, options.model, _) | explanations.format_ledger_texts(shown, _)
    facts = format_model_facts(view, options.model, _)
    flow_texts, flow = format_flow_fields(shown, _)
    texts |= explanations.format_pie_texts(view, options.basis, _) if options.full else {}
    return {
        "texts": texts | facts | flow_texts,
        "flow": flow,
        "shares": explanations.compute_reason_shares(shown, options.model),
        "time": {"first": view.trend_axis.first_step, "step": view.run.step},
        "states": {ids.POSTE: view.poste.lower(), ids.REASONS_ALL: "on" if options.model else "off"}
        | {ids.REASONS_VEHICLES: "on" if facts else "off", ids.MODEL_FACTS: "on" if facts else "off"}
        | compute_ahead_states(view)
        | compute_cursor_states(view.time, shown.time)
        | events.compute_event_states(view)
        | figures.compute_legend_states(view),
    } | events.format_event_fields(view, _)
