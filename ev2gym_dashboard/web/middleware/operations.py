"""What whoever runs the server sees of it: /healthz, /metrics, and who may see the rest."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from dash import Dash
from flask import Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.settings import Serving
from ev2gym_dashboard.service.server import health
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.request_log import CALLBACKS, KIND, watched
from ev2gym_dashboard.web.middleware.security import body_of_request, refusal

HEALTH, METRICS = "/healthz", "/metrics"
UNAUTHORISED = N_("This page asks for a user name and a password.")
CHALLENGE = 'Basic realm="EV2Gym Dashboard", charset="UTF-8"'


def operate(app: Dash, serving: Serving) -> None:
    """Give the server what its operator needs; before anything else looks at a request."""
    server = app.server
    if serving.account:
        server.before_request(_asking_for(*serving.account))
    server.before_request(_naming_ticks(app))
    server.add_url_rule(HEALTH, "healthz", answer_health)
    server.add_url_rule(METRICS, "metrics", answer_metrics)
    application = watched(server.wsgi_app)
    n = serving.proxy
    server.wsgi_app = ProxyFix(application, x_for=n, x_proto=n, x_host=n) if n else application


def answer_health() -> Response:
    """Return 200 once the data is loaded, otherwise 503 and why it is not."""
    issues = health.missing()
    lines = [f"{issue}\n" for issue in issues] or ["ready\n"]
    return _unkept("".join(lines), 503 if issues else 200, "text/plain; charset=utf-8")


def answer_metrics() -> Response:
    """Return what was counted, in Prometheus' text form."""
    return _unkept(metrics.scrape(), 200, metrics.CONTENT_TYPE)


def _unkept(body: str | bytes, status: int, content_type: str) -> Response:
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=content_type)


def _asking_for(user: str, password: str) -> Callable[[], Response | None]:
    def ask() -> Response | None:
        if request.path == HEALTH:
            return None
        given = request.authorization
        name, word = (given.username, given.password) if given and given.type == "basic" else (None, None)
        if _same(name, user) & _same(word, password):
            return None
        answer = refusal(UNAUTHORISED, 401)
        answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer

    return ask


def _same(given: str | None, wanted: str) -> bool:
    return hmac.compare_digest((given or "").encode(), wanted.encode())


def _naming_ticks(app: Dash) -> Callable[[], None]:
    """Let a request for a callback that writes the page's answer be counted and logged as a tick."""
    ticks = {output for output in app.callback_map if f"{ids.ANSWER}.data" in output}

    def name() -> None:
        if request.path == CALLBACKS:
            body = body_of_request()
            output = body.get("output") if isinstance(body, dict) else None
            if isinstance(output, str) and output in ticks:
                request.environ[KIND] = "tick"

    return name
