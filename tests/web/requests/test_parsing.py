"""What a browser may ask: every request is checked, and the same request gives the same run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.requests import parsing
from ev2gym_dashboard.web.requests.schema import MAX_REQUEST_ISSUES, MalformedRequest

FRENCH = get_translator("fr")
ASKED = ["run", "steps", "set", "scenario", "restart", "model", "lang", "number", "basis"]
RUN = serialize_run(RunSpec(Scenario(fleet_size=50), step=4, session="s"))
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RUN, *RUN["scenario"], "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def run_of(**request: Any) -> RunSpec:
    return understood({"run": RUN, **request})


def understood(request: Any) -> RunSpec:
    return parsing.resolve_run(request, parsing.parse_options(request).words)


def fields_of(invalid: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [issue.field for issue in invalid.value.issues]


def test_a_tick_goes_on_from_the_step_that_it_names() -> None:
    run = run_of(steps=3)
    assert (run.step, run.changes) == (7, ())


def test_a_request_that_comes_twice_means_the_same_run() -> None:
    request = {"run": RUN, "steps": 2, "set": {"strategy": "price"}}
    assert parsing.resolve_run(request, FRENCH) == parsing.resolve_run({**request, "attempt": 2}, FRENCH)


def test_a_change_comes_before_the_steps_that_are_asked_for() -> None:
    run = run_of(steps=2, set={"strategy": "price", "v2g": False})
    assert [(change.step, dict(change.items)) for change in run.changes] == [(4, {"strategy": "price", "v2g": False})]
    assert run.step == 6


def test_parameters_are_read_as_they_were_typed() -> None:
    run = run_of(set={"params": {"price.v2g_min_soc": "72,5"}})
    assert dict(run.changes[0].items)["params"] == (("price.v2g_min_soc", 0.725),)


def test_a_restart_keeps_what_is_in_force_and_begins_a_session_of_its_own() -> None:
    changed = serialize_run(run_of(set={"strategy": "price", "params": {"price.v2g_min_soc": "70"}}))
    run = parsing.resolve_run({"run": changed, "restart": True, "scenario": {"fleet_size": "60"}}, FRENCH)
    assert (run.step, run.changes, run.scenario.fleet_size) == (0, (), 60)
    assert (run.scenario.strategy, run.scenario.params) == ("price", (("price.v2g_min_soc", 0.7),))
    assert run.session not in ("", "s")


def test_without_a_run_a_first_one_begins() -> None:
    run = parsing.resolve_run({}, FRENCH)
    assert (run.scenario, run.step) == (Scenario(), 0)


@pytest.mark.parametrize("steps", [-1, parsing.MAX_STEPS_PER_REQUEST + 1, 1.5, "3", True, float("nan")])
def test_a_tick_may_ask_for_few_steps_only(steps: object) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        run_of(steps=steps)
    assert fields_of(invalid) == ["steps"]


def test_every_issue_of_a_scenario_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as invalid:
        run_of(restart=True, scenario={"fleet_size": "0", "target_soc": "viel", "tariff": "free"})
    assert set(fields_of(invalid)) == {"fleet_size", "target_soc", "tariff"}


@pytest.mark.parametrize("size", ["0", "-4", "1000001", "1e12", "a"])
def test_a_fleet_is_as_large_as_the_page_allows(size: str) -> None:
    with pytest.raises(ValidationError) as invalid:
        run_of(restart=True, scenario={"fleet_size": size})
    (line,) = lines_of(invalid.value.issues)
    assert "1\u202f000\u202f000" in line or size == "a"


@pytest.mark.parametrize("name", ["set", "scenario"])
def test_a_command_is_an_object(name: str) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        run_of(**{name: [1]})
    assert fields_of(invalid) == [name]


def test_what_the_page_may_send_is_understood() -> None:
    given = {"load": None, "price": None}
    uploads = {"base_load_profile": {"name": "a.csv", "contents": None}, "price_profile": None}
    request = {"number": 7, "attempt": 2, "build": "b", "kept": False, "lang": "en", "run": RUN, "model": None}
    request |= {"basis": "fleet", "steps": 0, "set": {"strategy": "price", "v2g": True, "params": {}, "event": {}}}
    request |= {"scenario": given, "upload": uploads, "files": {"price_profile": "p.csv"}, "share": True, "full": True}
    asked = parsing.parse_options(request)
    assert (asked.number, asked.words.lang, asked.model, asked.basis, asked.full) == (7, "en", None, "fleet", True)
    assert asked.files == {"base_load_profile": "a.csv", "price_profile": "p.csv"}


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
def test_what_the_page_would_never_send_is_refused_with_every_issue(request_: Any, fields: list[str]) -> None:
    with pytest.raises(MalformedRequest) as invalid:
        understood(request_)
    assert sorted(fields_of(invalid)) == sorted(fields)
    assert all(lines_of(invalid.value.issues))


def test_a_run_that_would_go_too_far_is_told_to_its_user() -> None:
    far = RUN | {"step": 1999, "scenario": RUN["scenario"] | {"fleet_size": 10**6}}
    with pytest.raises(ValidationError) as invalid:
        run_of(run=far, steps=2)
    assert not isinstance(invalid.value, MalformedRequest)
    assert fields_of(invalid) == ["step"]


def test_however_much_is_unknown_the_refusal_is_short() -> None:
    with pytest.raises(MalformedRequest) as invalid:
        understood({f"x{k}": k for k in range(1000)})
    assert len(invalid.value.issues) == MAX_REQUEST_ISSUES


@pytest.mark.parametrize(
    ("request_", "old"),
    [({}, False), ({"build": "now"}, False), ({"build": "then"}, True), ({"kept": True}, True), ([], False)],
    ids=str,
)
def test_what_an_older_page_left_is_told_from_what_no_page_sends(request_: Any, old: bool) -> None:
    assert parsing.is_possibly_stale(request_, "now") is old


def lines_of(issues: Iterable[Issue]) -> list[str]:
    return [note["line"] for note in scenario_form.format_issues(issues, FRENCH)]


def outcome(request: dict[str, Any]) -> RunSpec | list[str]:
    """Return the run that is meant, or what the user reads of its issues."""
    try:
        return understood(request)
    except ValidationError as invalid:
        return lines_of(invalid.issues)


@settings(max_examples=200)
@given(request=st.dictionaries(st.sampled_from(ASKED), JUNK))
def test_whatever_comes_gives_a_run_or_issues(request: dict[str, Any]) -> None:
    run = outcome(request)
    assert json.loads(json.dumps(serialize_run(run)))["step"] == run.step if isinstance(run, RunSpec) else all(run)


@settings(max_examples=200)
@given(junk=st.dictionaries(st.sampled_from([*RUN, "x"]), JUNK))
def test_whatever_a_browser_kept_gives_a_run_or_issues(junk: dict[str, Any]) -> None:
    assert outcome({"run": RUN | junk})
