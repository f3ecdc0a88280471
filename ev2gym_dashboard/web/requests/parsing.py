"""Parsing of a page's request: the options of the reply, and the run that the request describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import uuid4

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Issue, Quantity, Switch, ValidationError
from ev2gym_dashboard.integrations.ev2gym.config_reader import parse_ev2gym_config
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG
from ev2gym_dashboard.service.scenarios.tariff import select_own_tariff
from ev2gym_dashboard.service.scenarios.validation import MAX_OVERRIDES
from ev2gym_dashboard.service.sessions.event_view import EventQuery
from ev2gym_dashboard.service.sessions.request_place import require_place
from ev2gym_dashboard.service.sessions.run_spec import (
    MAX_SESSION_LENGTH,
    STEP_QUANTITY,
    RunSpec,
    check_run_length,
    parse_run,
)
from ev2gym_dashboard.service.sessions.share_link import decode_share_link, parse_run_file
from ev2gym_dashboard.service.sessions.stored_scenario import MAX_LIVE_FLEET
from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN, WINDOWS_H
from ev2gym_dashboard.service.sessions.vehicle_query import ALL_VEHICLES, VehicleQuery
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, get_translator, parse_language
from ev2gym_dashboard.web.requests import contents, uploads
from ev2gym_dashboard.web.requests.event_choice import EVENTS_SCHEMA, parse_event_query
from ev2gym_dashboard.web.requests.schema import (
    FieldSchema,
    ListSchema,
    MalformedRequest,
    MappingSchema,
    RequestSchema,
    TextSchema,
    validate_request,
)
from ev2gym_dashboard.web.requests.strategy_choice import StrategySchema
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.values import format_form_values, parse_form_values
from ev2gym_dashboard.web.requests.vehicle_choice import VEHICLES_SCHEMA, parse_vehicle_query

MAX_STEPS_PER_REQUEST = 240
MAX_TEXT_LENGTH = 200
CONFIG_S_PER_BYTE = 2e-5
"""CPU time of parsing a configuration of EV2Gym, whose YAML is parsed in Python [s/B]."""
PIE_BASES = ("models", "registrations", "fleet")
REQUEST_NUMBER = Quantity(0, "", 0, 2**53 - 1, "Number of the request")
REQUEST_STEPS = Quantity(0, "", 0, MAX_STEPS_PER_REQUEST, "Steps")
LIVE_FLEET_SIZE = Quantity(1000, "", 1, MAX_LIVE_FLEET, "Vehicles in the fleet")
FLAG = Switch(False, "Flag of the request")
COMMAND_FIELDS: dict[str, FieldSchema] = {
    "strategy": TextSchema(),
    "v2g": FLAG,
    "params": MappingSchema(),
    "event": MappingSchema(),
    "overrides": ListSchema(MappingSchema(), MAX_OVERRIDES),
}
UPLOAD_SCHEMA = RequestSchema({"name": TextSchema(), "contents": TextSchema(), "options": MappingSchema()})
REQUEST_FIELDS: dict[str, FieldSchema] = {
    "number": REQUEST_NUMBER,
    "attempt": REQUEST_NUMBER,
    "build": TextSchema(MAX_TEXT_LENGTH),
    "lang": Choice("", tuple(LANGUAGES), "Language of the reply"),
    "run": MappingSchema(),
    "steps": REQUEST_STEPS,
    "set": RequestSchema(COMMAND_FIELDS),
    "scenario": MappingSchema(),
    "upload": RequestSchema(dict.fromkeys(UPLOAD_KINDS, UPLOAD_SCHEMA)),
    "files": RequestSchema(dict.fromkeys(UPLOAD_KINDS, TextSchema())),
    "contents": MappingSchema(),
    "link": TextSchema(),
    "file": TextSchema(),
    "config": TextSchema(),
    "session": TextSchema(MAX_SESSION_LENGTH),
    "model": TextSchema(MAX_TEXT_LENGTH),
    "basis": Choice("", PIE_BASES, "Basis of the pie chart"),
    "window": Choice("", tuple(WINDOWS_H), "Window of the charts"),
    "past_step": STEP_QUANTITY,
    "vehicles": VEHICLES_SCHEMA,
    "log": EVENTS_SCHEMA,
    "alternative": StrategySchema(),
}
REQUEST_FLAGS = ("kept", "share", "save", "restart", "full", "fill")
LIVE_REQUEST_SCHEMA = RequestSchema(REQUEST_FIELDS | dict.fromkeys(REQUEST_FLAGS, FLAG))


@dataclass(frozen=True)
class RequestOptions:
    """Options of a reply: all of a request but its run.

    Parameters
    ----------
    full : include the views that do not change with time
    fill : include the values of the form as well
    share : include a link to the run
    save : include the contents of the user's files, for a file of the run
    model : vehicle model whose reasons are shown; None for the whole fleet
    basis : key of `PIE_BASES`
    window : key of `WINDOWS_H`
    past_step : step that is looked at; None for the current one
    files : names of the user's files, by scenario field
    vehicles : vehicles that the page of the vehicles lists, or the one that it shows
    events : events that the log lists; None where the request asks for none
    alternative : strategy with which the page compares the run; empty for none
    """

    number: int
    translator: Translator
    full: bool
    fill: bool
    share: bool
    save: bool
    model: str | None
    basis: str
    window: str = WHOLE_RUN
    past_step: int | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    vehicles: VehicleQuery = ALL_VEHICLES
    events: EventQuery | None = None
    alternative: str = ""

    def find_past_step(self, run: RunSpec) -> int | None:
        """Return the past step that is looked at, if the run has passed it; None for the current one."""
        # A run that was restarted may not have come to the step yet.
        return self.past_step if self.past_step is not None and self.past_step < run.step else None


class ResolvedRun(NamedTuple):
    """The run that a request results in, and whether it differs from the browser's in more than its step."""

    run: RunSpec
    is_changed: bool


