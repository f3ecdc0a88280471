"""Run specifications: operations check their own values only, and agree with the parser of untrusted runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.profile import parse_profile_value
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.scenarios import serialization
from ev2gym_dashboard.service.scenarios.validation import check_scenario, require_valid
from ev2gym_dashboard.service.sessions import stored_scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import (
    MAX_CHANGES,
    MAX_RUN_STEPS,
    MAX_VEHICLE_STEPS,
    Change,
    RunSpec,
    compute_snapshot_keys,
    parse_run,
    serialize_run,
)
from ev2gym_dashboard.service.sessions.stored_scenario import MAX_LIVE_FLEET
from ev2gym_dashboard.service.simulation import stepped_run

RUN = RunSpec(Scenario(fleet_size=30, params=(("price.v2g_min_soc", 0.4),)), step=4, session="s")
EVENT = {"minutes": 60.0, "reduction": 0.3}


@pytest.fixture
def checked_scenarios(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """Collect every scenario that is checked."""
    checked: list[Scenario] = []

    def spy_on(check: Callable[[Scenario], Any]) -> Callable[[Scenario], Any]:
        def check_and_collect(scenario: Scenario) -> Any:
            checked.append(scenario)
            return check(scenario)

        return check_and_collect

    stored_scenario.check_stored_scenario.cache_clear()
    monkeypatch.setattr(serialization, "check_scenario", spy_on(check_scenario))
    monkeypatch.setattr(stepped_run, "require_valid", spy_on(require_valid))
    return checked


def list_issue_fields(operation: Callable[[], object]) -> list[str]:
    with pytest.raises(ValidationError) as error:
        operation()
    return [issue.field for issue in error.value.issues]


def test_the_ticks_of_a_run_check_its_scenario_once(checked_scenarios: list[Scenario]) -> None:
    cache, values = SessionCache(), serialize_run(RUN)
    cache.get_fleet_view(RUN)
    checked_scenarios.clear()
    for n_steps in (1, 2, 3):
        cache.get_fleet_view(parse_run(values).advanced(n_steps))
    assert checked_scenarios == [RUN.scenario]


@pytest.mark.parametrize(
    "settings",
    [
        {"strategy": "price"},
        {"v2g": False},
        {"params": {"price.v2g_min_soc": 0.7}},
        {"event": EVENT},
        {"overrides": [{"vehicle": 3, "action": "leave", "leave_min": 420}]},
    ],
)
def test_a_change_of_settings_checks_its_scenario_once(
    settings: dict[str, Any], checked_scenarios: list[Scenario]
) -> None:
    cache, values = SessionCache(), serialize_run(RUN)
    cache.get_fleet_view(RUN)
    checked_scenarios.clear()
    cache.get_fleet_view(parse_run(values).with_change(settings).advanced(1))
    assert checked_scenarios == [RUN.scenario]


def test_a_restart_checks_the_old_and_the_new_scenario_once_each(checked_scenarios: list[Scenario]) -> None:
    restarted = parse_run(serialize_run(RUN)).restarted({"fleet_size": 40}, session="t")
    assert checked_scenarios == [RUN.scenario, restarted.scenario]


def test_a_change_is_the_one_that_the_parser_reads() -> None:
    overrides = [{"vehicle": 29, "action": "no_v2g"}, {"vehicle": 0, "action": "leave", "leave_min": 420}]
    settings: dict[str, Any] = {"params": {"price.v2g_min_soc": 0.7}, "event": EVENT, "strategy": "price", "v2g": False}
    settings["overrides"] = overrides
    changed = RUN.with_change(settings)
    values = serialize_run(RUN)
    assert changed == parse_run(values | {"changes": [{"step": 4, **settings}]})
    assert changed.changes[0].settings == settings
    assert (RUN.changes, changed.step, changed.session) == ((), 4, "s")


def test_every_issue_of_a_change_is_reported_at_its_place_in_the_run() -> None:
    run = RUN.with_change({"v2g": False})
    settings: dict[str, Any] = {
        "strategy": "magic",
        "v2g": 1,
        "event": {"minutes": -1.0},
        "params": {"magic.power": 1.0},
    }
    settings["overrides"] = [{"vehicle": 30, "action": "no_v2g"}]
    fields = list_issue_fields(lambda: run.with_change(settings))
    assert set(fields) == {
        "strategy",
        "changes.1.v2g",
        "changes.1.event.minutes",
        "changes.1.event.reduction",
        "magic.power",
        "changes.1.overrides.0.vehicle",
    }


def test_a_new_change_of_a_parameter_of_a_former_version_is_refused() -> None:
    with pytest.raises(ValidationError, match="target_share: is gone: set site_cap_kw_per_vehicle"):
        RUN.with_change({"params": {"peak_shaving.target_share": 0.5}})


def test_a_run_has_a_limited_number_of_changes() -> None:
    full = RunSpec(RUN.scenario, (Change(0, (("v2g", True),)),) * MAX_CHANGES, 4)
    with pytest.raises(ValidationError) as error:
        full.with_change({"v2g": False})
    assert error.value.issues == (Issue("changes", "must be a list of at most {high}", (("high", MAX_CHANGES),)),)


def test_a_run_is_not_advanced_past_its_longest_length() -> None:
    longest = MAX_VEHICLE_STEPS // RUN.scenario.fleet_size
    assert RUN.advanced(3).step == 7
    assert list_issue_fields(lambda: RUN.advanced(longest)) == ["step"]


def test_a_run_of_one_vehicle_that_is_too_long_is_refused_with_the_bound() -> None:
    values = (("low", 0), ("high", MAX_RUN_STEPS), ("value", MAX_RUN_STEPS + 1))
    with pytest.raises(ValidationError) as error:
        parse_run({"scenario": {"fleet_size": 1}, "step": MAX_RUN_STEPS + 1})
    assert error.value.issues == (Issue("step", "must be from {low} to {high}, not {value}", values),)
    assert parse_run({"scenario": {"fleet_size": 1}, "step": MAX_RUN_STEPS}).step == MAX_RUN_STEPS


def test_the_active_settings_are_those_of_the_scenario_and_its_changes() -> None:
    changed = RUN.with_change({"strategy": "price", "params": {"price.price_threshold_mad_kwh": 1.2}})
    changed = changed.advanced(2).with_change({"v2g": False, "event": EVENT})
    assert changed.active_settings == {
        "strategy": "price",
        "v2g": False,
        "params": {"price.v2g_min_soc": 0.4, "price.price_threshold_mad_kwh": 1.2},
    }


def test_a_restart_keeps_the_active_settings_and_sets_files_and_other_fields() -> None:
    changed = RUN.with_change({"strategy": "price", "v2g": False})
    restarted = changed.restarted({"fleet_size": 40, "price_profile": [[1.0] * 24]}, session="t")
    assert (restarted.step, restarted.changes, restarted.session) == (0, (), "t")
    assert (restarted.scenario.strategy, restarted.scenario.v2g) == ("price", False)
    assert (restarted.scenario.fleet_size, restarted.scenario.price_profile) == (40, parse_profile_value([1.0] * 24))
    assert restarted.scenario.params == RUN.scenario.params


def test_a_restart_reports_every_issue_of_its_scenario() -> None:
    values = {"fleet_size": MAX_LIVE_FLEET + 1, "tariff": "free", "target_soc": 7.0}
    assert set(list_issue_fields(lambda: RUN.restarted(values, session="t"))) == {"tariff", "target_soc"}
    assert list_issue_fields(lambda: RUN.restarted({"fleet_size": MAX_LIVE_FLEET + 1}, session="t")) == ["fleet_size"]


def test_the_vehicles_of_a_change_are_those_of_an_invalid_scenario_too() -> None:
    values = serialize_run(RUN.with_change({"overrides": [{"vehicle": 3, "action": "no_v2g"}]}))
    values["scenario"] |= {"fleet_size": "many"}
    assert list_issue_fields(lambda: parse_run(values)) == ["fleet_size"]


def test_runs_share_their_snapshot_keys_up_to_the_change_in_which_they_differ() -> None:
    first = RUN.with_change({"v2g": False}).advanced(2)
    one, other = first.with_change({"strategy": "price"}), first.with_change({"strategy": "uncontrolled"})
    one_keys, other_keys = compute_snapshot_keys(one), compute_snapshot_keys(other)
    assert one_keys[:2] == other_keys[:2]
    assert one_keys[2] != other_keys[2]
