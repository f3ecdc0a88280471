"""Issues of a request as text for the user."""

from __future__ import annotations

from collections.abc import Iterable

from ev2gym_dashboard.core.schema import Declaration, Issue
from ev2gym_dashboard.service.datasets.series_file.options import OPTION_HELP
from ev2gym_dashboard.web.i18n import MAX_NUMBER, N_, Translator, localize_value
from ev2gym_dashboard.web.requests import uploads
from ev2gym_dashboard.web.requests.group_words import localize_words
from ev2gym_dashboard.web.requests.times import format_time_text
from ev2gym_dashboard.web.requests.values import (
    TIME_FIELD_LABELS,
    is_fraction,
    list_known_fields,
)

WHOLE_FILE = "file"
PLACE_VALUES, TIME_VALUE = ("place", "places"), "example_time"
"""Values of issues that are words of ours for parking places, and one that is an ISO time."""
REQUEST_PART_LABELS = {
    "request": N_("Request"),
    "run": N_("Run"),
    "steps": N_("Steps"),
    "params": N_("Strategy parameters"),
    "link": N_("Link"),
    "file": N_("File"),
    "config": N_("Configuration of EV2Gym"),
    "period": N_("Period"),
    "seeds": N_("Seeds"),
    "sizes": N_("Sizes"),
    "part": N_("Part of the site"),
    "work": N_("Comparison"),
    "comparison": N_("Comparison"),
}
OTHER_FIELD_LABELS = REQUEST_PART_LABELS | TIME_FIELD_LABELS | uploads.UPLOAD_LABELS


def format_issues(issues: Iterable[Issue], _: Translator) -> list[dict[str, str]]:
    """Return issues as text: the field, a sentence for the note below the field, and a line that names the field."""
    known = list_known_fields()
    texts = [
        (name, _prefix_location(location, format_issue_message(issue, known.get(name), _), _))
        for issue, name, location in map(_split_field, issues)
    ]
    return [
        {"field": name, "text": text, "line": _("{name}: {text}", name=get_field_label(name, _), text=text)}
        for name, text in texts
    ]


def format_issue_message(issue: Issue, declaration: Declaration | None, _: Translator) -> str:
    """Return the sentence of an issue, its numbers in the unit that the field shows."""
    # The issue holds fractions; the field shows percent.
    values = dict(issue.values)
    if is_fraction(declaration):
        return _(issue.template, **{name: _format_percent(value, _) for name, value in values.items()})
    return _(issue.template, **{name: _localize_value(name, value, _) for name, value in values.items()})


def get_field_label(name: str, _: Translator) -> str:
    """Return the label of a field, or its name if it has none."""
    declaration = list_known_fields().get(name)
    return _(declaration.about) if declaration else _(OTHER_FIELD_LABELS.get(name, "")) or name


def _localize_value(name: str, value: object, _: Translator) -> object:
    if name == TIME_VALUE:
        return format_time_text(str(value), _)
    return localize_words(str(value), _) if name in PLACE_VALUES else localize_value(value, _)


def _split_field(issue: Issue) -> tuple[Issue, str, str]:
    """Return an issue with its field and the location in its file: ``"<field>/row 7"``, ``"<field>/<model>.<key>"``."""
    # A model's name may have a slash as well: only the first one separates.
    name, _slash, location = issue.field.partition("/")
    return issue, name, location


def _prefix_location(location: str, text: str, _: Translator) -> str:
    # "row 7", or "row 7, energy_kwh" in a file of several columns.
    row, _comma, column = location.removeprefix("row ").partition(", ")
    if location.startswith("row ") and row.isdigit():
        named = _("{name}: {text}", name=column, text=text) if column else text
        return _("row {row}: {text}", row=row, text=named)
    return _("{name}: {text}", name=location, text=text) if location not in ("", WHOLE_FILE, *OPTION_HELP) else text


def _format_percent(value: object, _: Translator) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MAX_NUMBER:
        return localize_value(value, _)
    return _.add_percent_sign(localize_value(round(100.0 * value, 6), _))
