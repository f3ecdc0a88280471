"""Callbacks of the Compare page: plan, start, poll or cancel a comparison, and draw its result."""

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
    dump_by_reference,
    make_comparison_request,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.jobs.job import DONE, FAILED, RUNNING, STORE_FAULT, UNKNOWN, WAITING, Job
from ev2gym_dashboard.service.jobs.queue import QueueFull, open_job_queue
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing, FindContent
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing, require_place
from ev2gym_dashboard.service.sessions.run_spec import MAX_SESSION_LENGTH, parse_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.grid import register_grid_frame
from ev2gym_dashboard.web.components.job_panel import register_job_panel
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator
from ev2gym_dashboard.web.pages.compare import figures, optimum, parts, table, texts
from ev2gym_dashboard.web.pages.compare.front import FRONT
from ev2gym_dashboard.web.pages.compare.objective import register_objective, set_prices
from ev2gym_dashboard.web.pages.compare.sizing import SIZING
from ev2gym_dashboard.web.requests import contents, parsing
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import (
    MalformedRequest,
    MappingSchema,
    RequestSchema,
    TextSchema,
    validate_request,
)

CLIENT_ID_PATTERN = re.compile(f"[A-Za-z0-9-]{{0,{MAX_SESSION_LENGTH}}}", re.ASCII)
PLAN, START, POLL, CANCEL = "plan", "start", "poll", "cancel"
ACTIONS = (PLAN, START, POLL, CANCEL)
COMPARE_VIEWS = [
    (ids.COMPARE_ROWS, "data"),
    (ids.COMPARE_LOAD, "figure"),
    (ids.COMPARE_TRADE_OFF, "figure"),
    (ids.COMPARE_PARTS, "figure"),
    (ids.COMPARE_VERDICT, "children"),
    (ids.COMPARE_CONCLUSIONS, "children"),
    (ids.COMPARE_RESULT_SCENARIO, "children"),
]
COMPARE_REQUEST_SCHEMA = RequestSchema(
    {
        "number": parsing.REQUEST_NUMBER,
        "attempt": parsing.REQUEST_NUMBER,
        "build": TextSchema(parsing.MAX_TEXT_LENGTH),
        "lang": Choice("", tuple(LANGUAGES), "Language of the reply"),
        "client": TextSchema(MAX_SESSION_LENGTH),
        "action": Choice("", ACTIONS, "Action of the page"),
        "comparison": MappingSchema(),
        "contents": MappingSchema(),
        "run": MappingSchema(),
        "period": TextSchema(),
        "seeds": TextSchema(),
        "prices": MappingSchema(),
    }
)
VIEWS_S = 0.3
"""CPU time of drawing the views of a comparison, 0.2 to 0.6 by its length and seeds [s]."""
BUTTON_INPUTS = {"start": Input(ids.COMPARE_START, "n_clicks"), "cancel": Input(ids.COMPARE_CANCEL, "n_clicks")}
SYSTEM_INPUTS = {"tick": Input(ids.COMPARE_TIMER, "n_intervals"), "receiveReply": Input(ids.COMPARE_REPLY, "data")}
CHOICE_INPUTS = {"setPeriod": Input(ids.COMPARE_PERIOD, "value"), "setSeeds": Input(ids.COMPARE_SEEDS, "value")}
TABLE_INPUTS = {"showView": Input(ids.COMPARE_VIEW, "value"), "search": Input(ids.COMPARE_SEARCH, "value")}
TABLE_INPUTS |= {"exportCsv": Input(ids.COMPARE_EXPORT, "n_clicks"), "showRows": Input(ids.COMPARE_ROWS, "data")}
STRATEGY_FIGURES = (ids.COMPARE_LOAD, ids.COMPARE_TRADE_OFF, ids.FRONT_FIGURE, ids.SIZING_FIGURE)
"""Figures whose legends list the strategies that they have."""


