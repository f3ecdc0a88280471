"""Form: shares in percent, issues as sentences, rules with their parameters."""

from __future__ import annotations

import pytest
from dash.development.base_component import Component

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, list_declared
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web.components import scenario_form
from ev2gym_dashboard.web.components.labels import format_strategy_rule
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live.layout import render_live_layout
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.values import format_form_values, list_parameter_fields, parse_form_values


def list_ids(component: Component) -> list[object]:
    return [part.id for part in component._traverse() if getattr(part, "id", None)]


def test_every_declared_quantity_can_be_set_on_the_page(english: Translator) -> None:
    page_ids = [id_ for part in render_live_layout(english) for id_ in [getattr(part, "id", None), *list_ids(part)]]
    fields = {id_["name"] for id_ in page_ids if isinstance(id_, dict) and id_["type"] == "field"}
    controls = {id_ for id_ in page_ids if isinstance(id_, str)}
    parameters = {name for strategy in STRATEGIES.values() for name in list_parameter_fields(strategy)}
    assert set(list_declared(Scenario)) - {"days"} <= fields | controls
    assert parameters <= fields


def test_every_field_has_an_element_for_its_issue(english: Translator) -> None:
    form_ids = [id_ for id_ in list_ids(scenario_form.render_advanced_form(english)) if isinstance(id_, dict)]
    fields = {id_["name"] for id_ in form_ids if id_["type"] == "field"}
    issues = {id_["name"] for id_ in form_ids if id_["type"] == "field-issue"}
    assert fields | set(UPLOAD_KINDS) == issues


def test_the_text_of_a_field_parses_to_its_value(french: Translator) -> None:
    scenario = Scenario(target_soc=0.85, return_share=0.07, evse_per_vehicle=1.5)
    texts = format_form_values(scenario, {"price.v2g_min_soc": 0.655}, french)
    assert (texts["target_soc"], texts["evse_per_vehicle"], texts["price.v2g_min_soc"]) == ("85", "1,5", "65,5")
    values = parse_form_values(texts, french)
    assert values["price.v2g_min_soc"] == 0.655
    fields = {name: value for name, value in values.items() if "." not in name}
    assert parse_run({"scenario": serialize_run(RunSpec(scenario))["scenario"] | fields}).scenario == scenario


def test_a_whole_number_parses_to_an_integer_and_nonsense_stays_as_typed(french: Translator) -> None:
    parsed = parse_form_values({"fleet_size": "1 000", "seed": "7", "target_soc": "beaucoup"}, french)
    assert parsed == {"fleet_size": 1000, "seed": 7, "target_soc": "beaucoup"}
    assert type(parsed["fleet_size"]) is int


def test_an_issue_has_its_numbers_in_the_unit_of_its_field(french: Translator, english: Translator) -> None:
    issue = Issue(
        "target_soc", "must be from {low} to {high}, not {value}", (("low", 0.1), ("high", 1.0), ("value", 1.4))
    )
    (note,) = format_issues([issue], french)
    assert note["text"] == "doit aller de 10\u202f% à 100\u202f%, et non 140\u202f%"
    assert note["line"].startswith("SOC voulu au départ\u00a0: ")
    shares = Issue("evse_ac_7_share", "the four shares of EVSE kinds must add up to 1, not {value}", (("value", 0.9),))
    assert "100 %, not 90" in format_issues([shares], english)[0]["text"]


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=lambda strategy: strategy.key)
def test_a_rule_is_a_sentence_with_its_parameters(strategy: Strategy, french: Translator, english: Translator) -> None:
    rules = [format_strategy_rule(strategy, {}, translator) for translator in (french, english)]
    assert all(rule.endswith(".") for rule in rules)
    assert not any("{" in rule for rule in rules)


def test_a_rule_follows_its_parameters(english: Translator) -> None:
    params = {"grid_support.window_start_h": 17.5, "grid_support.v2g_min_soc": 0.55}
    assert format_strategy_rule(STRATEGIES["grid_support"], params, english).startswith(
        "V2G from 17:30 to 21:00 above 55% SOC"
    )
