"""Tariff: the price of import and the poste horaire by date and time of day, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.surroundings import POSTES

SEASONS = ("winter", "summer")
SUMMER_FIRST, WINTER_FIRST = (4, 1), (10, 1)
HOURS_PER_DAY = 24


@dataclass(frozen=True)
class PosteRule:
    """A poste horaire in a season: its price, tax included [MAD/kWh], its hours [h], from (included) to (not)."""

    poste: str
    price_mad_kwh: float
    hours: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Tariff:
    """A tariff by season and poste horaire, the hours in UTC.

    Parameters
    ----------
    key, name : its key in the table, and the name that ONEE gives it
    voltage : "BT", "MT" or "THT/HT"
    winter, summer : the postes of each season; their hours cover the day once
    fixed_mad_per_kva_year : fixed charge, tax included [MAD/kVA/year]; 0 where there is none
    confidence : how sure the figures are: "high", "medium" or "low"
    source, note : where the figures come from, and what to know about them
    """

    key: str
    name: str
    voltage: str
    winter: tuple[PosteRule, ...]
    summer: tuple[PosteRule, ...]
    fixed_mad_per_kva_year: float
    confidence: str
    source: str
    note: str

    @property
    def lowest_mad_kwh(self) -> float:
        return min(rule.price_mad_kwh for rule in self.winter + self.summer)

    @property
    def highest_mad_kwh(self) -> float:
        return max(rule.price_mad_kwh for rule in self.winter + self.summer)


def season_of(day: date) -> str:
    """Return "summer" from 1 April to 30 September, else "winter"."""
    return "summer" if SUMMER_FIRST <= (day.month, day.day) < WINTER_FIRST else "winter"


def poste_of(tariff: Tariff, day: date, hour_h: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the poste horaire in force at times of a day.

    Parameters
    ----------
    tariff : Tariff
    day : the date, UTC
    hour_h : times of day, (k,), 0 <= hour_h < 24 [h]

    Returns
    -------
    (k,) indices into ``POSTES``
    """
    rules = _rules(tariff, day)
    codes = np.array([POSTES.index(rule.poste) for rule in rules], dtype=np.int8)
    return codes[_rule_at(rules, hour_h)]


def price_mad_kwh(tariff: Tariff, day: date, hour_h: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the price of import, tax included, at times of a day.

    Parameters
    ----------
    tariff : Tariff
    day : the date, UTC
    hour_h : times of day, (k,), 0 <= hour_h < 24 [h]

    Returns
    -------
    (k,) prices [MAD/kWh]
    """
    rules = _rules(tariff, day)
    return np.array([rule.price_mad_kwh for rule in rules])[_rule_at(rules, hour_h)]


def _rules(tariff: Tariff, day: date) -> tuple[PosteRule, ...]:
    return tariff.summer if season_of(day) == "summer" else tariff.winter


def _rule_at(rules: tuple[PosteRule, ...], hour_h: NDArray[np.float64]) -> NDArray[np.intp]:
    spans = sorted((first, row) for row, rule in enumerate(rules) for first, _ in rule.hours)
    firsts = np.array([first for first, _ in spans])
    rows = np.array([row for _, row in spans])
    return rows[np.searchsorted(firsts, hour_h, side="right") - 1]
