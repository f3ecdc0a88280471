"""Run specifications: the inputs of a live run, which a browser, a link or a file holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_names
from ev2gym_dashboard.service.scenarios.contents import (
    FindContent,
    encode_by_reference,
    serialize_by_reference,
)
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.serialization import (
    SCENARIO_FIELDS,
    serialize_scenario,
)
from ev2gym_dashboard.service.scenarios.validation import (
    EVENT_QUANTITIES,
    check_event,
    check_overrides,
    check_params,
    check_strategy,
    drop_retired_params,
)
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.service.sessions.stored_scenario import (
    MAX_LIVE_FLEET,
    check_live_scenario,
    parse_stored_scenario,
)
from ev2gym_dashboard.service.simulation.provenance import describe_environment

MAX_CHANGES = 1000
MAX_VEHICLE_STEPS = 2_000_000_000
MAX_SESSION_LENGTH = 64
OVERRIDES = "overrides"
CHANGE_FIELDS = ("strategy", "v2g", "params", "event", OVERRIDES)
MAPPING_FIELDS = ("params", "event")
CHANGE_STEP_KEY = "step"
MAX_RUN_STEPS = 400_000
"""Eleven years of steps of 15 min: the memory of a run grows with its steps, however small its fleet."""
STEP_QUANTITY = Quantity(0, "", 0, MAX_RUN_STEPS, "Steps since the start")


@dataclass(frozen=True)
class Change:
    """A change of settings before a step: pairs of a name in `CHANGE_FIELDS` and its new value."""

    step: int
    items: tuple[tuple[str, Any], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The change as keyword arguments of `CounterfactualRuns.set`."""
        return {name: _thaw_value(name, value) for name, value in self.items}


@dataclass(frozen=True)
class RunSpec:
    """The specification of a live run: its scenario, the changes at their steps, and the current step.

    A specification is checked where it enters the server, by `parse_run`; its operations check only what they add.
    ``session`` tells the cache equal runs of several browsers apart; no result depends on it.
    """

    scenario: Scenario
    changes: tuple[Change, ...] = ()
    step: int = 0
    session: str = field(default="", compare=False)

    @property
    def active_settings(self) -> dict[str, Any]:
        """The strategy ("strategy"), the V2G switch ("v2g") and the strategy parameters ("params") at the step."""
        scenario = self.scenario
        active: dict[str, Any] = {"strategy": scenario.strategy, "v2g": scenario.v2g, "params": dict(scenario.params)}
        for settings in (change.settings for change in self.changes):
            params = {**active["params"], **settings.get("params", {})}
            active |= {name: settings[name] for name in ("strategy", "v2g") if name in settings} | {"params": params}
        return active

    def advanced(self, n_steps: int) -> RunSpec:
        """Return the run ``n_steps`` steps further; raise `ValidationError` where it would be too long."""
        step = self.step + n_steps
        _raise_issues(check_run_length(self.scenario, step))
        return replace(self, step=step)

    def with_change(self, settings: Mapping[str, Any]) -> RunSpec:
        """Return the run with a change at its step; the scenario is not checked again.

        Parameters
        ----------
        settings : new values by name: "strategy", "v2g", "params" (by ``"strategy.parameter"``), "event" and
            "overrides"

        Raises
        ------
        ValidationError
            With every issue of the change.
        """
        change = {CHANGE_STEP_KEY: self.step, **settings}
        n, fleet_size = len(self.changes), self.scenario.fleet_size
        issues = _check_change(f"changes.{n}", change, fleet_size=fleet_size)
        _raise_issues([_make_change_count_issue()] if n == MAX_CHANGES else issues)
        return replace(self, changes=(*self.changes, Change(self.step, _freeze_change(change))))

    def restarted(self, values: Mapping[str, Any], *, session: str) -> RunSpec:
        """Return a run from step 0 with the active settings and other values of its scenario, checked once.

        Parameters
        ----------
        values : values by field of `Scenario`, those of the user's files included
        session : key of the new live session

        Raises
        ------
        ValidationError
            With every issue of the new scenario.
        """
        held = {name: getattr(self.scenario, name) for name in SCENARIO_FIELDS}
        scenario, issues = check_live_scenario(held | self.active_settings | dict(values))
        _raise_issues(issues or check_run_length(scenario, 0))
        return RunSpec(scenario, session=session)


def compute_snapshot_keys(run: RunSpec) -> list[str]:
    """Return a key for each prefix of a run's changes: without a change, with the first one, with two, and so on."""
    # The environment makes every key new with every version of the code: no snapshot outlives its format or its bits.
    digest = hashlib.sha256(f"{describe_environment()} {encode_by_reference(run.scenario)}".encode())
    keys = [digest.hexdigest()]
    for change in run.changes:
        # Each key hashes the one before it, so equal histories share their snapshots up to where they part.
        digest.update(json.dumps([change.step, change.items]).encode())
        keys.append(digest.hexdigest())
    return keys


def make_default_event() -> dict[str, float]:
    """Return the default demand-response event."""
    return {name: quantity.default for name, quantity in EVENT_QUANTITIES.items()}


