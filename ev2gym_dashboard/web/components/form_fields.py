"""Form fields: the label and the control of a declared field, and the place of its issue."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, Switch, Text
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.field_text import CHOICE_LABELS, format_tariff_name
from ev2gym_dashboard.web.components.labels import translate_unit
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.group_words import localize_groups
from ev2gym_dashboard.web.requests.values import TIME_FIELD_LABELS, is_fraction

OWN_TARIFF_LABEL = N_("Your tariff file")


def render_fields(fields: Mapping[str, Declaration], _: Translator) -> list[html.Div]:
    """Return the fields of a group, without their values."""
    return [_render_field(name, declaration, _) for name, declaration in fields.items()]


def render_time_field(name: str, _: Translator) -> html.Div:
    """Return a field for a time in UTC."""
    label = html.Span(_(TIME_FIELD_LABELS[name]), className="field-name")
    return html.Div([html.Label([label, render_time_control(name, _)]), render_field_issue(name)], className="field")


def _render_field(name: str, declaration: Declaration, _: Translator) -> html.Div:
    issue = render_field_issue(name)
    if isinstance(declaration, Switch):
        switch = dbc.Switch(id=ids.make_field_id(name), label=_(declaration.about), value=declaration.default)
        return html.Div([switch, issue], className="field")
    label = html.Label([_render_field_label(declaration, _), render_control(name, declaration, _)])
    return html.Div([label, issue], className="field field-wide" if isinstance(declaration, Text) else "field")


def _render_field_label(declaration: Declaration, _: Translator) -> html.Span:
    unit = "%" if is_fraction(declaration) else declaration.unit if isinstance(declaration, Quantity) else ""
    unit_span = html.Span(f" ({translate_unit(unit, _)})" if unit else "", className="unit")
    return html.Span([_(declaration.about), unit_span], className="field-name")


def render_field_issue(name: str) -> html.Div:
    """Return the empty place of the issue of a field."""
    return html.Div(id=ids.make_field_issue_id(name), className="field-issue", role="alert")


def render_control(name: str, declaration: Declaration, _: Translator) -> dbc.Select | dbc.Input:
    """Return the control of a field that is no switch, without its label."""
    if isinstance(declaration, Choice):
        return dbc.Select(id=ids.make_field_id(name), options=_list_options(name, declaration, _))
    return _render_text_input(name, declaration, _) if isinstance(declaration, Text) else _render_number_input(name)


def render_time_control(name: str, _: Translator) -> dbc.Input:
    """Return the control of a field that holds a time."""
    return dbc.Input(
        # A date input shows the order of the browser's language, and there AM and PM.
        id=ids.make_field_id(name),
        type="text",
        debounce=True,
        value="",
        placeholder=_("YYYY-MM-DD HH:MM"),
        autocomplete="off",
        className="time-input",
    )


def _render_number_input(name: str) -> dbc.Input:
    return dbc.Input(
        # A number input would refuse the decimal comma; without a debounce each key would change the run.
        id=ids.make_field_id(name),
        type="text",
        inputmode="decimal",
        debounce=True,
        value="",
        autocomplete="off",
    )


def _render_text_input(name: str, text: Text, _: Translator) -> dbc.Input:
    return dbc.Input(
        id=ids.make_field_id(name),
        type="text",
        debounce=True,
        value="",
        placeholder=localize_groups(text.example, _),
        autocomplete="off",
    )


def _list_options(name: str, choice: Choice, _: Translator) -> list[dict[str, str]]:
    # The tariffs are data: the declaration of the field cannot list them.
    if name == "tariff":
        return [
            *({"value": key, "label": format_tariff_name(key, _)} for key in list_tariff_keys()),
            {"value": OWN_TARIFF, "label": _(OWN_TARIFF_LABEL)},
        ]
    return [{"value": key, "label": _(CHOICE_LABELS.get(key, key))} for key in choice.options]
