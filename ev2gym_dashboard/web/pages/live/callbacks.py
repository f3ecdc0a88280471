"""The live page: the fleet under the strategy that the user chooses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.sessions.cache import ReplayIncomplete, get_fleet_view
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, make_default_event, serialize_run
from ev2gym_dashboard.service.sessions.share_link import SHARE_FORMAT, SHARE_VERSION, encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.i18n import Translator, get_translator
from ev2gym_dashboard.web.pages.live import explanations, figures, table, tiles
from ev2gym_dashboard.web.pages.live.layout import render_live_layout
from ev2gym_dashboard.web.requests import parsing, uploads
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.schema import MalformedRequest
from ev2gym_dashboard.web.requests.upload_kinds import MAX_UPLOAD_BYTES, UPLOAD_KINDS

DrawFleetView = Callable[[FleetView, RequestOptions], Any]
RenderPage = Callable[[RunSpec, RequestOptions], tuple[dict[str, Any], dict[str, Any]]]

layout = render_live_layout

TICK_VIEWS: dict[tuple[str, str], DrawFleetView] = {
    (ids.POWER, "figure"): lambda frame, asked: figures.make_power_patch(frame, asked.words),
    (ids.MODES, "figure"): lambda frame, asked: figures.make_modes_patch(frame, asked.words),
    (ids.SOC_HISTOGRAM, "figure"): lambda frame, asked: figures.make_soc_histogram_patch(frame, asked.words),
    (ids.TABLE, "rowData"): lambda frame, asked: table.build_fleet_rows(frame),
}
STATIC_VIEWS: dict[tuple[str, str], DrawFleetView] = {
    (ids.V2G_PIE, "figure"): lambda frame, asked: figures.make_pie_patch(frame, asked.basis),
    (ids.TOP_MODELS, "figure"): lambda frame, asked: figures.make_top_models_patch(frame, asked.words),
    (ids.CATALOG_BADGE, "children"): lambda frame, asked: explanations.render_catalog_badge(
        frame, asked.files, asked.words
    ),
    (ids.CATALOG_NOTICE, "children"): lambda frame, asked: explanations.render_catalog_notice(frame, asked.words),
    (ids.SOURCES, "children"): lambda frame, asked: explanations.render_fleet_sources(frame, asked.words),
}
LIVE_VIEWS = [*TICK_VIEWS, *STATIC_VIEWS]
CONTROL_INPUTS = {
    ("live", "tick"): Input(ids.TIMER, "n_intervals"),
    ("live", "receiveReply"): Input(ids.REPLY, "data"),
    ("controls", "play"): Input(ids.PLAY, "n_clicks"),
    ("controls", "pause"): Input(ids.PAUSE, "n_clicks"),
    ("controls", "step"): Input(ids.STEP, "n_clicks"),
    ("controls", "restart"): Input(ids.RESET, "n_clicks"),
    ("controls", "setSpeed"): Input(ids.SPEED, "value"),
    ("controls", "setStrategy"): Input(ids.STRATEGY, "value"),
    ("controls", "setV2g"): Input(ids.V2G, "value"),
    ("controls", "setCatalog"): Input(ids.CATALOG, "value"),
    ("controls", "setFleetSize"): Input(ids.make_field_id("fleet_size"), "value"),
    ("controls", "selectModel"): Input(ids.TABLE, "selectedRows"),
    ("controls", "selectBasis"): Input(ids.PIE_BASIS, "value"),
}


def register_live(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser, by name."""

    @app.callback(_list_outputs(), Input(ids.REQUEST, "data"), prevent_initial_call=True)
    def tick(request: Any) -> dict[str, Any]:
        return build_live_reply(request, build)

    for function, event in CONTROL_INPUTS.items():
        app.clientside_callback(ClientsideFunction(*function), event, prevent_initial_call=True)
    _register_form(app)
    _register_files(app)
    _register_share(app)
    _register_table(app)
    stored = [State(ids.RUN, "data"), State(ids.PLAYING, "data"), State(ids.SPEED, "value"), State(ids.BUILD, "data")]
    stored.append(State(ids.FILES, "data"))
    app.clientside_callback(
        ClientsideFunction("live", "boot"), Output(ids.STATUS, "lang"), Input(ids.CLIENT_TEXTS, "data"), *stored
    )


