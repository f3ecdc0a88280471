"""Form of the advanced parameters, rendered from the declared fields of the scenario and of the strategies."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario_options import OWN_TARIFF, SITE
from ev2gym_dashboard.core.schema import DEFAULT_GROUP, Choice, Declaration, Quantity, Switch, Text
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.field_text import CHOICE_LABELS, format_tariff_name
from ev2gym_dashboard.web.components.labels import translate_unit
from ev2gym_dashboard.web.components.upload_fields import (
    render_profile_fields,
    render_sessions_field,
    render_spec_field,
    render_tariff_field,
)
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.group_words import localize_groups
from ev2gym_dashboard.web.requests.values import (
    EVENT_START_FIELD,
    START_FIELD,
    TIME_FIELD_LABELS,
    is_fraction,
    list_form_fields,
    list_parameter_fields,
)

OWN_TARIFF_LABEL = N_("Your tariff file")


def render_advanced_form(_: Translator) -> html.Div:
    """Return the form, without its values: the first reply fills it."""
    groups = [_render_parameter_group(strategy, _) for strategy in STRATEGIES.values()]
    button = html.Button(_("Apply and restart"), id=ids.APPLY, className="btn btn-primary", n_clicks=0)
    discard = html.Button(
        _("Discard changes"), id=ids.DISCARD, className="btn btn-outline-secondary", n_clicks=0, disabled=True
    )
    drafts = html.Span(id=ids.DRAFTS, className="hint", role="status")
    return html.Div(
        [
            *groups,
            _render_scenario_group(_),
            _render_site_group(_),
            html.Div([button, discard, drafts], className="form-buttons"),
        ],
        className="form-groups",
    )


def _render_parameter_group(strategy: Strategy, _: Translator) -> html.Fieldset:
    fields = _render_fields(list_parameter_fields(strategy), _)
    hint = html.P(_("Changes apply from the current simulated time, without a new run."), className="hint")
    content = [hint, html.Div(fields, className="fields")]
    if not fields:
        content = [html.P(_("This strategy has no parameters to set."), className="hint")]
    # A script shows the group of the active strategy.
    return html.Fieldset(
        [html.Legend(_(strategy.name)), *content], id=ids.make_parameters_id(strategy.key), hidden=True
    )


def _render_scenario_group(_: Translator) -> html.Fieldset:
    hint = html.P(_("These fields define the run: applying them starts a new run."), className="hint")
    fields = [_render_time_field(START_FIELD, _), *_render_fields(list_form_fields(DEFAULT_GROUP), _)]
    return html.Fieldset(
        [
            html.Legend(_("Scenario")),
            render_spec_field(_),
            render_sessions_field(_),
            hint,
            html.Div(fields, className="fields"),
        ]
    )


def _render_site_group(_: Translator) -> html.Fieldset:
    fields = [*_render_fields(list_form_fields(SITE), _), _render_time_field(EVENT_START_FIELD, _)]
    return html.Fieldset(
        [html.Legend(_("Site")), render_tariff_field(_), render_profile_fields(_), html.Div(fields, className="fields")]
    )


def _render_fields(fields: Mapping[str, Declaration], _: Translator) -> list[html.Div]:
    return [_render_field(name, declaration, _) for name, declaration in fields.items()]


def _render_field(name: str, declaration: Declaration, _: Translator) -> html.Div:
    issue = _render_issue(name)
    if isinstance(declaration, Switch):
        switch = dbc.Switch(id=ids.make_field_id(name), label=_(declaration.about), value=declaration.default)
        return html.Div([switch, issue], className="field")
    label = html.Label([_render_field_label(declaration, _), _render_control(name, declaration, _)])
    return html.Div([label, issue], className="field field-wide" if isinstance(declaration, Text) else "field")


def _render_control(name: str, declaration: Declaration, _: Translator) -> dbc.Select | dbc.Input:
    if isinstance(declaration, Choice):
        return _render_select(name, declaration, _)
    return _render_text_input(name, declaration, _) if isinstance(declaration, Text) else _render_number_input(name)


def _render_issue(name: str) -> html.Div:
    return html.Div(id=ids.make_field_issue_id(name), className="field-issue", role="alert")


def _render_field_label(declaration: Declaration, _: Translator) -> html.Span:
    unit = "%" if is_fraction(declaration) else declaration.unit if isinstance(declaration, Quantity) else ""
    unit_span = html.Span(f" ({translate_unit(unit, _)})" if unit else "", className="unit")
    return html.Span([_(declaration.about), unit_span], className="field-name")


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


def _render_select(name: str, choice: Choice, _: Translator) -> dbc.Select:
    return dbc.Select(id=ids.make_field_id(name), options=_list_options(name, choice, _), value=choice.default)


def _list_options(name: str, choice: Choice, _: Translator) -> list[dict[str, str]]:
    # The tariffs are data: the declaration of the field cannot list them.
    if name == "tariff":
        return [
            *({"value": key, "label": format_tariff_name(key, _)} for key in list_tariff_keys()),
            {"value": OWN_TARIFF, "label": _(OWN_TARIFF_LABEL)},
        ]
    return [{"value": key, "label": _(CHOICE_LABELS.get(key, key))} for key in choice.options]


def _render_time_field(name: str, _: Translator) -> html.Div:
    control = dbc.Input(id=ids.make_field_id(name), type="datetime-local", debounce=True, value="")
    label = html.Span(_(TIME_FIELD_LABELS[name]), className="field-name")
    return html.Div([html.Label([label, control]), _render_issue(name)], className="field")
