"""What defines a live run: all of it fits in a browser, a link or a file, and all that comes from there is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario, scenario_from
from ev2gym_dashboard.core.schema import Invalid, Issue, Quantity, check_names, declared
from ev2gym_dashboard.service.scenarios.validation import check_params, check_scenario, check_strategy
from ev2gym_dashboard.service.simulation.provenance import fingerprint

MAX_LIVE_FLEET = 1_000_000
MAX_CHANGES = 1000
MAX_VEHICLE_STEPS = 2_000_000_000
MAX_NAME = 64
CHANGES = ("strategy", "v2g", "params", "event")
MAPPINGS = ("params", "event")
STEP_OF_CHANGE = "step"
EVENT: dict[str, Any] = {name: declared(Scenario)[f"event_{name}"] for name in ("minutes", "reduction")}
STEP = Quantity(0, "", 0, 10_000_000, "Steps since the start")


@dataclass(frozen=True)
class Change:
    """What the user changed before a step ran: "strategy", "v2g", "params", "event"."""

    step: int
    what: tuple[tuple[str, Any], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The change as `Beside.set` takes it."""
        return {name: dict(value) if name in MAPPINGS else value for name, value in self.what}


@dataclass(frozen=True)
class Run:
    """The whole of a session: what is simulated, what was changed when, and how far it is.

    ``session`` only tells the cache which of several equal runs this is; no answer depends on it.
    """

    scenario: Scenario
    changes: tuple[Change, ...] = ()
    step: int = 0
    session: str = field(default="", compare=False)


def keys_of(run: Run) -> list[str]:
    """Return the names of a run's beginnings: without a change, with the first one, with the first two, and so on."""
    digest = hashlib.sha256(f"{fingerprint()} {json.dumps(asdict(run.scenario))}".encode())
    keys = [digest.hexdigest()]
    for change in run.changes:
        digest.update(json.dumps([change.step, change.what]).encode())
        keys.append(digest.hexdigest())
    return keys


def usual_event() -> dict[str, float]:
    """Return the demand-response event that is called for where nothing else is said."""
    return {name: what.default for name, what in EVENT.items()}


def run_to_json(run: Run) -> dict[str, Any]:
    """Return a run as what JSON can hold."""
    scenario = {f.name: getattr(run.scenario, f.name) for f in fields(Scenario)} | {"params": dict(run.scenario.params)}
    changes = [{"step": change.step} | change.settings for change in run.changes]
    return {"scenario": scenario, "changes": changes, "step": run.step, "session": run.session}


def run_from_json(value: object) -> Run:
    """Return the run that a browser, a link or a file describes.

    Raises
    ------
    Invalid
        With every issue; nothing of what came is trusted.
    """
    if not isinstance(value, Mapping):
        raise Invalid([Issue("run", "must be an object")])
    issues = check_names(value, ("scenario", "changes", "step", "session"))
    scenario, more = _scenario_of(value.get("scenario", {}))
    step, session = value.get("step", 0), value.get("session", "")
    issues += more + STEP.check("step", step) + _session_issues(session)
    changes, more = _changes_of(value.get("changes", []))
    issues += more
    issues += [] if issues else reach_issues(scenario, int(step))
    if not issues and any(change.step > step for change in changes):
        issues.append(Issue("changes", "must lie at or before the step of the run"))
    if issues:
        raise Invalid(issues)
    return Run(scenario, changes, int(step), session)


def reach_issues(scenario: Scenario, step: int) -> list[Issue]:
    """Return an issue if a run would go further than a server computes for one page."""
    issues = STEP.check("step", step)
    if not issues and scenario.fleet_size * step > MAX_VEHICLE_STEPS:
        issues.append(Issue("step", "is too far for a fleet of {size} vehicles", (("size", scenario.fleet_size),)))
    return issues


def _scenario_of(value: object) -> tuple[Scenario, list[Issue]]:
    if not isinstance(value, Mapping):
        return Scenario(), [Issue("scenario", "must be an object")]
    try:
        scenario = scenario_from(value)
        issues = check_scenario(scenario)
    except Invalid as invalid:
        return Scenario(), list(invalid.issues)
    if not issues and scenario.fleet_size > MAX_LIVE_FLEET:
        issues = [Issue("fleet_size", "must be at most {high} on the page", (("high", MAX_LIVE_FLEET),))]
    return scenario, issues


def _changes_of(value: object) -> tuple[tuple[Change, ...], list[Issue]]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        return (), [Issue("changes", "must be a list of at most {high}", (("high", MAX_CHANGES),))]
    issues = [issue for k, change in enumerate(value) for issue in _change_issues(f"changes.{k}", change)]
    if issues:
        return (), issues
    changes = tuple(Change(int(change["step"]), _frozen(change)) for change in value)
    in_order = all(a.step <= b.step for a, b in pairwise(changes))
    return changes, [] if in_order else [Issue("changes", "must be in the order of their steps")]


def _change_issues(name: str, change: object) -> list[Issue]:
    if not isinstance(change, Mapping):
        return [Issue(name, "must be an object")]
    issues = check_names(change, (STEP_OF_CHANGE, *CHANGES)) + STEP.check(f"{name}.step", change.get("step"))
    if "strategy" in change:
        issues += check_strategy(change["strategy"])
    if not isinstance(change.get("v2g", True), bool):
        issues.append(Issue(f"{name}.v2g", "must be true or false"))
    issues += _event_issues(f"{name}.event", change["event"]) if "event" in change else []
    params = change.get("params", {})
    if not isinstance(params, Mapping):
        return [*issues, Issue(f"{name}.params", "must give numbers by name")]
    return issues + check_params(tuple(params.items()))


def _event_issues(name: str, event: object) -> list[Issue]:
    if not isinstance(event, Mapping):
        return [Issue(name, "must be an object")]
    missing = [Issue(f"{name}.{part}", "is missing") for part in EVENT if part not in event]
    wrong = [
        issue for part, what in EVENT.items() if part in event for issue in what.check(f"{name}.{part}", event[part])
    ]
    return check_names(event, tuple(EVENT)) + missing + wrong


def _session_issues(value: object) -> list[Issue]:
    if isinstance(value, str) and len(value) <= MAX_NAME:
        return []
    return [Issue("session", "must be a text of at most {high} characters", (("high", MAX_NAME),))]


def _frozen(change: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    what = {name: change[name] for name in CHANGES if name in change}
    return tuple((name, _pairs(value) if name in MAPPINGS else value) for name, value in what.items())


def _pairs(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(values.items()))
