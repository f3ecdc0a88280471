"""The kinds of files that a user can give on the page, by the field of the scenario that each sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ev2gym_dashboard.core.scenario import MINUTES_PER_DAY, PROFILES, Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.catalogs import catalog_in
from ev2gym_dashboard.service.datasets.ev_specs import compact_spec
from ev2gym_dashboard.service.datasets.profile_csv import PROFILE_UNITS, DayProfiles, parse_profile_csv
from ev2gym_dashboard.web.i18n import N_, Words

MAX_FILE_BYTES = 200_000
MAX_VALUES = 2016
"""Three weeks of 15 min: the browser holds the run and sends it with each request."""
MAX_SPEC_BYTES = 65_536
"""After ``compact_spec``: the run holds it too."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file: how it is read, and what is said of it.

    Parameters
    ----------
    about : msgid of what it is
    without : msgid of what counts where there is none
    empty : value of the scenario's field where there is none
    read : content -> value of the field, and every issue, each with its place in the file
    said : scenario with such a file, its name -> what it holds
    unit : of its values
    """

    about: str
    without: str
    empty: object
    read: Callable[[bytes], tuple[object, list[Issue]]]
    said: Callable[[Scenario, str, Words], str]
    unit: str = ""


def _read_profile(name: str, content: bytes) -> tuple[DayProfiles | None, list[Issue]]:
    low, high = PROFILES[name]
    profile, issues = parse_profile_csv(content, quantity=PROFILE_UNITS[name], low=low, high=high)
    n_values = sum(map(len, profile or ()))
    return (None, [_too_many(n_values)]) if n_values > MAX_VALUES else (profile, issues)


def _too_many(n_values: int) -> Issue:
    return Issue(
        "file",
        "must not hold more than {high} values here, not {value}: take fewer days or longer steps, or use Python",
        (("high", MAX_VALUES), ("value", n_values)),
    )


def _profile_said(name: str, scenario: Scenario, file: str, _: Words) -> str:
    profile: DayProfiles = getattr(scenario, name)
    values = [value for day in profile for value in day]
    return _(
        "{file}: {days} d in steps of {step} min, from {low} to {high} {unit}",
        file=file,
        days=_.number(len(profile)),
        step=MINUTES_PER_DAY // len(profile[0]),
        low=_.plain(min(values)),
        high=_.plain(max(values)),
        unit=PROFILE_UNITS[name],
    )


def _read_spec(content: bytes) -> tuple[str | None, list[Issue]]:
    spec, issues = compact_spec(content)
    n_bytes = len(spec.encode())
    return (None, [_too_long(n_bytes)]) if n_bytes > MAX_SPEC_BYTES else (spec, issues)


def _too_long(n_bytes: int) -> Issue:
    return Issue(
        "file",
        "must not hold more than {high} bytes of models here, not {value}: leave out models, or use Python",
        (("high", MAX_SPEC_BYTES), ("value", n_bytes)),
    )


def _spec_said(scenario: Scenario, file: str, _: Words) -> str:
    capable = catalog_in(scenario).catalog.v2g_capable
    return _(
        "{file}: {models} model(s), {capable} V2G-capable",
        file=file,
        models=_.number(len(capable)),
        capable=_.number(int(capable.sum())),
    )


def _profile_kind(name: str, about: str, without: str) -> FileKind:
    read, said = partial(_read_profile, name), partial(_profile_said, name)
    return FileKind(about, without, (), read, said, PROFILE_UNITS[name])


FILE_KINDS = {
    "base_load_profile": _profile_kind(
        "base_load_profile",
        N_("Load of the site without EVs, from a CSV of yours"),
        N_("No file: the measured day shape counts."),
    ),
    "price_profile": _profile_kind(
        "price_profile", N_("Prices, from a CSV of yours"), N_("No file: the tariff counts.")
    ),
    "catalog_spec": FileKind(
        N_("Vehicle models, from a spec file of yours"),
        N_("No file: the catalog chosen above counts."),
        "",
        _read_spec,
        _spec_said,
    ),
}
