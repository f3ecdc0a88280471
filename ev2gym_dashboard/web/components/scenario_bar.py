"""Scenario bar: the settings that matter most, in sight on every page of a run; they apply with those of the form."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario_options import SCENARIO_BAR
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.form_fields import render_control, render_field_issue, render_time_control
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.values import TIME_FIELDS, list_form_fields

BAR_LABELS = {
    "tariff": N_("Tariff"),
    "place": N_("Parking"),
    "limit_kw_per_vehicle": N_("Connection (kW/veh.)"),
    "event_start": N_("Demand response (UTC)"),
}
"""Short labels of the fields of the bar; their whole ones are their titles."""


def render_scenario_bar(_: Translator) -> html.Div:
    """Return the fields of the bar, without their values, and the button that leads to all settings."""
    declared = [_render_bar_field(name, render_control(name, d, _), _) for name, d in list_bar_declarations().items()]
    times = [_render_bar_field(name, render_time_control(name, _), _) for name in list_bar_times()]
    changed = html.Span(className="settings-changed")
    button = html.Button(
        [_("All settings"), changed],
        id=ids.SETTINGS_OPEN,
        type="button",
        className="btn btn-sm btn-outline-secondary settings-open",
    )
    return html.Div([*declared, *times, button], className="bar-row bar-scenario secondary")


def list_bar_declarations() -> dict[str, Any]:
    """Return the declared fields of the bar by name."""
    return list_form_fields(SCENARIO_BAR)


def list_bar_times() -> list[str]:
    """Return the fields of the bar that hold a time."""
    return [name for name, group in TIME_FIELDS.items() if group == SCENARIO_BAR]


def _render_bar_field(name: str, control: dbc.Select | dbc.Input, _: Translator) -> html.Div:
    control.size, title = "sm", get_field_label(name, _)
    text = html.Span(_(BAR_LABELS.get(name, title)), className="control-name")
    label = html.Label([text, control], className="control", title=title)
    return html.Div([label, render_field_issue(name)], className=f"field bar-field bar-{name.partition('_')[0]}")
