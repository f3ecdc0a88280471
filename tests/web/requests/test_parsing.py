"""Parsing of requests: every request is checked, and the same request gives the same run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.scenarios import serialization
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document
from ev2gym_dashboard.service.sessions.stored_scenario import check_stored_scenario
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.schema import MAX_REQUEST_ISSUES, MalformedRequest

FRENCH = get_translator("fr")
FUZZED_FIELDS = ["run", "steps", "set", "scenario", "restart", "model", "lang", "number", "basis"]
RUN = serialize_run(RunSpec(Scenario(fleet_size=50), step=4, session="s"))
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RUN, *RUN["scenario"], "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def resolve(request: Any) -> parsing.ResolvedRun:
    return parsing.resolve_run(request, parsing.parse_options(request).translator)


def resolve_from_run(**request: Any) -> RunSpec:
    return resolve({"run": RUN, **request}).run


def list_fields(invalid: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [issue.field for issue in invalid.value.issues]


def list_lines(issues: Iterable[Issue]) -> list[str]:
    return [note["line"] for note in format_issues(issues, FRENCH)]


def test_a_tick_continues_from_the_step_that_it_names() -> None:
    run = resolve_from_run(steps=3)
    assert (run.step, run.changes) == (7, ())


def test_a_repeated_request_gives_the_same_run() -> None:
    request = {"run": RUN, "steps": 2, "set": {"strategy": "price"}}
    assert resolve(request) == resolve({**request, "attempt": 2})


def test_a_change_comes_before_the_requested_steps() -> None:
    run = resolve_from_run(steps=2, set={"strategy": "price", "v2g": False})
    assert [(change.step, change.settings) for change in run.changes] == [(4, {"strategy": "price", "v2g": False})]
    assert run.step == 6


def test_parameters_are_parsed_in_the_language_of_the_request() -> None:
    run = resolve_from_run(set={"params": {"price.v2g_min_soc": "72,5"}})
    assert run.changes[0].settings["params"] == {"price.v2g_min_soc": 0.725}


def test_a_restart_keeps_the_active_settings_and_starts_a_new_session() -> None:
    changed = serialize_run(resolve_from_run(set={"strategy": "price", "params": {"price.v2g_min_soc": "70"}}))
    run = resolve({"run": changed, "restart": True, "scenario": {"fleet_size": "60"}}).run
    assert (run.step, run.changes, run.scenario.fleet_size) == (0, (), 60)
    assert (run.scenario.strategy, run.scenario.params) == ("price", (("price.v2g_min_soc", 0.7),))
    assert run.session not in ("", "s")


def test_a_request_without_a_run_starts_the_first_one() -> None:
    run = resolve({}).run
    assert (run.scenario, run.step) == (Scenario(), 0)


@pytest.mark.parametrize(
    ("request_", "is_changed"),
    [
        ({"run": RUN, "steps": 3}, False),
        ({"run": RUN, "model": "Kia Niro", "full": True, "fill": True, "kept": True}, False),
        ({"run": RUN, "set": {"v2g": False}}, True),
        ({"run": RUN, "restart": True}, True),
        ({"run": RUN, "scenario": {"seed": "3"}}, True),
        ({}, True),
    ],
    ids=str,
)
def test_only_more_than_a_step_counts_as_a_change_of_the_run(request_: dict[str, Any], is_changed: bool) -> None:
    assert resolve(request_).is_changed is is_changed


@pytest.mark.parametrize(
    "request_",
    [{"steps": 1}, {"set": {"strategy": "price"}, "steps": 1}, {"set": {"params": {"price.v2g_min_soc": "70"}}}],
    ids=["tick", "strategy", "parameter"],
)
def test_ticks_and_changes_validate_the_scenario_once(
    request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: Counter[Scenario] = Counter()

    def count(scenario: Scenario) -> list[Issue]:
        checks[scenario] += 1
        return check_scenario(scenario)

    monkeypatch.setattr(serialization, "check_scenario", count)
    check_stored_scenario.cache_clear()
    for _ in range(2):
        run = resolve_from_run(**request_)
    assert checks == {run.scenario: 1}


@pytest.mark.parametrize("steps", [-1, parsing.MAX_STEPS_PER_REQUEST + 1, 1.5, "3", True, float("nan")])
def test_a_tick_with_too_many_or_odd_steps_is_malformed(steps: object) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        resolve_from_run(steps=steps)
    assert list_fields(invalid) == ["steps"]


def test_every_issue_of_a_scenario_is_reported_at_once() -> None:
    with pytest.raises(ValidationError) as invalid:
        resolve_from_run(restart=True, scenario={"fleet_size": "0", "target_soc": "viel", "tariff": "free"})
    assert set(list_fields(invalid)) == {"fleet_size", "target_soc", "tariff"}


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ("0", "1\u202f000\u202f000"),
        ("-4", "1\u202f000\u202f000"),
        ("1000001", "1\u202f000\u202f000"),
        ("1e12", "1\u202f000\u202f000"),
        ("a", "nombre"),
    ],
)
def test_an_issue_of_the_fleet_size_names_the_limit_of_a_live_run(size: str, text: str) -> None:
    with pytest.raises(ValidationError) as invalid:
        resolve_from_run(restart=True, scenario={"fleet_size": size})
    (line,) = list_lines(invalid.value.issues)
    assert text in line


@pytest.mark.parametrize("name", ["set", "scenario"])
def test_a_command_that_is_not_an_object_is_malformed(name: str) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        resolve_from_run(**{name: [1]})
    assert list_fields(invalid) == [name]


def test_every_field_that_the_page_sends_is_parsed() -> None:
    uploads = {"base_load_profile": {"name": "a.csv", "contents": None}, "price_profile": None}
    request = {"number": 7, "attempt": 2, "build": "b", "kept": False, "lang": "en", "run": RUN, "model": None}
    request |= {"basis": "fleet", "steps": 0, "set": {"strategy": "price", "v2g": True, "params": {}, "event": {}}}
    request |= {"scenario": {"load": None, "price": None}, "upload": uploads}
    request |= {"files": {"price_profile": "p.csv"}, "share": True, "full": True}
    options = parsing.parse_options(request)
    assert (options.number, options.translator.lang) == (7, "en")
    assert (options.model, options.basis, options.full, options.share) == (None, "fleet", True, True)
    assert options.files == {"base_load_profile": "a.csv", "price_profile": "p.csv"}


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (None, ["request"]),
        ([RUN], ["request"]),
        ({"runs": RUN, "sets": {}}, ["runs", "sets"]),
        ({"set": {"speed": 3, "v2g": "yes"}}, ["speed", "set.v2g"]),
        ({"number": "1", "attempt": -1, "lang": "de", "model": 3}, ["number", "attempt", "lang", "model"]),
        ({"model": "x" * 201, "basis": "all", "files": {"b": "c"}}, ["b", "model", "basis"]),
        ({"full": 1, "fill": "true", "share": 0, "restart": []}, ["share", "restart", "full", "fill"]),
        ({"upload": {"price_profile": "text"}}, ["upload.price_profile"]),
        ({"upload": {"price_profile": {"contents": 3}}}, ["upload.price_profile.contents"]),
        ({"link": 3, "file": {}}, ["link", "file"]),
        ({"run": RUN | {"step": -1, "x": 1}}, ["x", "step"]),
        ({"run": RUN | {"step": 10**7, "scenario": RUN["scenario"] | {"fleet_size": 10**6}}}, ["step"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_malformed_request_is_refused_with_every_issue(request_: Any, fields: list[str]) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        resolve(request_)
    assert sorted(list_fields(invalid)) == sorted(fields)
    assert all(list_lines(invalid.value.issues))


def test_a_run_that_would_become_too_long_is_an_issue_for_its_user() -> None:
    long_run = RUN | {"step": 1999, "scenario": RUN["scenario"] | {"fleet_size": 10**6}}
    with pytest.raises(ValidationError) as invalid:
        resolve_from_run(run=long_run, steps=2)
    assert not isinstance(invalid.value, MalformedRequest)
    assert list_fields(invalid) == ["step"]


def test_a_refusal_is_short_for_a_request_with_a_thousand_unknown_names() -> None:
    with pytest.raises(MalformedRequest) as invalid:
        resolve({f"x{k}": k for k in range(1000)})
    assert len(invalid.value.issues) == MAX_REQUEST_ISSUES


@pytest.mark.parametrize(
    ("request_", "is_stale"),
    [({}, False), ({"build": "now"}, False), ({"build": "then"}, True), ({"kept": True}, True), ([], False)],
    ids=str,
)
def test_a_request_of_an_older_page_or_a_stored_run_may_be_stale(request_: Any, is_stale: bool) -> None:
    assert parsing.is_possibly_stale(request_, "now") is is_stale


def resolve_or_report(request: dict[str, Any]) -> RunSpec | list[str]:
    """Return the run of a request, or the lines that the user reads of its issues."""
    try:
        return resolve(request).run
    except ValidationError as invalid:
        return list_lines(invalid.issues)


def is_plain_run(run: RunSpec) -> bool:
    """Return whether a run survives JSON."""
    return bool(json.loads(json.dumps(serialize_run(run)))["step"] == run.step)


@settings(max_examples=200)
@given(request=st.dictionaries(st.sampled_from(FUZZED_FIELDS), JUNK))
def test_any_request_gives_a_run_or_issues(request: dict[str, Any]) -> None:
    result = resolve_or_report(request)
    assert is_plain_run(result) if isinstance(result, RunSpec) else result and all(result)


@settings(max_examples=200)
@given(junk=st.dictionaries(st.sampled_from([*RUN, "x"]), JUNK))
def test_any_stored_run_gives_a_run_or_issues(junk: dict[str, Any]) -> None:
    assert resolve_or_report({"run": RUN | junk})


def test_all_attempts_of_a_request_begin_one_run() -> None:
    request = {"file": json.dumps(build_share_document(RunSpec(Scenario(fleet_size=10), (), 4))), "session": "key"}
    first, second = (resolve(request | {"attempt": n}).run for n in (1, 2))
    assert first.session == second.session == "key"
    assert resolve({"restart": True, "run": serialize_run(first), "session": "new"}).run.session == "new"
