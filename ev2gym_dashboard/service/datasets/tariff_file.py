"""Tariff files: a tariff of the user in TOML or JSON, read with every issue and its place in the file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_key
from ev2gym_dashboard.core.site.season import PosteRule, make_season
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, WHOLE_YEAR, Tariff
from ev2gym_dashboard.core.site.tariff_text import PERIOD_KINDS
from ev2gym_dashboard.service.datasets.json_reader import JsonReader
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.datasets.tariff_calendar import read_holidays, read_seasons
from ev2gym_dashboard.service.datasets.tariff_charges import (
    check_keys,
    read_demand_charge,
    read_price,
    read_progressive_limit_kwh,
    read_tiers,
    read_yearly_charge_mad,
)

MAX_TARIFF_BYTES = 65_536
MAX_RATE = 1e6
MAX_TEXT_LENGTH = 2000
MAD = "MAD"
TARIFF_KEYS = (
    "name", "currency", "rate", "time_zone", "source", "note", "fixed_per_month", "fixed_per_year",
    "export_per_kwh", "holidays", "demand_charge", "periods", "seasons", "tiers", "progressive_up_to_kwh",
    "converted_from",
)  # fmt: skip
TARIFF_MARKS = frozenset({"periods", "tiers", "seasons", "time_zone"})
"""Keys of a tariff, of which no other data file has any."""
PERIOD_KEYS = ("kind", "price_per_kwh", "export_per_kwh")


def read_tariff(path: Path | str) -> Tariff:
    """Return the tariff of a TOML or JSON file.

    Parameters
    ----------
    path : the file; docs/tariffs.md describes its format

    Returns
    -------
    The tariff, its prices in MAD: ``Scenario(tariff=read_tariff("my.toml"))``

    Raises
    ------
    ValidationError
        With every issue of the file, each with its place.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_TARIFF_BYTES + 1)
    except OSError as error:
        values = ("path", path), ("reason", error.strerror or str(error))
        raise ValidationError([Issue("file", "{path} cannot be read: {reason}", values)]) from None
    return parse_tariff(content)


def parse_tariff(content: bytes) -> Tariff:
    """Return the tariff of the content of a file, TOML or JSON.

    Raises
    ------
    ValidationError
        With every issue of the file, each with its place.
    """
    if len(content) > MAX_TARIFF_BYTES:
        raise ValidationError([Issue("file", "must not be longer than {high} bytes", (("high", MAX_TARIFF_BYTES),))])
    reader = JsonReader(_convert_to_json(content))
    tariff = _read_document(reader)
    reader.raise_issues()
    return tariff


# A scenario holds the text of its tariff, and every day of a run asks for it.
@lru_cache(maxsize=64)
def parse_tariff_text(text: str) -> Tariff:
    """Return the tariff of a scenario's text, see `parse_tariff`."""
    return parse_tariff(text.encode("utf-8", "surrogatepass"))


def is_tariff(text: str) -> bool:
    """Return whether a TOML or JSON text is a tariff rather than a scenario or another data file."""
    try:
        root = parse_json(_convert_to_json(text.encode("utf-8", "surrogatepass")))
    except (ValidationError, ValueError, RecursionError):
        return False
    return isinstance(root, dict) and not TARIFF_MARKS.isdisjoint(root)


