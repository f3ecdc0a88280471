"""What stands between the browser and Dash: security headers, and a plain answer to what no page of ours would send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

from dash import Dash
from flask import Response, request

from ev2gym_dashboard.service import measures
from ev2gym_dashboard.service.logs import request_id
from ev2gym_dashboard.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, N_, words

UPDATE_PATH = "_dash-update-component"
MAX_BODY_BYTES = 512 * 1024
GONE = N_("This page is older than the server: reload it.")
MALFORMED = N_("This request cannot be understood: reload the page.")
TOO_LARGE = N_("This request is too large.")
FAILED = N_("The server could not answer this; its log says why, under the number {request}.")
WHY = {MALFORMED: "malformed", GONE: "gone", TOO_LARGE: "too_large"}
POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURE_FOR = "max-age=31536000"
logger = logging.getLogger(__name__)


def protect(app: Dash) -> None:
    """Give the server its headers and checks; after all callbacks are registered, as the policy names their scripts."""
    headers = security_headers(app.csp_hashes())
    app.server.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.server.before_request(_refusal(app))
    app.server.after_request(_with(headers))
    app.server.register_error_handler(413, lambda _error: refusal(TOO_LARGE, 413))
    app.server.register_error_handler(500, lambda _error: plain(FAILED, 500, request=request_id.get()))


def security_headers(script_hashes: Collection[str]) -> dict[str, str]:
    """Return the headers of every answer: nothing but our own origin, and no script but those named."""
    return {
        "Content-Security-Policy": POLICY.format(scripts=" ".join(script_hashes)),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
    }


def plain(msgid: str, status: int, **values: str) -> Response:
    """Return a sentence in the language of the browser."""
    lang = request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE
    return Response(words(lang)(msgid, **values), status, mimetype="text/plain")


def refusal(msgid: str, status: int) -> Response:
    """Return a sentence that refuses what was asked, and count it."""
    why = WHY.get(msgid, "unauthorised")
    measures.refused(why)
    logger.warning("refused", extra={"about": {"why": why}})
    return plain(msgid, status)


def body_of_request() -> Any:
    """Return the JSON that was sent, or None where it is none, or nested deeper than any of ours."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def problem_of(body: Any, outputs: Collection[str]) -> tuple[str, int] | None:
    """Return why a callback's body cannot be answered, or None."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return MALFORMED, 400
    if body["output"] not in outputs:
        return GONE, 410
    parts = [body.get("inputs"), body.get("state", []), body.get("changedPropIds", [])]
    well_formed = all(isinstance(part, list) for part in parts) and isinstance(body.get("outputs"), dict | list)
    return None if well_formed and all(map(_is_property, parts[0] + parts[1])) else (MALFORMED, 400)


def _is_property(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "id" in value and "property" in value)


def _refusal(app: Dash) -> Callable[[], Response | None]:
    answered = {output for output, callback in app.callback_map.items() if "callback" in callback}

    def refuse() -> Response | None:
        if request.method != "POST" or not request.path.endswith(UPDATE_PATH):
            return None
        problem = problem_of(body_of_request(), answered)
        return refusal(*problem) if problem else None

    return refuse


def _with(headers: dict[str, str]) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers.update(headers)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = SECURE_FOR
        return response

    return add
