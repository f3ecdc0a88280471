"""Stored scenarios: equal values give the scenario that was checked before, and only equal ones do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.scenarios.contents import serialize_by_reference
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.sessions import stored_scenario
from ev2gym_dashboard.service.sessions.stored_scenario import parse_stored_scenario
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=7)


def store(scenario: Scenario = SCENARIO, **values: Any) -> Any:
    """Return the values of a scenario as a request brings them, in objects of its own."""
    return json.loads(json.dumps(serialize_by_reference(scenario) | values))


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    stored_scenario.check_stored_scenario.cache_clear()


def list_issue_fields(value: object) -> list[str]:
    return [issue.field for issue in parse_stored_scenario(value, None)[1]]


def test_equal_values_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, issues = parse_stored_scenario(store(), None)
    assert (first, issues) == (SCENARIO, [])
    monkeypatch.setattr(stored_scenario, "check_live_scenario", pytest.fail)
    assert parse_stored_scenario(store(), None)[0] is first


@pytest.mark.parametrize("values", [{"fleet_size": True}, {"v2g": 1}, {"target_soc": "0.8"}, {"fleet_size": None}])
def test_values_of_another_type_are_not_those_that_were_checked(values: dict[str, Any]) -> None:
    assert list_issue_fields(store(fleet_size=1, v2g=True, target_soc=0.8)) == []
    assert list_issue_fields(store(**values)) == [*values]


def test_issues_are_told_again_and_belong_to_their_caller() -> None:
    wrong = store(target_soc=7.0)
    _, issues = parse_stored_scenario(wrong, None)
    issues.clear()
    assert list_issue_fields(wrong) == ["target_soc"]


def test_a_strategy_that_is_added_or_removed_is_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    later = store(strategy="later")
    assert list_issue_fields(later) == ["strategy"]
    with monkeypatch.context() as patch:
        patch.setitem(STRATEGIES, "later", replace(STRATEGIES["price"], key="later"))
        assert list_issue_fields(later) == []
    assert list_issue_fields(later) == ["strategy"]


def test_a_scenario_with_contents_is_restored_from_them() -> None:
    prices = (0.5,) * 24
    value = json.loads(json.dumps(serialize_scenario(replace(SCENARIO, price_profile=prices))))
    assert parse_stored_scenario(value, None)[0].price_profile == replace(SCENARIO, price_profile=prices).price_profile


def test_long_values_are_checked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    long = store(place="x" * 10_000)
    assert list_issue_fields(long) == ["place"]
    monkeypatch.setattr(stored_scenario, "check_live_scenario", lambda _: (SCENARIO, [Issue("again", "")]))
    assert list_issue_fields(long) == ["again"]


def test_deep_values_have_their_issue() -> None:
    assert list_issue_fields(store(place=nest(500))) == ["place"]


def nest(depth: int) -> list[Any]:
    return [nest(depth - 1)] if depth else []
