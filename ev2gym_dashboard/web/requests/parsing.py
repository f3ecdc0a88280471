"""What the browser may ask, and which run it means: all is checked, and the same request gives the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Invalid, Issue, Quantity, Switch
from ev2gym_dashboard.service.datasets.catalogs import OWN
from ev2gym_dashboard.service.sessions.run_spec import MAX_LIVE_FLEET, Run, reach_issues, run_from_json, run_to_json
from ev2gym_dashboard.service.sessions.share_link import run_of_file, run_of_link
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.i18n import LANGUAGES, Words, language, words
from ev2gym_dashboard.web.pages.live.figures import PIE_BASES
from ev2gym_dashboard.web.requests import uploads
from ev2gym_dashboard.web.requests.schema import Part, Parts, Text, Unaskable, Values
from ev2gym_dashboard.web.requests.upload_kinds import FILE_KINDS

MAX_STEPS = 240
MAX_NAME = 200
COMMANDS = ("strategy", "v2g", "params", "event")
SETTINGS = ("strategy", "v2g", "params")
NUMBER = Quantity(0, "", 0, 2**53 - 1, "Which of the page's requests it is")
STEPS = Quantity(0, "", 0, MAX_STEPS, "Steps")
LIVE_FLEET = Quantity(1000, "", 1, MAX_LIVE_FLEET, "Vehicles in the fleet")
FLAG = Switch(False, "What is so, or asked for, or not")
PARTS: dict[str, Part] = {
    "number": NUMBER,
    "attempt": NUMBER,
    "build": Text(MAX_NAME),
    "lang": Choice("", tuple(LANGUAGES), "The language of the answer"),
    "run": Values(),
    "steps": STEPS,
    "set": Parts(dict(zip(COMMANDS, (Text(), FLAG, Values(), Values()), strict=True))),
    "scenario": Values(),
    "upload": Parts(dict.fromkeys(FILE_KINDS, Parts({"name": Text(), "contents": Text()}))),
    "files": Parts(dict.fromkeys(FILE_KINDS, Text())),
    "link": Text(),
    "file": Text(),
    "model": Text(MAX_NAME),
    "basis": Choice("", PIE_BASES, "What the pie counts"),
}
REQUEST = Parts(PARTS | dict.fromkeys(("kept", "share", "restart", "full", "fill"), FLAG))


@dataclass(frozen=True)
class Asked:
    """Who asks and what for: everything but the run.

    ``full`` asks for what does not change with time too, ``fill`` also for the values of the form, ``share`` for a
    link; ``files`` are the names of the user's files.
    """

    number: int
    words: Words
    full: bool
    fill: bool
    share: bool
    model: str | None
    basis: str
    files: Mapping[str, str] = field(default_factory=dict)


def asked(request: object) -> Asked:
    """Return who asks and what for.

    Raises
    ------
    Unaskable
        Where the page would never ask so.
    """
    request = askable(request, REQUEST)
    fill = any(request.get(name) for name in ("fill", "restart")) or _opens(request)
    return Asked(
        number=number_of(request),
        words=words_of(request),
        full=bool(request.get("full")) or fill,
        fill=fill,
        share=bool(request.get("share")),
        model=request.get("model"),
        basis=request.get("basis") or PIE_BASES[0],
        files=uploads.file_names(request),
    )


def askable(request: object, parts: Parts) -> Mapping[str, Any]:
    """Return a request of known parts; raises `Unaskable` where a page would never ask so."""
    if not isinstance(request, Mapping):
        raise Unaskable([Issue("request", "must be an object")])
    issues = parts.issues_of(request)
    if issues:
        raise Unaskable(issues)
    return request


def may_be_old(request: object, build: str) -> bool:
    """Return whether a request may rest on an older page: on what the browser kept of one, or sent by one itself."""
    return isinstance(request, Mapping) and (request.get("kept") is True or request.get("build", build) != build)


def number_of(request: object) -> int:
    """Return which of the page's requests one is, also where something else is wrong with it."""
    number = request.get("number") if isinstance(request, Mapping) else None
    return int(number) if isinstance(number, int | float) and not NUMBER.check("number", number) else 0