def serialize_run(run: RunSpec) -> dict[str, Any]:
    """Return a run as JSON values."""
    return _serialize_run(run, serialize_scenario(run.scenario))


def serialize_run_by_reference(run: RunSpec) -> dict[str, Any]:
    """Return a run as JSON values that name the user's contents by their digests."""
    return _serialize_run(run, serialize_by_reference(run.scenario))


def _serialize_run(run: RunSpec, scenario: dict[str, Any]) -> dict[str, Any]:
    changes = [{CHANGE_STEP_KEY: change.step} | change.settings for change in run.changes]
    return {"scenario": scenario, "changes": changes, "step": run.step, "session": run.session}


def parse_run(value: object, find: FindContent | None = find_content) -> RunSpec:
    """Return the run of untrusted JSON values from a browser, a link or a file.

    Parameters
    ----------
    find : search for the contents that the run names; by default in the store of this process; None for a run with its
        contents

    Raises
    ------
    ContentsMissing
        With the digests that are not found.
    ValidationError
        With every issue.
    """
    if not isinstance(value, Mapping):
        raise ValidationError([Issue("run", "must be an object")])
    issues = check_names(value, ("scenario", "changes", "step", "session"))
    scenario, scenario_issues = parse_stored_scenario(value.get("scenario", {}), find)
    step, session = value.get("step", 0), value.get("session", "")
    issues += scenario_issues + STEP_QUANTITY.check("step", step) + _check_session(session)
    # The size of an invalid scenario may be anything.
    fleet_size = MAX_LIVE_FLEET if scenario_issues else scenario.fleet_size
    changes, change_issues = _parse_changes(value.get("changes", []), fleet_size=fleet_size)
    issues += change_issues
    issues += [] if issues else check_run_length(scenario, int(step))
    if not issues and any(change.step > step for change in changes):
        issues.append(Issue("changes", "must not be after the current step of the run"))
    _raise_issues(issues)
    return RunSpec(scenario, changes, int(step), session)


def check_run_length(scenario: Scenario, step: int) -> list[Issue]:
    """Return the issues of a run that is longer than a server computes for one page, or than its series."""
    # A run needs the series of its next step.
    issues = STEP_QUANTITY.check("step", step) or check_coverage(scenario, step + 1)
    if not issues and scenario.fleet_size * step > MAX_VEHICLE_STEPS:
        issues.append(Issue("step", "is too far for a fleet of {size} vehicles", (("size", scenario.fleet_size),)))
    return issues


def _parse_changes(value: object, *, fleet_size: int) -> tuple[tuple[Change, ...], list[Issue]]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        return (), [_make_change_count_issue()]
    stored = [_drop_retired_params(change) for change in value]
    issues = [
        issue
        for k, change in enumerate(stored)
        for issue in _check_change(f"changes.{k}", change, fleet_size=fleet_size)
    ]
    if issues:
        return (), issues
    changes = tuple(Change(int(change["step"]), _freeze_change(change)) for change in stored)
    in_order = all(a.step <= b.step for a, b in pairwise(changes))
    return changes, [] if in_order else [Issue("changes", "must be in the order of their steps")]


def _drop_retired_params(change: Any) -> Any:
    """Return an unchecked change without the strategy parameters of former versions."""
    if not isinstance(change, Mapping) or not isinstance(change.get("params"), Mapping):
        return change
    return {**change, "params": drop_retired_params(change["params"])}


def _make_change_count_issue() -> Issue:
    return Issue("changes", "must be a list of at most {high}", (("high", MAX_CHANGES),))


def _check_change(name: str, change: object, *, fleet_size: int) -> list[Issue]:
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
    issues += check_overrides(change.get("overrides", []), fleet_size=fleet_size, prefix=f"{name}.overrides")
    params = change.get("params", {})
    if not isinstance(params, Mapping):
        return [*issues, Issue(f"{name}.params", "must map names to numbers")]
    return issues + check_params(tuple(params.items()))


def _check_event(name: str, event: object) -> list[Issue]:
    if not isinstance(event, Mapping):
        return [Issue(name, "must be an object")]
    missing = [Issue(f"{name}.{quantity}", "is missing") for quantity in EVENT_QUANTITIES if quantity not in event]
    return check_event(event, f"{name}.") + missing


def _check_session(value: object) -> list[Issue]:
    if isinstance(value, str) and len(value) <= MAX_SESSION_LENGTH:
        return []
    return [Issue("session", "must be a text of at most {high} characters", (("high", MAX_SESSION_LENGTH),))]


def _freeze_change(change: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _freeze_value(name, change[name])) for name in CHANGE_FIELDS if name in change)


def _freeze_value(name: str, value: Any) -> Any:
    if name == OVERRIDES:
        return tuple(map(_freeze_mapping, value))
    return _freeze_mapping(value) if name in MAPPING_FIELDS else value


def _thaw_value(name: str, value: Any) -> Any:
    if name == OVERRIDES:
        return [dict(override) for override in value]
    return dict(value) if name in MAPPING_FIELDS else value


def _freeze_mapping(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(values.items()))


def _raise_issues(issues: list[Issue]) -> None:
    if issues:
        raise ValidationError(issues)