def register_compare(app: Dash, build: str) -> None:
    """Register the callbacks of the page: one on the server, the others in the browser."""

    @app.callback(_list_outputs(), Input(ids.COMPARE_REQUEST, "data"), prevent_initial_call=True)
    def answer_compare_request(request: Any) -> dict[str, Any]:
        return build_compare_reply(request, build)

    for panel in (FRONT, SIZING):
        register_job_panel(app, panel, open_job_queue)
    register_objective(app)
    register_grid_frame(app, ids.COMPARE_TABLE)
    for name, event in (BUTTON_INPUTS | SYSTEM_INPUTS | CHOICE_INPUTS).items():
        app.clientside_callback(ClientsideFunction("compare", name), event, prevent_initial_call=True)
    for name, event in TABLE_INPUTS.items():
        app.clientside_callback(ClientsideFunction("compareTable", name), event, prevent_initial_call=True)
    for name in STRATEGY_FIGURES:
        app.clientside_callback(ClientsideFunction("compareLegend", "follow"), Input(name, "figure"))
    states = [State(ids.COMPARE_STORE, "data"), State(ids.BUILD, "data")]
    states += [State(name, "value") for name in (ids.COMPARE_PERIOD, ids.COMPARE_SEEDS, ids.COMPARE_VIEW)]
    app.clientside_callback(
        ClientsideFunction("compare", "boot"),
        Output(ids.COMPARE_STATUS, "lang"),
        Input(ids.COMPARE_TEXTS, "data"),
        *states,
        State(ids.COMPARE_SHOWN, "data"),
    )


def build_compare_reply(request: Any, build: str) -> dict[str, Any]:
    """Return the state of the requested comparison, and its views once it is done.

    Raises
    ------
    MalformedRequest
        If a page of this build cannot have sent the request.
    """
    _ = parsing.get_request_translator(request)
    reply: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build, "ok": True, "issues": []}
    # Every request is answered with all outputs: without these, a poll would send table and figures again.
    unchanged: dict[str, Any] = {_format_output_name(*view): no_update for view in COMPARE_VIEWS}
    try:
        request = validate_request(request, COMPARE_REQUEST_SCHEMA)
        comparison_request = _parse_comparison_request(request, _)
        job = _run_action(request, comparison_request)
    except ContentsMissing as missing:
        lost = contents.reply_to_missing(missing, request, _)
        lost["issues"] = [issue["line"] for issue in lost.get("issues", [])]
        return unchanged | {ids.COMPARE_REPLY: reply | {"ok": False} | lost}
    except ValidationError as invalid:
        # A page from before a deployment gets an answer whose build makes it reload; an error would not.
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        lines = [issue["line"] for issue in format_issues(invalid.issues, _)]
        return unchanged | {ids.COMPARE_REPLY: reply | {"ok": False, "issues": lines}}
    job, data = _find_result(job, comparison_request.key)
    reply |= _describe_state(job, comparison_request, _)
    if request["action"] != PLAN:
        reply["comparison"] = dump_by_reference(comparison_request)
    views = draw_comparison(decode_comparison(comparison_request, data), comparison_request, _) if data else {}
    return unchanged | views | {ids.COMPARE_REPLY: reply}


def _find_result(job: Job, key: str) -> tuple[Job, bytes | None]:
    """Return a job with its result; one that is done runs as long as there is no place to draw its views."""
    if job.state != DONE:
        return job, None
    try:
        require_place(VIEWS_S)
    except PlaceMissing:
        return Job(RUNNING, share=1.0), None
    return open_job_queue().find_result(job, key)


