"""The form of the advanced parameters: built from the declared quantities, read back from what a user typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declaration, Issue, Quantity, Switch, list_declared
from ev2gym_dashboard.core.site.tariff import FLAT_NAME
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator, localize_value
from ev2gym_dashboard.web.requests import uploads

RUN_BAR_FIELDS = ("catalog", "fleet_size", "strategy", "v2g")
NON_LIVE_FIELDS = ("days",)
START_FIELD, EVENT_START_FIELD = "start", "event_start"
FIRST_SITE_FIELD, TARIFF_FIELD = "base_load_kw_per_vehicle", "tariff"
TIME_FIELD_LABELS = {
    START_FIELD: N_("Start of the run (UTC)"),
    EVENT_START_FIELD: N_("Demand-response event from (UTC), empty for none"),
}
WHOLE_FILE = "file"
PLACE_LABELS = {"home": N_("At home"), "public": N_("Public chargers"), "work": N_("At work")}
REQUEST_PART_LABELS = {
    "request": N_("Request"),
    "run": N_("Run"),
    "steps": N_("Steps"),
    "params": N_("Strategy parameters"),
    "link": N_("Link"),
    "file": N_("File"),
    "period": N_("Period"),
    "seeds": N_("Seeds"),
    "work": N_("Comparison"),
    "comparison": N_("Comparison"),
}
OTHER_FIELD_LABELS = REQUEST_PART_LABELS | TIME_FIELD_LABELS | uploads.UPLOAD_LABELS


def list_scenario_fields() -> dict[str, Declaration]:
    """Return the declared fields of a scenario that the form holds."""
    return {
        name: what for name, what in list_declared(Scenario).items() if name not in RUN_BAR_FIELDS + NON_LIVE_FIELDS
    }


def list_site_fields() -> dict[str, Declaration]:
    """Return the fields of a scenario that describe the site: its tariff, and all from the base load on."""
    fields = list_scenario_fields()
    names = list(fields)
    return {name: fields[name] for name in (TARIFF_FIELD, *names[names.index(FIRST_SITE_FIELD) :])}


def list_parameter_fields(strategy: Strategy) -> dict[str, Quantity]:
    """Return a strategy's parameters that can be set, by their full names."""
    return {f"{strategy.key}.{name}": what for name, what in strategy.quantities.items() if what.low < what.high}


def list_known_fields() -> dict[str, Declaration]:
    """Return all that a user can set, by name."""
    parameters = {
        name: what for strategy in STRATEGIES.values() for name, what in list_parameter_fields(strategy).items()
    }
    return list_declared(Scenario) | parameters


def is_fraction(what: Declaration | None) -> bool:
    """Return whether a quantity is a fraction, which people read as a percentage."""
    return isinstance(what, Quantity) and not what.unit and not what.integer and what.high <= 1.0


def format_field_value(value: Any, what: Declaration | None, _: Translator) -> Any:
    """Return a value as its field shows it."""
    if not isinstance(what, Quantity):
        return value
    return _.plain(round(100.0 * value, 9) if is_fraction(what) else value)


def format_form_values(scenario: Scenario, params: Mapping[str, float], _: Translator) -> dict[str, Any]:
    """Return what every field of the form shows."""
    values = {name: getattr(scenario, name) for name in (*list_scenario_fields(), *TIME_FIELD_LABELS, "fleet_size")}
    for strategy in STRATEGIES.values():
        values |= {name: params.get(name, what.default) for name, what in list_parameter_fields(strategy).items()}
    known = list_known_fields()
    return {name: format_field_value(value, known.get(name), _) for name, value in values.items()}


def parse_form_values(typed: Mapping[str, Any], _: Translator) -> dict[str, Any]:
    """Return what a user typed as values; what cannot be read stays as it is, for the check to refuse."""
    known = list_known_fields()
    return {name: _parse_field_value(value, known.get(name), _) for name, value in typed.items()}


