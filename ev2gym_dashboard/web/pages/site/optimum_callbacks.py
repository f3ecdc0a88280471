"""Callbacks of the optimum so far: start, poll or cancel its job in the queue of the server, and show its result."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, no_update

from ev2gym_dashboard.core.schema import Choice, Issue, ValidationError
from ev2gym_dashboard.service.jobs.job import DONE, FAILED, STORE_FAULT, UNKNOWN, WAITING, Job
from ev2gym_dashboard.service.jobs.queue import QueueFull, open_job_queue
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing
from ev2gym_dashboard.service.sessions.run_optimum import (
    RunOptimum,
    decode_run_optimum,
    encode_run_optimum_request,
    make_job_key,
    parse_run_optimum_request,
)
from ev2gym_dashboard.service.sessions.run_spec import MAX_SESSION_LENGTH, RunSpec
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.run_controls import register_clientside
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import figures, optimum
from ev2gym_dashboard.web.requests import contents, parsing
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import MalformedRequest, RequestSchema, TextSchema, validate_request

START, POLL, CANCEL = "start", "poll", "cancel"
ACTIONS = (START, POLL, CANCEL)
OPTIMUM_REQUEST_SCHEMA = RequestSchema(
    {name: parsing.REQUEST_FIELDS[name] for name in ("number", "attempt", "build", "lang", "run", "contents")}
    | {"action": Choice("", ACTIONS, "Action of the page"), "client": TextSchema(MAX_SESSION_LENGTH)}
)
OPTIMUM_INPUTS = {
    ("siteOptimum", "start"): Input(ids.OPTIMUM_START, "n_clicks"),
    ("siteOptimum", "cancel"): Input(ids.OPTIMUM_CANCEL, "n_clicks"),
}


def register_optimum(app: Dash, build: str) -> None:
    """Register the callbacks of the panel: one on the server, the others in the browser."""

    @app.callback(
        Output(ids.OPTIMUM_REPLY, "data"),
        Output(ids.SITE_LOAD, "figure", allow_duplicate=True),
        Input(ids.OPTIMUM_REQUEST, "data"),
        prevent_initial_call=True,
    )
    def reply_to_optimum(request: Any) -> tuple[Any, Any]:
        return build_optimum_reply(request, build)

    register_clientside(app, OPTIMUM_INPUTS)
    app.clientside_callback(
        ClientsideFunction("siteOptimum", "boot"),
        Output(ids.OPTIMUM_STATUS, "lang"),
        Input(ids.OPTIMUM_TEXTS, "data"),
    )


def build_optimum_reply(request: Any, build: str) -> tuple[dict[str, Any], Any]:
    """Return the state of the requested optimum, and once it is done the patch of its price in the chart of the load.

    Raises
    ------
    MalformedRequest
        If a page of this build cannot have sent the request.
    """
    _ = parsing.get_request_translator(request)
    reply: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build}
    try:
        request = validate_request(request, OPTIMUM_REQUEST_SCHEMA)
        run = parse_run_optimum_request(request.get("run"), contents.make_finder(request))
        job = _run_action(request, run)
    except ContentsMissing as missing:
        return reply | contents.reply_to_missing(missing, request, _), no_update
    except ValidationError as invalid:
        # A page from before a deployment gets an answer whose build makes it reload; an error would not.
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        text = " ".join(issue["text"] for issue in format_issues(invalid.issues, _))
        return reply | {"state": "refused", "share": 0.0, "texts": {ids.OPTIMUM_STATUS: text}}, no_update
    job, data = open_job_queue().find_result(job, make_job_key(run)) if job.state == DONE else (job, None)
    return _describe(reply, job, decode_run_optimum(data) if data else None, run, _)


def _run_action(request: Mapping[str, Any], run: RunSpec) -> Job:
    client = request.get("client") or ""
    try:
        queue, key = open_job_queue(), make_job_key(run)
        if request.get("action") == CANCEL:
            return queue.cancel(key, client)
        job = queue.poll(key, client) if request.get("action") == POLL else Job(UNKNOWN)
        # The queue evicts old jobs, and a new version has other keys: a poll then starts the job again.
        return queue.submit(key, encode_run_optimum_request(run), client) if job.state == UNKNOWN else job
    except QueueFull:
        raise ValidationError([Issue("work", "too many computations are waiting: try again later")]) from None
    except (sqlite3.Error, OSError):
        # A job that was started goes on, and the next poll asks again.
        return Job(WAITING if request.get("action") == POLL else FAILED, error=STORE_FAULT)


def _describe(
    reply: dict[str, Any], job: Job, found: RunOptimum | None, run: RunSpec, _: Translator
) -> tuple[dict[str, Any], Any]:
    status = optimum.describe_optimum_job(job, run, _)
    if found is None:
        texts = {ids.OPTIMUM_STATUS: status}
        return reply | {"state": job.state, "share": round(job.share, 4), "texts": texts}, no_update
    status = " ".join(filter(None, (status, optimum.describe_plan(found, _))))
    texts = optimum.format_optimum_texts(found, _) | {ids.OPTIMUM_STATUS: status}
    return reply | {"state": DONE, "share": 1.0, "texts": texts}, figures.make_shadow_price_patch(found, run.scenario)
