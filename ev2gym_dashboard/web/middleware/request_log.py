"""Request log: give each request an id, count and time it, and write its line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from ev2gym_dashboard.core.schema import format_value
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.client_name import client_name, make_client_name
from ev2gym_dashboard.service.runtime.log_format import make_request_id, request_id

REQUEST_ID_HEADER = "X-Request-Id"
KIND_KEY = "ev2gym.kind"
"""Key in the WSGI environment of a request that marks it as a tick."""

OPERATION_PATHS = ("/healthz", "/metrics")
ASSET_PATHS = ("/assets/", "/_dash-component-suites/", "/_favicon.ico", "/docs/")
API_PATHS = "/api/"
CALLBACK_PATH = "/_dash-update-component"
DEBUG_KINDS = ("asset", "operations")
logger = logging.getLogger(__name__)

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


def add_request_log(application: Application) -> Application:
    """Return the application with an id, the name of its client, a count and a line in the log for each request."""

    def handle(environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        token = request_id.set(make_request_id(environment.get("HTTP_X_REQUEST_ID")))
        client_token = client_name.set(make_client_name(environment.get("REMOTE_ADDR")))
        # An application that fails before it starts a response counts as 500.
        started, statuses = time.perf_counter(), [500]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # A server may start a second response after an error: the last status counts.
            statuses.append(int(status.partition(" ")[0]))
            return start_response(status, [*headers, (REQUEST_ID_HEADER, request_id.get())], *more)

        try:
            with metrics.track_request():
                return application(environment, start)
        finally:
            _log_request(environment, statuses[-1], time.perf_counter() - started)
            client_name.reset(client_token)
            request_id.reset(token)

    return handle


def classify_request(environment: Environment) -> str:
    """Return the kind of a request, one of `metrics.REQUEST_KINDS`."""
    path = environment.get("PATH_INFO", "")
    if path in OPERATION_PATHS:
        return "operations"
    if path.startswith(API_PATHS):
        return "api"
    if path == CALLBACK_PATH:
        return str(environment.get(KIND_KEY, "callback"))
    if path.startswith(ASSET_PATHS):
        return "asset"
    return "page" if environment.get("REQUEST_METHOD") == "GET" else "other"


def _log_request(environment: Environment, status: int, seconds: float) -> None:
    kind = classify_request(environment)
    metrics.count_request(kind, status, seconds)
    fields = {
        "method": format_value(environment.get("REQUEST_METHOD")),
        "path": format_value(environment.get("PATH_INFO")),
        "status": status,
        "ms": round(1000 * seconds, 1),
        "peer": format_value(environment.get("REMOTE_ADDR")),
    }
    logger.log(logging.DEBUG if kind in DEBUG_KINDS and status < 400 else logging.INFO, kind, extra={"fields": fields})
