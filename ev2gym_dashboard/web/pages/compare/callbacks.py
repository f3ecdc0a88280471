"""The page that compares: all strategies in the place of the run, on the same arrivals and seeds."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Issue, ValidationError, check_key
from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    decode_comparison,
    dump_comparison_request,
    make_comparison_request,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.jobs.queue import DONE, FAILED, UNKNOWN, Job, QueueFull, open_job_queue
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.sessions.run_spec import MAX_SESSION_LENGTH, parse_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator
from ev2gym_dashboard.web.pages.compare import figures, table, texts
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import (
    MalformedRequest,
    MappingSchema,
    RequestSchema,
    TextSchema,
    validate_request,
)

CLIENT_ID_PATTERN = re.compile(f"[A-Za-z0-9-]{{0,{MAX_SESSION_LENGTH}}}", re.ASCII)
PLAN, START, POLL, CANCEL = "plan", "start", "look", "cancel"
ACTIONS = (PLAN, START, POLL, CANCEL)
COMPARE_VIEWS = [
    (ids.COMPARE_TABLE, "rowData"),
    (ids.COMPARE_LOAD, "figure"),
    (ids.COMPARE_TRADE_OFF, "figure"),
    (ids.COMPARE_VERDICT, "children"),
    (ids.COMPARE_CONCLUSIONS, "children"),
    (ids.COMPARE_RESULT_SCENARIO, "children"),
]
COMPARE_REQUEST_SCHEMA = RequestSchema(
    {
        "number": parsing.REQUEST_NUMBER,
        "attempt": parsing.REQUEST_NUMBER,
        "build": TextSchema(parsing.MAX_TEXT_LENGTH),
        "lang": Choice("", tuple(LANGUAGES), "The language of the answer"),
        "who": TextSchema(MAX_SESSION_LENGTH),
        "ask": Choice("", ACTIONS, "What is asked for"),
        "question": MappingSchema(),
        "run": MappingSchema(),
        "period": TextSchema(),
        "seeds": TextSchema(),
    }
)
BUTTON_INPUTS = {"start": Input(ids.COMPARE_START, "n_clicks"), "cancel": Input(ids.COMPARE_CANCEL, "n_clicks")}
SYSTEM_INPUTS = {"tick": Input(ids.COMPARE_TIMER, "n_intervals"), "receiveReply": Input(ids.COMPARE_REPLY, "data")}
CHOICE_INPUTS = {"setPeriod": Input(ids.COMPARE_PERIOD, "value"), "setSeeds": Input(ids.COMPARE_SEEDS, "value")}
TABLE_INPUTS = {"showView": Input(ids.COMPARE_VIEW, "value"), "search": Input(ids.COMPARE_SEARCH, "value")}
TABLE_INPUTS |= {"exportCsv": Input(ids.COMPARE_EXPORT, "n_clicks")}


def register_compare(app: Dash, build: str) -> None:
    """Register the page's callbacks: one on the server, the others in the browser, by name."""

    @app.callback(_list_outputs(), Input(ids.COMPARE_REQUEST, "data"), prevent_initial_call=True)
    def answer_compare_request(request: Any) -> dict[str, Any]:
        return build_compare_reply(request, build)

    for name, event in (BUTTON_INPUTS | SYSTEM_INPUTS | CHOICE_INPUTS).items():
        app.clientside_callback(ClientsideFunction("compare", name), event, prevent_initial_call=True)
    for name, event in TABLE_INPUTS.items():
        app.clientside_callback(ClientsideFunction("compareTable", name), event, prevent_initial_call=True)
    kept = [State(ids.RUN, "data"), State(ids.COMPARE_STORE, "data"), State(ids.BUILD, "data")]
    kept += [State(ids.COMPARE_PERIOD, "value"), State(ids.COMPARE_SEEDS, "value"), State(ids.COMPARE_VIEW, "value")]
    app.clientside_callback(
        ClientsideFunction("compare", "boot"),
        Output(ids.COMPARE_STATUS, "lang"),
        Input(ids.COMPARE_TEXTS, "data"),
        *kept,
    )


