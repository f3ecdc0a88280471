"""Text of a tariff: the format of the user's tariff files, in which a scenario holds its own tariff."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from ev2gym_dashboard.core.site.season import DAY_KINDS, MonthDay, PosteRule, RuleDay, Season

if TYPE_CHECKING:
    from ev2gym_dashboard.core.site.tariff import Tariff

EVERY_DAY = "every_day"
PERIOD_KINDS = {"peak": "HP", "full": "HPL", "off_peak": "HC", "normal": "HN"}
"""Kind of a period in a file, and the poste that it counts as."""
KIND_BY_POSTE = {poste: kind for kind, poste in PERIOD_KINDS.items()}
SUBSCRIBED, MONTHLY_PEAK = "subscribed", "monthly_peak"


def format_tariff(tariff: Tariff) -> dict[str, Any]:
    """Return a tariff as the values of a tariff file, prices in MAD; reading them gives an equal tariff.

    ONEE's export prices, which depend on fields of the scenario, are no part of it.
    """
    names = _name_rules(tariff)
    values: dict[str, Any] = {
        "name": tariff.name,
        "time_zone": tariff.time_zone or "UTC",
        "source": tariff.source,
        "note": tariff.note,
        "fixed_per_year": tariff.standing_mad_per_year,
        "holidays": list(tariff.holidays),
        "periods": {name: _format_period(rule) for rule, name in names.items()},
        "seasons": [_format_season(season, names) for season in tariff.seasons],
        "tiers": [_format_tier(tier.up_to_kwh, tier.price_mad_kwh) for tier in tariff.tiers],
    }
    if tariff.tiers:
        values["export_per_kwh"] = tariff.export_mad_kwh
    if tariff.tiers and tariff.progressive_up_to_kwh < math.inf:
        values["progressive_up_to_kwh"] = tariff.progressive_up_to_kwh
    if tariff.fixed_mad_per_kva_year:
        basis = MONTHLY_PEAK if tariff.bills_monthly_peak else SUBSCRIBED
        values["demand_charge"] = {"per_kva_year": tariff.fixed_mad_per_kva_year, "basis": basis}
    if tariff.currency != "MAD":
        values["converted_from"] = {"currency": tariff.currency, "rate": tariff.mad_per_unit}
    # An empty text, list or table, and no standing charge, are the defaults; a progressive limit of 0 is none.
    return {name: value for name, value in values.items() if value or name == "progressive_up_to_kwh"}


def encode_tariff(tariff: Tariff) -> str:
    """Return a tariff as JSON text; equal tariffs have equal texts."""
    return json.dumps(format_tariff(tariff), sort_keys=True, ensure_ascii=False)


def format_hour(hour_h: float) -> str:
    """Return a time of day [h] as HH:MM; the end of a day is 24:00."""
    minutes = round(60 * hour_h)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _name_rules(tariff: Tariff) -> dict[PosteRule, str]:
    """Return the name of each rule that a file declares; rules that differ in their hours alone share it."""
    names: dict[PosteRule, str] = {}
    for season in tariff.seasons:
        for rule in season.rules:
            period, name = _drop_hours(rule), rule.name or KIND_BY_POSTE[rule.poste]
            # ONEE's postes may cost different prices by season; a period of a file has one price.
            names.setdefault(period, f"{name}_{season.name}" if name in names.values() else name)
    return names


def _drop_hours(rule: PosteRule) -> PosteRule:
    return PosteRule(rule.poste, rule.price_mad_kwh, (), rule.name, rule.export_mad_kwh)


def _format_period(rule: PosteRule) -> dict[str, Any]:
    prices = {"price_per_kwh": rule.price_mad_kwh, "export_per_kwh": rule.export_mad_kwh}
    return {"kind": KIND_BY_POSTE[rule.poste]} | {
        name: price for name, price in prices.items() if price or name == "price_per_kwh"
    }


def _format_season(season: Season, names: dict[PosteRule, str]) -> dict[str, Any]:
    spans = [f"{_format_day(first)} to {_format_day(last)}" for first, last in season.spans]
    days = dict(zip(DAY_KINDS, season.days, strict=True))
    if len(set(season.days)) == 1:
        days = {EVERY_DAY: season.days[0]}
    hours = {day: _format_rules(rules, names) for day, rules in days.items()}
    return {"name": season.name, "dates": spans, "hours": hours}


def _format_rules(rules: RuleDay, names: dict[PosteRule, str]) -> dict[str, list[str]]:
    return {
        names[_drop_hours(rule)]: [f"{format_hour(first)}-{format_hour(end)}" for first, end in rule.hours]
        for rule in rules
    }


def _format_day(day: MonthDay) -> str:
    return f"{day[0]:02d}-{day[1]:02d}"


def _format_tier(up_to_kwh: float, price_mad_kwh: float) -> dict[str, float]:
    bound = {} if up_to_kwh == math.inf else {"up_to_kwh": up_to_kwh}
    return bound | {"price_per_kwh": price_mad_kwh}
