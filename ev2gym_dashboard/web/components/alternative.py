"""Comparison of a live run with another strategy: its choice, its differences in words, and their signs."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import SPACE, Translator


def render_alternative_choice(_: Translator) -> html.Div:
    """Return the choice of the other strategy, none at first; a script keeps it, and each reply carries its text."""
    options = [("", _("no other strategy")), *((key, _(strategy.name)) for key, strategy in STRATEGIES.items())]
    select = html.Select(
        [html.Option(text, value=key) for key, text in options],
        id=ids.ALTERNATIVE,
        className="form-select form-select-sm",
    )
    label = html.Label([html.Span(_("Compare live with"), className="control-name"), select], className="control")
    text = html.Span(id=ids.ALTERNATIVE_TEXT, className="alternative-text")
    return html.Div([label, text], className="bar-row alternative-row")


def format_alternative_texts(shown: FleetView, _: Translator) -> dict[str, str]:
    """Return the sentence on the differences at the step that is shown, by id; empty without another strategy."""
    return {ids.ALTERNATIVE_TEXT: _describe_differences(shown, _)}


def _describe_differences(shown: FleetView, _: Translator) -> str:
    if (alternative := shown.alternative) is None:
        return ""
    differences = alternative.differences
    values = {
        "name": _(STRATEGIES[alternative.strategy].name),
        "power": format_difference(differences["net_power_kw"], "kW", _),
        "energy": format_difference(differences["import_kwh"], "kWh", _),
    }
    if "energy_cost_mad" not in differences:
        return _("{name}, against this run: net power {power}; energy drawn {energy} until then", **values)
    cost = format_difference(differences["energy_cost_mad"], "MAD", _)
    return _(
        "{name}, against this run: net power {power}; energy drawn {energy}, cost of energy {cost} so far",
        cost=cost,
        **values,
    )


def format_difference(value: float, unit: str, _: Translator, *, digits: int = 0) -> str:
    """Return a difference with its sign and unit; one that reads as zero has no sign."""
    text = _.number(value, digits)
    is_positive = value > 0.0 and text != _.number(0.0, digits)
    return ("+" if is_positive else "") + text + (f"{SPACE}{unit}" if unit else "")
