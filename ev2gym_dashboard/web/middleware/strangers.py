"""Strangers: pages of other sites, and names of other servers, that a visitor's browser would lend its hands to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from dash import Dash
from flask import Response, request

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.security import refuse_request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site for a request of our own page, or of the visitor's own hand."""
HOST_MESSAGE = N_("This server does not answer under this name: its operator can allow the name with --hosts.")
ORIGIN_MESSAGE = N_("This request comes from a page of another site, and was not carried out.")


def add_stranger_checks(app: Dash, serving: ServerSettings) -> None:
    """Refuse requests under names that are not the server's, and writing requests of other sites' pages."""
    if serving.allowed_hosts is not None:
        app.server.before_request(_make_host_check(serving.allowed_hosts))
    app.server.before_request(_check_origin)


def is_allowed_host(host: str, names: Collection[str]) -> bool:
    """Return whether a Host header names one of ``names``; one with a leading dot stands for all names that end so."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return name in names or any(name.endswith(suffix) for suffix in names if suffix.startswith("."))


def is_own_origin(site: str | None, origin: str | None, host: str) -> bool:
    """Return whether the headers of a writing request are those of our own page, or of no browser.

    ``site`` is Sec-Fetch-Site, which every current browser sends and no page can set. An older browser names its
    ``origin``, which is compared with the ``host`` of the request. A request without both is that of a program.
    """
    if site is not None:
        return site in OWN_SITES
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def _make_host_check(names: Collection[str]) -> Callable[[], Response | None]:
    def check_host() -> Response | None:
        return None if is_allowed_host(request.host, names) else refuse_request(HOST_MESSAGE, 421)

    return check_host


def _check_origin() -> Response | None:
    if request.method in SAFE_METHODS:
        return None
    site, origin = (request.headers.get(name) for name in ("Sec-Fetch-Site", "Origin"))
    return None if is_own_origin(site, origin, request.host) else refuse_request(ORIGIN_MESSAGE, 403)
