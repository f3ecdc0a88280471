"""The Pareto front on the Compare page: its panel, and the callback that starts, polls, cancels and draws it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.comparison.front_request import (
    FRONT_POINTS,
    FrontRequest,
    decode_front,
    make_front_request,
    parse_front_request,
)
from ev2gym_dashboard.service.comparison.request import decode_comparison, dump_by_reference, parse_comparison_request
from ev2gym_dashboard.service.jobs.queue import (
    CANCELLED,
    DONE,
    FAILED,
    RUNNING,
    UNKNOWN,
    WAITING,
    Job,
    JobQueue,
    QueueFull,
)
from ev2gym_dashboard.service.optimum.goals import GOALS
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import front_figure, texts
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.issues import format_issues

TIMER_MS = 1000
UNFINISHED = {WAITING, RUNNING}
CLIENT = re.compile("[0-9a-f]{32}", re.ASCII)
OUTPUTS = {
    "store": Output(ids.FRONT_STORE, "data"),
    "status": Output(ids.FRONT_STATUS, "children"),
    "figure": Output(ids.FRONT_FIGURE, "figure"),
    "summary": Output(ids.FRONT_SUMMARY, "children"),
    "is_idle": Output(ids.FRONT_TIMER, "disabled"),
    "start_off": Output(ids.FRONT_START, "disabled"),
    "cancel_off": Output(ids.FRONT_CANCEL, "disabled"),
}


def register_front(app: Dash, open_queue: Any) -> None:
    """Register the callback of the panel; its timer runs while a front is computed, and once when the page opens."""

    @app.callback(
        OUTPUTS,
        Input(ids.FRONT_START, "n_clicks"),
        Input(ids.FRONT_CANCEL, "n_clicks"),
        Input(ids.FRONT_TIMER, "n_intervals"),
        State(ids.FRONT_GOAL, "value"),
        State(ids.COMPARE_STORE, "data"),
        State(ids.FRONT_STORE, "data"),
        State(ids.COMPARE_TEXTS, "data"),
        prevent_initial_call=True,
    )
    def answer_front(
        _start: Any, _cancel: Any, _tick: Any, goal: Any, comparison: Any, store: Any, page: Any
    ) -> dict[str, Any]:
        return build_front_reply(str(ctx.triggered_id), goal, comparison, store, page, open_queue())


def build_front_reply(
    trigger: str, goal: object, comparison: object, store: object, page: object, queue: JobQueue
) -> dict[str, Any]:
    """Return the state of the front that a button starts or cancels, or that the timer polls, and its figure once done.

    Parameters
    ----------
    trigger : id of the button or of the timer
    goal : the chosen goal
    comparison, store : comparison and front of this browser, both untrusted; none at first
    page : texts of the page, whose language counts
    queue : that of the jobs
    """
    _ = parsing.get_request_translator(page)
    try:
        return _answer(trigger, goal, comparison, store, queue, _)
    except ContentsMissing:
        sentence = _("The server no longer has the files of this comparison: compare again, then draw the front.")
    except ValidationError as invalid:
        metrics.count_refusal("input")
        sentence = " ".join(line["line"] for line in format_issues(invalid.issues, _))
    except QueueFull:
        sentence = _("Too many comparisons are waiting: try again later.")
    except (sqlite3.Error, OSError):
        sentence = _(texts.FAILURE_MESSAGES["file"])
    return _refuse(sentence)


def _answer(
    trigger: str, goal: object, comparison: object, store: object, queue: JobQueue, _: Translator
) -> dict[str, Any]:
    if trigger == ids.FRONT_START:
        return _start(goal, comparison, queue, _)
    if not isinstance(store, Mapping):
        return _describe(no_update, Job(UNKNOWN), "")
    request, client = _parse_store(store)
    if trigger == ids.FRONT_CANCEL:
        return _describe(None, queue.cancel(request.key, client), _("Cancelled: no front was saved."))
    return _poll(store, request, client, queue, _)


def _start(goal: object, comparison: object, queue: JobQueue, _: Translator) -> dict[str, Any]:
    if comparison is None:
        return _refuse(
            _("Compare first: the front is drawn on the site, the fleet and the first seed of a comparison.")
        )
    request = make_front_request(parse_comparison_request(comparison, find_content), goal)
    if queue.read_result(request.comparison.key) is None:
        return _refuse(_("Wait until the comparison is done: its strategies are the points beside the front."))
    client = uuid4().hex
    store = {**dump_by_reference(request.comparison), "front": request.goal, "client": client}
    queue.submit(request.key, request.canonical_json, client)
    return _poll(store, request, client, queue, _)


def _poll(
    store: Mapping[str, Any], request: FrontRequest, client: str, queue: JobQueue, _: Translator
) -> dict[str, Any]:
    job = queue.poll(request.key, client)
    if job.state == UNKNOWN:
        # The queue evicts old jobs, and a new version has other keys: the front is computed again.
        job = queue.submit(request.key, request.canonical_json, client)
    if job.state != DONE:
        return _describe(store, job, texts.describe_job(job, request.comparison, _))
    data, compared = queue.read_result(request.key), queue.read_result(request.comparison.key)
    if data is None or compared is None:
        return _refuse(_("The server no longer has this comparison: compare again, then draw the front."))
    front = decode_front(request, data, decode_comparison(request.comparison, compared))
    done = _(
        "Done: {points} plans in {took} s. {scenario}",
        points=len(front.points),
        took=_.number(job.duration_s, 1),
        scenario=texts.describe_comparison(request.comparison, _),
    )
    views = {"figure": front_figure.make_front_figure(front, _), "summary": front_figure.describe_front(front, _)}
    return _describe(store, job, done) | views


def _describe(store: object, job: Job, status: str) -> dict[str, Any]:
    is_busy = job.state in UNFINISHED
    if job.state in {CANCELLED, FAILED}:
        # A later visit must not ask for it again.
        store = None
    states = {"is_idle": not is_busy, "start_off": is_busy, "cancel_off": not is_busy}
    return {"store": store, "status": status, "figure": no_update, "summary": no_update, **states}


def _refuse(sentence: str) -> dict[str, Any]:
    return _describe(None, Job(FAILED), sentence)


def _parse_store(store: Mapping[str, Any]) -> tuple[FrontRequest, str]:
    client = store.get("client")
    if not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise ValidationError([Issue("comparison", "must be an object")])
    return parse_front_request({name: part for name, part in store.items() if name != "client"}, find_content), client


def render_front_panel(_: Translator, render_segments: Any, graph: Any, legend: Any) -> html.Section:
    """Return the panel: goal, buttons, status, sentence, figure and legend."""
    options = {key: _(front_figure.GOAL_NAMES[key]) for key in GOALS}
    start = html.Button(_("Draw the front"), id=ids.FRONT_START, className="btn btn-primary", n_clicks=0)
    cancel = html.Button(
        _("Cancel"), id=ids.FRONT_CANCEL, className="btn btn-outline-secondary", n_clicks=0, disabled=True
    )
    fields = [
        html.Div(
            [
                html.Span(_("Bill versus"), className="control-name"),
                render_segments(ids.FRONT_GOAL, options, "peak", _("Goal")),
            ],
            className="control",
        ),
        html.Div([start, cancel], className="compare-buttons"),
    ]
    hint = _(
        "After a comparison: plans with perfect foresight at up to {points} prices of the goal, on the first seed. "
        "They are supported points, so that dents of the front are not shown. The bill includes unserved and owed "
        "energy and, unless it is the goal, wear.",
        points=FRONT_POINTS,
    )
    return html.Section(
        [
            dcc.Store(id=ids.FRONT_STORE, storage_type="session"),
            dcc.Interval(id=ids.FRONT_TIMER, interval=TIMER_MS),
            html.Div([html.H2(_("Pareto front of the optimum")), legend], className="panel-head"),
            html.P(hint, className="hint"),
            html.Div(fields, className="compare-fields"),
            html.Div(id=ids.FRONT_STATUS, className="compare-status", role="status"),
            html.P(id=ids.FRONT_SUMMARY, className="verdict front-summary"),
            graph,
        ],
        className="panel",
    )