def _convert_to_json(content: bytes) -> bytes:
    """Return the content of a TOML file as JSON; JSON stays as it is."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) and not _is_toml(content):
        return content
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = ("reason", str(error)[:80])
        raise ValidationError([Issue("file", "must be TOML or JSON in UTF-8: {reason}", (reason,))]) from None
    # TOML has dates of its own; a holiday is their ISO text.
    return json.dumps(values, default=str).encode()


def _is_toml(content: bytes) -> bool:
    # A TOML file may begin with a table, as a JSON file with a list.
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


def _read_document(reader: JsonReader) -> Tariff:
    if not isinstance(reader.root, dict):
        raise ValidationError([Issue("file", "must be a table of a tariff: name, time_zone, periods or tiers")])
    check_keys(reader, TARIFF_KEYS)
    mad_per_unit = _read_rate(reader)
    has_tiers = reader.get("tiers") is not None
    if has_tiers == (reader.get("periods") is not None):
        reader.add_issue(["periods"], "must be given, or tiers in their place; not both")
    periods = {} if has_tiers else _read_periods(reader, mad_per_unit)
    seasons = read_seasons(reader, periods) if periods and reader.get("seasons") is not None else ()
    if periods and reader.get("seasons") is None:
        seasons = (make_season("year", WHOLE_YEAR, _spread_over_day(reader, periods)),)
    charge_mad, bills_monthly_peak = read_demand_charge(reader, mad_per_unit)
    currency, rate = _read_origin(reader, mad_per_unit)
    return Tariff(
        key=OWN_TARIFF,
        name=_read_optional_text(reader, "name") or reader.read_text("name"),
        voltage="",
        seasons=seasons,
        fixed_mad_per_kva_year=charge_mad,
        confidence="",
        source=_read_optional_text(reader, "source"),
        note=_read_optional_text(reader, "note"),
        tiers=read_tiers(reader, mad_per_unit) if has_tiers else (),
        progressive_up_to_kwh=read_progressive_limit_kwh(reader) if has_tiers else 0.0,
        export_mad_kwh=read_price(reader, "export_per_kwh", rate=mad_per_unit, default=0.0) if has_tiers else 0.0,
        standing_mad_per_year=read_yearly_charge_mad(reader, "fixed_per_month", "fixed_per_year", rate=mad_per_unit),
        bills_monthly_peak=bills_monthly_peak,
        holidays=read_holidays(reader),
        time_zone=_read_time_zone(reader),
        currency=currency,
        mad_per_unit=rate,
    )


def _read_rate(reader: JsonReader) -> float:
    """Return the MAD per unit of the file's currency."""
    currency, rate = reader.get("currency"), reader.get("rate")
    if currency in (None, MAD):
        if rate is not None:
            reader.add_issue(["rate"], "must not be given without a currency other than MAD")
        return 1.0
    if not isinstance(currency, str) or not currency.strip():
        reader.add_issue(["currency"], "must be a text such as EUR")
    n_issues = len(reader.issues)
    rate = reader.read_number("rate", low=1e-6, high=MAX_RATE)
    # With a wrong rate, the bounds of the prices are those of MAD.
    return rate if len(reader.issues) == n_issues else 1.0


def _read_origin(reader: JsonReader, mad_per_unit: float) -> tuple[str, float]:
    """Return the currency in which the prices were written, and its rate."""
    if reader.get("converted_from") is None:
        return str(reader.get("currency") or MAD), mad_per_unit
    currency = reader.read_text("converted_from", "currency")
    return currency, reader.read_number("converted_from", "rate", low=1e-6, high=MAX_RATE)


def _read_time_zone(reader: JsonReader) -> str:
    zone = reader.get("time_zone")
    try:
        # A key with a path would open a file: `ZoneInfo` refuses it with `ValueError`.
        return ZoneInfo(zone if isinstance(zone, str) else "").key
    except (OSError, ValueError, LookupError):
        reader.add_issue(["time_zone"], "must be the time zone of the hours, such as Europe/Paris or UTC")
        return "UTC"


def _read_periods(reader: JsonReader, rate: float) -> dict[str, PosteRule]:
    """Return the rule of each period by name, without hours."""
    default = read_price(reader, "export_per_kwh", rate=rate, default=0.0)
    return {name: _read_period(reader, name, rate, default) for name in reader.read_mapping("periods")}


def _read_period(reader: JsonReader, name: str, rate: float, export_mad_kwh: float) -> PosteRule:
    path = ("periods", name)
    if not isinstance(reader.get(*path), dict):
        reader.add_issue(path, "must be a table with a price_per_kwh")
        return PosteRule(PERIOD_KINDS["normal"], 0.0, (), name)
    check_keys(reader, PERIOD_KEYS, *path)
    kind = reader.get(*path, "kind")
    kind = "normal" if kind is None else kind
    reader.issues += check_key(".".join((*path, "kind")), kind, PERIOD_KINDS)
    return PosteRule(
        poste=PERIOD_KINDS.get(str(kind), "HN"),
        price_mad_kwh=read_price(reader, *path, "price_per_kwh", rate=rate),
        hours=(),
        name=name,
        export_mad_kwh=read_price(reader, *path, "export_per_kwh", rate=rate, default=export_mad_kwh),
    )


def _spread_over_day(reader: JsonReader, periods: dict[str, PosteRule]) -> tuple[PosteRule, ...]:
    """Return the rule of all hours of a tariff without seasons, which has one period."""
    if len(periods) > 1:
        reader.add_issue(["seasons"], "must say the hours of each period")
    first = next(iter(periods.values()))
    return (replace(first, hours=((0.0, float(HOURS_PER_DAY)),)),)


def _read_optional_text(reader: JsonReader, name: str) -> str:
    value = reader.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH:
        return value.strip()
    reader.add_issue([name], "must be a text of at most {high} characters", high=MAX_TEXT_LENGTH)
    return "?"
