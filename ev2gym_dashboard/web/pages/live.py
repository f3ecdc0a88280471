"""The live page: the fleet under the strategy that the user chooses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service import measures
from ev2gym_dashboard.service.definition import Run, run_to_json, usual_event
from ev2gym_dashboard.service.frame import Frame
from ev2gym_dashboard.service.session import CatchingUp, frame_of
from ev2gym_dashboard.service.share import FORMAT, VERSION, link_of
from ev2gym_dashboard.web import explain, figures, form, ids, protocol, table, tiles, user_files
from ev2gym_dashboard.web.file_kinds import FILE_KINDS, MAX_FILE_BYTES
from ev2gym_dashboard.web.i18n import Words, words
from ev2gym_dashboard.web.pages.live_layout import live_layout
from ev2gym_dashboard.web.protocol import Asked
from ev2gym_dashboard.web.shape import Unaskable

Draw = Callable[[Frame, Asked], Any]
Show = Callable[[Run, Asked], tuple[dict[str, Any], dict[str, Any]]]

layout = live_layout

LIVE: dict[tuple[str, str], Draw] = {
    (ids.POWER, "figure"): lambda frame, asked: figures.power_patch(frame, asked.words),
    (ids.MODES, "figure"): lambda frame, asked: figures.modes_patch(frame, asked.words),
    (ids.SOC_HISTOGRAM, "figure"): lambda frame, asked: figures.soc_histogram_patch(frame, asked.words),
    (ids.TABLE, "rowData"): lambda frame, asked: table.rows(frame),
}
STILL: dict[tuple[str, str], Draw] = {
    (ids.V2G_PIE, "figure"): lambda frame, asked: figures.pie_patch(frame, asked.basis),
    (ids.TOP_MODELS, "figure"): lambda frame, asked: figures.top_models_patch(frame, asked.words),
    (ids.CATALOG_BADGE, "children"): lambda frame, asked: explain.catalog_badge(frame, asked.files, asked.words),
    (ids.CATALOG_NOTICE, "children"): lambda frame, asked: explain.catalog_notice(frame, asked.words),
    (ids.SOURCES, "children"): lambda frame, asked: explain.sources(frame, asked.words),
}
VIEWS = [*LIVE, *STILL]
GATE_INPUTS = {
    ("live", "tick"): Input(ids.TIMER, "n_intervals"),
    ("live", "receiveReply"): Input(ids.ANSWER, "data"),
    ("controls", "play"): Input(ids.PLAY, "n_clicks"),
    ("controls", "pause"): Input(ids.PAUSE, "n_clicks"),
    ("controls", "step"): Input(ids.STEP, "n_clicks"),
    ("controls", "restart"): Input(ids.RESET, "n_clicks"),
    ("controls", "setSpeed"): Input(ids.SPEED, "value"),
    ("controls", "setStrategy"): Input(ids.STRATEGY, "value"),
    ("controls", "setV2g"): Input(ids.V2G, "value"),
    ("controls", "setCatalog"): Input(ids.CATALOG, "value"),
    ("controls", "setFleetSize"): Input(ids.field("fleet_size"), "value"),
    ("controls", "selectModel"): Input(ids.TABLE, "selectedRows"),
    ("controls", "selectBasis"): Input(ids.PIE_BASIS, "value"),
}


def register(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser, by name."""

    @app.callback(_outputs(), Input(ids.REQUEST, "data"), prevent_initial_call=True)
    def tick(request: Any) -> dict[str, Any]:
        return reply(request, build)

    for function, event in GATE_INPUTS.items():
        app.clientside_callback(ClientsideFunction(*function), event, prevent_initial_call=True)
    _register_form(app)
    _register_files(app)
    _register_share(app)
    _register_table(app)
    stored = [State(ids.RUN, "data"), State(ids.PLAYING, "data"), State(ids.SPEED, "value"), State(ids.BUILD, "data")]
    stored.append(State(ids.FILES, "data"))
    app.clientside_callback(
        ClientsideFunction("live", "boot"), Output(ids.STATUS, "lang"), Input(ids.GATE_TEXTS, "data"), *stored
    )


def reply(request: Any, build: str) -> dict[str, Any]:
    """Return all that the page shows of what was asked for; of what cannot be, the issues alone."""
    return answer(request, build, views=VIEWS, show=shown)


