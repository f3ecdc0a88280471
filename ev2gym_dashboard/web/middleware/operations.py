"""Operation of the server: /healthz, /metrics, and the request log."""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash
from flask import Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.service.server import health
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.middleware.account import HEALTH_PATH
from ev2gym_dashboard.web.middleware.request_log import CALLBACK_PATH, KIND_KEY, add_request_log
from ev2gym_dashboard.web.middleware.security import read_request_body

METRICS_PATH = "/metrics"


def add_operations(app: Dash, serving: ServerSettings) -> None:
    """Add the health check, the metrics and the request log to the server."""
    server = app.server
    server.before_request(_make_tick_marker(app))
    server.add_url_rule(HEALTH_PATH, "healthz", serve_health)
    server.add_url_rule(METRICS_PATH, "metrics", serve_metrics)
    # The log is inside of the proxy fix: it sees the address of the client, not of the proxy.
    application = add_request_log(server.wsgi_app)
    n = serving.proxy
    server.wsgi_app = ProxyFix(application, x_for=n, x_proto=n, x_host=n) if n else application


def serve_health() -> Response:
    """Return 200 once the data is loaded, otherwise 503 and the issues of the data."""
    issues = health.check_data()
    lines = [f"{issue}\n" for issue in issues] or ["ready\n"]
    return _make_uncached_response("".join(lines), 503 if issues else 200, "text/plain; charset=utf-8")


def serve_metrics() -> Response:
    """Return the metrics in the text format of Prometheus."""
    return _make_uncached_response(metrics.render_metrics(), 200, metrics.METRICS_CONTENT_TYPE)


def _make_uncached_response(body: str | bytes, status: int, content_type: str) -> Response:
    # A cached response would hide that the server is no longer ready.
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=content_type)


def _make_tick_marker(app: Dash) -> Callable[[], None]:
    """Return a hook that marks the request of a callback that writes the reply, so that it is logged as a tick."""
    # Dash joins the outputs as "..a.b...c.d..", and other replies end with the same name.
    ticks = {output for output in app.callback_map if f"..{ids.REPLY}.data" in output}

    def mark_tick() -> None:
        if request.path == CALLBACK_PATH:
            body = read_request_body()
            output = body.get("output") if isinstance(body, dict) else None
            if isinstance(output, str) and output in ticks:
                # The log is outside of Flask: only the environment reaches it.
                request.environ[KIND_KEY] = "tick"

    return mark_tick