def format_issues(issues: Iterable[Issue], _: Translator) -> list[dict[str, str]]:
    """Return issues for people: the field, a sentence to stand beside it, and one that names it."""
    known = list_known_fields()
    texts = [
        (name, _prefix_issue_location(place, format_issue_message(issue, known.get(name), _), _))
        for issue, name, place in _split_issue_fields(issues)
    ]
    return [
        {"field": name, "text": text, "line": _("{name}: {text}", name=get_field_label(name, _), text=text)}
        for name, text in texts
    ]


def format_issue_message(issue: Issue, what: Declaration | None, _: Translator) -> str:
    """Return an issue's sentence, its numbers in the unit of the field."""
    values = dict(issue.values)
    if is_fraction(what):
        return _(issue.template, **{name: _format_percent(value, _) for name, value in values.items()})
    return _(issue.template, **{name: localize_value(value, _) for name, value in values.items()})


def get_field_label(name: str, _: Translator) -> str:
    """Return what a field is called, or its own name where it has none."""
    what = list_known_fields().get(name)
    return _(what.about) if what else _(OTHER_FIELD_LABELS.get(name, "")) or name


def render_advanced_form(_: Translator) -> html.Div:
    """Return the groups of fields, filled in by the first answer."""
    groups = [_render_parameter_group(strategy, _) for strategy in STRATEGIES.values()]
    button = html.Button(_("Apply and start again"), id=ids.APPLY, className="btn btn-primary", n_clicks=0)
    hint = html.P(_("These define the run: applying them starts a new one from its beginning."), className="hint")
    site = list_site_fields()
    fleet = [_render_field(name, what, _) for name, what in list_scenario_fields().items() if name not in site]
    fields = html.Div([_render_time_field(START_FIELD, _), *fleet], className="fields")
    scenario = html.Fieldset([html.Legend(_("Scenario")), uploads.render_spec_field(_), hint, fields])
    of_site = html.Div(
        [*(_render_field(name, what, _) for name, what in site.items()), _render_time_field(EVENT_START_FIELD, _)],
        className="fields",
    )
    surroundings = html.Fieldset([html.Legend(_("Site")), uploads.render_profile_fields(_), of_site])
    return html.Div([*groups, scenario, surroundings, html.Div(button)], className="form-groups")


def format_strategy_rule(strategy: Strategy, params: Mapping[str, float], _: Translator) -> str:
    """Return a strategy's rule with its parameters as they are in force."""
    values = {
        name: format_quantity(params.get(f"{strategy.key}.{name}", what.default), what, _)
        for name, what in strategy.quantities.items()
    }
    return _(strategy.rule, **values)


def format_quantity(value: float, what: Quantity, _: Translator) -> str:
    """Return a quantity as a sentence holds it: times of day as such, fractions in percent, else with its unit."""
    if what.unit == "h":
        minutes = round(60 * value)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if is_fraction(what):
        return _.percent(value)
    return f"{_.plain(value)}\u00a0{what.unit}".rstrip()


def _parse_field_value(value: Any, what: Declaration | None, _: Translator) -> Any:
    if not isinstance(what, Quantity) or not isinstance(value, str):
        return value
    number = _.parse_number(value)
    if number is None:
        return value
    if is_fraction(what):
        return round(number / 100.0, 12)
    return int(number) if what.integer and number.is_integer() else number


def _split_issue_fields(issues: Iterable[Issue]) -> list[tuple[Issue, str, str]]:
    """Return each issue with its field and the place in its file: ``"<field>/row 7"``, ``"<field>/<model>.<what>"``."""
    parts = [(issue, issue.field.partition("/")) for issue in issues]
    return [(issue, name, place) for issue, (name, _slash, place) in parts]


def _prefix_issue_location(place: str, text: str, _: Translator) -> str:
    row = place.removeprefix("row ")
    if row != place and row.isdigit():
        return _("row {row}: {text}", row=row, text=text)
    return _("{name}: {text}", name=place, text=text) if place not in ("", WHOLE_FILE) else text


def _format_percent(value: object, _: Translator) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{_.plain(round(100.0 * value, 6))}\u202f%"


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
