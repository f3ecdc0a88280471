"""Tariff: import price, export price, fixed charge and poste horaire by date and time of day, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.season import MonthDay, RuleDay, Season, find_rules
from ev2gym_dashboard.core.site.tariff_text import encode_tariff
from ev2gym_dashboard.core.site.tiers import Tier, compute_mean_price_mad_kwh

SEASONS = ("winter", "summer")
SUMMER_FIRST, WINTER_FIRST = (4, 1), (10, 1)
SEASON_SPANS: dict[str, tuple[tuple[MonthDay, MonthDay], ...]] = {
    "winter": ((WINTER_FIRST, (3, 31)),),
    "summer": ((SUMMER_FIRST, (9, 30)),),
}
"""First and last day of ONEE's seasons, both included."""
WHOLE_YEAR: tuple[tuple[MonthDay, MonthDay], ...] = (((1, 1), (12, 31)),)
HOURS_PER_DAY = 24
HP, HN = POSTES.index("HP"), POSTES.index("HN")
# A fleet consumes more than any published tier, so that its tier does not depend on the exact figure.
DEFAULT_MONTHLY_KWH = 10_000.0
FLAT_KEY = "flat"
FLAT_NAME = "Flat price"
FLAT_NOTE = "A price of your choice, the same at all hours."

ThresholdVerdict = Literal["never", "sometimes", "always"]


@dataclass(frozen=True)
class ExportPrice:
    """Price of export, without taxes, and its validity.

    Parameters
    ----------
    peak_mad_kwh, other_mad_kwh : price in the peak hours (HP) and in all others [MAD/kWh]
    first_day, last_day : first and last day of its validity, both included
    confidence, source, note : as in ``Tariff``
    """

    peak_mad_kwh: float
    other_mad_kwh: float
    first_day: date
    last_day: date
    confidence: str
    source: str
    note: str


@dataclass(frozen=True)
class Tariff:
    """A tariff, either by season and poste horaire or by tiers of monthly consumption; its prices are in MAD.

    Parameters
    ----------
    key, name : key in the table, and its name
    voltage : "BT", "MT" or "THT/HT" of ONEE; empty for a tariff of the user
    seasons : they cover the year once; empty for a tariff by tiers
    fixed_mad_per_kva_year : charge for power, tax included [MAD/kVA/year]; 0 where there is none
    confidence : confidence in the figures: "high", "medium" or "low"; empty for a tariff of the user
    source, note : source of the figures, and remarks on them
    tiers : the tiers, rising, the last without an upper bound; empty for a tariff by poste horaire
    progressive_up_to_kwh : monthly consumption up to which each kWh costs the price of its own tier; above it, all of
        them cost the price of the tier reached ("selective") [kWh]
    export : price of export of ONEE's tariffs; None without one
    export_mad_kwh : price of export of the user's tariff by tiers; by poste horaire the rules hold it [MAD/kWh]
    standing_mad_per_year : charge that does not depend on power [MAD/year]
    bills_monthly_peak : whether the charge for power takes the metered peak of each month, not the subscribed power
    holidays : ISO dates, or "month-day" for every year, whose rules are those of a holiday
    time_zone : IANA name of the zone of hours and dates; empty for the clock of the scenario
    currency, mad_per_unit : currency of the user's file, and the rate at which its prices were converted
    """

    key: str
    name: str
    voltage: str
    seasons: tuple[Season, ...]
    fixed_mad_per_kva_year: float
    confidence: str
    source: str
    note: str
    tiers: tuple[Tier, ...] = ()
    progressive_up_to_kwh: float = 0.0
    export: ExportPrice | None = None
    export_mad_kwh: float = 0.0
    standing_mad_per_year: float = 0.0
    bills_monthly_peak: bool = False
    holidays: tuple[str, ...] = ()
    time_zone: str = ""
    currency: str = "MAD"
    mad_per_unit: float = 1.0

    @property
    def rules(self) -> RuleDay:
        """The rules of all seasons, in order."""
        return tuple(rule for season in self.seasons for rule in season.rules)

    def to_fields(self) -> dict[str, str]:
        """Return the fields of a scenario under this tariff as the user's own."""
        return {"tariff": OWN_TARIFF, "tariff_spec": encode_tariff(self)}

    @property
    def prices_mad_kwh(self) -> tuple[float, ...]:
        """Prices of the tariff, each once, rising [MAD/kWh]."""
        by_poste = {rule.price_mad_kwh for rule in self.rules}
        return tuple(sorted(by_poste | {tier.price_mad_kwh for tier in self.tiers}))

    @property
    def has_tiers(self) -> bool:
        """Whether the price depends on the monthly consumption."""
        return len(self.tiers) > 1

    @property
    def lowest_mad_kwh(self) -> float:
        return self.prices_mad_kwh[0]

    @property
    def highest_mad_kwh(self) -> float:
        return self.prices_mad_kwh[-1]


def make_flat_tariff(price_mad_kwh: float) -> Tariff:
    """Return a tariff at low voltage with one price at all hours and for all consumption [MAD/kWh]."""
    if not 0.0 <= price_mad_kwh < math.inf:
        raise ValueError(f"price_mad_kwh must be finite and not below 0, not {price_mad_kwh}")
    return Tariff(
        key=FLAT_KEY,
        name=FLAT_NAME,
        voltage="BT",
        seasons=(),
        fixed_mad_per_kva_year=0.0,
        confidence="high",
        source="",
        note=FLAT_NOTE,
        tiers=(Tier(math.inf, price_mad_kwh),),
    )


