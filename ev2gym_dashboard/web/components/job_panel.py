"""Job panels: a job of the queue that a button starts, a timer polls, and a figure shows; or that is cancelled."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, RUNNING, UNKNOWN, WAITING, Job
from ev2gym_dashboard.service.jobs.queue import JobQueue, QueueFull
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing, FindContent
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.web.components.job_states import CANNOT_READ
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.issues import format_issues

TIMER_MS = 1000
UNFINISHED = {WAITING, RUNNING}
CLIENT = re.compile("[0-9a-f]{32}", re.ASCII)
CANNOT_STORE = N_("The server cannot store jobs at the moment; its operator must check its state folder.")


class JobRequest(Protocol):
    """A validated request of a job."""

    @property
    def key(self) -> str:
        """Key of the job."""

    @property
    def canonical_json(self) -> str:
        """The request as the queue holds it."""

    @property
    def by_reference(self) -> dict[str, Any]:
        """The same as the browser holds it, with the digests of the user's contents."""


@dataclass(frozen=True)
class PanelIds:
    """Ids of a panel."""

    start: str
    cancel: str
    timer: str
    store: str
    status: str
    figure: str
    summary: str


@dataclass(frozen=True)
class PanelTexts:
    """Sentences of a panel (msgids): without a source, after a cancel, and where the server lost files or results."""

    no_source: str
    cancelled: str
    files_missing: str
    result_missing: str


@dataclass(frozen=True)
class JobPanel:
    """A panel: its elements, and how its job is asked for and drawn.

    Parameters
    ----------
    ids, texts : those of its elements
    trigger : what starts the job, a button or a store
    source : where the subject of the job is, such as a comparison; None where the trigger brings it
    page : store with the language of the page
    choices : ids of the fields whose values, in order, `make_request` and `draw` take
    make_request : request of a source and choices; raises `ValidationError`
    parse_request : request of untrusted JSON values
    check_start : sentence on why a job cannot start yet; an empty text if it can
    describe_job : sentence on the state of a job
    draw : figure, summary and status of a finished job; None where its result is lost
    """

    ids: PanelIds
    texts: PanelTexts
    trigger: Input
    source: State | None
    page: str
    choices: tuple[str, ...]
    make_request: Callable[[object, Sequence[object], Translator], Any]
    parse_request: Callable[[Mapping[str, Any], FindContent], Any]
    check_start: Callable[[Any, JobQueue, Translator], str]
    describe_job: Callable[[Job, Any, Translator], str]
    draw: Callable[[Any, JobQueue, Job, Sequence[object], Translator], dict[str, Any] | None]


def register_job_panel(app: Dash, panel: JobPanel, open_queue: Callable[[], JobQueue]) -> None:
    """Register the callbacks of a panel; its timer runs while a job does, and once when the page opens."""
    names = panel.ids
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
        panel.trigger,
        Input(names.cancel, "n_clicks"),
        Input(names.timer, "n_intervals"),
        *([panel.source] if panel.source else []),
        State(names.store, "data"),
        State(panel.page, "data"),
        *[State(name, "value") for name in panel.choices],
        prevent_initial_call=True,
    )
    def answer_panel(trigger: Any, _cancel: Any, _tick: Any, *values: Any) -> dict[str, Any]:
        source, (store, page, *choices) = (values[0], values[1:]) if panel.source else (trigger, values)
        event = choose_event(panel, ctx.triggered_prop_ids.values())
        return build_panel_reply(panel, event, choices, source, store, page, open_queue())

    # A tick that overtakes a start does not know its job yet, and Dash drops the answer that was overtaken.
    app.clientside_callback(
        ClientsideFunction("jobPanel", "pause"),
        Output(names.timer, "disabled", allow_duplicate=True),
        Input(names.start, "n_clicks"),
        Input(names.cancel, "n_clicks"),
        prevent_initial_call=True,
    )


def choose_event(panel: JobPanel, triggered: Collection[str]) -> str:
    """Return the element whose event counts: Dash may hand over a click and a tick of the timer in one call."""
    clicks = (str(panel.trigger.component_id), panel.ids.cancel)
    return next((name for name in clicks if name in triggered), panel.ids.timer)


