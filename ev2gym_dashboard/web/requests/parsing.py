"""What the browser may ask, and which run it means: all is checked, and the same request gives the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Issue, Quantity, Switch, ValidationError
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG
from ev2gym_dashboard.service.sessions.run_spec import (
    MAX_LIVE_FLEET,
    RunSpec,
    check_run_length,
    parse_run,
    serialize_run,
)
from ev2gym_dashboard.service.sessions.share_link import decode_share_link, parse_run_file
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, get_translator, parse_language
from ev2gym_dashboard.web.requests import uploads
from ev2gym_dashboard.web.requests.schema import FieldSchema, MalformedRequest, MappingSchema, RequestSchema, TextSchema
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.values import format_form_values, parse_form_values

MAX_STEPS_PER_REQUEST = 240
MAX_TEXT_LENGTH = 200
PIE_BASES = ("models", "registrations", "fleet")
COMMAND_NAMES = ("strategy", "v2g", "params", "event")
SETTING_NAMES = ("strategy", "v2g", "params")
REQUEST_NUMBER = Quantity(0, "", 0, 2**53 - 1, "Which of the page's requests it is")
REQUEST_STEPS = Quantity(0, "", 0, MAX_STEPS_PER_REQUEST, "Steps")
LIVE_FLEET_SIZE = Quantity(1000, "", 1, MAX_LIVE_FLEET, "Vehicles in the fleet")
FLAG = Switch(False, "What is so, or asked for, or not")
REQUEST_FIELDS: dict[str, FieldSchema] = {
    "number": REQUEST_NUMBER,
    "attempt": REQUEST_NUMBER,
    "build": TextSchema(MAX_TEXT_LENGTH),
    "lang": Choice("", tuple(LANGUAGES), "The language of the answer"),
    "run": MappingSchema(),
    "steps": REQUEST_STEPS,
    "set": RequestSchema(dict(zip(COMMAND_NAMES, (TextSchema(), FLAG, MappingSchema(), MappingSchema()), strict=True))),
    "scenario": MappingSchema(),
    "upload": RequestSchema(
        dict.fromkeys(UPLOAD_KINDS, RequestSchema({"name": TextSchema(), "contents": TextSchema()}))
    ),
    "files": RequestSchema(dict.fromkeys(UPLOAD_KINDS, TextSchema())),
    "link": TextSchema(),
    "file": TextSchema(),
    "model": TextSchema(MAX_TEXT_LENGTH),
    "basis": Choice("", PIE_BASES, "What the pie counts"),
}
LIVE_REQUEST_SCHEMA = RequestSchema(REQUEST_FIELDS | dict.fromkeys(("kept", "share", "restart", "full", "fill"), FLAG))


@dataclass(frozen=True)
class RequestOptions:
    """Who asks and what for: everything but the run.

    ``full`` asks for what does not change with time too, ``fill`` also for the values of the form, ``share`` for a
    link; ``files`` are the names of the user's files.
    """

    number: int
    words: Translator
    full: bool
    fill: bool
    share: bool
    model: str | None
    basis: str
    files: Mapping[str, str] = field(default_factory=dict)


def parse_options(request: object) -> RequestOptions:
    """Return who asks and what for.

    Raises
    ------
    Unaskable
        Where the page would never ask so.
    """
    request = validate_request(request, LIVE_REQUEST_SCHEMA)
    fill = any(request.get(name) for name in ("fill", "restart")) or _is_opening_run(request)
    return RequestOptions(
        number=get_request_number(request),
        words=get_request_translator(request),
        full=bool(request.get("full")) or fill,
        fill=fill,
        share=bool(request.get("share")),
        model=request.get("model"),
        basis=request.get("basis") or PIE_BASES[0],
        files=uploads.list_file_names(request),
    )


def validate_request(request: object, parts: RequestSchema) -> Mapping[str, Any]:
    """Return a request of known parts; raises `MalformedRequest` where a page would never ask so."""
    if not isinstance(request, Mapping):
        raise MalformedRequest([Issue("request", "must be an object")])
    issues = parts.issues_of(request)
    if issues:
        raise MalformedRequest(issues)
    return request


def is_possibly_stale(request: object, build: str) -> bool:
    """Return whether a request may rest on an older page: on what the browser kept of one, or sent by one itself."""
    return isinstance(request, Mapping) and (request.get("kept") is True or request.get("build", build) != build)


def get_request_number(request: object) -> int:
    """Return which of the page's requests one is, also where something else is wrong with it."""
    number = request.get("number") if isinstance(request, Mapping) else None
    return int(number) if isinstance(number, int | float) and not REQUEST_NUMBER.check("number", number) else 0


