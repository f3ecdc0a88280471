"""First reply: what a page without a run asks first, and the answer, which the index carries to the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import no_update
from dash._utils import to_json

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.requests.parsing import PIE_BASES

SERVED_SESSION = "served"
"""The session of the replies that indexes carry; the browser puts one of its own in its place."""


def make_reply_carrier(build: str) -> Callable[[Page | None, str], str]:
    """Return the function that gives the first reply of a page in a language as JSON, each computed only once.

    The text is empty where a page shows no run, and where the server has no time for the run: the page then asks.
    """
    carried: dict[tuple[Page, str], str] = {}

    def carry(page: Page | None, lang: str) -> str:
        if page and page.build_reply and (page, lang) not in carried:
            request = make_first_request(page, lang)
            outputs = page.build_reply(request, build)
            if outputs[ids.REPLY]["ok"]:
                served = {"store": page.request_store, "request": request, "outputs": group_outputs(outputs)}
                carried[page, lang] = to_json(served)
        return carried.get((page, lang), "") if page else ""

    return carry


def make_first_request(page: Page, lang: str) -> dict[str, Any]:
    """Return the request that the scripts send first for a browser that holds no run, without number and build."""
    return {
        "attempt": 1,
        "kept": True,
        "lang": lang,
        "run": None,
        "files": {},
        "model": None,
        "basis": PIE_BASES[0],
        "steps": 0,
        "fill": True,
        "session": SERVED_SESSION,
        **page.first_selection,
    }


def group_outputs(outputs: dict[str, Any]) -> dict[str, Any]:
    """Return the outputs of a callback as its response has them: properties by component."""
    grouped: dict[str, Any] = {}
    for name, value in outputs.items():
        component, _, property_ = name.rpartition(".")
        if value is not no_update:
            grouped.setdefault(component or name, {})[property_ if component else "data"] = value
    return grouped