def parse_options(request: object) -> RequestOptions:
    """Return the options of a request.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    """
    request = validate_request(request, LIVE_REQUEST_SCHEMA)
    # A restart or an opened run may change every field of the form.
    fill = any(request.get(name) for name in ("fill", "restart")) or _opens_run(request)
    return RequestOptions(
        number=get_request_number(request),
        translator=get_request_translator(request),
        full=bool(request.get("full")) or fill,
        fill=fill,
        share=bool(request.get("share")),
        save=bool(request.get("save")),
        model=request.get("model"),
        basis=request.get("basis") or PIE_BASES[0],
        window=request.get("window") or WHOLE_RUN,
        past_step=None if (step := request.get("past_step")) is None else int(step),
        files=uploads.list_file_names(request),
        vehicles=parse_vehicle_query(request.get("vehicles")),
        events=parse_event_query(request.get("log")),
        alternative=request.get("alternative") or "",
    )


def is_possibly_stale(request: object, build: str) -> bool:
    """Return whether a request may come from an older page, or with a run that an older page has stored."""
    return isinstance(request, Mapping) and (request.get("kept") is True or request.get("build", build) != build)


def get_request_number(request: object) -> int:
    """Return the number of a request, 0 for a malformed one."""
    # The page drops a reply without the number of its request: a refusal has to carry it as well.
    number = request.get("number") if isinstance(request, Mapping) else None
    return int(number) if isinstance(number, int | float) and not REQUEST_NUMBER.check("number", number) else 0


def get_request_translator(request: object) -> Translator:
    """Return the translator into the language of a request, into the default one for a malformed request."""
    return get_translator(parse_language(request.get("lang") if isinstance(request, Mapping) else None))


def resolve_run(request: Mapping[str, Any], _: Translator) -> ResolvedRun:
    """Return the run that a validated request results in: its run, with its commands, some steps further.

    Raises
    ------
    MalformedRequest
        If the run of the request is not one that a reply has given.
    ContentsMissing
        If neither the server nor the request has a file that the run names.
    ValidationError
        With every issue of the user's input.
    """
    held = parse_held_run(request)
    run = held or _open_run(request)
    scenario, files = request.get("scenario") or {}, uploads.parse_uploads(request)
    if request.get("restart") or scenario or files:
        run = replace(restart_with_files(run, scenario, files, _), session=_name_session(request))
    # A change applies before the steps of the same request.
    if command := request.get("set"):
        run = run.with_change(_parse_command(command, _))
    run = run.advanced(int(request.get("steps") or 0))
    return ResolvedRun(run, is_changed=not _is_held(run, held, request))


