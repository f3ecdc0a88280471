"""Security: the headers of every response, and the refusal of malformed requests before Dash sees them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException
from flask import Response, request
from flask.json.provider import DefaultJSONProvider

from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.runtime.log_format import request_id
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.service.server.incoming_request import MAX_BODY_BYTES
from ev2gym_dashboard.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, N_, Translator, get_translator
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import TOO_LARGE_MESSAGE, MalformedRequest

UPDATE_PATH = "_dash-update-component"
MAX_UNCOUNTED_BYTES = 1024 * 1024
MAX_BODY_VALUES = 1_000_000
"""Values in a long body; a run file of six series has 210,816."""
ZSTD_LEVEL = 1
"""Level 3 makes a tick of a few kB 1 % smaller, and takes a third more time."""
GONE_MESSAGE = N_("This page is older than the server: reload it.")
UNREADABLE_MESSAGE = N_("This request cannot be understood: reload the page.")
MALFORMED_MESSAGE = N_("This request cannot be answered: {reasons}.")
NOT_FOUND_MESSAGE = N_("Nothing was found at this address.")
SERVER_ERROR_MESSAGE = N_("The server could not process this request; see its log under the number {request}.")
REASON_BY_STATUS = {
    400: "malformed",
    401: "unauthorised",
    403: "origin",
    410: "gone",
    413: "too_large",
    421: "host",
    429: "attempts",
}
# Dash and AG Grid write inline styles; Plotly makes an image as a data or blob URL.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {embedders}"
)
POLICY_HEADER = "Content-Security-Policy"
HSTS_HEADER = "max-age=31536000"
logger = logging.getLogger(__name__)


class StrictJson(DefaultJSONProvider):
    """JSON of the server, which reads no text that its answers could not repeat."""

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Return the value of a body, see `parse_json`."""
        return parse_json(s)


def add_security(app: Dash, serving: ServerSettings) -> None:
    """Add headers and checks to the server; all callbacks must be registered, as the policy names their scripts."""
    headers = build_security_headers(app.csp_hashes(), serving.embedders)
    app.server.json = StrictJson(app.server)
    app.server.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.server.config["COMPRESS_ZSTD_LEVEL"] = ZSTD_LEVEL
    app.server.before_request(_make_request_check(app))
    app.server.after_request(_make_header_setter(headers))
    app.server.register_error_handler(413, lambda _error: refuse_request(TOO_LARGE_MESSAGE, 413))
    app.server.register_error_handler(MalformedRequest, refuse_malformed_request)
    # Dash raises it for an unknown component file, and would answer 500.
    app.server.register_error_handler(DependencyException, lambda _error: make_text_response(NOT_FOUND_MESSAGE, 404))
    app.server.register_error_handler(
        500, lambda _error: make_text_response(SERVER_ERROR_MESSAGE, 500, request=request_id.get())
    )


def build_security_headers(script_hashes: Collection[str], embedders: Collection[str] = ()) -> dict[str, str]:
    """Return the headers of every response: they allow our own origin alone, and only the given inline scripts.

    ``embedders`` are the origins whose pages may show this one in a frame.
    """
    scripts, ancestors = " ".join(script_hashes), " ".join(embedders) or "'none'"
    return {
        POLICY_HEADER: CONTENT_SECURITY_POLICY.format(scripts=scripts, embedders=ancestors),
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
    """Return the translator into the language of the browser."""
    # A refused body has no reliable language.
    return get_translator(request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE)


def refuse_malformed_request(error: MalformedRequest) -> Response:
    """Return a refusal with the issues of a malformed request."""
    notes = format_issues(error.issues, get_browser_translator())
    return refuse_request(MALFORMED_MESSAGE, 400, reasons="; ".join(note["line"] for note in notes))


def refuse_request(msgid: str, status: int, *, reason: str = "", **values: str) -> Response:
    """Return a refusal of a request as a sentence, and count and log it by its reason, or that of its status."""
    reason = reason or REASON_BY_STATUS[status]
    metrics.count_refusal(reason)
    logger.warning("refused", extra={"fields": {"reason": reason}})
    return make_text_response(msgid, status, **values)


def read_request_body() -> Any:
    """Return the JSON body of a request; None if it is not JSON, nested too deep, or of too many values."""
    body = request.get_data()
    # Each value begins after a comma or a bracket: millions of empty lists would take a hundred times their bytes.
    if len(body) > MAX_UNCOUNTED_BYTES and sum(map(body.count, (b",", b"[", b"{"))) > MAX_BODY_VALUES:
        return None
    try:
        # Flask caches the parsed body: Dash does not parse it again.
        return request.get_json(silent=True)
    except RecursionError:
        return None


def find_request_problem(body: Any, callbacks: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return the message and status that refuse the body of a callback, or None for a sound one.

    ``callbacks`` are those of the server by output. Dash raises on a body that does not match its callback, and
    answers 500; such a body comes from a page of an older build, or not from a page at all.
    """
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return UNREADABLE_MESSAGE, 400
    callback = callbacks.get(body["output"])
    if callback is None:
        return GONE_MESSAGE, 410
    properties = {
        "inputs": callback["inputs"],
        "state": callback["state"],
        "outputs": _parse_output_properties(body["output"]),
    }
    is_matching = all(
        _list_properties(body.get(key, [])) == _list_properties(expected) for key, expected in properties.items()
    )
    # Dash takes one output as an object and several as a list, and raises on the other form.
    has_valid_form = isinstance(body.get("outputs"), list) == body["output"].startswith("..")
    # Dash reads the ids of these names as JSON where they look like it.
    inputs = {f"{component_id}.{name}" for component_id, name in _list_properties(callback["inputs"]) or ()}
    changes = body.get("changedPropIds", [])
    has_valid_changes = isinstance(changes, list) and all(isinstance(name, str) and name in inputs for name in changes)
    return None if is_matching and has_valid_form and has_valid_changes else (UNREADABLE_MESSAGE, 400)


def _parse_output_properties(output: str) -> list[dict[str, str]]:
    """Return the properties that a callback writes, from the joint name that Dash gives its outputs."""
    # Dash joins several outputs as "..a.b...c.d..", and ends a duplicate one with "@" and a hash.
    names = [name.rpartition(".") for name in output.strip(".").split("...")]
    return [{"id": component_id, "property": name.partition("@")[0]} for component_id, _, name in names]


def _list_properties(value: Any) -> list[tuple[Any, Any]] | None:
    """Return the ids and names of properties; None for a value of another form."""
    values = [value] if isinstance(value, dict) else value
    if not isinstance(values, list) or not all(isinstance(item, dict) for item in values):
        return None
    return [(item.get("id"), str(item.get("property")).partition("@")[0]) for item in values]


def _make_request_check(app: Dash) -> Callable[[], Response | None]:
    callbacks = {output: callback for output, callback in app.callback_map.items() if "callback" in callback}

    def refuse() -> Response | None:
        if request.method != "POST" or not request.path.endswith(UPDATE_PATH):
            return None
        problem = find_request_problem(read_request_body(), callbacks)
        return refuse_request(*problem) if problem else None

    return refuse


def _make_header_setter(headers: dict[str, str]) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        # An answer that is no page of ours brings its own policy.
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Browsers ignore the header over plain HTTP.
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = HSTS_HEADER
        return response

    return add
