"""Sentences of the event log: each kind of event with its figures, in the user's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.event_log import RunEvent
from ev2gym_dashboard.web.components.ahead.texts import format_duration
from ev2gym_dashboard.web.components.change_texts import describe_settings
from ev2gym_dashboard.web.components.labels import POSTE_NAMES
from ev2gym_dashboard.web.i18n import Translator

Values = Mapping[str, Any]
Describe = Callable[[Values, Scenario, Translator], str]
MIN_OVERLOAD_KW = 0.05


def describe_event(event: RunEvent, scenario: Scenario, _: Translator) -> str:
    """Return the sentence of an event."""
    return SENTENCES[event.kind](event.figures, scenario, _)


def _describe_tariff(values: Values, _scenario: Scenario, _: Translator) -> str:
    price, former = (_.with_unit(values[name], "MAD/kWh", 4) for name in ("price_mad_kwh", "former_price_mad_kwh"))
    if values["poste"] == values["former_poste"]:
        return _("The price becomes {price} instead of {former}", price=price, former=former)
    name = _(POSTE_NAMES[values["poste"]])
    if price == former:
        return _("{name} begin, at {price} as before", name=name, price=price)
    return _("{name} begin: {price} instead of {former}", name=name, price=price, former=former)


def _describe_v2g_begin(values: Values, _scenario: Scenario, _: Translator) -> str:
    power, count = _format_power(values["power_kw"], _), _.number(values["n_vehicles"])
    return _("V2G begins: {power}, vehicles: {count}", power=power, count=count)


def _describe_v2g_end(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _(
        "V2G ends after {duration}: {energy} fed back, at most {power}",
        duration=_format_hours(values["duration_h"], _),
        energy=_.with_unit(values["energy_kwh"], "kWh", 0 if values["energy_kwh"] >= 100 else 1),
        power=_format_power(values["power_kw"], _),
    )


def _describe_limit_begin(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _("The connection reaches its limit of {limit}", limit=_format_power(values["limit_kw"], _))


def _describe_limit_end(values: Values, _scenario: Scenario, _: Translator) -> str:
    duration = _format_hours(values["duration_h"], _)
    if values["overload_kw"] < MIN_OVERLOAD_KW:
        return _("The connection leaves its limit after {duration}", duration=duration)
    return _(
        "The connection leaves its limit after {duration}, exceeded by up to {power}",
        duration=duration,
        power=_format_power(values["overload_kw"], _),
    )


def _describe_waiting_begin(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _("Vehicles begin to wait for a charger: {count}", count=_.number(values["n_vehicles"]))


def _describe_waiting_end(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _(
        "No vehicle waits for a charger any more, after {duration}: at most {count} at a time, {hours} h of waiting in "
        "total",
        duration=_format_hours(values["duration_h"], _),
        count=_.number(values["n_vehicles"]),
        hours=_.number(values["waited_h"], 1),
    )


def _describe_response_announced(values: Values, scenario: Scenario, _: Translator) -> str:
    return _(
        "Demand response announced for {time}: connection limit reduced by {share} for {duration}",
        time=_.day_and_time(scenario.get_step_time(values["start_step"])),
        **_format_response(values, _),
    )


def _describe_response_begin(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _(
        "Demand response begins: connection limit reduced by {share} for {duration}", **_format_response(values, _)
    )


def _describe_response_end(values: Values, _scenario: Scenario, _: Translator) -> str:
    return _("Demand response ends after {duration}", duration=_format_hours(values["duration_h"], _))


def _describe_change(values: Values, _scenario: Scenario, _: Translator) -> str:
    return describe_settings(values, _)


def _format_response(values: Values, _: Translator) -> dict[str, str]:
    return {"share": _.percent(values["reduction"]), "duration": _format_hours(values["duration_h"], _)}


def _format_hours(hours: float, _: Translator) -> str:
    return format_duration(60.0 * hours, _)


def _format_power(power_kw: float, _: Translator) -> str:
    return _.with_unit(power_kw, "kW", 0 if abs(power_kw) >= 1000 else 1)


SENTENCES: dict[str, Describe] = {
    "tariff_changes": _describe_tariff,
    "v2g_begins": _describe_v2g_begin,
    "v2g_ends": _describe_v2g_end,
    "limit_reached": _describe_limit_begin,
    "limit_left": _describe_limit_end,
    "waiting_begins": _describe_waiting_begin,
    "waiting_ends": _describe_waiting_end,
    "response_announced": _describe_response_announced,
    "response_begins": _describe_response_begin,
    "response_ends": _describe_response_end,
    "settings_change": _describe_change,
}
"""The sentence of each kind of `EVENT_KINDS`."""
