"""Scenarios: frozen, hashable, and every issue at once."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, Simulation, read_sessions
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.schema import Quantity, ValidationError, list_declared
from ev2gym_dashboard.service.scenarios.serialization import parse_scenario
from ev2gym_dashboard.service.scenarios.validation import check_scenario


def test_the_default_scenario_has_no_issue() -> None:
    assert check_scenario(Scenario()) == []


def test_equal_scenarios_have_equal_hashes() -> None:
    from_mapping: Any = {"price.v2g_min_soc": 0.5}
    assert hash(Scenario(params=from_mapping)) == hash(Scenario(params=(("price.v2g_min_soc", 0.5),)))


def test_a_wrong_scenario_raises_one_error_that_lists_every_issue() -> None:
    wrong = Scenario(
        fleet_size=0, timestep_min=7, strategy="magic", tariff="free", catalog="1999", target_soc=float("nan")
    )
    with pytest.raises(ValueError, match="fleet_size") as error:
        Simulation(wrong)
    for name in ("timestep_min", "strategy", "tariff", "catalog", "target_soc"):
        assert name in str(error.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fleet_size", 1.5),
        ("fleet_size", True),
        ("fleet_size", "many"),
        ("v2g", 1),
        ("start", "yesterday"),
        ("start", 5),
        ("start", "9999-12-15T16:00"),
        ("start", "2026-12-15T16:07"),
        ("place", "moon"),
        ("price_profile", ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0),)),
        ("price_profile", ((-101.0,),)),
        ("base_load_profile", (("much",),)),
        ("seed", -1),
        ("evse_ac_7_share", 0.5),
        ("params", {"price.unknown": 1.0}),
        ("params", {"price.v2g_min_soc": 2.0}),
        ("params", {"price.v2g_min_soc": "high"}),
    ],
)
def test_a_value_out_of_bounds_is_an_issue_of_its_field(field: str, value: Any) -> None:
    assert check_scenario(replace(Scenario(), **{field: value}))


@pytest.mark.parametrize("start", [None, {}, "yesterday", 5])
@pytest.mark.parametrize("timestep_min", [7, 0, None])
def test_a_wrong_start_and_a_wrong_step_are_two_issues_also_with_sessions(start: Any, timestep_min: Any) -> None:
    stays = read_sessions([{"arrival": "2026-12-15T08:00", "departure": "2026-12-15T17:00", "energy_kwh": 5}])
    for sessions in (None, stays):
        issues = Scenario(start=start, timestep_min=timestep_min, sessions=sessions).validate()
        assert {issue.field for issue in issues} == {"timestep_min", "start"}


def test_a_start_without_a_zone_is_utc() -> None:
    assert Scenario(start="2026-12-15T16:00").start_time == datetime(2026, 12, 15, 16, tzinfo=UTC)
    assert Scenario(start="2026-12-15T18:00+02:00").start_time == datetime(2026, 12, 15, 16, tzinfo=UTC)


def test_a_key_that_no_scenario_has_is_named() -> None:
    with pytest.raises(ValidationError, match="flete_size"):
        parse_scenario({"flete_size": 10})


@pytest.mark.parametrize("value", ["auto", 0, 90.0, 360])
def test_the_azimuth_is_a_number_or_auto(value: float | str) -> None:
    assert Scenario(azimuth_deg=value).validate() == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("south", "must be a number or auto, not south"),
        ("", "must be a number or auto, not "),
        (None, "must be a number or auto, not None"),
        (True, "must be a number or auto, not True"),
        (361, "must be from 0.0 to 360.0, not 361"),
        (float("nan"), "must be from 0.0 to 360.0, not nan"),
    ],
)
def test_an_azimuth_that_is_neither_has_its_issue(value: Any, sentence: str) -> None:
    assert list(map(str, Scenario(azimuth_deg=value).validate())) == [f"azimuth_deg: {sentence}"]


def test_a_metering_interval_that_does_not_divide_an_hour_has_its_issue() -> None:
    assert Scenario(metering_interval_min=15).validate() == []
    sentence = "metering_interval_min: must divide an hour of 60 minutes, not 7"
    assert list(map(str, Scenario(metering_interval_min=7).validate())) == [sentence]


@pytest.mark.parametrize("value", ["off", "auto", 2.4])
def test_a_quantity_with_two_words_takes_either_of_them_or_a_number(value: float | str) -> None:
    cap = Quantity("off", "kW", 0.0, 10.0, "Cap", ("auto",))
    assert cap.check("cap", value) == []
    assert [str(issue) for issue in cap.check("cap", "on")] == ["cap: must be a number or off, auto, not on"]


def test_every_declared_quantity_holds_its_default() -> None:
    declarations = list_declared(Scenario)
    assert declarations
    assert not [issue for name, field in declarations.items() for issue in field.check(name, field.default)]


def test_a_scenario_under_another_seed_is_the_one_declared_with_it() -> None:
    scenario = Scenario(fleet_size=7, seed=1, params=(("price.v2g_min_soc", 0.5),))
    other = scenario.with_seed(5)
    assert other == Scenario(fleet_size=7, seed=5, params=(("price.v2g_min_soc", 0.5),))
    assert (scenario.seed, hash(other)) == (1, hash(replace(scenario, seed=5)))


def test_no_field_has_the_name_of_a_figure() -> None:
    # A row of a sweep holds both.
    names = {field.name for field in fields(Scenario)}
    assert names & {*KPIS, *COLUMNS} == set()
