"""Form of all settings: groups of the declared fields of the scenario and of the strategies, with a search."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.core.scenario_options import RUN_BAR, SCENARIO_BAR
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.form_fields import render_fields, render_time_field
from ev2gym_dashboard.web.components.panels import render_fold
from ev2gym_dashboard.web.components.upload_fields import render_group_files
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.values import (
    FORM_GROUPS,
    TIME_FIELDS,
    list_form_fields,
    list_parameter_fields,
)

PLAIN_BUTTON_CLASS = "btn btn-sm btn-outline-secondary"


def render_settings(_: Translator) -> list[Any]:
    """Return the fold of all settings, without their values, and the bar of the changes that are not applied."""
    title = [_("All settings"), html.Span(className="settings-changed")]
    return [render_fold(title, render_form(_), ids.ADVANCED), _render_draft_bar(_)]


def render_form(_: Translator) -> html.Div:
    """Return the search and the groups, without the values of the fields: the first reply fills them."""
    hint = _("The parameters of the strategy apply at once, all others with the next restart.")
    parameters = [_render_parameter_group(strategy, _) for strategy in STRATEGIES.values()]
    groups = [_render_group(key, title, _) for key, title in FORM_GROUPS.items() if list_group_fields(key)]
    return html.Div(
        [_render_search(_), _render_bar_buttons(_), html.P(hint, className="hint"), *parameters, *groups],
        className="form-groups",
    )


def list_group_fields(group: str) -> list[str]:
    """Return the names of the fields of a group, times first."""
    return [*(name for name, key in TIME_FIELDS.items() if key == group), *list_form_fields(group)]


def _render_group(group: str, title: str, _: Translator) -> html.Details:
    times = [render_time_field(name, _) for name, key in TIME_FIELDS.items() if key == group]
    fields = html.Div([*times, *render_fields(list_form_fields(group), _)], className="fields")
    name: dict[str, Any] = {"data-fold": group}
    return _render_group_fold(_(title), [fields, *render_group_files(group, _)], **name)


def _render_parameter_group(strategy: Strategy, _: Translator) -> html.Details:
    fields = render_fields(list_parameter_fields(strategy), _)
    content: Any = html.Div(fields, className="fields")
    if not fields:
        content = html.P(_("This strategy has no parameters to set."), className="hint")
    # A script shows the group of the active strategy.
    title = _("Strategy: {name}", name=_(strategy.name))
    return _render_group_fold(title, [content], id=ids.make_parameters_id(strategy.key), hidden=True)


def _render_group_fold(title: str, content: list[Any], **properties: Any) -> html.Details:
    count = html.Span(className="group-count")
    return html.Details([html.Summary([title, count]), *content], className="form-group", **properties)


def _render_search(_: Translator) -> html.Div:
    text = _("Search settings")
    field = dbc.Input(
        id=ids.SETTINGS_SEARCH, type="search", placeholder=text, debounce=False, size="sm", value="", autocomplete="off"
    )
    label = html.Label([html.Span(text, className="visually-hidden"), field], className="search")
    count = html.Span(id=ids.SETTINGS_COUNT, className="hint", role="status")
    reset = html.Button(_("Back to defaults"), id=ids.SETTINGS_RESET, type="button", className=PLAIN_BUTTON_CLASS)
    return html.Div([label, count, reset], className="settings-tools")


def _render_bar_buttons(_: Translator) -> html.Div:
    """Return a button per field of the bars, which the search shows and which leads to its field."""
    names = [*list_form_fields(RUN_BAR), *list_group_fields(SCENARIO_BAR)]
    buttons = [_render_bar_button(name, _) for name in names]
    return html.Div([html.Span(_("At the top of the page:")), *buttons], id=ids.SETTINGS_ELSEWHERE, hidden=True)


def _render_bar_button(name: str, _: Translator) -> html.Button:
    data: dict[str, Any] = {"data-field": name}
    return html.Button(get_field_label(name, _), type="button", className=PLAIN_BUTTON_CLASS, **data)


def _render_draft_bar(_: Translator) -> html.Div:
    """Return the bar with the number of changes that are not applied; without any, it has no height."""
    count = html.Span(id=ids.DRAFTS, className="drafts-count", role="status")
    apply = html.Button(_("Apply and restart"), id=ids.APPLY, className="btn btn-sm btn-primary", n_clicks=0)
    discard = html.Button(_("Discard"), id=ids.DISCARD, className=PLAIN_BUTTON_CLASS, n_clicks=0, disabled=True)
    label = make_aria_label(_("Changes that are not applied"))
    return html.Div([count, apply, discard], className="draft-bar", role="region", **label)
