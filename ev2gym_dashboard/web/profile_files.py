"""The user's files of load and prices on the page: out of an upload into the scenario, and what is said of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from ev2gym_dashboard.core.scenario import MINUTES_PER_DAY, PROFILES, Scenario
from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.profile_csv import DayProfiles, parse_profile_csv
from ev2gym_dashboard.service.profile_file import PROFILE_UNITS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Words

MAX_FILE_BYTES = 200_000
MAX_VALUES = 2016
"""Three weeks of 15 min: the browser holds the run and sends it with each request."""
MAX_FILE_NAME = 80
PROFILE_ABOUT = {
    "base_load_profile": N_("Load of the site without EVs, from a CSV of yours"),
    "price_profile": N_("Prices, from a CSV of yours"),
}
NO_FILE = {
    "base_load_profile": N_("No file: the measured day shape counts."),
    "price_profile": N_("No file: the tariff counts."),
}


def file_names(request: Mapping[str, Any]) -> dict[str, str]:
    """Return what the user's files are called, by the series that they are for: those kept, then those given now."""
    kept, given = _mapping(request.get("files")), _mapping(request.get("upload"))
    now = {name: _mapping(given.get(name)).get("name") for name in PROFILES}
    named = {name: now[name] or kept.get(name) for name in PROFILES}
    return {name: text[:MAX_FILE_NAME] for name, text in named.items() if isinstance(text, str)}


def profiles_in(request: Mapping[str, Any]) -> dict[str, DayProfiles]:
    """Return the series that a request gives, or takes away with an empty one.

    Raises
    ------
    Invalid
        With every issue by row, each with the field ``"<series>/<row>"``.
    """
    given, names = _mapping(request.get("upload")), file_names(request)
    profiles: dict[str, DayProfiles] = {}
    issues = []
    for name in (name for name in PROFILES if name in given):
        profile, found = _profile(name, given[name])
        profiles[name] = profile or ()
        if found:
            refused = Issue(name, "{file} cannot be used, the run stays as it is:", (("file", names.get(name, "")),))
            issues += [refused, *(Issue(f"{name}/{one.field}", one.template, one.values) for one in found)]
    if issues:
        raise Invalid(issues)
    return profiles


def files_in_use(scenario: Scenario, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the files whose series a scenario has."""
    return {name: names[name] for name in PROFILES if getattr(scenario, name) and name in names}


def texts(scenario: Scenario, names: Mapping[str, str], _: Words) -> dict[str, str]:
    """Return what is said of each file, by the id of its place."""
    return {ids.file_text(name): _file_text(name, getattr(scenario, name), names, _) for name in PROFILES}


def states(scenario: Scenario) -> dict[str, str]:
    """Return which rows have a file that could be removed, by id."""
    return {ids.file_row(name): "on" if getattr(scenario, name) else "off" for name in PROFILES}


def file_fields(_: Words) -> html.Div:
    """Return the fields of the user's files."""
    hint = html.P(
        _(
            "Two columns, time and value: HH:MM of a typical day, or whole days as 2026-12-15T17:30 (UTC), repeated; "
            "at most {high} values here. A file starts the run again.",
            high=_.number(MAX_VALUES),
        ),
        className="hint",
    )
    return html.Div([html.Div([_file_field(name, _) for name in PROFILES], className="fields files"), hint])


def _profile(name: str, given: object) -> tuple[DayProfiles | None, list[Issue]]:
    if given is None:
        return (), []
    contents = _mapping(given).get("contents")
    if contents is None or len(str(contents)) > 2 * MAX_FILE_BYTES:
        return None, [Issue("file", "must not be longer than {high} bytes here", (("high", MAX_FILE_BYTES),))]
    try:
        content = base64.b64decode(str(contents).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return None, [Issue("file", "must be a file that the browser can read")]
    low, high = PROFILES[name]
    profile, issues = parse_profile_csv(content, quantity=PROFILE_UNITS[name], low=low, high=high)
    n_values = sum(map(len, profile or ()))
    if n_values > MAX_VALUES:
        return None, [_too_many(n_values)]
    return profile, issues


def _too_many(n_values: int) -> Issue:
    return Issue(
        "file",
        "must not hold more than {high} values here, not {value}: take fewer days or longer steps, or use Python",
        (("high", MAX_VALUES), ("value", n_values)),
    )


def _file_text(name: str, profile: DayProfiles, names: Mapping[str, str], _: Words) -> str:
    if not profile:
        return _(NO_FILE[name])
    values = [value for day in profile for value in day]
    return _(
        "{file}: {days} d in steps of {step} min, from {low} to {high} {unit}",
        file=names.get(name) or _("A file of yours"),
        days=_.number(len(profile)),
        step=MINUTES_PER_DAY // len(profile[0]),
        low=_.plain(min(values)),
        high=_.plain(max(values)),
        unit=PROFILE_UNITS[name],
    )


def _file_field(name: str, _: Words) -> html.Div:
    about = _(PROFILE_ABOUT[name])
    choose = html.Span(_("Choose a file…"), className="btn btn-sm btn-outline-secondary")
    remove = html.Button(
        [_("Remove"), html.Span(about, className="visually-hidden")],
        id=ids.remove_file(name),
        type="button",
        className="btn btn-sm btn-outline-secondary remove-file",
        n_clicks=0,
    )
    # The browser's own label opens the dialog; by the component's own click it would open twice.
    upload = html.Label(
        [html.Span(about, className="visually-hidden"), dcc.Upload(choose, id=ids.upload(name), disable_click=True)],
        className="upload",
    )
    text = html.Span(id=ids.file_text(name), className="file-text live", role="status")
    unit = html.Span(f" ({PROFILE_UNITS[name]})", className="unit")
    return html.Div(
        [
            html.Span([about, unit], className="field-name"),
            html.Div([upload, remove, text], id=ids.file_row(name), className="file-row"),
            html.Div(id=ids.field_issue(name), className="field-issue", role="alert"),
        ],
        className="field",
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