def words_of(request: object) -> Words:
    """Return the language of a request, also where something else is wrong with it."""
    return words(language(request.get("lang") if isinstance(request, Mapping) else None))


def run_of(request: Mapping[str, Any], _: Words) -> Run:
    """Return the run of a request that ``asked`` has checked: its run, with its commands, its steps further.

    Raises
    ------
    Unaskable
        Where its run is none that an answer gave.
    Invalid
        With every issue of what a user may have given.
    """
    command, scenario = request.get("set"), request.get("scenario")
    run = _given(request)
    values = uploads.values_in(request)
    if request.get("restart") or scenario or values:
        run = restarted(run, scenario_form.read(scenario or {}, _) | values)
    if command:
        run = changed(run, command, _)
    return advanced(run, request.get("steps") or 0)


def restarted(run: Run, values: Mapping[str, Any]) -> Run:
    """Return a run from its beginning, with the settings in force now and other values of its scenario."""
    kept = run_to_json(run)["scenario"] | in_force(run)
    return _checked({"scenario": kept | dict(values), "session": uuid4().hex})


def changed(run: Run, command: Mapping[str, Any], _: Words) -> Run:
    """Return the run with a change of strategy, V2G switch or strategy parameters at its step."""
    what = {name: command[name] for name in COMMANDS if name in command}
    if isinstance(what.get("params"), Mapping):
        what["params"] = scenario_form.read(what["params"], _)
    described = run_to_json(run)
    return _checked(described | {"changes": [*described["changes"], {"step": run.step, **what}]})


def advanced(run: Run, steps: int) -> Run:
    """Return the run some steps further."""
    further = replace(run, step=run.step + int(steps))
    issues = reach_issues(further.scenario, further.step)
    if issues:
        raise Invalid(issues)
    return further


def in_force(run: Run) -> dict[str, Any]:
    """Return strategy, V2G switch and strategy parameters as the changes have left them."""
    described = run_to_json(run)
    state = {name: described["scenario"][name] for name in SETTINGS}
    for change in described["changes"]:
        params = {**state["params"], **change.get("params", {})}
        state |= {name: change[name] for name in ("strategy", "v2g") if name in change} | {"params": params}
    return state


def settings(run: Run, asked: Asked) -> dict[str, Any]:
    """Return what the page's controls show of a run; the form only where all is asked for."""
    force = in_force(run)
    catalog = OWN if run.scenario.catalog_spec else run.scenario.catalog
    shown = {"strategy": force["strategy"], "v2g": force["v2g"], "catalog": catalog}
    texts = scenario_form.form_texts(run.scenario, force["params"], asked.words) if asked.fill else None
    files = uploads.files_in_use(run.scenario, asked.files)
    return {"force": shown, "form": texts, "files": files, "step_min": run.scenario.timestep_min}


def _given(request: Mapping[str, Any]) -> Run:
    """Return the run of a link or a file, the one that the browser holds, or the first one."""
    if request.get("link") is not None:
        return replace(run_of_link(request["link"]), session=uuid4().hex)
    if request.get("file") is not None:
        return replace(run_of_file(request["file"]), session=uuid4().hex)
    return _held(request["run"]) if request.get("run") is not None else Run(Scenario(), session=uuid4().hex)


def _held(described: object) -> Run:
    try:
        return run_from_json(described)
    except Invalid as invalid:
        raise Unaskable(invalid.issues) from None


def _checked(described: Mapping[str, Any]) -> Run:
    try:
        return run_from_json(described)
    except Invalid as invalid:
        size = described["scenario"].get("fleet_size")
        raise Invalid(
            [issue for issue in invalid.issues if issue.field != "fleet_size"] + LIVE_FLEET.check("fleet_size", size)
        ) from None


def _opens(request: Mapping[str, Any]) -> bool:
    return any(request.get(name) is not None for name in ("link", "file"))
