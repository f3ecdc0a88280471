"""Reads ONEE's tariffs out of their data file."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.core.surroundings import POSTES
from ev2gym_dashboard.core.tariff import HOURS_PER_DAY, SEASONS, PosteRule, Tariff
from ev2gym_dashboard.service.json_file import Reader, is_number

TIME_OF_USE = "time_of_use"
CONFIDENCES = ("high", "medium", "low")
MAX_PRICE_MAD_KWH = 100
MAX_FIXED_MAD_PER_KVA_YEAR = 10_000


def parse_tariffs(content: bytes) -> dict[str, Tariff]:
    """Return the time-of-use tariffs of a file by key, in its order; other structures are passed over.

    Raises
    ------
    Invalid
        With every issue of the file.
    """
    reader = Reader(content)
    keys = [key for key in reader.mapping("tariffs") if reader.get("tariffs", key, "structure") == TIME_OF_USE]
    tariffs = {key: _tariff(reader, key) for key in keys}
    if not tariffs:
        reader.refuse(["tariffs"], "must hold at least one tariff of the structure {structure}", structure=TIME_OF_USE)
    reader.finish()
    return tariffs


def _tariff(reader: Reader, key: str) -> Tariff:
    path = ("tariffs", key)
    confidence = reader.text(*path, "confidence")
    if confidence not in CONFIDENCES:
        reader.refuse([*path, "confidence"], "must be one of {options}", options=", ".join(CONFIDENCES))
    seasons = {season: _season(reader, *path, season) for season in SEASONS}
    return Tariff(
        key=key,
        name=reader.text(*path, "name"),
        voltage=reader.text(*path, "voltage"),
        winter=seasons["winter"],
        summer=seasons["summer"],
        fixed_mad_per_kva_year=reader.number(*path, "fixed_mad_per_kva_year", low=0, high=MAX_FIXED_MAD_PER_KVA_YEAR),
        confidence=confidence,
        source=reader.text(*path, "source"),
        note=reader.text(*path, "note"),
    )


def _season(reader: Reader, *path: str) -> tuple[PosteRule, ...]:
    rules = tuple(_rule(reader, *path, poste) for poste in reader.mapping(*path))
    spans = sorted(span for rule in rules for span in rule.hours)
    edges = [0.0, *(edge for span in spans for edge in span), float(HOURS_PER_DAY)]
    if edges[::2] != edges[1::2]:
        reader.refuse(path, "must cover the hours from 0 to 24 once, without a gap")
    return rules


def _rule(reader: Reader, *path: str) -> PosteRule:
    poste = path[-1]
    if poste not in POSTES:
        reader.refuse(path, "must be one of {options}", options=", ".join(POSTES))
    price = reader.number(*path, "price_mad_kwh", low=0, high=MAX_PRICE_MAD_KWH)
    hours = reader.get(*path, "hours")
    if not (isinstance(hours, list) and all(map(_is_span, hours))):
        reader.refuse([*path, "hours"], "must be a list of [from, to] with from below to, in hours from 0 to 24")
        hours = []
    return PosteRule(poste=poste, price_mad_kwh=price, hours=tuple((float(first), float(end)) for first, end in hours))


def _is_span(span: Any) -> bool:
    return isinstance(span, list) and len(span) == 2 and all(map(is_number, span)) and 0 <= span[0] < span[1] <= 24