def draw_comparison(comparison: Comparison, comparison_request: ComparisonRequest, _: Translator) -> dict[str, Any]:
    """Return the views of a comparison by output name."""
    views = [
        build_rows(comparison, _),
        figures.make_load_figure(comparison, _),
        figures.make_trade_off_figure(comparison, _),
        parts.make_parts_figure(comparison, _),
        texts.describe_lowest_variants(comparison, _),
        [html.Li(line) for line in texts.list_conclusions(comparison, _)],
        _("Compared scenario: {scenario}", scenario=texts.describe_comparison(comparison_request, _)),
    ]
    return dict(zip((_format_output_name(*view) for view in COMPARE_VIEWS), views, strict=True))


def build_rows(comparison: Comparison, _: Translator) -> list[dict[str, Any]]:
    """Return the rows of the table: the variants with their distances to the optimum, and the optimum itself."""
    rows = table.build_comparison_rows(comparison, _)
    for k in range(len(comparison.variants)):
        rows[k] |= optimum.build_distance_texts(comparison, k, _)
    return rows + optimum.build_optimum_row(comparison, _)


def parse_run_scenario(run: object, find: FindContent = find_content) -> Scenario:
    """Return the scenario of the browser's run with its active parameters; the default scenario without a run."""
    if run is None:
        return Scenario()
    run_spec = parse_run(run, find)
    return replace(run_spec.scenario, params=run_spec.active_settings["params"])


def _parse_comparison_request(request: Mapping[str, Any], _: Translator) -> ComparisonRequest:
    """Return the comparison that a request names, or the one that its run, period and seeds define."""
    action = request.get("action")
    if issues := check_key("action", action, ACTIONS):
        raise ValidationError(issues)
    find = contents.make_finder(request)
    if action in {POLL, CANCEL}:
        return parse_comparison_request(request.get("comparison"), find)
    seeds = request.get("seeds")
    number = _.parse_number(seeds or "")
    # A text that is not a number goes on as it is, for the check to refuse with the other issues.
    scenario = set_prices(parse_run_scenario(request.get("run"), find), request.get("prices") or {}, _)
    return make_comparison_request(scenario, request.get("period"), seeds if number is None else number)


def _run_action(request: Mapping[str, Any], comparison_request: ComparisonRequest) -> Job:
    client = request.get("client") or ""
    if not CLIENT_ID_PATTERN.fullmatch(client):
        high = (("high", MAX_SESSION_LENGTH),)
        raise MalformedRequest([Issue("client", "must be a text of at most {high} characters", high)])
    if request["action"] == PLAN:
        return Job(UNKNOWN)
    try:
        return _update_job(request["action"], comparison_request, client)
    except QueueFull:
        raise ValidationError([Issue("work", "too many comparisons are waiting: try again later")]) from None
    except (sqlite3.Error, OSError):
        # A job that was started goes on, and the next poll asks again.
        return Job(WAITING if request["action"] == POLL else FAILED, error=STORE_FAULT)


def _update_job(action: str, comparison_request: ComparisonRequest, client: str) -> Job:
    queue = open_job_queue()
    if action == CANCEL:
        return queue.cancel(comparison_request.key, client)
    job = queue.poll(comparison_request.key, client) if action == POLL else Job(UNKNOWN)
    # The queue evicts old jobs, and a new version has other keys: a poll then starts the comparison again.
    return (
        queue.submit(comparison_request.key, comparison_request.canonical_json, client) if job.state == UNKNOWN else job
    )


def _describe_state(job: Job, comparison_request: ComparisonRequest, _: Translator) -> dict[str, Any]:
    return {
        "key": comparison_request.key,
        "state": job.state,
        "share": round(job.share, 4),
        "scenario": texts.describe_comparison(comparison_request, _),
        "workload": texts.describe_workload(comparison_request, _),
        "status": texts.describe_job(job, comparison_request, _),
    }


def _list_outputs() -> dict[str, Output]:
    views = {_format_output_name(*view): Output(*view) for view in COMPARE_VIEWS}
    return views | {ids.COMPARE_REPLY: Output(ids.COMPARE_REPLY, "data")}


def _format_output_name(component_id: str, component_property: str) -> str:
    return f"{component_id}.{component_property}"
