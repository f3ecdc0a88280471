"""Charges of a tariff file: prices per kWh, tiers, and the charges for power and time, in MAD."""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import pairwise
from typing import Any

from ev2gym_dashboard.core.schema import Issue, check_key, check_names
from ev2gym_dashboard.core.site.tariff_text import MONTHLY_PEAK, SUBSCRIBED
from ev2gym_dashboard.core.site.tiers import Tier
from ev2gym_dashboard.service.datasets.json_reader import JsonReader

MAX_PRICE_MAD_KWH = 100.0
MAX_CHARGE_MAD = 1e7
MAX_MONTHLY_KWH = 1e9
MONTHS_PER_YEAR = 12
MAD_DIGITS = 9
TIER_KEYS = ("up_to_kwh", "price_per_kwh")
DEMAND_KEYS = ("per_kva_month", "per_kva_year", "basis")


def read_price(reader: JsonReader, *path: str, rate: float, default: float | None = None) -> float:
    """Return a price in MAD/kWh, which may be negative."""
    if default is not None and reader.get(*path) is None:
        return default
    high = round(MAX_PRICE_MAD_KWH / rate, 3)
    return _convert(reader.read_number(*path, low=-high, high=high), rate)


def _convert(amount: float, rate: float) -> float:
    """Return an amount in MAD; no more digits than a price has, which the product's rounding error would add."""
    return round(rate * amount, MAD_DIGITS)


def read_yearly_charge_mad(reader: JsonReader, month: str, year: str, *path: str, rate: float) -> float:
    """Return a charge by year from the one by month or by year, 0 without either [MAD]."""
    if reader.get(*path, month) is not None and reader.get(*path, year) is not None:
        reader.add_issue([*path, year], "must not be given together with {field}", field=month)
    for name, factor in ((month, MONTHS_PER_YEAR), (year, 1)):
        if reader.get(*path, name) is not None:
            charge = reader.read_number(*path, name, low=0.0, high=round(MAX_CHARGE_MAD / rate))
            return _convert(factor * charge, rate)
    return 0.0


def read_demand_charge(reader: JsonReader, rate: float) -> tuple[float, bool]:
    """Return the charge for power [MAD/kVA/year], and whether it takes the peak of each month."""
    path = "demand_charge"
    if reader.get(path) is None:
        return 0.0, False
    if not isinstance(reader.get(path), dict):
        reader.add_issue([path], "must be a table with per_kva_month or per_kva_year")
        return 0.0, False
    check_keys(reader, DEMAND_KEYS, path)
    basis = reader.get(path, "basis")
    if basis is not None:
        reader.issues += check_key(f"{path}.basis", basis, (SUBSCRIBED, MONTHLY_PEAK))
    if reader.get(path, "per_kva_month") is None and reader.get(path, "per_kva_year") is None:
        reader.add_issue([path, "per_kva_month"], "is missing")
    return read_yearly_charge_mad(reader, "per_kva_month", "per_kva_year", path, rate=rate), basis == MONTHLY_PEAK


def read_tiers(reader: JsonReader, rate: float) -> tuple[Tier, ...]:
    entries = reader.read_entries("tiers")
    tiers = tuple(_read_tier(reader, entry, rate, "tiers", str(index)) for index, entry in enumerate(entries))
    bounds = [0.0, *(tier.up_to_kwh for tier in tiers)]
    if tiers and (bounds[-1] != math.inf or not all(low < high for low, high in pairwise(bounds))):
        reader.add_issue(["tiers"], "must have increasing bounds up_to_kwh above 0, the last tier none")
    return tiers


def _read_tier(reader: JsonReader, entry: object, rate: float, *path: str) -> Tier:
    if not isinstance(entry, dict):
        reader.add_issue(path, "must be a table with a price_per_kwh")
        return Tier(math.inf, 0.0)
    _check_names(reader, entry, TIER_KEYS, *path)
    bound, high = entry.get("up_to_kwh"), round(MAX_PRICE_MAD_KWH / rate, 3)
    up_to_kwh = (
        math.inf if bound is None else reader.check_number(bound, *path, "up_to_kwh", low=0.0, high=MAX_MONTHLY_KWH)
    )
    price = reader.check_number(entry.get("price_per_kwh"), *path, "price_per_kwh", low=0.0, high=high)
    return Tier(up_to_kwh, _convert(price, rate))


def read_progressive_limit_kwh(reader: JsonReader) -> float:
    """Return the monthly import up to which each kWh costs its own tier's price; without one, every kWh does."""
    if reader.get("progressive_up_to_kwh") is None:
        return math.inf
    return reader.read_number("progressive_up_to_kwh", low=0.0, high=MAX_MONTHLY_KWH)


def check_keys(reader: JsonReader, known: Collection[str], *path: str) -> None:
    _check_names(reader, reader.get(*path) if path else reader.root, known, *path)


def _check_names(reader: JsonReader, values: Any, known: Collection[str], *path: str) -> None:
    prefix = "".join(f"{key}." for key in path)
    reader.issues += [Issue(prefix + issue.field, issue.template, issue.values) for issue in check_names(values, known)]
