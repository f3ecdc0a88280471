"""Issues of a request as text for the user."""

from __future__ import annotations

from collections.abc import Iterable

from ev2gym_dashboard.core.schema import Declaration, Issue
from ev2gym_dashboard.web.i18n import N_, Translator, localize_value
from ev2gym_dashboard.web.requests import uploads
from ev2gym_dashboard.web.requests.values import (
    TIME_FIELD_LABELS,
    is_fraction,
    list_known_fields,
)

WHOLE_FILE = "file"
REQUEST_PART_LABELS = {
    "request": N_("Request"),
    "run": N_("Run"),
    "steps": N_("Steps"),
    "params": N_("Strategy parameters"),
    "link": N_("Link"),
    "file": N_("File"),
    "period": N_("Period"),
    "seeds": N_("Seeds"),
    "work": N_("Comparison"),
    "question": N_("Comparison"),
}
OTHER_FIELD_LABELS = REQUEST_PART_LABELS | TIME_FIELD_LABELS | uploads.UPLOAD_LABELS


def format_issues(issues: Iterable[Issue], _: Translator) -> list[dict[str, str]]:
    """Return issues for people: the field, a sentence to stand beside it, and one that names it."""
    known = list_known_fields()
    texts = [
        (name, _prefix_issue_location(place, format_issue_message(issue, known.get(name), _), _))
        for issue, name, place in _split_issue_fields(issues)
    ]
    return [
        {"field": name, "text": text, "line": _("{name}: {text}", name=get_field_label(name, _), text=text)}
        for name, text in texts
    ]


def format_issue_message(issue: Issue, what: Declaration | None, _: Translator) -> str:
    """Return an issue's sentence, its numbers in the unit of the field."""
    values = dict(issue.values)
    if is_fraction(what):
        return _(issue.template, **{name: _format_percent(value, _) for name, value in values.items()})
    return _(issue.template, **{name: localize_value(value, _) for name, value in values.items()})


def get_field_label(name: str, _: Translator) -> str:
    """Return what a field is called, or its own name where it has none."""
    what = list_known_fields().get(name)
    return _(what.about) if what else _(OTHER_FIELD_LABELS.get(name, "")) or name


def _split_issue_fields(issues: Iterable[Issue]) -> list[tuple[Issue, str, str]]:
    """Return each issue with its field and the place in its file: ``"<field>/row 7"``, ``"<field>/<model>.<what>"``."""
    parts = [(issue, issue.field.partition("/")) for issue in issues]
    return [(issue, name, place) for issue, (name, _slash, place) in parts]


def _prefix_issue_location(place: str, text: str, _: Translator) -> str:
    row = place.removeprefix("row ")
    if row != place and row.isdigit():
        return _("row {row}: {text}", row=row, text=text)
    return _("{name}: {text}", name=place, text=text) if place not in ("", WHOLE_FILE) else text


def _format_percent(value: object, _: Translator) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{_.plain(round(100.0 * value, 6))}\u202f%"
