"""What defines a live run: all of it fits in a browser, a link or a file, and all that comes from there is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario, parse_scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_names, list_declared
from ev2gym_dashboard.service.scenarios.validation import check_params, check_scenario, check_strategy
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint

MAX_LIVE_FLEET = 1_000_000
MAX_CHANGES = 1000
MAX_VEHICLE_STEPS = 2_000_000_000
MAX_SESSION_LENGTH = 64
CHANGE_FIELDS = ("strategy", "v2g", "params", "event")
MAPPING_FIELDS = ("params", "event")
CHANGE_STEP_KEY = "step"
EVENT_QUANTITIES: dict[str, Any] = {name: list_declared(Scenario)[f"event_{name}"] for name in ("minutes", "reduction")}
STEP_QUANTITY = Quantity(0, "", 0, 10_000_000, "Steps since the start")


@dataclass(frozen=True)
class Change:
    """What the user changed before a step ran: "strategy", "v2g", "params", "event"."""

    step: int
    what: tuple[tuple[str, Any], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The change as `Beside.set` takes it."""
        return {name: dict(value) if name in MAPPING_FIELDS else value for name, value in self.what}


@dataclass(frozen=True)
class RunSpec:
    """The whole of a session: what is simulated, what was changed when, and how far it is.

    ``session`` only tells the cache which of several equal runs this is; no answer depends on it.
    """

    scenario: Scenario
    changes: tuple[Change, ...] = ()
    step: int = 0
    session: str = field(default="", compare=False)


def compute_snapshot_keys(run: RunSpec) -> list[str]:
    """Return the names of a run's beginnings: without a change, with the first one, with the first two, and so on."""
    digest = hashlib.sha256(f"{compute_fingerprint()} {json.dumps(asdict(run.scenario))}".encode())
    keys = [digest.hexdigest()]
    for change in run.changes:
        digest.update(json.dumps([change.step, change.what]).encode())
        keys.append(digest.hexdigest())
    return keys


def make_default_event() -> dict[str, float]:
    """Return the demand-response event that is called for where nothing else is said."""
    return {name: what.default for name, what in EVENT_QUANTITIES.items()}


def serialize_run(run: RunSpec) -> dict[str, Any]:
    """Return a run as what JSON can hold."""
    scenario = {f.name: getattr(run.scenario, f.name) for f in fields(Scenario)} | {"params": dict(run.scenario.params)}
    changes = [{"step": change.step} | change.settings for change in run.changes]
    return {"scenario": scenario, "changes": changes, "step": run.step, "session": run.session}


def parse_run(value: object) -> RunSpec:
    """Return the run that a browser, a link or a file describes.

    Raises
    ------
    Invalid
        With every issue; nothing of what came is trusted.
    """
    if not isinstance(value, Mapping):
        raise ValidationError([Issue("run", "must be an object")])
    issues = check_names(value, ("scenario", "changes", "step", "session"))
    scenario, more = _parse_scenario(value.get("scenario", {}))
    step, session = value.get("step", 0), value.get("session", "")
    issues += more + STEP_QUANTITY.check("step", step) + _check_session(session)
    changes, more = _parse_changes(value.get("changes", []))
    issues += more
    issues += [] if issues else check_run_length(scenario, int(step))
    if not issues and any(change.step > step for change in changes):
        issues.append(Issue("changes", "must lie at or before the step of the run"))
    if issues:
        raise ValidationError(issues)
    return RunSpec(scenario, changes, int(step), session)


def check_run_length(scenario: Scenario, step: int) -> list[Issue]:
    """Return an issue if a run would go further than a server computes for one page."""
    issues = STEP_QUANTITY.check("step", step)
    if not issues and scenario.fleet_size * step > MAX_VEHICLE_STEPS:
        issues.append(Issue("step", "is too far for a fleet of {size} vehicles", (("size", scenario.fleet_size),)))
    return issues


def _parse_scenario(value: object) -> tuple[Scenario, list[Issue]]:
    if not isinstance(value, Mapping):
        return Scenario(), [Issue("scenario", "must be an object")]
    try:
        scenario = parse_scenario(value)
        issues = check_scenario(scenario)
    except ValidationError as invalid:
        return Scenario(), list(invalid.issues)
    if not issues and scenario.fleet_size > MAX_LIVE_FLEET:
        issues = [Issue("fleet_size", "must be at most {high} on the page", (("high", MAX_LIVE_FLEET),))]
    return scenario, issues


def _parse_changes(value: object) -> tuple[tuple[Change, ...], list[Issue]]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        return (), [Issue("changes", "must be a list of at most {high}", (("high", MAX_CHANGES),))]
    issues = [issue for k, change in enumerate(value) for issue in _check_change(f"changes.{k}", change)]
    if issues:
        return (), issues
    changes = tuple(Change(int(change["step"]), _freeze_change(change)) for change in value)
    in_order = all(a.step <= b.step for a, b in pairwise(changes))
    return changes, [] if in_order else [Issue("changes", "must be in the order of their steps")]


def _check_change(name: str, change: object) -> list[Issue]:
    if not isinstance(change, Mapping):
        return [Issue(name, "must be an object")]
    issues = check_names(change, (CHANGE_STEP_KEY, *CHANGE_FIELDS)) + STEP_QUANTITY.check(
        f"{name}.step", change.get("step")
    )
    if "strategy" in change:
        issues += check_strategy(change["strategy"])
    if not isinstance(change.get("v2g", True), bool):
        issues.append(Issue(f"{name}.v2g", "must be true or false"))
    issues += _check_event(f"{name}.event", change["event"]) if "event" in change else []
    params = change.get("params", {})
    if not isinstance(params, Mapping):
        return [*issues, Issue(f"{name}.params", "must give numbers by name")]
    return issues + check_params(tuple(params.items()))


def _check_event(name: str, event: object) -> list[Issue]:
    if not isinstance(event, Mapping):
        return [Issue(name, "must be an object")]
    missing = [Issue(f"{name}.{part}", "is missing") for part in EVENT_QUANTITIES if part not in event]
    wrong = [
        issue
        for part, what in EVENT_QUANTITIES.items()
        if part in event
        for issue in what.check(f"{name}.{part}", event[part])
    ]
    return check_names(event, tuple(EVENT_QUANTITIES)) + missing + wrong


def _check_session(value: object) -> list[Issue]:
    if isinstance(value, str) and len(value) <= MAX_SESSION_LENGTH:
        return []
    return [Issue("session", "must be a text of at most {high} characters", (("high", MAX_SESSION_LENGTH),))]


def _freeze_change(change: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    what = {name: change[name] for name in CHANGE_FIELDS if name in change}
    return tuple((name, _freeze_mapping(value) if name in MAPPING_FIELDS else value) for name, value in what.items())


def _freeze_mapping(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(values.items()))
