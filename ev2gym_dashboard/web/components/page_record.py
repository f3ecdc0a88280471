"""Page: the record by which the application registers, names and renders a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dash import Dash

from ev2gym_dashboard.web.i18n import Translator


@dataclass(frozen=True)
class Page:
    """A page of the application.

    Parameters
    ----------
    path : address below the prefix of the server, "/" for the first page
    name : msgid of the link in the navigation
    render : return the content of the page in a language
    register : register the callbacks of the page, if it has any; its second argument is the build id
    request_store : id of the input by which the scripts send a request of the run; None for a page that shows no run
    build_reply : return the outputs for a request of the run; its second argument is the build id
    first_selection : selection of the page as it opens, part of its first request
    is_listed : whether the navigation lists the page; otherwise a menu does
    session_stores : ids of stores that outlast a change of page and a reload
    """

    path: str
    name: str
    render: Callable[[Translator], list[Any]]
    register: Callable[[Dash, str], None] = lambda app, build: None
    request_store: str | None = None
    build_reply: Callable[[Any, str], dict[str, Any]] | None = None
    first_selection: Mapping[str, Any] = field(default_factory=dict, hash=False)
    is_listed: bool = True
    session_stores: tuple[str, ...] = ()