def restart_with_files(run: RunSpec, typed: Mapping[str, Any], files: Mapping[str, Any], _: Translator) -> RunSpec:
    """Return a run from step 0 with values that a user typed and the fields that files set, see `restart_run`."""
    values = parse_form_values(typed, _, run.scenario.start) | dict(files)
    return restart_run(run, select_own_tariff(run.scenario, values))


def restart_run(run: RunSpec, values: Mapping[str, Any]) -> RunSpec:
    """Return a run from step 0 with the active settings, and other values of its scenario.

    Raises
    ------
    ValidationError
        With every issue of the values; one of the fleet size names the limit of a live run.
    """
    try:
        return run.restarted(values, session=uuid4().hex)
    except ValidationError as invalid:
        others = [issue for issue in invalid.issues if issue.field != "fleet_size"]
        size = values.get("fleet_size", run.scenario.fleet_size)
        # The declared limit of a scenario is ten times that of a live run: only the smaller one helps the user.
        raise ValidationError(others + LIVE_FLEET_SIZE.check("fleet_size", size)) from None


def format_control_values(run: RunSpec, options: RequestOptions) -> dict[str, Any]:
    """Return the values of the controls for a run; those of the form only if the request is to fill it."""
    settings, scenario = run.active_settings, run.scenario
    # The spec file replaces the catalog, whose choice the scenario keeps.
    catalog = USER_CATALOG if scenario.catalog_spec else scenario.catalog
    return {
        "force": {"strategy": settings["strategy"], "v2g": settings["v2g"], "catalog": catalog},
        "form": format_form_values(scenario, settings["params"], options.translator) if options.fill else None,
        "files": uploads.select_active_files(scenario, options.files),
        "step_min": scenario.timestep_min,
    }


def parse_held_run(request: Mapping[str, Any]) -> RunSpec | None:
    """Return the run that the browser holds; None if it holds none, or opens another one.

    Raises
    ------
    MalformedRequest
        If the run is not one that a reply has given.
    """
    if request.get("run") is None or _opens_run(request):
        return None
    try:
        return parse_run(contents.drop_replaced_contents(request["run"], request), contents.make_finder(request))
    except ValidationError as invalid:
        raise MalformedRequest(invalid.issues) from None


def _open_run(request: Mapping[str, Any]) -> RunSpec:
    """Return the run of a link or a file, or a first run, each in a new session."""
    session = _name_session(request)
    if request.get("link") is not None:
        return replace(decode_share_link(request["link"]), session=session)
    if request.get("file") is not None:
        return replace(parse_run_file(request["file"]), session=session)
    if request.get("config") is not None:
        return replace(parse_config(request["config"]), session=session)
    return RunSpec(Scenario(), session=session)


def _name_session(request: Mapping[str, Any]) -> str:
    """Return the key of a new live session: the page draws it, so that all attempts of a request get the same one."""
    # Two browsers that open one link must not share a live session.
    return request.get("session") or uuid4().hex


def _opens_run(request: Mapping[str, Any]) -> bool:
    return any(request.get(name) is not None for name in ("link", "file", "config"))


def parse_config(text: str, *, notes: list[Issue] | None = None) -> RunSpec:
    """Return the run of the text of an EV2Gym configuration; ``notes`` collects what was taken, assumed and left out.

    Raises
    ------
    ValidationError
        With every issue.
    """
    require_place(CONFIG_S_PER_BYTE * len(text))
    # The paths in it are those of the user's machine: no file of the server is read.
    scenario = parse_ev2gym_config(text, folder=None, notes=notes)
    if issues := LIVE_FLEET_SIZE.check("fleet_size", scenario.fleet_size) or check_run_length(scenario, 0):
        raise ValidationError(issues)
    return RunSpec(scenario)


def _parse_command(command: Mapping[str, Any], _: Translator) -> dict[str, Any]:
    settings = {name: command[name] for name in COMMAND_FIELDS if name in command}
    if isinstance(settings.get("params"), Mapping):
        settings["params"] = parse_form_values(settings["params"], _)
    return settings


def _is_held(run: RunSpec, held: RunSpec | None, request: Mapping[str, Any]) -> bool:
    """Return whether the browser holds the run, as this version stores it."""
    if held is None or contents.carries_contents(request["run"]):
        return False
    return (run.scenario, run.changes, run.session) == (held.scenario, held.changes, held.session)
