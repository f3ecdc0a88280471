"""The page that compares: all strategies in the place of the run, on the same arrivals and seeds."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Invalid, Issue, check_key
from ev2gym_dashboard.service import measures
from ev2gym_dashboard.service.comparison import Comparison
from ev2gym_dashboard.service.definition import MAX_NAME, run_from_json
from ev2gym_dashboard.service.duel import Duel, duel_from_json, duel_of, duel_to_json, from_bytes
from ev2gym_dashboard.service.jobs import DONE, FAILED, UNKNOWN, Job, TooMany, jobs
from ev2gym_dashboard.web import duel_figures, duel_table, duel_words, form, ids, protocol
from ev2gym_dashboard.web.i18n import LANGUAGES, Words
from ev2gym_dashboard.web.pages.compare_layout import compare_layout
from ev2gym_dashboard.web.shape import Parts, Text, Unaskable, Values

layout = compare_layout
NAME = re.compile(f"[A-Za-z0-9-]{{0,{MAX_NAME}}}", re.ASCII)
PLAN, START, LOOK, CANCEL = "plan", "start", "look", "cancel"
ASKS = (PLAN, START, LOOK, CANCEL)
VIEWS = [
    (ids.DUEL_TABLE, "rowData"),
    (ids.DUEL_LOAD, "figure"),
    (ids.DUEL_TRADE, "figure"),
    (ids.DUEL_VERDICT, "children"),
    (ids.DUEL_WORDS, "children"),
    (ids.DUEL_OF, "children"),
]
REQUEST = Parts(
    {
        "number": protocol.NUMBER,
        "attempt": protocol.NUMBER,
        "build": Text(protocol.MAX_NAME),
        "lang": Choice("", tuple(LANGUAGES), "The language of the answer"),
        "who": Text(MAX_NAME),
        "ask": Choice("", ASKS, "What is asked for"),
        "question": Values(),
        "run": Values(),
        "period": Text(),
        "seeds": Text(),
    }
)
PRESSED = {"start": Input(ids.DUEL_START, "n_clicks"), "cancel": Input(ids.DUEL_CANCEL, "n_clicks")}
HEARD = {"tick": Input(ids.DUEL_TIMER, "n_intervals"), "receiveReply": Input(ids.DUEL_ANSWER, "data")}
CHOSEN = {"setPeriod": Input(ids.DUEL_PERIOD, "value"), "setSeeds": Input(ids.DUEL_SEEDS, "value")}
OF_TABLE = {"showView": Input(ids.DUEL_VIEW, "value"), "search": Input(ids.DUEL_SEARCH, "value")}
OF_TABLE |= {"exportCsv": Input(ids.DUEL_EXPORT, "n_clicks")}


def register(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser, by name."""

    @app.callback(_outputs(), Input(ids.DUEL_REQUEST, "data"), prevent_initial_call=True)
    def duel(request: Any) -> dict[str, Any]:
        return reply(request, build)

    for name, event in (PRESSED | HEARD | CHOSEN).items():
        app.clientside_callback(ClientsideFunction("compare", name), event, prevent_initial_call=True)
    for name, event in OF_TABLE.items():
        app.clientside_callback(ClientsideFunction("compareTable", name), event, prevent_initial_call=True)
    kept = [State(ids.RUN, "data"), State(ids.DUEL_STORE, "data"), State(ids.BUILD, "data")]
    kept += [State(ids.DUEL_PERIOD, "value"), State(ids.DUEL_SEEDS, "value"), State(ids.DUEL_VIEW, "value")]
    app.clientside_callback(
        ClientsideFunction("compare", "boot"), Output(ids.DUEL_STATUS, "lang"), Input(ids.DUEL_TEXTS, "data"), *kept
    )


def reply(request: Any, build: str) -> dict[str, Any]:
    """Return how the comparison stands that was asked for, and what it gave once it is done.

    Raises
    ------
    Unaskable
        Where a page of this build would never ask so.
    """
    _ = protocol.words_of(request)
    told: dict[str, Any] = {"number": protocol.number_of(request), "build": build, "ok": True, "issues": []}
    unchanged: dict[str, Any] = {_name(*view): no_update for view in VIEWS}
    try:
        request = protocol.askable(request, REQUEST)
        duel = _asked_for(request, _)
        job = _job(request, duel)
    except Invalid as invalid:
        if isinstance(invalid, Unaskable) and not protocol.may_be_old(request, build):
            raise
        measures.refused("input")
        lines = [note["line"] for note in form.issue_notes(invalid.issues, _)]
        return unchanged | {ids.DUEL_ANSWER: told | {"ok": False, "issues": lines}}
    told |= {"key": duel.key, "state": job.state, "share": round(job.share, 4)}
    told |= {"about": duel_words.about(duel, _), "plan": duel_words.plan(duel, _)}
    told |= {"status": duel_words.status(job, duel, _)}
    if request.get("ask") != PLAN:
        told["question"] = duel_to_json(duel)
    data = jobs().answer(duel.key) if job.state == DONE else None
    drawn = shown(from_bytes(duel, data), duel, _) if data else {}
    return unchanged | drawn | {ids.DUEL_ANSWER: told}


def shown(comparison: Comparison, duel: Duel, _: Words) -> dict[str, Any]:
    """Return the views of a comparison by name."""
    views = [
        duel_table.rows(comparison, _),
        duel_figures.load_figure(comparison, _),
        duel_figures.trade_off_figure(comparison, _),
        duel_words.verdict(comparison, _),
        [html.Li(line) for line in duel_words.conclusions(comparison, _)],
        _("Compared: {about}", about=duel_words.about(duel, _)),
    ]
    return dict(zip((_name(*view) for view in VIEWS), views, strict=True))


def place_of(run: object) -> Scenario:
    """Return the scenario of the run that a browser holds, with the parameters in force; without one, the first."""
    if run is None:
        return Scenario()
    live = run_from_json(run)
    return replace(live.scenario, params=protocol.in_force(live)["params"])


def _asked_for(request: Mapping[str, Any], _: Words) -> Duel:
    """Return the duel that a request names, or that its run, period and seeds make."""
    ask = request.get("ask")
    if issues := check_key("ask", ask, ASKS):
        raise Invalid(issues)
    if ask in {LOOK, CANCEL}:
        return duel_from_json(request.get("question"))
    seeds = request.get("seeds")
    number = _.read_number(seeds or "")
    return duel_of(place_of(request.get("run")), request.get("period"), seeds if number is None else number)


def _job(request: Mapping[str, Any], duel: Duel) -> Job:
    ask, who = request["ask"], request.get("who") or ""
    if not NAME.fullmatch(who):
        raise Unaskable([Issue("who", "must be a text of at most {high} characters", (("high", MAX_NAME),))])
    if ask == PLAN:
        return Job(UNKNOWN)
    try:
        if ask == CANCEL:
            return jobs().cancel(duel.key, who)
        job = jobs().look(duel.key, who) if ask == LOOK else Job(UNKNOWN)
        return jobs().ask(duel.key, duel.text, who) if job.state == UNKNOWN else job
    except TooMany:
        raise Invalid([Issue("work", "so many comparisons wait already that no other is taken: try later")]) from None
    except (sqlite3.Error, OSError):
        return Job(FAILED, problem="file")


def _outputs() -> dict[str, Output]:
    return {_name(*view): Output(*view) for view in VIEWS} | {ids.DUEL_ANSWER: Output(ids.DUEL_ANSWER, "data")}


def _name(place: str, what: str) -> str:
    return f"{place}.{what}"
