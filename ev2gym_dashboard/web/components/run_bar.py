"""What every page of a run shares: the bar of its clock and controls, and the frames of panels and figures."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, OWN
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids, theme
from ev2gym_dashboard.web.components.aria import HIDDEN, labelled
from ev2gym_dashboard.web.components.charts import Figure
from ev2gym_dashboard.web.i18n import Words

SPEEDS_MIN_PER_S = (5, 15, 30, 60, 120)
DEFAULT_SPEED = 15
TREND_TOOLS = ("toImage", "resetScale2d")


def top_bar(_: Words) -> list[Any]:
    """Return the clock, the controls and the rule in force, with the places of notices below them."""
    rule = html.P([html.Span(id=ids.RULE), html.Strong(id=ids.WARNING)], className="rule")
    return [
        html.Div([_transport(_), _choices(_), rule], className="panel bar"),
        html.Div(id=ids.CATALOG_NOTICE, role="status"),
        html.Div(id=ids.NOTICE, role="alert"),
    ]


def _transport(_: Words) -> html.Div:
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
            _button(ids.PLAY, _("Start"), pressed="true"),
            _button(ids.PAUSE, _("Pause"), pressed="false"),
            _button(ids.STEP, _("Step")),
            _button(ids.RESET, _("Reset")),
        ],
        className="transport",
        role="group",
        **labelled(_("Simulation")),
    )
    status = html.Div(_("Loading…"), id=ids.STATUS, className="status", role="status")
    return html.Div([now, price, buttons, _speed(_), status], className="bar-row")


def _button(name: str, text: str, pressed: str | None = None) -> html.Button:
    state: dict[str, Any] = {} if pressed is None else {"aria-pressed": pressed}
    content = [html.Span(className=f"sign sign-{name}", **HIDDEN), html.Span(text, className="word")]
    return html.Button(content, id=name, className="btn btn-transport", n_clicks=0, **state)


def _speed(_: Words) -> html.Label:
    options = [{"value": str(speed), "label": f"{speed} min/s"} for speed in SPEEDS_MIN_PER_S]
    value = str(DEFAULT_SPEED)
    select = dbc.Select(
        id=ids.SPEED, options=options, value=value, persistence=True, persistence_type="session", size="sm"
    )
    return _labelled(_("Speed"), select, title=_("Simulated minutes per second"))


def _choices(_: Words) -> html.Div:
    strategies = [{"value": key, "label": _(strategy.name)} for key, strategy in STRATEGIES.items()]
    catalogs: list[dict[str, Any]] = [{"value": key, "label": _(choice.label)} for key, choice in CATALOGS.items()]
    catalogs.append({"value": OWN, "label": _("Own spec file"), "disabled": True})
    size = dbc.Input(
        id=ids.field("fleet_size"),
        type="text",
        inputmode="numeric",
        debounce=True,
        value="1000",
        size="sm",
        autocomplete="off",
    )
    issue = html.Div(id=ids.field_issue("fleet_size"), className="field-issue", role="alert")
    again = _("Starts a new run")
    controls = [
        _labelled(
            _("Strategy"), dbc.Select(id=ids.STRATEGY, options=strategies, value="grid_support", size="sm"), wide=True
        ),
        html.Div(dbc.Switch(id=ids.V2G, label=_("V2G allowed"), value=True), className="switch"),
        _labelled(
            _("Catalog"), dbc.Select(id=ids.CATALOG, options=catalogs, value="2024", size="sm"), title=again, wide=True
        ),
        html.Div([_labelled(_("Fleet size"), size, title=again), issue], className="field fleet-size"),
    ]
    return html.Div(controls, className="bar-row bar-choices")


def _labelled(text: str, control: Any, *, title: str = "", wide: bool = False) -> html.Label:
    return html.Label(
        [html.Span(text, className="control-name"), control],
        className="control" + (" control-wide" if wide else ""),
        title=title,
    )


def fold(title: str, content: Any, name: str) -> html.Details:
    """Return what opens and closes under its title."""
    return html.Details([html.Summary(title), content], id=name, className="panel fold")


def panel(title: str, unit: str, content: Any, keys: list[tuple[str, str]] | None = None) -> html.Section:
    """Return a panel with its heading, unit and legend."""
    heading = html.H2([title, html.Span(f" {unit}" if unit else "", className="unit")])
    legend = [
        html.Span([html.Span(className=f"key key-{key}", **HIDDEN), text], className="legend-item")
        for key, text in keys or []
    ]
    return html.Section(
        [html.Div([heading, html.Div(legend, className="legend")], className="panel-head"), content], className="panel"
    )


def graph(name: str, figure: Figure, _: Words, tools: tuple[str, ...] = ()) -> dcc.Graph:
    """Return a figure in its fixed height."""
    height = f"{theme.HEIGHTS[name]}px"
    return dcc.Graph(
        id=name, figure=figure, config=theme.config(_.lang, tools=tools), style={"height": height}, responsive=True
    )
