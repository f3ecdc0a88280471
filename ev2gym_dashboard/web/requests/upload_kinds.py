"""Kinds of files that a user can upload, by the scenario field that each sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from ev2gym_dashboard.core.charging_sessions import ChargingSessions, format_time
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import (
    METER,
    OWN_TARIFF,
    PRICES,
    PROFILE_BOUNDS,
    SCHEDULE,
    SITE,
    VEHICLES,
)
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.core.site.tariff_text import encode_tariff
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.datasets.ev_specs import compact_spec
from ev2gym_dashboard.service.datasets.series_file.options import ReadOptions, SeriesReading
from ev2gym_dashboard.service.datasets.series_file.reader import read_series
from ev2gym_dashboard.service.datasets.series_file.units import PROFILE_UNITS
from ev2gym_dashboard.service.datasets.session_file import ParquetBounds, read_session_bytes
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff, parse_tariff_text
from ev2gym_dashboard.web.i18n import N_, Translator

MAX_UPLOAD_BYTES = 6_000_000
"""An upload travels once, in Base64; two of them fit into a request."""
MAX_PROFILE_VALUES = 35_136
"""A leap year of 15 min."""
MAX_SESSIONS = 60_000
MAX_PARQUET = ParquetBounds(rows=MAX_SESSIONS, n_bytes=20_000_000)
"""What an uploaded Parquet file may hold."""
MAX_SPEC_BYTES = 524_288
"""Size after ``compact_spec``: two thousand models with curves of power."""


@dataclass(frozen=True)
class UploadKind:
    """A kind of file: how it is parsed and described.

    Parameters
    ----------
    group : group of the form that shows the field
    about : msgid of the label
    fallback : msgid of the text that names the source used without a file
    empty : value of the scenario field without a file
    parse : return the value of the field and every issue, each with its location in the file; the options of reading
        count for series
    describe : return a summary of a file from the scenario that uses it and the name of the file
    unit : unit of the values
    """

    group: str
    about: str
    fallback: str
    empty: object
    parse: Callable[[bytes, ReadOptions], tuple[object, list[Issue]]]
    describe: Callable[[Scenario, str, Translator], str]
    unit: str = ""


@lru_cache(maxsize=4)
def read_profile_upload(name: str, content: bytes, options: ReadOptions) -> SeriesReading:
    """Return the reading of an uploaded series; its notes are shown after its values are in use."""
    low, high = PROFILE_BOUNDS[name]
    return read_series(content, quantity=PROFILE_UNITS[name], low=low, high=high, options=options)


def _parse_profile(name: str, content: bytes, options: ReadOptions) -> tuple[object, list[Issue]]:
    reading = read_profile_upload(name, content, options)
    profile, issues = reading.profile, list(reading.issues)
    # Python accepts longer profiles: the limit belongs to the page, not to the parser.
    if profile is None:
        return None, issues
    n_values = len(profile.values)
    return (None, [_make_too_many_values_issue(n_values)]) if n_values > MAX_PROFILE_VALUES else (profile, [])


def _make_too_many_values_issue(n_values: int) -> Issue:
    return Issue(
        "file",
        "must contain at most {high} values here, not {value}: use fewer days or longer steps, or use Python",
        (("high", MAX_PROFILE_VALUES), ("value", n_values)),
    )


def _describe_profile(name: str, scenario: Scenario, file: str, _: Translator) -> str:
    profile: Profile = getattr(scenario, name)
    return _(
        "{file}: {days} d in steps of {step} min, from {low} to {high} {unit}",
        file=file,
        days=_.plain(round(profile.length_days, 2)),
        step=profile.step_min,
        low=_.plain(float(profile.values.min())),
        high=_.plain(float(profile.values.max())),
        unit=PROFILE_UNITS[name],
    )


def _parse_spec(content: bytes, _options: ReadOptions) -> tuple[str | None, list[Issue]]:
    spec, issues = compact_spec(content)
    n_bytes = len(spec.encode())
    return (None, [_make_spec_too_long_issue(n_bytes)]) if n_bytes > MAX_SPEC_BYTES else (spec, issues)


def _make_spec_too_long_issue(n_bytes: int) -> Issue:
    return Issue(
        "file",
        "must contain at most {high} bytes of models here, not {value}: remove models, or use Python",
        (("high", MAX_SPEC_BYTES), ("value", n_bytes)),
    )


def _describe_spec(scenario: Scenario, file: str, _: Translator) -> str:
    capable = load_scenario_catalog(scenario).catalog.v2g_capable
    return _.plural(
        "{file}: {count} model, {capable} V2G-capable",
        "{file}: {count} models, {capable} V2G-capable",
        len(capable),
        file=file,
        capable=_.number(int(capable.sum())),
    )


def _parse_tariff(content: bytes, _options: ReadOptions) -> tuple[str | None, list[Issue]]:
    try:
        return encode_tariff(parse_tariff(content)), []
    except ValidationError as error:
        return None, list(error.issues)


def _describe_tariff(scenario: Scenario, file: str, _: Translator) -> str:
    tariff = parse_tariff_text(scenario.tariff_spec)
    prices = {"low": _.plain(tariff.lowest_mad_kwh), "high": _.plain(tariff.highest_mad_kwh)}
    text = _("{file}: {name}, from {low} to {high} MAD/kWh", file=file, name=tariff.name, **prices)
    unused = _("not in use: another tariff is selected")
    return text if scenario.tariff == OWN_TARIFF else f"{text} ({unused})"


def _parse_sessions(content: bytes, options: ReadOptions) -> tuple[ChargingSessions | None, list[Issue]]:
    try:
        sessions = read_session_bytes(content, time_zone=options.time_zone or "UTC", max_parquet=MAX_PARQUET)
    except ValidationError as error:
        return None, list(error.issues)
    n = len(sessions)
    return (None, [_make_too_many_sessions_issue(n)]) if n > MAX_SESSIONS else (sessions, [])


def _make_too_many_sessions_issue(n_sessions: int) -> Issue:
    return Issue(
        "file",
        "must contain at most {high} sessions here, not {value}: use fewer days or vehicles, or use Python",
        (("high", MAX_SESSIONS), ("value", n_sessions)),
    )


def _describe_sessions(scenario: Scenario, file: str, _: Translator) -> str:
    sessions = scenario.sessions
    if sessions is None:
        return ""
    return _(
        "{file}: {stays} of {vehicles}, from {first} to {last}",
        file=file,
        stays=_.plural("{count} stay", "{count} stays", len(sessions)),
        vehicles=_.plural("{count} vehicle", "{count} vehicles", sessions.n_vehicles),
        **dict(zip(("first", "last"), map(format_time, sessions.find_span_s()), strict=True)),
    )


def _make_profile_kind(name: str, group: str, about: str, fallback: str) -> UploadKind:
    parse, describe = partial(_parse_profile, name), partial(_describe_profile, name)
    return UploadKind(group, about, fallback, (), parse, describe, PROFILE_UNITS[name])


UPLOAD_KINDS = {
    "base_load_profile": _make_profile_kind(
        "base_load_profile",
        SITE,
        N_("Site load without EVs, from your file"),
        N_("No file: the measured day shape is used."),
    ),
    "price_profile": _make_profile_kind(
        "price_profile", PRICES, N_("Prices, from your file"), N_("No file: the tariff is used.")
    ),
    "export_price_profile": _make_profile_kind(
        "export_price_profile",
        PRICES,
        N_("Prices of export, from your file"),
        N_("No file: the export price of the tariff is used."),
    ),
    "pv_profile": _make_profile_kind(
        "pv_profile", SITE, N_("PV output of the site, from your file"), N_("No file: the clear-sky sun is used.")
    ),
    "limit_profile": _make_profile_kind(
        "limit_profile", METER, N_("Connection limit, from your file"), N_("No file: the connection limit is constant.")
    ),
    "co2_profile": _make_profile_kind(
        "co2_profile", SITE, N_("CO2 of the grid, from your file"), N_("No file: the constant factor is used.")
    ),
    "setpoint_profile": _make_profile_kind(
        "setpoint_profile",
        SCHEDULE,
        N_("Schedule of the fleet, from your file"),
        N_("No file: the strategy decides at all times."),
    ),
    "tariff_spec": UploadKind(
        PRICES,
        N_("Tariff, from your file"),
        N_("No file: the selected tariff is used."),
        "",
        _parse_tariff,
        _describe_tariff,
    ),
    "sessions": UploadKind(
        VEHICLES,
        N_("Charging sessions, from your file"),
        N_("No file: arrivals, stays and energy are drawn."),
        None,
        _parse_sessions,
        _describe_sessions,
    ),
    "catalog_spec": UploadKind(
        VEHICLES,
        N_("Vehicle models, from your spec file"),
        N_("No file: the selected catalog is used."),
        "",
        _parse_spec,
        _describe_spec,
    ),
}
