"""The form of the advanced parameters: built from the declared quantities, read back from what a user typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declared, Issue, Quantity, Switch, declared
from ev2gym_dashboard.core.site.tariff import FLAT_NAME
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.scenarios.tariff import tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Words, shown
from ev2gym_dashboard.web.requests import uploads

ON_THE_BAR = ("catalog", "fleet_size", "strategy", "v2g")
NOT_LIVE = ("days",)
START, EVENT_START = "start", "event_start"
FIRST_OF_SITE, TARIFF = "base_load_kw_per_vehicle", "tariff"
TIMES = {START: N_("Start of the run (UTC)"), EVENT_START: N_("Demand-response event from (UTC), empty for none")}
WHOLE_FILE = "file"
PLACE_NAMES = {"home": N_("At home"), "public": N_("Public chargers"), "work": N_("At work")}
OTHER_NAMES = {
    "request": N_("Request"),
    "run": N_("Run"),
    "steps": N_("Steps"),
    "params": N_("Strategy parameters"),
    "link": N_("Link"),
    "file": N_("File"),
    "period": N_("Period"),
    "seeds": N_("Seeds"),
    "work": N_("Comparison"),
    "question": N_("Comparison"),
}
OTHER_FIELDS = OTHER_NAMES | TIMES | uploads.ABOUT


def scenario_fields() -> dict[str, Declared]:
    """Return the declared fields of a scenario that the form holds."""
    return {name: what for name, what in declared(Scenario).items() if name not in ON_THE_BAR + NOT_LIVE}


def site_fields() -> dict[str, Declared]:
    """Return the fields of a scenario that describe the site: its tariff, and all from the base load on."""
    fields = scenario_fields()
    names = list(fields)
    return {name: fields[name] for name in (TARIFF, *names[names.index(FIRST_OF_SITE) :])}


def parameter_fields(strategy: Strategy) -> dict[str, Quantity]:
    """Return a strategy's parameters that can be set, by their full names."""
    return {f"{strategy.key}.{name}": what for name, what in strategy.quantities.items() if what.low < what.high}


def known_fields() -> dict[str, Declared]:
    """Return all that a user can set, by name."""
    parameters = {name: what for strategy in STRATEGIES.values() for name, what in parameter_fields(strategy).items()}
    return declared(Scenario) | parameters


def is_share(what: Declared | None) -> bool:
    """Return whether a quantity is a fraction, which people read as a percentage."""
    return isinstance(what, Quantity) and not what.unit and not what.integer and what.high <= 1.0


def text_of(value: Any, what: Declared | None, _: Words) -> Any:
    """Return a value as its field shows it."""
    if not isinstance(what, Quantity):
        return value
    return _.plain(round(100.0 * value, 9) if is_share(what) else value)


def form_texts(scenario: Scenario, params: Mapping[str, float], _: Words) -> dict[str, Any]:
    """Return what every field of the form shows."""
    values = {name: getattr(scenario, name) for name in (*scenario_fields(), *TIMES, "fleet_size")}
    for strategy in STRATEGIES.values():
        values |= {name: params.get(name, what.default) for name, what in parameter_fields(strategy).items()}
    known = known_fields()
    return {name: text_of(value, known.get(name), _) for name, value in values.items()}


def read(typed: Mapping[str, Any], _: Words) -> dict[str, Any]:
    """Return what a user typed as values; what cannot be read stays as it is, for the check to refuse."""
    known = known_fields()
    return {name: _read(value, known.get(name), _) for name, value in typed.items()}


def issue_notes(issues: Iterable[Issue], _: Words) -> list[dict[str, str]]:
    """Return issues for people: the field, a sentence to stand beside it, and one that names it."""
    known = known_fields()
    texts = [(name, _placed(place, issue_text(issue, known.get(name), _), _)) for issue, name, place in _places(issues)]
    return [
        {"field": name, "text": text, "line": _("{name}: {text}", name=label(name, _), text=text)}
        for name, text in texts
    ]


def issue_text(issue: Issue, what: Declared | None, _: Words) -> str:
    """Return an issue's sentence, its numbers in the unit of the field."""
    values = dict(issue.values)
    if is_share(what):
        return _(issue.template, **{name: _as_percent(value, _) for name, value in values.items()})
    return _(issue.template, **{name: shown(value, _) for name, value in values.items()})


def label(name: str, _: Words) -> str:
    """Return what a field is called, or its own name where it has none."""
    what = known_fields().get(name)
    return _(what.about) if what else _(OTHER_FIELDS.get(name, "")) or name


