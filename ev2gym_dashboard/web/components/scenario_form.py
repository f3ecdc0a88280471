"""The form of the advanced parameters: built from the declared quantities, read back from what a user typed."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, Switch
from ev2gym_dashboard.core.site.tariff import FLAT_NAME
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.upload_fields import render_profile_fields, render_spec_field
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.values import (
    EVENT_START_FIELD,
    START_FIELD,
    TIME_FIELD_LABELS,
    is_fraction,
    list_parameter_fields,
    list_scenario_fields,
    list_site_fields,
)

PLACE_LABELS = {"home": N_("At home"), "public": N_("Public chargers"), "work": N_("At work")}


def render_advanced_form(_: Translator) -> html.Div:
    """Return the groups of fields, filled in by the first answer."""
    groups = [_render_parameter_group(strategy, _) for strategy in STRATEGIES.values()]
    button = html.Button(_("Apply and start again"), id=ids.APPLY, className="btn btn-primary", n_clicks=0)
    hint = html.P(_("These define the run: applying them starts a new one from its beginning."), className="hint")
    site = list_site_fields()
    fleet = [_render_field(name, what, _) for name, what in list_scenario_fields().items() if name not in site]
    fields = html.Div([_render_time_field(START_FIELD, _), *fleet], className="fields")
    scenario = html.Fieldset([html.Legend(_("Scenario")), render_spec_field(_), hint, fields])
    of_site = html.Div(
        [*(_render_field(name, what, _) for name, what in site.items()), _render_time_field(EVENT_START_FIELD, _)],
        className="fields",
    )
    surroundings = html.Fieldset([html.Legend(_("Site")), render_profile_fields(_), of_site])
    return html.Div([*groups, scenario, surroundings, html.Div(button)], className="form-groups")


def _render_parameter_group(strategy: Strategy, _: Translator) -> html.Fieldset:
    fields = [_render_field(name, what, _) for name, what in list_parameter_fields(strategy).items()]
    nothing = html.P(_("This strategy has nothing to set."), className="hint")
    hint = html.P(_("These act from the simulated moment on, without a new run."), className="hint")
    content = [hint, html.Div(fields, className="fields")] if fields else [nothing]
    return html.Fieldset(
        [html.Legend(_(strategy.name)), *content], id=ids.make_parameters_id(strategy.key), hidden=True
    )


def _render_field(name: str, what: Declaration, _: Translator) -> html.Div:
    issue = html.Div(id=ids.make_field_issue_id(name), className="field-issue", role="alert")
    if isinstance(what, Switch):
        return html.Div(
            [dbc.Switch(id=ids.make_field_id(name), label=_(what.about), value=what.default), issue], className="field"
        )
    control = _render_select(name, what, _) if isinstance(what, Choice) else _render_number_input(name)
    return html.Div([html.Label([_render_field_label(what, _), control]), issue], className="field")


def _render_field_label(what: Declaration, _: Translator) -> html.Span:
    unit = "%" if is_fraction(what) else what.unit if isinstance(what, Quantity) else ""
    return html.Span([_(what.about), html.Span(f" ({unit})" if unit else "", className="unit")], className="field-name")


def _render_number_input(name: str) -> dbc.Input:
    return dbc.Input(
        id=ids.make_field_id(name), type="text", inputmode="decimal", debounce=True, value="", autocomplete="off"
    )


def _render_select(name: str, what: Choice, _: Translator) -> dbc.Select:
    return dbc.Select(id=ids.make_field_id(name), options=_list_select_options(name, what, _), value=what.default)


def _list_select_options(name: str, what: Choice, _: Translator) -> list[dict[str, str]]:
    if name == "tariff":
        tariffs = load_tariffs()
        return [
            {"value": key, "label": tariffs[key].name if key in tariffs else _(FLAT_NAME)} for key in list_tariff_keys()
        ]
    return [{"value": key, "label": _(PLACE_LABELS.get(key, key))} for key in what.options]


def _render_time_field(name: str, _: Translator) -> html.Div:
    control = dbc.Input(id=ids.make_field_id(name), type="datetime-local", debounce=True, value="")
    issue = html.Div(id=ids.make_field_issue_id(name), className="field-issue", role="alert")
    about = html.Span(_(TIME_FIELD_LABELS[name]), className="field-name")
    return html.Div([html.Label([about, control]), issue], className="field")