def get_request_translator(request: object) -> Translator:
    """Return the language of a request, also where something else is wrong with it."""
    return get_translator(parse_language(request.get("lang") if isinstance(request, Mapping) else None))


def resolve_run(request: Mapping[str, Any], _: Translator) -> RunSpec:
    """Return the run of a request that ``asked`` has checked: its run, with its commands, its steps further.

    Raises
    ------
    Unaskable
        Where its run is none that an answer gave.
    Invalid
        With every issue of what a user may have given.
    """
    command, scenario = request.get("set"), request.get("scenario")
    run = _parse_base_run(request)
    values = uploads.parse_uploads(request)
    if request.get("restart") or scenario or values:
        run = restart_run(run, parse_form_values(scenario or {}, _) | values)
    if command:
        run = change_run(run, command, _)
    return advance_run(run, request.get("steps") or 0)


def restart_run(run: RunSpec, values: Mapping[str, Any]) -> RunSpec:
    """Return a run from its beginning, with the settings in force now and other values of its scenario."""
    kept = serialize_run(run)["scenario"] | compute_active_settings(run)
    return _validate_run({"scenario": kept | dict(values), "session": uuid4().hex})


def change_run(run: RunSpec, command: Mapping[str, Any], _: Translator) -> RunSpec:
    """Return the run with a change of strategy, V2G switch or strategy parameters at its step."""
    what = {name: command[name] for name in COMMAND_NAMES if name in command}
    if isinstance(what.get("params"), Mapping):
        what["params"] = parse_form_values(what["params"], _)
    described = serialize_run(run)
    return _validate_run(described | {"changes": [*described["changes"], {"step": run.step, **what}]})


def advance_run(run: RunSpec, steps: int) -> RunSpec:
    """Return the run some steps further."""
    further = replace(run, step=run.step + int(steps))
    issues = check_run_length(further.scenario, further.step)
    if issues:
        raise ValidationError(issues)
    return further


def compute_active_settings(run: RunSpec) -> dict[str, Any]:
    """Return strategy, V2G switch and strategy parameters as the changes have left them."""
    described = serialize_run(run)
    state = {name: described["scenario"][name] for name in SETTING_NAMES}
    for change in described["changes"]:
        params = {**state["params"], **change.get("params", {})}
        state |= {name: change[name] for name in ("strategy", "v2g") if name in change} | {"params": params}
    return state


def format_control_values(run: RunSpec, asked: RequestOptions) -> dict[str, Any]:
    """Return what the page's controls show of a run; the form only where all is asked for."""
    force = compute_active_settings(run)
    catalog = USER_CATALOG if run.scenario.catalog_spec else run.scenario.catalog
    shown = {"strategy": force["strategy"], "v2g": force["v2g"], "catalog": catalog}
    texts = format_form_values(run.scenario, force["params"], asked.words) if asked.fill else None
    files = uploads.select_active_files(run.scenario, asked.files)
    return {"force": shown, "form": texts, "files": files, "step_min": run.scenario.timestep_min}


def _parse_base_run(request: Mapping[str, Any]) -> RunSpec:
    """Return the run of a link or a file, the one that the browser holds, or the first one."""
    if request.get("link") is not None:
        return replace(decode_share_link(request["link"]), session=uuid4().hex)
    if request.get("file") is not None:
        return replace(parse_run_file(request["file"]), session=uuid4().hex)
    return (
        _parse_held_run(request["run"]) if request.get("run") is not None else RunSpec(Scenario(), session=uuid4().hex)
    )


def _parse_held_run(described: object) -> RunSpec:
    try:
        return parse_run(described)
    except ValidationError as invalid:
        raise MalformedRequest(invalid.issues) from None


def _validate_run(described: Mapping[str, Any]) -> RunSpec:
    try:
        return parse_run(described)
    except ValidationError as invalid:
        size = described["scenario"].get("fleet_size")
        raise ValidationError(
            [issue for issue in invalid.issues if issue.field != "fleet_size"]
            + LIVE_FLEET_SIZE.check("fleet_size", size)
        ) from None


def _is_opening_run(request: Mapping[str, Any]) -> bool:
    return any(request.get(name) is not None for name in ("link", "file"))
