"""Values of the form: which fields there are, their text, and the values parsed from that text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Declaration, Quantity, list_declared
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.registry import Strategy
from ev2gym_dashboard.web.i18n import N_, Translator

RUN_BAR_FIELDS = ("catalog", "fleet_size", "strategy", "v2g")
NON_LIVE_FIELDS = ("days",)
START_FIELD, EVENT_START_FIELD = "start", "event_start"
FIRST_SITE_FIELD, TARIFF_FIELD = "base_load_kw_per_vehicle", "tariff"
TIME_FIELD_LABELS = {
    START_FIELD: N_("Start of the run (UTC)"),
    EVENT_START_FIELD: N_("Demand-response event from (UTC), empty for none"),
}


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


def _parse_field_value(value: Any, what: Declaration | None, _: Translator) -> Any:
    if not isinstance(what, Quantity) or not isinstance(value, str):
        return value
    number = _.parse_number(value)
    if number is None:
        return value
    if is_fraction(what):
        return round(number / 100.0, 12)
    return int(number) if what.integer and number.is_integer() else number
