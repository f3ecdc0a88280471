"""Watches each request from outside: gives it an id, counts and times it, and writes its line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from ev2gym_dashboard.core.schema import shown
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.log_format import new_id, request_id

ID_HEADER = "X-Request-Id"
KIND = "ev2gym.kind"
"""Where the environment of a request says that it is a tick."""

OPERATIONS = ("/healthz", "/metrics")
ASSETS = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
CALLBACKS = "/_dash-update-component"
QUIET = ("asset", "operations")
logger = logging.getLogger(__name__)

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


def watched(application: Application) -> Application:
    """Return the application, watched."""

    def answer(environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        token = request_id.set(new_id(environment.get("HTTP_X_REQUEST_ID")))
        before, statuses = time.perf_counter(), [500]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            statuses.append(int(status.partition(" ")[0]))
            return start_response(status, [*headers, (ID_HEADER, request_id.get())], *more)

        try:
            with metrics.in_flight():
                return application(environment, start)
        finally:
            _tell(environment, statuses[-1], time.perf_counter() - before)
            request_id.reset(token)

    return answer


def kind_of(environment: Environment) -> str:
    """Return which of ``measures.KINDS`` a request is."""
    path = environment.get("PATH_INFO", "")
    if path in OPERATIONS:
        return "operations"
    if path == CALLBACKS:
        return str(environment.get(KIND, "callback"))
    if path.startswith(ASSETS):
        return "asset"
    return "page" if environment.get("REQUEST_METHOD") == "GET" else "other"


def _tell(environment: Environment, status: int, seconds: float) -> None:
    kind = kind_of(environment)
    metrics.answered(kind, status, seconds)
    about = {
        "method": shown(environment.get("REQUEST_METHOD")),
        "path": shown(environment.get("PATH_INFO")),
        "status": status,
        "ms": round(1000 * seconds, 1),
        "peer": shown(environment.get("REMOTE_ADDR")),
    }
    logger.log(logging.DEBUG if kind in QUIET and status < 400 else logging.INFO, kind, extra={"about": about})
