"""Run bar: the clock, the controls and the notices of a run, on every page that shows one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, USER_CATALOG
from ev2gym_dashboard.service.scenarios.tariff import has_tiers
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_expanded, make_aria_label
from ev2gym_dashboard.web.components.labels import (
    POSTE_NAMES,
    format_rule_texts,
    render_catalog_badge,
    render_catalog_notice,
)
from ev2gym_dashboard.web.components.scenario_bar import render_scenario_bar
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import ViewId

RUN_BAR_VIEWS: dict[ViewId, Callable[[RunView, RequestOptions], Any]] = {
    (ids.CATALOG_BADGE, "children"): lambda view, options: render_catalog_badge(
        view, options.files, options.translator
    ),
    (ids.CATALOG_NOTICE, "children"): lambda view, options: render_catalog_notice(view, options.translator),
}
"""The views of the vehicle catalog, which every page of a run draws with its own static views."""
SPEEDS_MIN_PER_S = (5, 15, 30, 60, 120)
DEFAULT_SPEED_MIN_PER_S = 15
GUIDE_NAMES = {
    "grid_support": "Grid Support",
    "peak_shaving": "Peak Shaving",
    "price": "Price Optimization",
    "renewable": "Renewable Integration",
}
"""Names of the French guide to EV2Gym's vehicles, which its readers search for."""
WIDE, SECONDARY = "control-wide", "secondary"
"""Styles of a control: wide, and closed on a phone until the user asks for more."""


def render_run_bar(_: Translator) -> list[Any]:
    """Return the clock, the controls and the rule of the strategy, with empty notices below them."""
    rule = html.P([html.Span(id=ids.RULE), html.Strong(id=ids.WARNING)], className="rule")
    return [
        html.Div([_render_transport(_), _render_run_choices(_), render_scenario_bar(_), rule], className="panel bar"),
        html.Div(id=ids.CATALOG_NOTICE, role="status"),
        html.Div(id=ids.NOTICE, role="alert"),
        _render_lost_files(_),
    ]


def _render_lost_files(_: Translator) -> html.Div:
    """Return the way out of a run whose files are lost, hidden until then: without them, the page can show nothing."""
    buttons = [
        html.Button(_(text), id=name, type="button", className=f"btn btn-sm {style}", n_clicks=0)
        for name, text, style in (
            (ids.LOST_CHOOSE, N_("Choose the file again…"), "btn-primary"),
            (ids.LOST_DROP, N_("Go on without it"), "btn-outline-secondary"),
        )
    ]
    hint = html.Span(_("Either starts this run anew; its other settings stay."), className="hint")
    return html.Div(
        [html.Div(id=ids.LOST_TEXT, role="alert"), html.Div([*buttons, hint], className="lost-buttons")],
        id=ids.LOST,
        className="alert alert-warning lost",
        hidden=True,
    )


def _render_transport(_: Translator) -> html.Div:
    now = html.Div(
        [html.Span(id=ids.CLOCK, className="clock live"), html.Span(id=ids.DATE, className="date live")],
        className="now",
    )
    price = html.Div(
        [html.Span(id=ids.PRICE, className="price live"), html.Span(id=ids.POSTE, className="poste live")],
        className="now-price",
    )
    buttons = html.Div(
        [
            _render_toggle(_),
            _render_transport_button(ids.STEP, _("Step")),
            _render_transport_button(ids.RESET, _("Reset")),
        ],
        className="transport",
        role="group",
        **make_aria_label(_("Simulation")),
    )
    status = html.Div(_("Loading…"), id=ids.STATUS, className="status", role="status")
    return html.Div([now, price, buttons, _render_speed_choice(_), status], className="bar-row")


def _render_toggle(_: Translator) -> html.Div:
    """Return one place with two buttons: a script shows that of what a click will do."""
    buttons = [_render_transport_button(ids.PLAY, _("Start")), _render_transport_button(ids.PAUSE, _("Pause"))]
    state: dict[str, Any] = {"data-state": "running"}
    return html.Div(buttons, id=ids.TOGGLE, className="toggle", **state)


