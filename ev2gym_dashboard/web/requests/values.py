"""Values of the form: its fields, their values as text, and the values parsed from that text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import check_time, parse_time
from ev2gym_dashboard.core.scenario_options import (
    BATTERIES,
    COSTS,
    DATES,
    EVSES,
    METER,
    OBJECTIVE,
    PRICES,
    SCENARIO_BAR,
    SCHEDULE,
    SITE,
    VEHICLES,
)
from ev2gym_dashboard.core.schema import DEFAULT_GROUP, Declaration, Quantity, Text, list_declared, list_group
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.group_words import localize_groups
from ev2gym_dashboard.web.requests.times import format_time_text, parse_time_text

FORM_GROUPS = {
    DATES: N_("Dates and random draws"),
    VEHICLES: N_("Vehicles and stays"),
    BATTERIES: N_("V2G and batteries"),
    EVSES: N_("EVSEs"),
    METER: N_("Connection and subscription"),
    PRICES: N_("Tariff and prices"),
    SITE: N_("Building, sun and CO2"),
    SCHEDULE: N_("Demand response and schedule"),
    COSTS: N_("Investment and costs"),
    OBJECTIVE: N_("Objective and optimum"),
    DEFAULT_GROUP: N_("Other settings"),
}
"""The groups that the form folds, with their titles (msgids), in order."""
START_FIELD, EVENT_START_FIELD, FLEET_SIZE_FIELD = "start", "event_start", "fleet_size"
TIME_FIELDS = {START_FIELD: DATES, EVENT_START_FIELD: SCENARIO_BAR}
"""The groups of the fields that hold a time."""
TIME_FIELD_LABELS = {
    START_FIELD: N_("Start of the run (UTC)"),
    EVENT_START_FIELD: N_("Start of the demand-response event (UTC), empty for none"),
}


def list_form_fields(group: str) -> dict[str, Declaration]:
    """Return the declared scenario fields of a group of the form, by name."""
    return list_group(Scenario, group)


def list_parameter_fields(strategy: Strategy) -> dict[str, Quantity]:
    """Return the adjustable parameters of a strategy by full name."""
    # A quantity with equal bounds is a constant of the strategy.
    return {f"{strategy.key}.{name}": q for name, q in strategy.quantities.items() if q.low < q.high}


def list_known_fields() -> dict[str, Declaration]:
    """Return every field that a user can set, by name."""
    parameters = (list_parameter_fields(strategy) for strategy in STRATEGIES.values())
    return list_declared(Scenario) | {name: q for fields in parameters for name, q in fields.items()}


def is_fraction(declaration: Declaration | None) -> bool:
    """Return whether a field is a fraction, which the page shows in percent."""
    if not isinstance(declaration, Quantity):
        return False
    return not declaration.unit and not declaration.integer and declaration.high <= 1.0


def format_field_value(value: Any, declaration: Declaration | None, _: Translator) -> Any:
    """Return a value as its field shows it: a number as text, fractions in percent, groups in the user's language.

    Any other value is shown as it is.
    """
    if isinstance(declaration, Text):
        return localize_groups(value, _)
    if not isinstance(declaration, Quantity) or isinstance(value, str):
        return value
    # 100 * 0.07 is 7.000000000000001: nine decimals hide the rounding error, and no bound needs more.
    return _.plain(round(100.0 * value, 9) if is_fraction(declaration) else value)


def format_form_values(scenario: Scenario, params: Mapping[str, float], _: Translator) -> dict[str, Any]:
    """Return the values that the fields of the form show, by name."""
    names = [name for group in (SCENARIO_BAR, *FORM_GROUPS) for name in list_form_fields(group)]
    values = {name: getattr(scenario, name) for name in (*names, FLEET_SIZE_FIELD)}
    for strategy in STRATEGIES.values():
        values |= {name: params.get(name, q.default) for name, q in list_parameter_fields(strategy).items()}
    known, times = list_known_fields(), {name: format_time_text(getattr(scenario, name), _) for name in TIME_FIELDS}
    return times | {name: format_field_value(value, known.get(name), _) for name, value in values.items()}


def parse_form_values(typed: Mapping[str, Any], _: Translator, start: str = Scenario.start) -> dict[str, Any]:
    """Return values that a user typed; text that is not a number, or no time, stays as it is, and fails the check.

    ``start`` is the start of the run, from which a time of day counts.
    """
    known = list_known_fields()
    values = {name: _parse_field_value(value, known.get(name), _) for name, value in typed.items()}
    return values | _parse_times(typed, _, parse_time(start))


def find_probable_fractions(typed: Mapping[str, Any], _: Translator) -> dict[str, float]:
    """Return, by name, the typed percentages that were probably meant as fractions: 0.6 in place of 60."""
    known, found = list_known_fields(), {}
    for name, text in typed.items():
        declaration = known.get(name)
        if not isinstance(declaration, Quantity) or not is_fraction(declaration) or not isinstance(text, str):
            continue
        number = _.parse_number(text)
        # With its sign, as in "0.6 %", a small percentage is no number here, and meant as it is written.
        if number is not None and 0.0 < number < 1.0 and declaration.low <= number <= declaration.high:
            found[name] = number
    return found


def _parse_times(typed: Mapping[str, Any], _: Translator, start: datetime) -> dict[str, str]:
    texts = {name: text for name in TIME_FIELDS if isinstance(text := typed.get(name), str)}
    times = {}
    if START_FIELD in texts:
        times[START_FIELD] = parse_time_text(texts.pop(START_FIELD), _, start.replace(hour=0, minute=0))
        start = start if check_time(START_FIELD, times[START_FIELD]) else parse_time(times[START_FIELD])
    return times | {name: parse_time_text(text, _, start) for name, text in texts.items()}


def _parse_field_value(value: Any, declaration: Declaration | None, _: Translator) -> Any:
    if not isinstance(declaration, Quantity) or not isinstance(value, str):
        return value
    word = value.strip().lower()
    if declaration.words and word in {"", *declaration.words}:
        # An empty field gives the default, which may be a number.
        return word or declaration.default
    number = _.parse_number(value.strip().removesuffix("%") if is_fraction(declaration) else value)
    if number is None:
        return value
    if is_fraction(declaration):
        # The inverse of `format_field_value`: "65.5" has to give 0.655 again, to the bit.
        return round(number / 100.0, 12)
    return int(number) if declaration.integer and number.is_integer() else number
