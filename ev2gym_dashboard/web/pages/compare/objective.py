"""The prices of the objective on the Compare page: a slider and a number each, and the sentence on those in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, html

from ev2gym_dashboard.core.optimum.objective import OBJECTIVE_PRICES
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import ANY_PLAN, PLAN_PURPOSES
from ev2gym_dashboard.core.schema import Quantity, ValidationError, check_names, list_declared
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.field_text import format_field_text
from ev2gym_dashboard.web.components.labels import translate_unit
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.values import is_fraction, parse_form_values


@dataclass(frozen=True)
class PriceControl:
    """A control: its short name (a msgid), and the end and step of its slider, as shown; the number may be higher."""

    name: str
    high: float
    step: float


CONTROLS = {
    "v2g_wear_mad_kwh": PriceControl(N_("Wear per kWh given back"), 2.0, 0.01),
    "calendar_share": PriceControl(N_("Calendar wear (rises with the SOC)"), 100.0, 5.0),
    "co2_mad_t": PriceControl(N_("CO2"), 2000.0, 10.0),
    "peak_mad_kw": PriceControl(N_("Peak, beyond the demand charge"), 200.0, 1.0),
    "unserved_mad_kwh": PriceControl(N_("Energy missing at departures"), 20.0, 0.1),
    "owed_mad_kwh": PriceControl(N_("Energy owed at the end"), 5.0, 0.01),
}
"""Controls by the names of `OBJECTIVE_PRICES`, in their order on the page."""
PURPOSE = "plan_purpose"
"""Field of the purpose of the plan, which is chosen beside the prices."""
AS_RUN = "run"
"""Choice of the purpose of the run; an empty one would be shown as none."""


def register_objective(app: Dash) -> None:
    """Register the callbacks of the controls, all in the browser."""
    slider, number = ids.make_price_slider_id(MATCH), ids.make_price_id(MATCH)
    app.clientside_callback(
        ClientsideFunction("compareObjective", "follow"),
        Output(slider, "value"),
        Output(number, "value"),
        Input(slider, "value"),
        Input(number, "value"),
        State(number, "placeholder"),
        prevent_initial_call=True,
    )
    numbers = ids.make_price_id(ALL)
    app.clientside_callback(
        ClientsideFunction("compareObjective", "choose"),
        Output(ids.OBJECTIVE_RESET, "disabled"),
        Input(numbers, "value"),
        Input(ids.OBJECTIVE_PURPOSE, "value"),
    )
    app.clientside_callback(
        ClientsideFunction("compareObjective", "reset"),
        Output(numbers, "value", allow_duplicate=True),
        Output(ids.OBJECTIVE_PURPOSE, "value"),
        Input(ids.OBJECTIVE_RESET, "n_clicks"),
        State(numbers, "value"),
        prevent_initial_call=True,
    )


def set_prices(scenario: Scenario, typed: Mapping[str, Any], _: Translator) -> Scenario:
    """Return a scenario with the prices and the purpose that a user chose; an empty text leaves that of the scenario.

    Raises
    ------
    ValidationError
        With an issue for each field that is unknown, no number, or out of its bounds.
    """
    known = {name: list_declared(Scenario)[name] for name in (*CONTROLS, PURPOSE)}
    issues = check_names(typed, known)
    given = {name: text for name, text in typed.items() if name in known and text not in {None, ""}}
    values = parse_form_values(given, _)
    issues += [issue for name, value in values.items() for issue in known[name].check(name, value)]
    if issues:
        raise ValidationError(issues)
    return replace(scenario, **values)


def describe_prices(scenario: Scenario, _: Translator) -> str:
    """Return the prices of a scenario that differ from those of the total cost; an empty text without any."""
    texts = [
        f"{_(control.name)} {format_field_text(name, getattr(scenario, name), _)}"
        for name, control in CONTROLS.items()
        if getattr(scenario, name) != OBJECTIVE_PRICES[name].default
    ]
    sentences = [_("Objective of the optimum with other prices: {prices}.", prices=" · ".join(texts))] if texts else []
    if scenario.plan_purpose != ANY_PLAN:
        purpose = format_field_text(PURPOSE, scenario.plan_purpose, _)
        sentences.append(_("Plan of the optimum: {purpose}.", purpose=purpose))
    return " ".join(sentences)


def render_objective(_: Translator) -> html.Details:
    """Return the fold with a control for each price."""
    hint = html.P(
        _(
            "The bill counts in full. These prices change the optimum, the distances to it and the captured saving, "
            "never the strategies. An empty field takes the price of your run."
        ),
        className="hint",
    )
    reset = html.Button(
        _("Back to the prices of the run"),
        id=ids.OBJECTIVE_RESET,
        className="btn btn-sm btn-outline-secondary",
        n_clicks=0,
    )
    controls = [_render_control(name, control, _) for name, control in CONTROLS.items()]
    name: dict[str, Any] = {"data-fold": "objective"}
    return html.Details(
        [
            html.Summary(_("Prices of the objective")),
            hint,
            html.Div([*controls, _render_purpose(_)], className="objective-fields"),
            reset,
        ],
        className="objective",
        **name,
    )


def _render_control(name: str, control: PriceControl, _: Translator) -> html.Div:
    declared, label = OBJECTIVE_PRICES[name], _(control.name)
    unit = "%" if is_fraction(declared) else translate_unit(declared.unit, _)
    slider = dbc.Input(
        id=ids.make_price_slider_id(name),
        type="range",
        min=0,
        max=control.high,
        step=control.step,
        value=_find_slider_start(declared),
    )
    number = dbc.Input(
        id=ids.make_price_id(name),
        type="text",
        inputmode="decimal",
        debounce=True,
        value="",
        size="sm",
        autocomplete="off",
        persistence=True,
        persistence_type="session",
        placeholder=format_field_text(name, declared.default, _).split()[0],
    )
    return html.Div(
        [
            html.Span(label, className="control-name", title=_(declared.about)),
            html.Label([html.Span(_("{name}, slider", name=label), className="visually-hidden"), slider]),
            html.Label(
                [
                    html.Span(f"{label} ({unit})", className="visually-hidden"),
                    number,
                    html.Span(unit, className="unit", **ARIA_HIDDEN),
                ],
                className="objective-number",
            ),
        ],
        className="objective-field",
    )


def _render_purpose(_: Translator) -> html.Label:
    options = [{"value": AS_RUN, "label": _("As in your run")}]
    options += [{"value": key, "label": format_field_text(PURPOSE, key, _)} for key in PLAN_PURPOSES]
    choice = dbc.Select(
        id=ids.OBJECTIVE_PURPOSE,
        options=options,
        value=AS_RUN,
        size="sm",
        persistence=True,
        persistence_type="session",
    )
    title = _(list_declared(Scenario)[PURPOSE].about)
    name = html.Span(_("Among plans of equal cost"), className="control-name")
    return html.Label([name, choice], className="objective-field objective-purpose", title=title)


def _find_slider_start(declared: Quantity) -> float:
    if isinstance(declared.default, str):
        return 0.0
    return 100.0 * declared.default if is_fraction(declared) else float(declared.default)