def _render_transport_button(name: str, text: str) -> html.Button:
    content = [html.Span(className=f"sign sign-{name}", **ARIA_HIDDEN), html.Span(text, className="word")]
    return html.Button(content, id=name, className=f"btn btn-transport btn-{name}", n_clicks=0)


def _render_speed_choice(_: Translator) -> html.Label:
    options = [{"value": str(speed), "label": _.keep_order(f"{speed} min/s")} for speed in SPEEDS_MIN_PER_S]
    value = str(DEFAULT_SPEED_MIN_PER_S)
    select = dbc.Select(
        id=ids.SPEED, options=options, value=value, persistence=True, persistence_type="session", size="sm"
    )
    return _render_labelled_control(_("Speed"), select, title=_("Simulated minutes per second"), style=SECONDARY)


def _render_run_choices(_: Translator) -> html.Div:
    strategies = [
        {"value": key, "label": _format_both_names(key, strategy.name, _)} for key, strategy in STRATEGIES.items()
    ]
    catalogs: list[dict[str, Any]] = [{"value": key, "label": _(choice.label)} for key, choice in CATALOGS.items()]
    # An upload selects it: without a file there is nothing to choose.
    catalogs.append({"value": USER_CATALOG, "label": _("Your spec file"), "disabled": True})
    size = dbc.Input(
        id=ids.make_field_id("fleet_size"),
        type="text",
        inputmode="numeric",
        debounce=True,
        value="1000",
        size="sm",
        autocomplete="off",
    )
    issue = html.Div(id=ids.make_field_issue_id("fleet_size"), className="field-issue", role="alert")
    again = _("Starts a new run")
    controls = [
        _render_labelled_control(
            _("Strategy"),
            dbc.Select(id=ids.STRATEGY, options=strategies, value="grid_support", size="sm"),
            style=f"{WIDE} control-strategy",
        ),
        html.Div(dbc.Switch(id=ids.V2G, label=_("V2G allowed"), value=True), className="switch"),
        _render_labelled_control(
            _("Catalog"),
            dbc.Select(id=ids.CATALOG, options=catalogs, value="2024", size="sm"),
            title=again,
            style=f"{WIDE} {SECONDARY}",
        ),
        html.Div(
            [_render_labelled_control(_("Fleet size"), size, title=again), issue],
            className=f"field fleet-size {SECONDARY}",
        ),
        _render_more_button(_),
    ]
    return html.Div(controls, className="bar-row bar-choices")


def _format_both_names(key: str, name: str, _: Translator) -> str:
    """Return the translated name of a strategy with the English one of the guide."""
    return _(name) if _(name) == name else f"{_(name)} ({GUIDE_NAMES.get(key, name)})"


def _render_more_button(_: Translator) -> html.Button:
    """Return the button of a phone that shows the secondary controls; a script opens them."""
    return html.Button(
        _("More settings"),
        id=ids.MORE_SETTINGS,
        type="button",
        className="btn btn-sm btn-outline-secondary more-settings",
        n_clicks=0,
        **make_aria_expanded(is_open=False),
    )


def _render_labelled_control(text: str, control: Any, *, title: str = "", style: str = "") -> html.Label:
    return html.Label(
        [html.Span(text, className="control-name"), control], className=f"control {style}".rstrip(), title=title
    )


def format_bar_texts(view: RunView, _: Translator) -> dict[str, str]:
    """Return the texts of the run bar by id: time, price and the rule of the strategy."""
    return format_clock_texts(view, _) | format_rule_texts(view, _)


def _format_price(view: RunView, _: Translator) -> str:
    price = _.with_unit(view.price_mad_kwh, "MAD/kWh", 4)
    # The tier of a month is known only at its end.
    return _("about {price}", price=price) if has_tiers(view.run.scenario) else price


def format_clock_texts(view: RunView, _: Translator) -> dict[str, str]:
    """Return the simulated time, and the price and tariff period at that time."""
    return {
        ids.CLOCK: _.time(view.time),
        ids.DATE: _.date(view.time),
        ids.PRICE: _format_price(view, _),
        ids.POSTE: _(POSTE_NAMES[view.poste]),
    }
