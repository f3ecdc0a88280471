"""ONEE's tariffs, read from their data file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.season import PosteRule, Season, make_season
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, SEASON_SPANS, ExportPrice, Tariff
from ev2gym_dashboard.core.site.tiers import Tier
from ev2gym_dashboard.service.datasets.json_reader import JsonReader, is_number

TIME_OF_USE, TIERS = "time_of_use", "tiers"
STRUCTURES = (TIME_OF_USE, TIERS)
EXPORT_KEY = "export"
CONFIDENCES = ("high", "medium", "low")
MAX_PRICE_MAD_KWH = 100
MAX_FIXED_MAD_PER_KVA_YEAR = 10_000
MAX_MONTHLY_KWH = 1_000_000


def parse_tariffs(content: bytes) -> dict[str, Tariff]:
    """Return the tariffs of a file by key, in its order, without those of an unknown structure.

    Raises
    ------
    ValidationError
        With every issue of the file.
    """
    reader = JsonReader(content)
    export = _read_export_prices(reader) if reader.get(EXPORT_KEY) is not None else {}
    keys = [key for key in reader.read_mapping("tariffs") if reader.get("tariffs", key, "structure") in STRUCTURES]
    tariffs = {key: _read_tariff(reader, key, export) for key in keys}
    if not tariffs:
        reader.add_issue(
            ["tariffs"],
            "must contain at least one tariff of the structure {structure}",
            structure=", ".join(STRUCTURES),
        )
    reader.raise_issues()
    return tariffs


def _read_tariff(reader: JsonReader, key: str, export: Mapping[str, ExportPrice]) -> Tariff:
    path = ("tariffs", key)
    by_tiers = reader.get(*path, "structure") == TIERS
    voltage = reader.read_text(*path, "voltage")
    return Tariff(
        key=key,
        name=reader.read_text(*path, "name"),
        voltage=voltage,
        seasons=() if by_tiers else tuple(_read_season(reader, *path, season) for season in SEASON_SPANS),
        fixed_mad_per_kva_year=reader.read_number(
            *path, "fixed_mad_per_kva_year", low=0, high=MAX_FIXED_MAD_PER_KVA_YEAR
        ),
        confidence=_read_confidence(reader, *path),
        source=reader.read_text(*path, "source"),
        note=reader.read_text(*path, "note"),
        tiers=_read_tiers(reader, *path, "tiers") if by_tiers else (),
        progressive_up_to_kwh=_read_progressive_limit_kwh(reader, *path) if by_tiers else 0.0,
        export=export.get(voltage),
    )


def _read_confidence(reader: JsonReader, *path: str) -> str:
    confidence = reader.read_text(*path, "confidence")
    if confidence not in CONFIDENCES:
        reader.add_issue([*path, "confidence"], "must be one of {options}", options=", ".join(CONFIDENCES))
    return confidence


def _read_export_prices(reader: JsonReader) -> dict[str, ExportPrice]:
    """Return the price of export, by voltage level."""
    price = ExportPrice(
        peak_mad_kwh=reader.read_number(EXPORT_KEY, "peak_mad_kwh", low=0, high=MAX_PRICE_MAD_KWH),
        other_mad_kwh=reader.read_number(EXPORT_KEY, "other_mad_kwh", low=0, high=MAX_PRICE_MAD_KWH),
        first_day=reader.read_day(EXPORT_KEY, "first_day"),
        last_day=reader.read_day(EXPORT_KEY, "last_day"),
        confidence=_read_confidence(reader, EXPORT_KEY),
        source=reader.read_text(EXPORT_KEY, "source"),
        note=reader.read_text(EXPORT_KEY, "note"),
    )
    return dict.fromkeys(reader.read_texts(EXPORT_KEY, "voltages"), price)


def _read_tiers(reader: JsonReader, *path: str) -> tuple[Tier, ...]:
    tiers = tuple(
        _read_tier(reader, entry, *path, str(index)) for index, entry in enumerate(reader.read_entries(*path))
    )
    bounds = [0.0, *(tier.up_to_kwh for tier in tiers)]
    if bounds[-1] != math.inf or not all(low < high for low, high in pairwise(bounds)):
        reader.add_issue(path, "must have increasing bounds above 0, the last one null")
    return tiers


def _read_tier(reader: JsonReader, entry: object, *path: str) -> Tier:
    values = entry if isinstance(entry, Mapping) else {}
    bound, price = values.get("up_to_kwh", 0), values.get("price_mad_kwh")
    up_to_kwh = (
        math.inf if bound is None else reader.check_number(bound, *path, "up_to_kwh", low=0, high=MAX_MONTHLY_KWH)
    )
    return Tier(up_to_kwh, reader.check_number(price, *path, "price_mad_kwh", low=0, high=MAX_PRICE_MAD_KWH))


def _read_progressive_limit_kwh(reader: JsonReader, *path: str) -> float:
    return reader.read_number(*path, "progressive_up_to_kwh", low=0, high=MAX_MONTHLY_KWH)


def _read_season(reader: JsonReader, *path: str) -> Season:
    rules = tuple(_read_poste_rule(reader, *path, poste) for poste in reader.read_mapping(*path))
    spans = sorted(span for rule in rules for span in rule.hours)
    # Sorted spans that follow each other without a gap or an overlap have each inner edge twice.
    edges = [0.0, *(edge for span in spans for edge in span), float(HOURS_PER_DAY)]
    if edges[::2] != edges[1::2]:
        reader.add_issue(path, "must cover the hours from 0 to 24 once, without a gap")
    return make_season(path[-1], SEASON_SPANS[path[-1]], rules)


def _read_poste_rule(reader: JsonReader, *path: str) -> PosteRule:
    poste = path[-1]
    if poste not in POSTES:
        reader.add_issue(path, "must be one of {options}", options=", ".join(POSTES))
    price = reader.read_number(*path, "price_mad_kwh", low=0, high=MAX_PRICE_MAD_KWH)
    hours = reader.get(*path, "hours")
    if not (isinstance(hours, list) and all(map(_is_span, hours))):
        reader.add_issue([*path, "hours"], "must be a list of [from, to] with from below to, in hours from 0 to 24")
        hours = []
    return PosteRule(poste=poste, price_mad_kwh=price, hours=tuple((float(first), float(end)) for first, end in hours))


def _is_span(span: Any) -> bool:
    return isinstance(span, list) and len(span) == 2 and all(map(is_number, span)) and 0 <= span[0] < span[1] <= 24
