"""Changes of a run by its user in words: as a sentence, and as a label on a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ev2gym_dashboard.core.control.overrides import CHARGE_NOW, LEAVE, NO_V2G
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.i18n import SPACE, Translator
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.values import format_field_value, is_fraction, list_known_fields

Settings = Mapping[str, Any]
SEPARATOR = " · "
MAX_OVERRIDES = 3
"""Decisions for single vehicles that are told one by one."""
MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001


def describe_settings(settings: Settings, _: Translator) -> str:
    """Return the settings that a change by the user has set, as a sentence."""
    texts = _list_switches(settings, _)
    texts += [_describe_parameter(name, value, _) for name, value in settings.get("params", {}).items()]
    return SEPARATOR.join(texts + _describe_overrides(settings.get("overrides", ()), _))


def label_settings(settings: Settings, _: Translator) -> str:
    """Return the settings of a change in few words."""
    texts = [_(STRATEGIES[settings["strategy"]].name)] if "strategy" in settings else []
    texts += _list_switches({name: value for name, value in settings.items() if name != "strategy"}, _)
    texts += [_("Parameters")] if settings.get("params") else []
    texts += [_("Demand response")] if "event" in settings else []
    return SEPARATOR.join(texts + ([_("Vehicles")] if settings.get("overrides") else []))


def _list_switches(settings: Settings, _: Translator) -> list[str]:
    texts = []
    if "strategy" in settings:
        texts.append(_("Strategy: {name}", name=_(STRATEGIES[settings["strategy"]].name)))
    if "v2g" in settings:
        texts.append(_("V2G allowed") if settings["v2g"] else _("V2G off"))
    return texts


def _describe_parameter(name: str, value: Any, _: Translator) -> str:
    declaration = list_known_fields().get(name)
    text = format_field_value(value, declaration, _)
    shown = _.add_percent_sign(text) if is_fraction(declaration) else text
    unit = getattr(declaration, "unit", "")
    return _("{name}: {text}", name=get_field_label(name, _), text=f"{shown}{SPACE}{unit}" if unit else shown)


def _describe_overrides(overrides: Sequence[Settings], _: Translator) -> list[str]:
    if len(overrides) > MAX_OVERRIDES:
        return [_("Your decisions for vehicles: {count}", count=_.number(len(overrides)))]
    return [_describe_override(override, _) for override in overrides]


def _describe_override(override: Settings, _: Translator) -> str:
    number, action = str(int(override["vehicle"])), override["action"]
    if action == LEAVE:
        time = _.time(MIDNIGHT + timedelta(minutes=override["leave_min"]))
        return _("Vehicle {number} leaves at {time}", number=number, time=time)
    if action == CHARGE_NOW:
        return _("Vehicle {number} charges now", number=number)
    if action == NO_V2G:
        return _("Vehicle {number} without V2G", number=number)
    return _("Vehicle {number} follows the strategy again", number=number)