def build_compare_reply(request: Any, build: str) -> dict[str, Any]:
    """Return how the comparison stands that was asked for, and what it gave once it is done.

    Raises
    ------
    Unaskable
        Where a page of this build would never ask so.
    """
    _ = parsing.get_request_translator(request)
    told: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build, "ok": True, "issues": []}
    unchanged: dict[str, Any] = {_format_output_name(*view): no_update for view in COMPARE_VIEWS}
    try:
        request = validate_request(request, COMPARE_REQUEST_SCHEMA)
        duel = _parse_comparison_request(request, _)
        job = _run_action(request, duel)
    except ValidationError as invalid:
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        lines = [note["line"] for note in format_issues(invalid.issues, _)]
        return unchanged | {ids.COMPARE_REPLY: told | {"ok": False, "issues": lines}}
    told |= {"key": duel.key, "state": job.state, "share": round(job.share, 4)}
    told |= {"about": texts.describe_comparison(duel, _), "plan": texts.describe_workload(duel, _)}
    told |= {"status": texts.describe_job(job, duel, _)}
    if request.get("ask") != PLAN:
        told["question"] = dump_comparison_request(duel)
    data = open_job_queue().read_result(duel.key) if job.state == DONE else None
    drawn = draw_comparison(decode_comparison(duel, data), duel, _) if data else {}
    return unchanged | drawn | {ids.COMPARE_REPLY: told}


def draw_comparison(comparison: Comparison, duel: ComparisonRequest, _: Translator) -> dict[str, Any]:
    """Return the views of a comparison by name."""
    views = [
        table.build_comparison_rows(comparison, _),
        figures.make_load_figure(comparison, _),
        figures.make_trade_off_figure(comparison, _),
        texts.describe_lowest_variants(comparison, _),
        [html.Li(line) for line in texts.list_conclusions(comparison, _)],
        _("Compared: {about}", about=texts.describe_comparison(duel, _)),
    ]
    return dict(zip((_format_output_name(*view) for view in COMPARE_VIEWS), views, strict=True))


def parse_run_scenario(run: object) -> Scenario:
    """Return the scenario of the run that a browser holds, with the parameters in force; without one, the first."""
    if run is None:
        return Scenario()
    live = parse_run(run)
    return replace(live.scenario, params=live.active_settings["params"])


def _parse_comparison_request(request: Mapping[str, Any], _: Translator) -> ComparisonRequest:
    """Return the duel that a request names, or that its run, period and seeds make."""
    ask = request.get("ask")
    if issues := check_key("ask", ask, ACTIONS):
        raise ValidationError(issues)
    if ask in {POLL, CANCEL}:
        return parse_comparison_request(request.get("question"))
    seeds = request.get("seeds")
    number = _.parse_number(seeds or "")
    return make_comparison_request(
        parse_run_scenario(request.get("run")), request.get("period"), seeds if number is None else number
    )


def _run_action(request: Mapping[str, Any], duel: ComparisonRequest) -> Job:
    ask, who = request["ask"], request.get("who") or ""
    if not CLIENT_ID_PATTERN.fullmatch(who):
        raise MalformedRequest(
            [Issue("who", "must be a text of at most {high} characters", (("high", MAX_SESSION_LENGTH),))]
        )
    if ask == PLAN:
        return Job(UNKNOWN)
    try:
        if ask == CANCEL:
            return open_job_queue().cancel(duel.key, who)
        job = open_job_queue().poll(duel.key, who) if ask == POLL else Job(UNKNOWN)
        return open_job_queue().submit(duel.key, duel.canonical_json, who) if job.state == UNKNOWN else job
    except QueueFull:
        raise ValidationError(
            [Issue("work", "so many comparisons wait already that no other is taken: try later")]
        ) from None
    except (sqlite3.Error, OSError):
        return Job(FAILED, error="file")


def _list_outputs() -> dict[str, Output]:
    return {_format_output_name(*view): Output(*view) for view in COMPARE_VIEWS} | {
        ids.COMPARE_REPLY: Output(ids.COMPARE_REPLY, "data")
    }


def _format_output_name(place: str, what: str) -> str:
    return f"{place}.{what}"
