"""Choices about a file under review: what can be chosen, and what is in force, as its reading proposes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.service.datasets.series_file.options import NO_FILL, Proposal
from ev2gym_dashboard.service.datasets.series_file.units import CO2, POWER, PRICE, PROFILE_UNITS
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.review import Review
from ev2gym_dashboard.web.requests.times import format_time_text
from ev2gym_dashboard.web.requests.values import START_FIELD

OPTIONS_PART, SCENARIO_PART = "options", "scenario"
DATES_FIELD = "profile_dates"
CHOICE_LABELS = {
    "time_column": N_("Column of the times"),
    "column": N_("Column of the values"),
    "unit": N_("Unit in the file"),
    "rate": N_("MAD for one unit of the currency"),
    "time_zone": N_("Time zone, where times name none"),
    "stamp": N_("A time marks"),
    "decimal": N_("Decimal mark"),
    "fill": N_("Single gaps"),
    START_FIELD: N_("Start of the run"),
    DATES_FIELD: N_("Dates outside of the file"),
}
"""Choices in the order of the page, with their labels."""
CHOICE_PARTS = {name: SCENARIO_PART if name in (START_FIELD, DATES_FIELD) else OPTIONS_PART for name in CHOICE_LABELS}
"""Part of a request that takes each choice: an option of reading, or a field of the scenario."""
TYPED_CHOICES = ("rate",)
VALUE_LABELS = {
    "stamp": {"start": N_("the start of its step"), "end": N_("the end of its step")},
    "fill": {"no": N_("are refused"), "linear": N_("are filled by the mean of their neighbours")},
    "decimal": {".": N_("point"), ",": N_("comma")},
    DATES_FIELD: {"exact": N_("are refused"), "weekday": N_("repeat those of the weekday and season")},
}
UNITS = {
    POWER: ("kW", "W", "MW", "kWh", "Wh", "MWh"),
    PRICE: ("MAD/kWh", "MAD/MWh", "EUR/MWh", "EUR/kWh", "ct/kWh", "USD/MWh", "USD/kWh", "GBP/MWh", "p/kWh"),
    CO2: ("g/kWh", "kg/MWh", "kg/kWh", "t/MWh", "lb/MWh"),
}
"""Units to choose from; any other one is read where the file names it."""
REGIONS = ("Africa", "America", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ChoiceState = dict[str, Any]
"""What a choice shows: the chosen value, and the options of a list, each with its label."""


def list_choices(review: Review, _: Translator) -> dict[str, ChoiceState]:
    """Return the choices of a review by name, in the order of the page; those without a meaning are left out."""
    if review.field == "sessions":
        return {"time_zone": _make_list(_list_time_zones(), review.options.get("time_zone") or "UTC")}
    if review.reading is None or review.reading.proposal is None:
        return {}
    found = _list_option_choices(review, review.reading.proposal, _) | _list_date_choices(review, _)
    return {name: found[name] for name in CHOICE_LABELS if name in found}


def _list_option_choices(review: Review, proposal: Proposal, _: Translator) -> dict[str, ChoiceState]:
    found = {
        "time_column": _make_list(proposal.time_columns, proposal.time_column),
        "column": _make_list(proposal.columns, proposal.column),
        "fill": _make_named_list("fill", str(review.options.get("fill") or NO_FILL), _),
    }
    # What follows from a choice that is still to be made is not known: only that choice is asked.
    if proposal.unit:
        found["unit"] = _make_list(UNITS[PROFILE_UNITS[review.field]], proposal.unit)
        found["decimal"] = _make_named_list("decimal", proposal.decimal, _)
    if proposal.stamp:
        found["stamp"] = _make_named_list("stamp", proposal.stamp, _)
    # A time zone that was chosen stays to be seen where it is refused.
    if zone := proposal.time_zone or review.options.get("time_zone"):
        found["time_zone"] = _make_list(_list_time_zones(), str(zone))
    if proposal.currency or review.options.get("rate"):
        found["rate"] = {"value": str(review.options.get("rate", ""))}
    return found


def _list_date_choices(review: Review, _: Translator) -> dict[str, ChoiceState]:
    """Return the choices of a dated series: the start of the run, and what holds outside of the dates of the file."""
    profile = review.reading.profile if review.reading else None
    if profile is None or profile.start is None:
        return {}
    held = review.held.start
    first = _find_first_start(profile)
    starts = {held: _("as it is: {time}", time=_format_start(held, _))}
    starts |= {first: _("with the file: {time}", time=_format_start(first, _))} if first != held else {}
    dates = review.typed.get(DATES_FIELD, review.held.profile_dates)
    return {
        START_FIELD: _make_labelled_list(starts, str(review.typed.get(START_FIELD, held))),
        DATES_FIELD: _make_named_list(DATES_FIELD, str(dates), _),
    }


def _find_first_start(profile: Profile) -> str:
    """Return the first midnight of a dated series after which it has a whole day, its first time without one."""
    start, end = profile.start, profile.end
    if start is None or end is None:
        raise ValueError("profile must have dates")
    midnight = start + timedelta(minutes=-(start.hour * 60 + start.minute) % MINUTES_PER_DAY)
    whole = midnight + timedelta(days=1) <= end
    return f"{midnight if whole else start:%Y-%m-%dT%H:%M}"


def _format_start(time: str, _: Translator) -> str:
    return format_time_text(time, _).removesuffix(" 00:00")


def _make_named_list(name: str, value: str, _: Translator) -> ChoiceState:
    return _make_labelled_list({key: _(label) for key, label in VALUE_LABELS[name].items()}, value)


def _make_list(values: Iterable[str], value: str) -> ChoiceState:
    return _make_labelled_list({name: name for name in values}, value)


def _make_labelled_list(labels: Mapping[str, str], value: str) -> ChoiceState:
    # What is in force is always among the options; an empty value is a choice still to be made.
    shown = dict(labels) if value in labels or not value else {value: value, **labels}
    return {"value": value, "options": [{"value": key, "label": label} for key, label in shown.items()]}


@cache
def _list_time_zones() -> tuple[str, ...]:
    zones = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return ("UTC", *(zone for zone in zones if zone.partition("/")[0] in REGIONS and "/" in zone))