def build_live_reply(request: Any, build: str) -> dict[str, Any]:
    """Return all that the page shows of what was asked for; of what cannot be, the issues alone."""
    return build_reply(request, build, views=LIVE_VIEWS, show=render_live_page)


def build_reply(request: Any, build: str, *, views: Collection[tuple[str, str]], show: RenderPage) -> dict[str, Any]:
    """Return the answer of a page: its views as ``show`` draws them, and what the browser writes by itself.

    Raises
    ------
    Unaskable
        Where a page of this build would never ask so.
    """
    unchanged: dict[str, Any] = {_format_output_name(*view): no_update for view in views}
    told: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build, "issues": []}
    try:
        asked = parsing.parse_options(request)
        run = parsing.resolve_run(request, asked.words)
        views_drawn, texts_written = show(run, asked)
    except ReplayIncomplete as on_the_way:
        share = round(on_the_way.step / on_the_way.end, 4)
        return unchanged | {ids.REPLY: told | {"ok": False, "catching_up": share}}
    except ValidationError as invalid:
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        notes = scenario_form.format_issues(invalid.issues, parsing.get_request_translator(request))
        return unchanged | {ids.REPLY: told | {"ok": False, "issues": notes}}
    told |= {"ok": True, "run": serialize_run(run), **parsing.format_control_values(run, asked), **texts_written}
    if asked.share:
        told["link"] = encode_share_link(run)
    if asked.fill:
        told["texts"] |= uploads.format_file_texts(run.scenario, asked.files, asked.words)
        told["states"] |= uploads.compute_file_states(run.scenario)
    return unchanged | views_drawn | {ids.REPLY: told}


