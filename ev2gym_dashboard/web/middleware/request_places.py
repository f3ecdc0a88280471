"""Places of requests: those with a large body, or with dear work of their own, are answered one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dash import Dash
from flask import Response, request

from ev2gym_dashboard.service.sessions.process_cache import get_work_places
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing, require_place, use_places
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.security import refuse_request

BODY_S_PER_BYTE = 1e-7
"""CPU time of parsing a body and what it holds besides files [s/B]; a megabyte is dear."""
RETRY_AFTER_S = "1"
BUSY_MESSAGE = N_("The server reads other files and computes other large runs first: ask again in a second.")
Application = Callable[..., Iterable[bytes]]


def add_request_places(app: Dash) -> None:
    """Let each request take a place for dear work, and answer one without with 429, at which the page repeats."""
    server = app.server
    application: Application = server.wsgi_app

    def handle(environment: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with use_places(get_work_places()):
            return application(environment, start_response)

    server.wsgi_app = handle
    server.before_request(_check_body)
    server.register_error_handler(PlaceMissing, _refuse_without_place)


def _check_body() -> None:
    # Read, not told: a body in chunks tells no length. It is kept, and read once.
    require_place(BODY_S_PER_BYTE * len(request.get_data()))


def _refuse_without_place(_missing: PlaceMissing) -> Response:
    response = refuse_request(BUSY_MESSAGE, 429, reason="busy")
    response.headers["Retry-After"] = RETRY_AFTER_S
    return response