def build_panel_reply(
    panel: JobPanel,
    trigger: str,
    choices: Sequence[object],
    source: object,
    store: object,
    page: object,
    queue: JobQueue,
) -> dict[str, Any]:
    """Return the state of the job that is started, cancelled or polled, and its figure once it is done.

    Parameters
    ----------
    panel : the panel
    trigger : id of the element that called
    choices : values of the fields
    source, store : subject, and request of this browser, both untrusted; none at first
    page : texts of the page, whose language counts
    queue : that of the jobs
    """
    _ = parsing.get_request_translator(page)
    try:
        return _answer(panel, trigger, choices, source, store, queue, _)
    except ContentsMissing:
        sentence = _(panel.texts.files_missing)
    except ValidationError as invalid:
        metrics.count_refusal("input")
        sentence = " ".join(line["line"] for line in format_issues(invalid.issues, _))
    except QueueFull:
        sentence = _("Too many comparisons are waiting: try again later.")
    except (sqlite3.Error, OSError):
        if trigger == panel.ids.timer:
            # The job goes on, and the next tick asks again.
            return _describe(no_update, Job(WAITING), _(CANNOT_READ))
        sentence = _(CANNOT_STORE)
    return _refuse(sentence)


def _answer(
    panel: JobPanel,
    trigger: str,
    choices: Sequence[object],
    source: object,
    store: object,
    queue: JobQueue,
    _: Translator,
) -> dict[str, Any]:
    if trigger == panel.trigger.component_id:
        return _start(panel, choices, source, queue, _)
    if not isinstance(store, Mapping):
        return _describe(no_update, Job(UNKNOWN), "")
    request, client = _parse_store(panel, store)
    if trigger == panel.ids.cancel:
        return _describe(None, queue.cancel(request.key, client), _(panel.texts.cancelled))
    return _poll(panel, choices, store, request, client, queue, _)


def _start(
    panel: JobPanel, choices: Sequence[object], source: object, queue: JobQueue, _: Translator
) -> dict[str, Any]:
    if source is None:
        return _refuse(_(panel.texts.no_source))
    request = panel.make_request(source, choices, _)
    if sentence := panel.check_start(request, queue, _):
        return _refuse(sentence)
    client = uuid4().hex
    queue.submit(request.key, request.canonical_json, client)
    return _poll(panel, choices, {**request.by_reference, "client": client}, request, client, queue, _)


def _poll(
    panel: JobPanel,
    choices: Sequence[object],
    store: Mapping[str, Any],
    request: JobRequest,
    client: str,
    queue: JobQueue,
    _: Translator,
) -> dict[str, Any]:
    job = queue.poll(request.key, client)
    if job.state == UNKNOWN:
        # The queue evicts old jobs, and a new version has other keys: the job runs again.
        job = queue.submit(request.key, request.canonical_json, client)
    if job.state != DONE:
        return _describe(store, job, panel.describe_job(job, request, _))
    views = panel.draw(request, queue, job, choices, _)
    return _refuse(_(panel.texts.result_missing)) if views is None else _describe(store, job, "") | views


def _describe(store: object, job: Job, status: str) -> dict[str, Any]:
    is_busy = job.state in UNFINISHED
    if job.state in {CANCELLED, FAILED}:
        # A later visit must not ask for it again.
        store = None
    states = {"is_idle": not is_busy, "start_off": is_busy, "cancel_off": not is_busy}
    return {"store": store, "status": status, "figure": no_update, "summary": no_update, **states}


def _refuse(sentence: str) -> dict[str, Any]:
    return _describe(None, Job(FAILED), sentence)


def _parse_store(panel: JobPanel, store: Mapping[str, Any]) -> tuple[Any, str]:
    client = store.get("client")
    if not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise ValidationError([Issue("request", "must be an object")])
    values = {name: part for name, part in store.items() if name != "client"}
    return panel.parse_request(values, find_content), client


def render_job_panel(
    panel: JobPanel, _: Translator, *, title: str, button: str, hint: str, fields: list[Any], graph: Any, legend: Any
) -> html.Section:
    """Return the panel: fields, buttons, status, sentence, figure and legend."""
    names = panel.ids
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