def render_live_page(run: RunSpec, asked: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by name, and what the browser writes by itself."""
    frame = get_fleet_view(run)
    return draw_views(frame, asked), format_live_texts(frame, asked)


def draw_views(frame: FleetView, asked: RequestOptions) -> dict[str, Any]:
    """Return the views of a frame by name; those that do not change with time only where all is asked for."""
    views = TICK_VIEWS | STATIC_VIEWS if asked.full else TICK_VIEWS
    return {_format_output_name(*view): draw(frame, asked) for view, draw in views.items()}


def format_live_texts(frame: FleetView, asked: RequestOptions) -> dict[str, dict[str, Any]]:
    """Return what the browser writes by itself, by id: texts, shares for bars, states for the style.

    Each output of a callback costs the browser a pass over all components; these would be fifty.
    """
    _ = asked.words
    texts = format_bar_texts(frame, _) | tiles.format_fleet_texts(frame, _)
    texts |= explanations.format_reason_texts(frame, asked.model, _) | explanations.format_ledger_texts(frame, _)
    texts |= explanations.format_pie_texts(frame, asked.basis, _) if asked.full else {}
    return {
        "texts": texts,
        "shares": explanations.compute_reason_shares(frame, asked.model),
        "states": {ids.POSTE: frame.poste.lower()},
    }


def format_bar_texts(frame: FleetView, _: Translator) -> dict[str, str]:
    """Return what the bar shows of a run."""
    return format_clock_texts(frame, _) | explanations.format_rule_texts(frame, _)


def format_clock_texts(frame: FleetView, _: Translator) -> dict[str, str]:
    """Return the simulated time and the price of that moment."""
    return {
        ids.CLOCK: _.time(frame.time),
        ids.DATE: _.date(frame.time),
        ids.PRICE: _.with_unit(frame.current["price_mad_kwh"], "MAD/kWh", 4),
        ids.POSTE: _(explanations.POSTE_NAMES[frame.poste]),
    }


def _list_outputs() -> dict[str, Output]:
    return {_format_output_name(*view): Output(*view) for view in LIVE_VIEWS} | {ids.REPLY: Output(ids.REPLY, "data")}


def _format_output_name(place: str, what: str) -> str:
    return f"{place}.{what}"


def _register_form(app: Dash) -> None:
    every = [
        State(ids.make_field_id(ALL), "id"),
        State(ids.make_field_issue_id(ALL), "id"),
        State(ids.make_parameters_id(ALL), "id"),
    ]
    app.clientside_callback(
        ClientsideFunction("form", "showReply"),
        Output(ids.make_field_id(ALL), "value"),
        Output(ids.make_field_issue_id(ALL), "children"),
        Output(ids.make_parameters_id(ALL), "hidden"),
        Output(ids.NOTICE, "children"),
        Input(ids.REPLY, "data"),
        *every,
        prevent_initial_call=True,
    )
    values = [State(ids.make_field_id(ALL), "value"), State(ids.make_field_id(ALL), "id")]
    app.clientside_callback(
        ClientsideFunction("controls", "applyForm"), Input(ids.APPLY, "n_clicks"), *values, prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("controls", "setParameters"),
        Input(ids.make_field_id(ALL), "value"),
        State(ids.make_field_id(ALL), "id"),
        prevent_initial_call=True,
    )


def _register_files(app: Dash) -> None:
    for name in UPLOAD_KINDS:
        where = ids.make_upload_id(name)
        given = [Input(where, "contents"), State(where, "filename"), State(where, "id")]
        taken = [Input(ids.make_remove_file_id(name), "n_clicks"), State(where, "id")]
        app.clientside_callback(ClientsideFunction("controls", "uploadFile"), *given, prevent_initial_call=True)
        app.clientside_callback(ClientsideFunction("controls", "removeFile"), *taken, prevent_initial_call=True)


def _register_share(app: Dash) -> None:
    for name, place in {"requestLink": ids.SHARE_LINK, "downloadRun": ids.SHARE_DOWNLOAD}.items():
        app.clientside_callback(ClientsideFunction("share", name), Input(place, "n_clicks"), prevent_initial_call=True)
    app.clientside_callback(
        ClientsideFunction("share", "openFile"), Input(ids.SHARE_OPEN, "contents"), prevent_initial_call=True
    )


def _register_table(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("fleetTable", "search"), Output(ids.SEARCH, "title"), Input(ids.SEARCH, "value")
    )
    app.clientside_callback(
        ClientsideFunction("fleetTable", "exportCsv"),
        Output(ids.EXPORT, "title"),
        Input(ids.EXPORT, "n_clicks"),
        prevent_initial_call=True,
    )


def build_client_texts(lang: str, request: str = ids.REQUEST) -> dict[str, Any]:
    """Return what the gate says by itself, without asking the server, and the store by which its page asks."""
    _ = get_translator(lang)
    return {
        "lang": lang,
        "request": request,
        "running": _("Running"),
        "paused": _("Paused"),
        "loading": _("Loading…"),
        "reconnecting": _("Reconnecting…"),
        "lost": _("The run kept by this browser can no longer be used; a new one was started."),
        "new_run": _("New run started."),
        "catching_up": _("Catching up: {share}"),
        "opened": _("Run opened."),
        "linked": _("This link opens this run at this moment."),
        "copied": _("Link copied: it opens this run at this moment."),
        "no_link": _("This run is too large for a link: download it instead."),
        "file_name": _("ev2gym-run.json"),
        "format": SHARE_FORMAT,
        "version": SHARE_VERSION,
        "event": make_default_event(),
        "title": _("EV2Gym vehicles – V2G/G2V states"),
        "file_bytes": MAX_UPLOAD_BYTES,
    }