def find_season(day: date) -> str:
    """Return "summer" from 1 April to 30 September, else "winter"."""
    return "summer" if SUMMER_FIRST <= (day.month, day.day) < WINTER_FIRST else "winter"


def find_postes(tariff: Tariff, day: date, hour_h: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the poste horaire in force at times of a day.

    Parameters
    ----------
    tariff : Tariff
    day : the date, UTC
    hour_h : times of day, (k,), 0 <= hour_h < 24 [h]

    Returns
    -------
    (k,) indices into ``POSTES``; HN throughout for a tariff by tiers
    """
    if tariff.tiers:
        return np.full(hour_h.shape, HN, dtype=np.int8)
    rules = find_rules(tariff.seasons, day, holidays=tariff.holidays)
    codes = np.array([POSTES.index(rule.poste) for rule in rules], dtype=np.int8)
    return codes[_find_rule_rows(rules, hour_h)]


def compute_import_price_mad_kwh(
    tariff: Tariff, day: date, hour_h: NDArray[np.float64], *, monthly_kwh: float = DEFAULT_MONTHLY_KWH
) -> NDArray[np.float64]:
    """Return the price of import, tax included, at times of a day.

    Parameters
    ----------
    tariff : Tariff
    day : the date, UTC
    hour_h : times of day, (k,), 0 <= hour_h < 24 [h]
    monthly_kwh : estimated monthly import of the site, which only tiers depend on [kWh]

    Returns
    -------
    (k,) prices; under tiers the mean price of the month's kWh [MAD/kWh]
    """
    if tariff.tiers:
        return np.full(hour_h.shape, compute_tier_price_mad_kwh(tariff, monthly_kwh))
    rules = find_rules(tariff.seasons, day, holidays=tariff.holidays)
    return np.array([rule.price_mad_kwh for rule in rules])[_find_rule_rows(rules, hour_h)]


def compute_tier_price_mad_kwh(tariff: Tariff, monthly_kwh: float) -> float:
    """Return the mean price of a month's kWh under a tariff by tiers [MAD/kWh]."""
    return compute_mean_price_mad_kwh(tariff.tiers, monthly_kwh, progressive_up_to_kwh=tariff.progressive_up_to_kwh)


def compute_export_price_mad_kwh(
    tariff: Tariff,
    day: date,
    hour_h: NDArray[np.float64],
    *,
    peak_mad_kwh: float | None = None,
    other_mad_kwh: float | None = None,
) -> NDArray[np.float64]:
    """Return the price of export, without taxes, at times of a day.

    Parameters
    ----------
    tariff : Tariff
    day : the date, UTC
    hour_h : times of day, (k,), 0 <= hour_h < 24 [h]
    peak_mad_kwh, other_mad_kwh : user-defined price in the peak hours (HP) and in all others; None takes the
        tariff's [MAD/kWh]

    Returns
    -------
    (k,) price [MAD/kWh]; 0 for tariffs without one (BT) and outside the days of its validity; the user's tariff has its
    own prices, which ``peak_mad_kwh`` and ``other_mad_kwh`` do not change
    """
    export_price = tariff.export
    if export_price is None:
        return _compute_own_export_price(tariff, day, hour_h)
    if not export_price.first_day <= day <= export_price.last_day:
        return np.zeros(hour_h.shape)
    peak = export_price.peak_mad_kwh if peak_mad_kwh is None else peak_mad_kwh
    other = export_price.other_mad_kwh if other_mad_kwh is None else other_mad_kwh
    return np.where(find_postes(tariff, day, hour_h) == HP, peak, other)


def _compute_own_export_price(tariff: Tariff, day: date, hour_h: NDArray[np.float64]) -> NDArray[np.float64]:
    if tariff.tiers:
        return np.full(hour_h.shape, tariff.export_mad_kwh)
    rules = find_rules(tariff.seasons, day, holidays=tariff.holidays)
    return np.array([rule.export_mad_kwh for rule in rules])[_find_rule_rows(rules, hour_h)]


def list_prices_mad_kwh(tariff: Tariff, *, monthly_kwh: float = DEFAULT_MONTHLY_KWH) -> tuple[float, ...]:
    """Return the prices of a tariff over a year [MAD/kWh], rising; a tariff by tiers has that of its tier."""
    return (compute_tier_price_mad_kwh(tariff, monthly_kwh),) if tariff.tiers else tariff.prices_mad_kwh


def check_price_threshold(prices_mad_kwh: Collection[float], threshold_mad_kwh: float) -> ThresholdVerdict:
    """Return whether prices are above a threshold: never, sometimes or always."""
    if max(prices_mad_kwh) <= threshold_mad_kwh:
        return "never"
    return "always" if min(prices_mad_kwh) > threshold_mad_kwh else "sometimes"


def find_midway_threshold(prices_mad_kwh: Collection[float]) -> float | None:
    """Return the threshold midway between the two highest of some prices [MAD/kWh]; None if all are equal."""
    highest = sorted(set(prices_mad_kwh))[-2:]
    return round(sum(highest) / 2.0, 6) if len(highest) == 2 else None


def _find_rule_rows(rules: RuleDay, hour_h: NDArray[np.float64]) -> NDArray[np.intp]:
    # The hours cover the day once: the rule of a time is that of the last span that starts before it.
    spans = sorted((first, row) for row, rule in enumerate(rules) for first, _ in rule.hours)
    firsts = np.array([first for first, _ in spans])
    rows = np.array([row for _, row in spans])
    return rows[np.searchsorted(firsts, hour_h, side="right") - 1]
