"""Callbacks of the dialog: the review by the server, and the functions of the script `review.js`."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.review.facts import render_review_content, render_review_issues
from ev2gym_dashboard.web.components.review.figures import make_empty_figure, make_review_figure
from ev2gym_dashboard.web.components.run_controls import register_clientside
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.requests.contents import reply_to_missing
from ev2gym_dashboard.web.requests.parsing import get_request_number, get_request_translator
from ev2gym_dashboard.web.requests.reply import PLACE_WAIT_MS
from ev2gym_dashboard.web.requests.review import CONFIG, review_file
from ev2gym_dashboard.web.requests.review_choices import list_choices

SERIES_CONFIRM_LABEL = N_("Use this series")
CONFIRM_LABELS = {
    "sessions": N_("Use these sessions"),
    "tariff_spec": N_("Use this tariff"),
    "catalog_spec": N_("Use these models"),
    CONFIG: N_("Open this run"),
}
REVIEW_INPUTS = {
    ("review", "receiveReply"): Input(ids.REVIEW_REPLY, "data"),
    ("review", "confirm"): Input(ids.REVIEW_CONFIRM, "n_clicks"),
    ("review", "cancel"): Input(ids.REVIEW_CANCEL, "n_clicks"),
}


def register_review(app: Dash, build: str) -> None:
    """Register the callbacks of the dialog."""

    @app.callback(
        Output(ids.REVIEW_ISSUES, "children"),
        Output(ids.REVIEW_CONTENT, "children"),
        Output(ids.REVIEW_CHART, "figure"),
        Output(ids.REVIEW_REPLY, "data"),
        Input(ids.REVIEW_REQUEST, "data"),
        prevent_initial_call=True,
    )
    def reply_to_review(request: Any) -> tuple[Any, Any, Any, Any]:
        return build_review_reply(request, build)

    register_clientside(app, REVIEW_INPUTS)
    choices = ids.make_choice_id(ALL, ALL)
    app.clientside_callback(
        ClientsideFunction("review", "choose"), Input(choices, "value"), State(choices, "id"), prevent_initial_call=True
    )


def build_review_reply(request: Any, build: str) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Return the issues of a file, its facts, its chart, and the reply for the script.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    """
    number, _ = get_request_number(request), get_request_translator(request)
    try:
        review = review_file(request)
    except ContentsMissing as missing:
        reply = {"number": number, "build": build} | reply_to_missing(missing, request, _)
        return no_update, no_update, no_update, reply
    except PlaceMissing:
        reply = {"number": number, "build": build, "wait_ms": PLACE_WAIT_MS}
        return no_update, no_update, no_update, reply
    if review.issues:
        metrics.count_refusal("input")
    figure = make_review_figure(review, _)
    reply = {
        "number": number,
        "build": build,
        "ok": not review.issues,
        "choices": list_choices(review, _),
        "has_chart": figure is not None,
        "confirm": _(CONFIRM_LABELS.get(review.field, SERIES_CONFIRM_LABEL)),
    }
    content = render_review_content(review, _)
    return render_review_issues(review, _), content, figure or make_empty_figure(), reply