def answer(request: Any, build: str, *, views: Collection[tuple[str, str]], show: Show) -> dict[str, Any]:
    """Return the answer of a page: its views as ``show`` draws them, and what the browser writes by itself.

    Raises
    ------
    Unaskable
        Where a page of this build would never ask so.
    """
    unchanged: dict[str, Any] = {_name(*view): no_update for view in views}
    told: dict[str, Any] = {"number": protocol.number_of(request), "build": build, "issues": []}
    try:
        asked = protocol.asked(request)
        run = protocol.run_of(request, asked.words)
        views_drawn, texts_written = show(run, asked)
    except CatchingUp as on_the_way:
        share = round(on_the_way.step / on_the_way.end, 4)
        return unchanged | {ids.ANSWER: told | {"ok": False, "catching_up": share}}
    except Invalid as invalid:
        if isinstance(invalid, Unaskable) and not protocol.may_be_old(request, build):
            raise
        measures.refused("input")
        notes = form.issue_notes(invalid.issues, protocol.words_of(request))
        return unchanged | {ids.ANSWER: told | {"ok": False, "issues": notes}}
    told |= {"ok": True, "run": run_to_json(run), **protocol.settings(run, asked), **texts_written}
    if asked.share:
        told["link"] = link_of(run)
    if asked.fill:
        told["texts"] |= user_files.texts(run.scenario, asked.files, asked.words)
        told["states"] |= user_files.states(run.scenario)
    return unchanged | views_drawn | {ids.ANSWER: told}


def shown(run: Run, asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the views of a run by name, and what the browser writes by itself."""
    frame = frame_of(run)
    return drawn(frame, asked), written(frame, asked)


def drawn(frame: Frame, asked: Asked) -> dict[str, Any]:
    """Return the views of a frame by name; those that do not change with time only where all is asked for."""
    views = LIVE | STILL if asked.full else LIVE
    return {_name(*view): draw(frame, asked) for view, draw in views.items()}


def written(frame: Frame, asked: Asked) -> dict[str, dict[str, Any]]:
    """Return what the browser writes by itself, by id: texts, shares for bars, states for the style.

    Each output of a callback costs the browser a pass over all components; these would be fifty.
    """
    _ = asked.words
    texts = bar_texts(frame, _) | tiles.texts(frame, _)
    texts |= explain.reason_texts(frame, asked.model, _) | explain.ledger_texts(frame, _)
    texts |= explain.pie_texts(frame, asked.basis, _) if asked.full else {}
    return {
        "texts": texts,
        "shares": explain.reason_shares(frame, asked.model),
        "states": {ids.POSTE: frame.poste.lower()},
    }


def bar_texts(frame: Frame, _: Words) -> dict[str, str]:
    """Return what the bar shows of a run."""
    return now_texts(frame, _) | explain.rule_texts(frame, _)


def now_texts(frame: Frame, _: Words) -> dict[str, str]:
    """Return the simulated time and the price of that moment."""
    return {
        ids.CLOCK: _.time(frame.time),
        ids.DATE: _.date(frame.time),
        ids.PRICE: _.with_unit(frame.now["price_mad_kwh"], "MAD/kWh", 4),
        ids.POSTE: _(explain.POSTE_NAMES[frame.poste]),
    }


def _outputs() -> dict[str, Output]:
    return {_name(*view): Output(*view) for view in VIEWS} | {ids.ANSWER: Output(ids.ANSWER, "data")}


def _name(place: str, what: str) -> str:
    return f"{place}.{what}"


def _register_form(app: Dash) -> None:
    every = [State(ids.field(ALL), "id"), State(ids.field_issue(ALL), "id"), State(ids.parameters_of(ALL), "id")]
    app.clientside_callback(
        ClientsideFunction("form", "showReply"),
        Output(ids.field(ALL), "value"),
        Output(ids.field_issue(ALL), "children"),
        Output(ids.parameters_of(ALL), "hidden"),
        Output(ids.NOTICE, "children"),
        Input(ids.ANSWER, "data"),
        *every,
        prevent_initial_call=True,
    )
    values = [State(ids.field(ALL), "value"), State(ids.field(ALL), "id")]
    app.clientside_callback(
        ClientsideFunction("controls", "applyForm"), Input(ids.APPLY, "n_clicks"), *values, prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("controls", "setParameters"),
        Input(ids.field(ALL), "value"),
        State(ids.field(ALL), "id"),
        prevent_initial_call=True,
    )


def _register_files(app: Dash) -> None:
    for name in FILE_KINDS:
        where = ids.upload(name)
        given = [Input(where, "contents"), State(where, "filename"), State(where, "id")]
        taken = [Input(ids.remove_file(name), "n_clicks"), State(where, "id")]
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


def gate_texts(lang: str, request: str = ids.REQUEST) -> dict[str, Any]:
    """Return what the gate says by itself, without asking the server, and the store by which its page asks."""
    _ = words(lang)
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
        "format": FORMAT,
        "version": VERSION,
        "event": usual_event(),
        "title": _("EV2Gym vehicles – V2G/G2V states"),
        "file_bytes": MAX_FILE_BYTES,
    }
