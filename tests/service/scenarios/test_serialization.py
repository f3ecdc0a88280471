"""Serialisation of scenarios: nothing is lost, and equal scenarios have one text and one hash."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    deserialize_scenario,
    encode_scenario,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.service.scenarios.validation import RETIRED_PARAMS
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import scenarios


@given(scenarios())
def test_a_scenario_survives_json(scenario: Scenario) -> None:
    values = json.loads(json.dumps(serialize_scenario(scenario)))
    assert deserialize_scenario(values) == (scenario, [])


@given(scenarios())
def test_the_canonical_scenario_is_an_equal_one_and_its_own_canonical_scenario(scenario: Scenario) -> None:
    canonical = canonicalize_scenario(scenario)
    assert canonical == scenario
    assert encode_scenario(canonical) == encode_scenario(scenario)


def test_every_field_is_serialized() -> None:
    assert set(serialize_scenario(Scenario())) == {field.name for field in fields(Scenario)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Scenario(days=7.0), replace(Scenario(), days=7)),
        (Scenario(fleet_size=30), replace(Scenario(), fleet_size=30.0)),  # type: ignore[arg-type]
        (Scenario(price_profile=((1.0, 2.0),)), Scenario(price_profile=((1, 2),))),
        (Scenario(params=(("price.v2g_min_soc", 1.0),)), Scenario(params=(("price.v2g_min_soc", 1),))),
    ],
    ids=["float", "integer", "profile", "parameter"],
)
def test_equal_scenarios_have_one_text_however_their_numbers_are_spelled(one: Scenario, other: Scenario) -> None:
    assert one == other
    assert encode_scenario(one) == encode_scenario(other)


def test_another_value_gives_another_text_and_hash() -> None:
    one, other = (encode_scenario(Scenario(seed=seed)) for seed in (1, 2))
    assert hash_content(one) != hash_content(other)
    assert hash_content("environment", one) != hash_content("another environment", one)


def test_a_stored_scenario_opens_without_the_parameters_of_former_versions() -> None:
    params = {"price.v2g_min_soc": 0.5}
    stored = serialize_scenario(Scenario()) | {"params": params | dict.fromkeys(RETIRED_PARAMS, 0.5)}
    assert deserialize_scenario(stored) == (Scenario(params=tuple(params.items())), [])


def test_no_parameter_of_a_strategy_has_the_name_of_a_former_one() -> None:
    declared = {f"{key}.{name}" for key, strategy in STRATEGIES.items() for name in strategy.quantities}
    assert RETIRED_PARAMS
    assert declared.isdisjoint(RETIRED_PARAMS)


def test_wrong_values_give_every_issue_and_no_error() -> None:
    scenario, issues = deserialize_scenario({"fleet_size": 0, "tariff": "free"})
    assert scenario.fleet_size == 0
    assert {issue.field for issue in issues} == {"fleet_size", "tariff"}
    _, issues = deserialize_scenario({"fleet": 10, "params": [1]})
    assert {issue.field for issue in issues} == {"fleet", "params"}
