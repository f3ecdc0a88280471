"""What whoever runs the server sees of it: /healthz, /metrics, and who may see the rest."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from dash import Dash
from flask import Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.service.server import health
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.request_log import CALLBACK_PATH, KIND_KEY, add_request_log
from ev2gym_dashboard.web.middleware.security import read_request_body, refuse_request

HEALTH_PATH, METRICS_PATH = "/healthz", "/metrics"
UNAUTHORISED_MESSAGE = N_("This page asks for a user name and a password.")
AUTH_CHALLENGE = 'Basic realm="EV2Gym Dashboard", charset="UTF-8"'


def add_operations(app: Dash, serving: ServerSettings) -> None:
    """Give the server what its operator needs; before anything else looks at a request."""
    server = app.server
    if serving.credentials:
        server.before_request(_make_auth_check(*serving.credentials))
    server.before_request(_make_tick_marker(app))
    server.add_url_rule(HEALTH_PATH, "healthz", answer_health)
    server.add_url_rule(METRICS_PATH, "metrics", answer_metrics)
    application = add_request_log(server.wsgi_app)
    n = serving.proxy
    server.wsgi_app = ProxyFix(application, x_for=n, x_proto=n, x_host=n) if n else application


def answer_health() -> Response:
    """Return 200 once the data is loaded, otherwise 503 and why it is not."""
    issues = health.check_data()
    lines = [f"{issue}\n" for issue in issues] or ["ready\n"]
    return _make_uncached_response("".join(lines), 503 if issues else 200, "text/plain; charset=utf-8")


def answer_metrics() -> Response:
    """Return what was counted, in Prometheus' text form."""
    return _make_uncached_response(metrics.render_metrics(), 200, metrics.METRICS_CONTENT_TYPE)


def _make_uncached_response(body: str | bytes, status: int, content_type: str) -> Response:
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=content_type)


def _make_auth_check(user: str, password: str) -> Callable[[], Response | None]:
    def ask() -> Response | None:
        if request.path == HEALTH_PATH:
            return None
        given = request.authorization
        name, word = (given.username, given.password) if given and given.type == "basic" else (None, None)
        if _is_equal_secret(name, user) & _is_equal_secret(word, password):
            return None
        answer = refuse_request(UNAUTHORISED_MESSAGE, 401)
        answer.headers["WWW-Authenticate"] = AUTH_CHALLENGE
        return answer

    return ask


def _is_equal_secret(given: str | None, wanted: str) -> bool:
    return hmac.compare_digest((given or "").encode(), wanted.encode())


def _make_tick_marker(app: Dash) -> Callable[[], None]:
    """Let a request for a callback that writes the page's answer be counted and logged as a tick."""
    ticks = {output for output in app.callback_map if f"{ids.REPLY}.data" in output}

    def name() -> None:
        if request.path == CALLBACK_PATH:
            body = read_request_body()
            output = body.get("output") if isinstance(body, dict) else None
            if isinstance(output, str) and output in ticks:
                request.environ[KIND_KEY] = "tick"

    return name
