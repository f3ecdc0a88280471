"""Reply to a page's request: resolve its run, render the views of the page, and report issues."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from dash import Output, no_update

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run_by_reference
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests import contents, parsing, uploads
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.parsing import RequestOptions, ResolvedRun
from ev2gym_dashboard.web.requests.schema import MalformedRequest
from ev2gym_dashboard.web.requests.values import find_probable_fractions

ViewT = TypeVar("ViewT")
logger = logging.getLogger(__name__)
ViewId = tuple[str, str]
"""The id of a component, and the property that a callback writes."""
RenderPage = Callable[[RunSpec, RequestOptions], tuple[dict[str, Any], dict[str, Any]]]
"""Return the views by output name, and the fields of the reply that the scripts show: texts, shares, states."""
PLACE_WAIT_MS = 500
"""Time after which a page asks again for a run or a file that has no place yet [ms]."""


def build_reply(request: Any, build: str, *, view_ids: Collection[ViewId], render_page: RenderPage) -> dict[str, Any]:
    """Return the outputs of a page's callback: its views, and the reply for the scripts.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    """
    outputs: dict[str, Any] = {format_output_name(view_id): no_update for view_id in view_ids}
    reply: dict[str, Any] = {"number": parsing.get_request_number(request), "build": build, "issues": []}
    try:
        options = parsing.parse_options(request)
        resolved = parsing.resolve_run(request, options.translator)
        views, fields = render_page(resolved.run, options)
    except ContentsMissing as missing:
        lost = contents.reply_to_missing(missing, request, options.translator)
        return outputs | {ids.REPLY: reply | {"ok": False} | lost}
    except PlaceMissing:
        return outputs | {ids.REPLY: reply | {"ok": False, "catching_up": 0.0, "wait_ms": PLACE_WAIT_MS}}
    except ReplayIncomplete as replay:
        # The page repeats the request until the replay has reached the step.
        goal = _build_goal_fields(resolved, options, request)
        return outputs | {ids.REPLY: reply | {"ok": False} | _describe_progress(replay) | goal}
    except ValidationError as invalid:
        # The browser's storage may hold a run of an older build: the page reports its issues and starts a new run.
        if isinstance(invalid, MalformedRequest) and not parsing.is_possibly_stale(request, build):
            raise
        metrics.count_refusal("input")
        if isinstance(invalid, StrategyError):
            # Not the visitor's fault: the operator has installed the strategy, and can mend it.
            logger.warning("%s", invalid)
        notes = format_issues(invalid.issues, parsing.get_request_translator(request))
        return outputs | {ids.REPLY: reply | {"ok": False, "issues": notes}}
    return (
        outputs
        | views
        | {ids.REPLY: reply | {"ok": True} | fields | _build_run_fields(resolved, options, fields, request)}
    )


def _describe_progress(replay: ReplayIncomplete) -> dict[str, Any]:
    wait_ms = {} if replay.has_place else {"wait_ms": PLACE_WAIT_MS}
    return {"catching_up": round(replay.step / max(replay.end, 1), 4)} | wait_ms


def list_outputs(view_ids: Collection[ViewId]) -> dict[str, Output]:
    """Return the outputs of a page's callback by name.

    Every page writes the reply and the notices of the run, and Dash wants each but one of them marked as duplicate;
    with all of them marked, the order of the pages does not matter.
    """
    return {format_output_name(view_id): Output(*view_id, allow_duplicate=True) for view_id in view_ids} | {
        ids.REPLY: Output(ids.REPLY, "data", allow_duplicate=True)
    }


def draw_views(
    drawers: Mapping[ViewId, Callable[[ViewT, RequestOptions], Any]], view: ViewT, options: RequestOptions
) -> dict[str, Any]:
    """Return the properties that functions draw of a view, by output name."""
    return {format_output_name(view_id): draw(view, options) for view_id, draw in drawers.items()}


def draw_past_views(
    drawers: Mapping[ViewId, Callable[[ViewT, RequestOptions], Any]],
    step_views: Collection[ViewId],
    view: ViewT,
    shown: ViewT,
    options: RequestOptions,
) -> dict[str, Any]:
    """Return the properties that functions draw of a run, by output name; those of ``step_views`` of a past step.

    The charts over time and the next hours are those of the run, the other figures those of the step that is shown.
    """
    of_step = {view_id: draw for view_id, draw in drawers.items() if view_id in step_views}
    of_run = {view_id: draw for view_id, draw in drawers.items() if view_id not in step_views}
    return draw_views(of_run, view, options) | draw_views(of_step, shown, options)


def format_output_name(view_id: ViewId) -> str:
    """Return the name of an output in the outputs of a callback."""
    return ".".join(view_id)


def _build_goal_fields(resolved: ResolvedRun, options: RequestOptions, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run that a replay leads to, where the browser lacks it: it then asks for that run alone.

    Otherwise each slice of the replay would begin with the file, the link or the change that led to the run.
    """
    if not resolved.is_changed:
        return {}
    hints = _format_hints(request, options.translator)
    files = uploads.select_active_files(resolved.run.scenario, options.files)
    goal = {"files": files, "fill": options.fill, "full": options.full}
    return _build_changed_run(resolved.run, request) | {"goal": goal, "hints": hints}


def _format_hints(request: Mapping[str, Any], _: Translator) -> list[dict[str, str]]:
    """Return a hint for each typed percentage that was probably meant as a fraction."""
    typed = {**(request.get("scenario") or {}), **((request.get("set") or {}).get("params") or {})}
    return [
        {"field": name, "text": _format_hint(value, _)} for name, value in find_probable_fractions(typed, _).items()
    ]


def _format_hint(number: float, _: Translator) -> str:
    read, meant, percent = _.percent(number / 100.0, 2), _.percent(number), _.plain(round(100.0 * number, 9))
    return _("Read as {read}. For {meant}, enter {number}.", read=read, meant=meant, number=percent)


def _build_changed_run(run: RunSpec, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run that the browser lacks, and those of its contents that the browser lacks."""
    held = contents.get_stored_scenario(contents.drop_replaced_contents(request.get("run"), request))
    return {
        "run": serialize_run_by_reference(run),
        "contents": contents.publish_contents(run.scenario, held),
    }


def _build_run_fields(
    resolved: ResolvedRun, options: RequestOptions, fields: dict[str, Any], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of a reply that describe the run.

    The run is left out where the browser holds the same one, and of the user's files all that it has.
    """
    run = resolved.run
    run_fields = {"step": run.step} | parsing.format_control_values(run, options)
    if resolved.is_changed:
        run_fields["hints"] = _format_hints(request, options.translator)
        run_fields |= _build_changed_run(run, request)
    if options.save:
        run_fields["contents"] = contents.encode_contents(run.scenario)
    if options.share:
        run_fields["link"] = encode_share_link(run)
    if options.fill:
        notes = uploads.format_upload_notes(request, options.translator)
        file_texts = uploads.format_file_texts(run.scenario, options.files, options.translator, notes)
        run_fields["texts"] = fields["texts"] | file_texts
        run_fields["states"] = fields["states"] | uploads.compute_file_states(run.scenario)
    return run_fields
