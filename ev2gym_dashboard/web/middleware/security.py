"""What stands between the browser and Dash: security headers, and a plain answer to what no page of ours would send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException
from flask import Response, request

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.log_format import request_id
from ev2gym_dashboard.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, N_, Translator, get_translator
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import MalformedRequest

UPDATE_PATH = "_dash-update-component"
MAX_BODY_BYTES = 1024 * 1024
ZSTD_LEVEL = 1
"""A tick is a few kB: level 3 saves a hundredth of them, for a third more time."""
GONE_MESSAGE = N_("This page is older than the server: reload it.")
UNREADABLE_MESSAGE = N_("This request cannot be understood: reload the page.")
MALFORMED_MESSAGE = N_("This request cannot be answered: {reasons}.")
TOO_LARGE_MESSAGE = N_("This request is too large.")
NOT_FOUND_MESSAGE = N_("There is nothing at this address.")
SERVER_ERROR_MESSAGE = N_("The server could not answer this; its log says why, under the number {request}.")
REASON_BY_MESSAGE = {
    UNREADABLE_MESSAGE: "malformed",
    MALFORMED_MESSAGE: "malformed",
    GONE_MESSAGE: "gone",
    TOO_LARGE_MESSAGE: "too_large",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HSTS_HEADER = "max-age=31536000"
logger = logging.getLogger(__name__)


def add_security(app: Dash) -> None:
    """Give the server its headers and checks; after all callbacks are registered, as the policy names their scripts."""
    headers = build_security_headers(app.csp_hashes())
    app.server.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.server.config["COMPRESS_ZSTD_LEVEL"] = ZSTD_LEVEL
    app.server.before_request(_make_request_check(app))
    app.server.after_request(_make_header_setter(headers))
    app.server.register_error_handler(413, lambda _error: refuse_request(TOO_LARGE_MESSAGE, 413))
    app.server.register_error_handler(MalformedRequest, refuse_malformed_request)
    app.server.register_error_handler(DependencyException, lambda _error: make_text_response(NOT_FOUND_MESSAGE, 404))
    app.server.register_error_handler(
        500, lambda _error: make_text_response(SERVER_ERROR_MESSAGE, 500, request=request_id.get())
    )


def build_security_headers(script_hashes: Collection[str]) -> dict[str, str]:
    """Return the headers of every answer: nothing but our own origin, and no script but those named."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(scripts=" ".join(script_hashes)),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
    }


def make_text_response(msgid: str, status: int, **values: str) -> Response:
    """Return a sentence in the language of the browser."""
    return Response(get_browser_translator()(msgid, **values), status, mimetype="text/plain")


def get_browser_translator() -> Translator:
    """Return the language of the browser."""
    return get_translator(request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE)


def refuse_malformed_request(error: MalformedRequest) -> Response:
    """Return a refusal that says what is wrong with what no page of ours would send."""
    notes = format_issues(error.issues, get_browser_translator())
    return refuse_request(MALFORMED_MESSAGE, 400, reasons="; ".join(note["line"] for note in notes))


def refuse_request(msgid: str, status: int, **values: str) -> Response:
    """Return a sentence that refuses what was asked, and count it."""
    why = REASON_BY_MESSAGE.get(msgid, "unauthorised")
    metrics.count_refusal(why)
    logger.warning("refused", extra={"fields": {"reason": why}})
    return make_text_response(msgid, status, **values)


def read_request_body() -> Any:
    """Return the JSON that was sent, or None where it is none, or nested deeper than any of ours."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def find_request_problem(body: Any, callbacks: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return why a callback's body cannot be answered, or None; ``callbacks`` are those of the server by output."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return UNREADABLE_MESSAGE, 400
    callback = callbacks.get(body["output"])
    if callback is None:
        return GONE_MESSAGE, 410
    places = {
        "inputs": callback["inputs"],
        "state": callback["state"],
        "outputs": _parse_output_properties(body["output"]),
    }
    named = all(_list_properties(body.get(part, [])) == _list_properties(expected) for part, expected in places.items())
    changed = body.get("changedPropIds", [])
    told = isinstance(changed, list) and all(isinstance(name, str) and "." in name for name in changed)
    return None if named and told else (UNREADABLE_MESSAGE, 400)


def _parse_output_properties(output: str) -> list[dict[str, str]]:
    """Return the places that a callback writes, out of the name that Dash gives to all of them together."""
    names = [name.rpartition(".") for name in output.strip(".").split("...")]
    return [{"id": place, "property": what.partition("@")[0]} for place, _, what in names]


def _list_properties(value: Any) -> list[tuple[Any, Any]] | None:
    """Return ids and properties of places; None where they are none."""
    values = [value] if isinstance(value, dict) else value
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        return None
    return [(one.get("id"), str(one.get("property")).partition("@")[0]) for one in values]


def _make_request_check(app: Dash) -> Callable[[], Response | None]:
    answered = {output: callback for output, callback in app.callback_map.items() if "callback" in callback}

    def refuse() -> Response | None:
        if request.method != "POST" or not request.path.endswith(UPDATE_PATH):
            return None
        problem = find_request_problem(read_request_body(), answered)
        return refuse_request(*problem) if problem else None

    return refuse


def _make_header_setter(headers: dict[str, str]) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers.update(headers)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = HSTS_HEADER
        return response

    return add
