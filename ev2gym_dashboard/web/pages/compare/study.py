"""Study panels of the Compare page: a job on the scenario of a comparison, from its button to its figure."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    decode_comparison,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.study_request import StudyRequest
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
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing, FindContent
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import texts
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.issues import format_issues

TIMER_MS = 1000
UNFINISHED = {WAITING, RUNNING}
CLIENT = re.compile("[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class StudyIds:
    """Ids of a panel."""

    start: str
    cancel: str
    timer: str
    store: str
    status: str
    figure: str
    summary: str


@dataclass(frozen=True)
class StudyTexts:
    """Sentences of a panel (msgids)."""

    compare_first: str
    wait: str
    cancelled: str
    files_missing: str
    result_missing: str


@dataclass(frozen=True)
class Study:
    """A study: its panel, and how it is asked for and drawn.

    Parameters
    ----------
    ids, texts : those of its panel
    choices : ids of the fields whose values, in order, are the arguments after the comparison
    make_request : request of a comparison, the values of the fields, and a translator; raises `ValidationError`
    parse_request : request of untrusted JSON values
    draw : figure, summary and status of a result, with the comparison
    """

    ids: StudyIds
    texts: StudyTexts
    choices: tuple[str, ...]
    make_request: Callable[[ComparisonRequest, Sequence[object], Translator], StudyRequest]
    parse_request: Callable[[Mapping[str, Any], FindContent], StudyRequest]
    draw: Callable[[StudyRequest, bytes, Comparison, Job, Translator], dict[str, Any]]


def register_study(app: Dash, study: Study, open_queue: Callable[[], JobQueue]) -> None:
    """Register the callback of a panel; its timer runs while a job does, and once when the page opens."""
    names = study.ids
    outputs = {
        "store": Output(names.store, "data"),
        "status": Output(names.status, "children"),
        "figure": Output(names.figure, "figure"),
        "summary": Output(names.summary, "children"),
        "is_idle": Output(names.timer, "disabled"),
        "start_off": Output(names.start, "disabled"),
        "cancel_off": Output(names.cancel, "disabled"),
    }

    @app.callback(
        outputs,
        Input(names.start, "n_clicks"),
        Input(names.cancel, "n_clicks"),
        Input(names.timer, "n_intervals"),
        State(ids.COMPARE_STORE, "data"),
        State(names.store, "data"),
        State(ids.COMPARE_TEXTS, "data"),
        *[State(name, "value") for name in study.choices],
        prevent_initial_call=True,
    )
    def answer_study(
        _start: Any, _cancel: Any, _tick: Any, comparison: Any, store: Any, page: Any, *choices: Any
    ) -> dict[str, Any]:
        return build_study_reply(study, str(ctx.triggered_id), choices, comparison, store, page, open_queue())


def build_study_reply(
    study: Study,
    trigger: str,
    choices: Sequence[object],
    comparison: object,
    store: object,
    page: object,
    queue: JobQueue,
) -> dict[str, Any]:
    """Return the state of the job that a button starts or cancels, or that the timer polls, and its figure once done.

    Parameters
    ----------
    study : the study
    trigger : id of the button or of the timer
    choices : values of the fields
    comparison, store : comparison and study of this browser, both untrusted; none at first
    page : texts of the page, whose language counts
    queue : that of the jobs
    """
    _ = parsing.get_request_translator(page)
    try:
        return _answer(study, trigger, choices, comparison, store, queue, _)
    except ContentsMissing:
        sentence = _(study.texts.files_missing)
    except ValidationError as invalid:
        metrics.count_refusal("input")
        sentence = " ".join(line["line"] for line in format_issues(invalid.issues, _))
    except QueueFull:
        sentence = _("Too many comparisons are waiting: try again later.")
    except (sqlite3.Error, OSError):
        sentence = _(texts.FAILURE_MESSAGES["file"])
    return _refuse(sentence)


def _answer(
    study: Study,
    trigger: str,
    choices: Sequence[object],
    comparison: object,
    store: object,
    queue: JobQueue,
    _: Translator,
) -> dict[str, Any]:
    if trigger == study.ids.start:
        return _start(study, choices, comparison, queue, _)
    if not isinstance(store, Mapping):
        return _describe(no_update, Job(UNKNOWN), "")
    request, client = _parse_store(study, store)
    if trigger == study.ids.cancel:
        return _describe(None, queue.cancel(request.key, client), _(study.texts.cancelled))
    return _poll(study, store, request, client, queue, _)


def _start(
    study: Study, choices: Sequence[object], comparison: object, queue: JobQueue, _: Translator
) -> dict[str, Any]:
    if comparison is None:
        return _refuse(_(study.texts.compare_first))
    request = study.make_request(parse_comparison_request(comparison, find_content), choices, _)
    if queue.read_result(request.comparison.key) is None:
        return _refuse(_(study.texts.wait))
    client = uuid4().hex
    queue.submit(request.key, request.canonical_json, client)
    return _poll(study, {**request.by_reference, "client": client}, request, client, queue, _)


def _poll(
    study: Study, store: Mapping[str, Any], request: StudyRequest, client: str, queue: JobQueue, _: Translator
) -> dict[str, Any]:
    job = queue.poll(request.key, client)
    if job.state == UNKNOWN:
        # The queue evicts old jobs, and a new version has other keys: the study is computed again.
        job = queue.submit(request.key, request.canonical_json, client)
    if job.state != DONE:
        return _describe(store, job, texts.describe_job(job, request.comparison, _))
    data, compared = queue.read_result(request.key), queue.read_result(request.comparison.key)
    if data is None or compared is None:
        return _refuse(_(study.texts.result_missing))
    views = study.draw(request, data, decode_comparison(request.comparison, compared), job, _)
    return _describe(store, job, "") | views


def _describe(store: object, job: Job, status: str) -> dict[str, Any]:
    is_busy = job.state in UNFINISHED
    if job.state in {CANCELLED, FAILED}:
        # A later visit must not ask for it again.
        store = None
    states = {"is_idle": not is_busy, "start_off": is_busy, "cancel_off": not is_busy}
    return {"store": store, "status": status, "figure": no_update, "summary": no_update, **states}


def _refuse(sentence: str) -> dict[str, Any]:
    return _describe(None, Job(FAILED), sentence)


def _parse_store(study: Study, store: Mapping[str, Any]) -> tuple[StudyRequest, str]:
    client = store.get("client")
    if not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise ValidationError([Issue("comparison", "must be an object")])
    values = {name: part for name, part in store.items() if name != "client"}
    return study.parse_request(values, find_content), client


def render_study_panel(
    study: Study, _: Translator, *, title: str, button: str, hint: str, fields: list[Any], graph: Any, legend: Any
) -> html.Section:
    """Return the panel: fields, buttons, status, sentence, figure and legend."""
    names = study.ids
    start = html.Button(button, id=names.start, className="btn btn-primary", n_clicks=0)
    cancel = html.Button(_("Cancel"), id=names.cancel, className="btn btn-outline-secondary", n_clicks=0, disabled=True)
    return html.Section(
        [
            dcc.Store(id=names.store, storage_type="session"),
            dcc.Interval(id=names.timer, interval=TIMER_MS),
            html.Div([html.H2(title), legend], className="panel-head"),
            html.P(hint, className="hint"),
            html.Div([*fields, html.Div([start, cancel], className="compare-buttons")], className="compare-fields"),
            html.Div(id=names.status, className="compare-status", role="status"),
            html.P(id=names.summary, className="verdict front-summary"),
            graph,
        ],
        className="panel",
    )
