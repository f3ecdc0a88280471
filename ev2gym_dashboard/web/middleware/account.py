"""Account of the server: basic authentication, and a limit to the guesses of one address."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Callable

from dash import Dash
from flask import Response, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.security import refuse_request

HEALTH_PATH = "/healthz"
UNAUTHORISED_MESSAGE = N_("This page requires a user name and a password.")
TOO_MANY_MESSAGE = N_("Too many wrong passwords came from this address: wait {seconds} s.")
AUTH_CHALLENGE = 'Basic realm="EV2Gym Dashboard", charset="UTF-8"'
MAX_FAILURES = RateLimitItemPerMinute(10)
"""Wrong passwords of one address, in each worker process; with more, the right one is refused too."""


def add_account(app: Dash, serving: ServerSettings) -> None:
    """Require the account of the settings, if there is one, for every address but that of the health check."""
    # Flask calls the checks in the order of registration: nothing reads a request before the password is checked.
    if serving.credentials:
        app.server.before_request(_make_account_check(*serving.credentials))


def _make_account_check(user: str, password: str) -> Callable[[], Response | None]:
    failures = MovingWindowRateLimiter(MemoryStorage())

    def check_account() -> Response | None:
        address = request.remote_addr or ""
        if request.path == HEALTH_PATH:
            return None
        if not failures.test(MAX_FAILURES, address):
            return _refuse_guess(failures.get_window_stats(MAX_FAILURES, address).reset_time - time.time())
        if _has_credentials(user, password):
            return None
        # The first request of every visit has no password yet.
        if request.headers.get("Authorization"):
            failures.hit(MAX_FAILURES, address)
        response = refuse_request(UNAUTHORISED_MESSAGE, 401)
        response.headers["WWW-Authenticate"] = AUTH_CHALLENGE
        return response

    return check_account


def _refuse_guess(wait_s: float) -> Response:
    seconds = str(max(1, math.ceil(wait_s)))
    response = refuse_request(TOO_MANY_MESSAGE, 429, seconds=seconds)
    response.headers["Retry-After"] = seconds
    return response


def _has_credentials(user: str, password: str) -> bool:
    auth = request.authorization
    credentials = (auth.username, auth.password) if auth and auth.type == "basic" else (None, None)
    # No short circuit: the time of the reply must not tell whether the user name is right.
    return _is_equal_secret(credentials[0], user) & _is_equal_secret(credentials[1], password)


def _is_equal_secret(actual: str | None, expected: str) -> bool:
    return hmac.compare_digest((actual or "").encode(), expected.encode())
