"""Fields of a scenario as terms of a list: their values, and those that differ from the default."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.web.components.field_text import format_field_text
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.issues import get_field_label


def render_fact(term: str, value: Any) -> html.Div:
    """Return a term and its value."""
    return html.Div([html.Dt(term), html.Dd(value)])


def render_field(name: str, scenario: Scenario, _: Translator) -> html.Div:
    """Return a field with its value."""
    return render_fact(get_field_label(name, _), html.Strong(format_field_text(name, getattr(scenario, name), _)))


def render_field_change(name: str, scenario: Scenario, _: Translator) -> html.Div:
    """Return a field with its value, and that of the default scenario."""
    value, default = (getattr(each, name) for each in (scenario, Scenario()))
    here = html.Strong(format_field_text(name, value, _))
    instead = _("instead of {default}", default=format_field_text(name, default, _))
    return render_fact(get_field_label(name, _), [here, f" {instead}"])


def list_changed_fields(scenario: Scenario) -> list[str]:
    """Return the declared fields in which a scenario differs from the default, in their order."""
    default = Scenario()
    return [name for name in list_declared(Scenario) if getattr(scenario, name) != getattr(default, name)]