def advanced_form(_: Words) -> html.Div:
    """Return the groups of fields, filled in by the first answer."""
    groups = [_parameter_group(strategy, _) for strategy in STRATEGIES.values()]
    button = html.Button(_("Apply and start again"), id=ids.APPLY, className="btn btn-primary", n_clicks=0)
    hint = html.P(_("These define the run: applying them starts a new one from its beginning."), className="hint")
    site = site_fields()
    fleet = [_field(name, what, _) for name, what in scenario_fields().items() if name not in site]
    fields = html.Div([_time_field(START, _), *fleet], className="fields")
    scenario = html.Fieldset([html.Legend(_("Scenario")), uploads.spec_field(_), hint, fields])
    of_site = html.Div(
        [*(_field(name, what, _) for name, what in site.items()), _time_field(EVENT_START, _)], className="fields"
    )
    surroundings = html.Fieldset([html.Legend(_("Site")), uploads.profile_fields(_), of_site])
    return html.Div([*groups, scenario, surroundings, html.Div(button)], className="form-groups")


def rule_text(strategy: Strategy, params: Mapping[str, float], _: Words) -> str:
    """Return a strategy's rule with its parameters as they are in force."""
    values = {
        name: quantity_text(params.get(f"{strategy.key}.{name}", what.default), what, _)
        for name, what in strategy.quantities.items()
    }
    return _(strategy.rule, **values)


def quantity_text(value: float, what: Quantity, _: Words) -> str:
    """Return a quantity as a sentence holds it: times of day as such, fractions in percent, else with its unit."""
    if what.unit == "h":
        minutes = round(60 * value)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if is_share(what):
        return _.percent(value)
    return f"{_.plain(value)}\u00a0{what.unit}".rstrip()


def _read(value: Any, what: Declared | None, _: Words) -> Any:
    if not isinstance(what, Quantity) or not isinstance(value, str):
        return value
    number = _.read_number(value)
    if number is None:
        return value
    if is_share(what):
        return round(number / 100.0, 12)
    return int(number) if what.integer and number.is_integer() else number


def _places(issues: Iterable[Issue]) -> list[tuple[Issue, str, str]]:
    """Return each issue with its field and the place in its file: ``"<field>/row 7"``, ``"<field>/<model>.<what>"``."""
    parts = [(issue, issue.field.partition("/")) for issue in issues]
    return [(issue, name, place) for issue, (name, _slash, place) in parts]


def _placed(place: str, text: str, _: Words) -> str:
    row = place.removeprefix("row ")
    if row != place and row.isdigit():
        return _("row {row}: {text}", row=row, text=text)
    return _("{name}: {text}", name=place, text=text) if place not in ("", WHOLE_FILE) else text


def _as_percent(value: object, _: Words) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{_.plain(round(100.0 * value, 6))}\u202f%"


def _parameter_group(strategy: Strategy, _: Words) -> html.Fieldset:
    fields = [_field(name, what, _) for name, what in parameter_fields(strategy).items()]
    nothing = html.P(_("This strategy has nothing to set."), className="hint")
    hint = html.P(_("These act from the simulated moment on, without a new run."), className="hint")
    content = [hint, html.Div(fields, className="fields")] if fields else [nothing]
    return html.Fieldset([html.Legend(_(strategy.name)), *content], id=ids.parameters_of(strategy.key), hidden=True)


def _field(name: str, what: Declared, _: Words) -> html.Div:
    issue = html.Div(id=ids.field_issue(name), className="field-issue", role="alert")
    if isinstance(what, Switch):
        return html.Div(
            [dbc.Switch(id=ids.field(name), label=_(what.about), value=what.default), issue], className="field"
        )
    control = _select(name, what, _) if isinstance(what, Choice) else _input(name)
    return html.Div([html.Label([_label_line(what, _), control]), issue], className="field")


def _label_line(what: Declared, _: Words) -> html.Span:
    unit = "%" if is_share(what) else what.unit if isinstance(what, Quantity) else ""
    return html.Span([_(what.about), html.Span(f" ({unit})" if unit else "", className="unit")], className="field-name")


def _input(name: str) -> dbc.Input:
    return dbc.Input(id=ids.field(name), type="text", inputmode="decimal", debounce=True, value="", autocomplete="off")


def _select(name: str, what: Choice, _: Words) -> dbc.Select:
    return dbc.Select(id=ids.field(name), options=_options(name, what, _), value=what.default)


def _options(name: str, what: Choice, _: Words) -> list[dict[str, str]]:
    if name == "tariff":
        tariffs = load_tariffs()
        return [{"value": key, "label": tariffs[key].name if key in tariffs else _(FLAT_NAME)} for key in tariff_keys()]
    return [{"value": key, "label": _(PLACE_NAMES.get(key, key))} for key in what.options]


def _time_field(name: str, _: Words) -> html.Div:
    control = dbc.Input(id=ids.field(name), type="datetime-local", debounce=True, value="")
    issue = html.Div(id=ids.field_issue(name), className="field-issue", role="alert")
    about = html.Span(_(TIMES[name]), className="field-name")
    return html.Div([html.Label([about, control]), issue], className="field")
