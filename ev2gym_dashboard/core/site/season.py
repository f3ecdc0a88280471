"""Seasons of a tariff: the postes of each kind of day, and the rules in force on a date, as pure functions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLIDAY = len(WEEKDAYS)
DAY_KINDS = (*WEEKDAYS, "holiday")

MonthDay = tuple[int, int]
"""Month and day of the month: a date of every year."""


@dataclass(frozen=True)
class PosteRule:
    """A poste horaire in a season.

    Parameters
    ----------
    poste : one of ``POSTES``
    price_mad_kwh : price of import, tax included [MAD/kWh]
    hours : its hours [h], from (included) to (not)
    name : its name in a tariff of the user; empty where ``poste`` is the name
    export_mad_kwh : price of export in a tariff of the user [MAD/kWh]
    """

    poste: str
    price_mad_kwh: float
    hours: tuple[tuple[float, float], ...]
    name: str = ""
    export_mad_kwh: float = 0.0


RuleDay = tuple[PosteRule, ...]


@dataclass(frozen=True)
class Season:
    """A part of every year and its rules.

    Parameters
    ----------
    name : key of the season
    spans : first and last day of each part, both included; a span whose last day is before its first passes new year
    days : rules by kind of day, in the order of ``DAY_KINDS``; the hours of each kind cover the day once
    """

    name: str
    spans: tuple[tuple[MonthDay, MonthDay], ...]
    days: tuple[RuleDay, ...]

    @property
    def rules(self) -> RuleDay:
        """The rules of all kinds of days, each once, in order."""
        return tuple(dict.fromkeys(rule for day in self.days for rule in day))


def make_season(name: str, spans: tuple[tuple[MonthDay, MonthDay], ...], rules: RuleDay) -> Season:
    """Return a season with the same rules on every day."""
    return Season(name, spans, (rules,) * len(DAY_KINDS))


def find_rules(seasons: tuple[Season, ...], day: date, *, holidays: Collection[str] = ()) -> RuleDay:
    """Return the rules in force on a date.

    Parameters
    ----------
    seasons : they cover the year
    day : the date
    holidays : ISO dates, or their last five characters for a holiday of every year

    Returns
    -------
    the rules of the kind of the day; their hours cover it once
    """
    month_day = (day.month, day.day)
    season = next(season for season in seasons if any(is_within(month_day, span) for span in season.spans))
    iso = day.isoformat()
    return season.days[HOLIDAY if iso in holidays or iso[5:] in holidays else day.weekday()]


def is_within(day: MonthDay, span: tuple[MonthDay, MonthDay]) -> bool:
    """Return whether a day of the year lies in a span."""
    first, last = span
    return first <= day <= last if first <= last else day >= first or day <= last
