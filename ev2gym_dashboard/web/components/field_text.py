"""Field text: the value of a scenario's field as a user reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.core.site.tariff import FLAT_NAME
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.labels import translate_unit
from ev2gym_dashboard.web.i18n import N_, SPACE, Translator
from ev2gym_dashboard.web.requests.values import (
    TIME_FIELD_LABELS,
    format_field_value,
    is_fraction,
    list_known_fields,
)

CHOICE_LABELS = {
    "home": N_("At home"),
    "public": N_("Public chargers"),
    "work": N_("At work"),
    "exact": N_("As in the file"),
    "weekday": N_("Repeated by weekday and season"),
    "elaadnl": N_("ElaadNL's distribution"),
    "hour_mean": N_("Mean of the arrival hour ± 20%"),
    "gmt": N_("GMT"),
    "legal": N_("Legal time"),
    "as_specified": N_("As in the spec file"),
    "as_sold": N_("As sold today"),
    "any": N_("Any of them"),
    "early": N_("Charge early"),
    "smooth": N_("Smooth load"),
    "few_changes": N_("Few changes of mode"),
    "nmc": N_("NMC"),
    "lfp": N_("LFP"),
}
NO_TEXT = "–"


def format_field_text(name: str, value: Any, _: Translator) -> str:
    """Return the value of a field with its unit, a key as its label."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in TIME_FIELD_LABELS:
        return _format_time(value, _) if value else NO_TEXT
    declaration = list_known_fields().get(name)
    text = str(format_field_value(value, declaration, _))
    if not isinstance(declaration, Quantity):
        return _format_key(name, text, _) or NO_TEXT
    unit = "%" if is_fraction(declaration) else translate_unit(declaration.unit, _)
    return _.keep_order(f"{text}{SPACE}{unit}".rstrip())


def format_tariff_name(key: str, _: Translator) -> str:
    """Return the name of a tariff of the table, or of the flat one."""
    tariffs = load_tariffs()
    return tariffs[key].name if key in tariffs else _(FLAT_NAME)


def _format_key(name: str, key: str, _: Translator) -> str:
    if name == "strategy" and key in STRATEGIES:
        return _(STRATEGIES[key].name)
    if name == "tariff" and key in list_tariff_keys():
        return format_tariff_name(key, _)
    return _(CHOICE_LABELS[key]) if key in CHOICE_LABELS else key


def _format_time(text: str, _: Translator) -> str:
    time = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return f"{_.date(time)} {_.time(time)}"
