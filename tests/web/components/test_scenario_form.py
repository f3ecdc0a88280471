"""Form: shares in percent, issues as sentences, rules with their parameters."""

from __future__ import annotations

from dash.development.base_component import Component

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components import form_fields
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live.layout import render_live_layout
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.values import list_parameter_fields


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
    form_ids = [id_ for part in render_live_layout(english) for id_ in list_ids(part)]
    fields = {id_["name"] for id_ in form_ids if isinstance(id_, dict) and id_["type"] == "field"}
    assert all(ids.make_field_issue_id(name) in form_ids for name in fields | set(UPLOAD_KINDS))


def test_a_unit_that_is_a_word_is_in_the_language_of_the_page(english: Translator, french: Translator) -> None:
    lifetime = list_declared(Scenario)["investment_years"]
    assert [form_fields._render_field_label(lifetime, _).children[1].children for _ in (english, french)] == [
        " (years)",
        " (ans)",
    ]
