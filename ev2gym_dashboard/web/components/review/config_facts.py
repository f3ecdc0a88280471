"""Facts of an EV2Gym configuration under review: the fields that it sets, and its keys by what became of them."""

from __future__ import annotations

import json
from typing import Any

from dash import html

from ev2gym_dashboard.integrations.ev2gym.config_notes import ASSUMED, NOT_TAKEN, TAKEN
from ev2gym_dashboard.web.components.field_text import format_field_text
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.issues import format_issue_message, get_field_label
from ev2gym_dashboard.web.requests.review import Review


def list_config_facts(review: Review, _: Translator) -> dict[str, str]:
    """Return the fields that a configuration sets with their values, then the keys that were taken."""
    facts = {get_field_label(name, _): _format_value(name, value, _) for name, value in review.values.items()}
    taken = [str(dict(note.values)["keys"]) for note in review.notes if note.field == TAKEN]
    return facts | ({_("Keys taken"): ", ".join(taken)} if taken else {})


def list_config_notes(review: Review, _: Translator) -> dict[str, list[str]]:
    """Return a sentence for each key that was assumed or left out, with its reason, by heading."""
    headings = {_("Keys assumed or missing"): ASSUMED, _("Keys left out"): NOT_TAKEN}
    return {heading: _explain_keys(review, kind, _) for heading, kind in headings.items()}


def render_config_notes(review: Review, _: Translator) -> list[html.Details]:
    """Return the keys that were assumed or left out, folded, each with its reason."""
    return [
        html.Details(
            [html.Summary(f"{heading} ({_.number(len(lines))})"), html.Ul([html.Li(line) for line in lines])],
            className="review-keys",
        )
        for heading, lines in list_config_notes(review, _).items()
        if lines
    ]


def _explain_keys(review: Review, kind: str, _: Translator) -> list[str]:
    return [
        _("{name}: {text}", name=note.field.removeprefix(kind), text=format_issue_message(note, None, _))
        for note in review.notes
        if note.field.startswith(kind)
    ]


def _format_value(name: str, value: Any, _: Translator) -> str:
    if name == "catalog_spec":
        return _.plural("{count} model", "{count} models", len(json.loads(value)))
    return format_field_text(name, value, _)
