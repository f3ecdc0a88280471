"""Facts of an EV2Gym configuration under review: the fields that it sets, and its keys by what became of them."""

from __future__ import annotations

import json
from typing import Any

from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.web.components.labels import translate_unit
from ev2gym_dashboard.web.i18n import SPACE, Translator
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.review import Review
from ev2gym_dashboard.web.requests.values import format_field_value, is_fraction, list_known_fields

ASSUMED, LEFT_OUT, TAKEN = "assumed: ", "left out: ", "taken"


def list_config_facts(review: Review, _: Translator) -> dict[str, str]:
    """Return the fields that a configuration sets with their values, then its keys: taken, assumed and left out."""
    facts = {get_field_label(name, _): _format_value(name, value, _) for name, value in review.values.items()}
    taken = [str(dict(note.values)["keys"]) for note in review.notes if note.field == TAKEN]
    keys = {
        _("Keys taken"): taken,
        _("Keys assumed or missing"): _list_keys(review, ASSUMED),
        _("Keys left out"): _list_keys(review, LEFT_OUT),
    }
    return facts | {label: ", ".join(names) for label, names in keys.items() if names}


def _list_keys(review: Review, kind: str) -> list[str]:
    return [note.field.removeprefix(kind) for note in review.notes if note.field.startswith(kind)]


def _format_value(name: str, value: Any, _: Translator) -> str:
    if name == "catalog_spec":
        return _("{n} model(s)", n=_.number(len(json.loads(value))))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    declaration = list_known_fields().get(name)
    text = str(format_field_value(value, declaration, _))
    if not isinstance(declaration, Quantity):
        return text
    unit = "%" if is_fraction(declaration) else translate_unit(declaration.unit, _)
    return f"{text}{SPACE}{unit}".rstrip()
