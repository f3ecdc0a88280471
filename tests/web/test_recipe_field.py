"""A scenario field, a parameter or a strategy costs its declaration: toy ones show in the form and in the menu."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from dash import html
from dash.development.base_component import Component

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import SCENARIO_BAR, SITE
from ev2gym_dashboard.core.schema import Issue, declare_quantity, declare_switch
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.price import Price
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.labels import format_rule_texts
from ev2gym_dashboard.web.components.run_bar import render_run_bar
from ev2gym_dashboard.web.components.scenario_form import render_form
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests import values
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.values import format_form_values, list_form_fields, parse_form_values


@dataclass(frozen=True)
class ToyScenario(Scenario):
    """A scenario with a field in two groups of the form, and one off the form."""

    toy_share: float = declare_quantity(0.25, "", 0.0, 1.0, "Toy share")
    toy_power_kw: float = declare_quantity(5.0, "kW", 0.0, 9.0, "Toy power", group=SITE)
    toy_secret: bool = declare_switch(False, "Toy secret", group="")


@dataclass(frozen=True)
class ToyParams(Price):
    """The parameters of the toy strategy."""

    toy_hours_h: float = declare_quantity(2.0, "h", 0.0, 24.0, "Toy hours")


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = replace(
        STRATEGIES["price"], key="toy", name="Toy strategy", rule="Toys {toy_hours_h}.", params=ToyParams
    )
    monkeypatch.setattr(values, "Scenario", ToyScenario)
    monkeypatch.setitem(STRATEGIES, "toy", strategy)


def list_group_fields(form: Component, title: str) -> list[str]:
    """Return the names of the fields in a group of the form, by the title of the group."""
    groups = [part for part in form.children if isinstance(part, html.Details)]
    (group,) = [group for group in groups if group.children[0].children[0] == title]
    part_ids = [getattr(part, "id", None) for part in group._traverse()]
    return [part_id["name"] for part_id in part_ids if isinstance(part_id, dict) and part_id.get("type") == "field"]


def test_a_new_scenario_field_shows_in_its_group_of_the_form(english: Translator) -> None:
    form = render_form(english)
    assert "toy_share" in list_group_fields(form, "Other settings")
    assert "toy_power_kw" in list_group_fields(form, "Building, sun and CO2")
    assert "toy_secret" not in str(form)


def test_a_new_strategy_shows_in_the_menu_and_the_form_with_its_parameters(english: Translator) -> None:
    assert "{'value': 'toy', 'label': 'Toy strategy'}" in str(render_run_bar(english))
    fields = list_group_fields(render_form(english), "Strategy: Toy strategy")
    assert fields[-1] == "toy.toy_hours_h"
    assert fields[:-1] == [f"toy.{name}" for name in STRATEGIES["price"].quantities]


def test_a_new_strategy_runs_on_the_page_under_its_rule(english: Translator) -> None:
    run = RunSpec(Scenario(fleet_size=10), session="toy").with_change(
        {"strategy": "toy", "params": {"toy.toy_hours_h": 3}}
    )
    assert format_rule_texts(get_fleet_view(run.advanced(1)), english)[ids.RULE] == "Toys 03:00."


def test_a_new_field_is_filled_parsed_and_explained(french: Translator) -> None:
    texts = format_form_values(ToyScenario(), {"toy.toy_hours_h": 1.5}, french)
    assert (texts["toy_share"], texts["toy_power_kw"], texts["toy.toy_hours_h"]) == ("25", "5", "1,5")
    typed = {"toy_share": "12,5", "toy_power_kw": "7", "toy.toy_hours_h": "3"}
    assert parse_form_values(typed, french) == {"toy_share": 0.125, "toy_power_kw": 7.0, "toy.toy_hours_h": 3.0}
    bounds = (("low", 0.0), ("high", 1.0), ("value", 2.0))
    (note,) = format_issues([Issue("toy_share", "must be from {low} to {high}, not {value}", bounds)], french)
    assert note["line"].startswith("Toy share")
    assert "200\u202f%" in note["line"]


def test_the_tariff_is_the_first_field_of_the_bar() -> None:
    assert next(iter(list_form_fields(SCENARIO_BAR))) == "tariff"
