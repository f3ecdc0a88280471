"""Replies to the requests of a page: validate the request, resolve its run, and render the views."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from dash import no_update

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.sessions.cache import ReplayIncomplete
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.requests import parsing, uploads
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.schema import MalformedRequest

RenderPage = Callable[[RunSpec, RequestOptions], tuple[dict[str, Any], dict[str, Any]]]


def build_reply(request: Any, build: str, *, views: Collection[tuple[str, str]], show: RenderPage) -> dict[str, Any]:
    """Return the answer of a page: its views as ``show`` draws them, and what the browser writes by itself.

    Raises
    ------
    Unaskable
        Where a page of this build would never ask so.
    """
    unchanged: dict[str, Any] = {_format_output_name(*view): no_update for view in views}
    told: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build, "issues": []}
    try:
        asked = parsing.parse_options(request)
        run = parsing.resolve_run(request, asked.words)
        views_drawn, texts_written = show(run, asked)
    except ReplayIncomplete as on_the_way:
        share = round(on_the_way.step / on_the_way.end, 4)
        return unchanged | {ids.REPLY: told | {"ok": False, "catching_up": share}}
    except ValidationError as invalid:
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        notes = format_issues(invalid.issues, parsing.get_request_translator(request))
        return unchanged | {ids.REPLY: told | {"ok": False, "issues": notes}}
    told |= {"ok": True, "run": serialize_run(run), **parsing.format_control_values(run, asked), **texts_written}
    if asked.share:
        told["link"] = encode_share_link(run)
    if asked.fill:
        told["texts"] |= uploads.format_file_texts(run.scenario, asked.files, asked.words)
        told["states"] |= uploads.compute_file_states(run.scenario)
    return unchanged | views_drawn | {ids.REPLY: told}


def _format_output_name(place: str, what: str) -> str:
    return f"{place}.{what}"
