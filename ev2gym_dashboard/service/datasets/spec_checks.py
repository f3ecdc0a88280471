"""Checks of a spec file in EV2Gym's schema: every issue of every model at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeGuard

from ev2gym_dashboard.core.schema import Issue, format_value

MAX_MODELS = 2000
MAX_NAME_LENGTH = 80

NUMBER_FIELDS: dict[str, tuple[str, float, float]] = {
    "number_of_registrations": ("registrations", 0, 1_000_000_000),
    "battery_capacity": ("capacity_kwh", 0.5, 2000),
    "max_ac_charge_power": ("max_ac_charge_kw", 0, 1000),
    "max_dc_charge_power": ("max_dc_charge_kw", 0, 5000),
    "max_ac_discharge_power": ("max_ac_discharge_kw", 0, 1000),
    "max_dc_discharge_power": ("max_dc_discharge_kw", 0, 5000),
}
"""Fields of the file that a run uses: field of `ModelSpec`, lowest and highest allowed value."""
UNUSED_NUMBER_FIELDS = {"avg_dc_charge_power": (0, 5000)}
PHASES_FIELD = "max_ac_phases"
"""Optional field of ours: phases that the AC charger of the vehicle uses, 1 to 3."""
YES_NO_FIELDS = ("ac_v2g", "dc_v2g")
CURRENT_FIELD = "ch_current"
EFFICIENCY_FIELDS = ("1ph_ch_efficiency", "3ph_ch_efficiency")
LIST_FIELDS = (CURRENT_FIELD, *EFFICIENCY_FIELDS)
MIN_CURRENT_A, MAX_CURRENT_A = 1, 80


def check_spec_models(models: object) -> list[Issue]:
    """Return every issue of decoded models, its field named "model.field"."""
    issues = _check_models(models)
    if issues or not isinstance(models, Mapping):
        return issues
    issues = _check_duplicate_keys("", models) + [
        issue for name, model in models.items() for issue in _check_model(name, model)
    ]
    if not issues and not any(model["number_of_registrations"] for model in models.values()):
        issues = [_make_issue("number_of_registrations", "must be above 0 for at least one model")]
    return issues


def _check_models(models: object) -> list[Issue]:
    if not isinstance(models, Mapping):
        return [
            _make_issue(
                "file", "must be an object with one entry per vehicle model, not {value}", value=format_value(models)
            )
        ]
    if not 1 <= len(models) <= MAX_MODELS:
        return [
            _make_issue(
                "file",
                "must contain from {low} to {high} models, not {value}",
                low=1,
                high=MAX_MODELS,
                value=len(models),
            )
        ]
    return []


def _check_model(name: object, model: object) -> list[Issue]:
    issues = _check_name(name)
    if not isinstance(model, Mapping):
        return [
            *issues,
            _make_issue(
                format_value(name),
                "must be an object with the fields of a model, not {value}",
                value=format_value(model),
            ),
        ]
    prefix = format_value(name) + "."
    issues += _check_duplicate_keys(prefix, model)
    issues += [issue for field in NUMBER_FIELDS for issue in _check_required_number(prefix, model, field)]
    for field, (low, high) in UNUSED_NUMBER_FIELDS.items():
        issues += _check_number(prefix + field, model[field], low, high) if field in model else []
    for field in YES_NO_FIELDS:
        if field in model and model[field] not in ("yes", "no"):
            issues.append(
                _make_issue(
                    prefix + field,
                    "must be {options}, not {value}",
                    options="yes, no",
                    value=format_value(model[field]),
                )
            )
    if model.get(PHASES_FIELD, 3) not in (1, 2, 3):
        issues.append(
            _make_issue(
                prefix + PHASES_FIELD,
                "must be {options}, not {value}",
                options="1, 2, 3",
                value=format_value(model[PHASES_FIELD]),
            )
        )
    issues += _check_efficiency_table(prefix, model)
    # The last check computes with the fields, which it takes as valid.
    return issues or _check_model_consistency(prefix, model)


def _check_name(name: object) -> list[Issue]:
    if isinstance(name, str) and name == name.strip() and name.isprintable() and 1 <= len(name) <= MAX_NAME_LENGTH:
        return []
    return [
        _make_issue(
            format_value(name),
            "must be a name of 1 to {high} printable characters, without a space at its ends",
            high=MAX_NAME_LENGTH,
        )
    ]


def _check_duplicate_keys(prefix: str, entry: Mapping[str, Any]) -> list[Issue]:
    return [
        _make_issue(prefix + format_value(key), "appears more than once in the file")
        for key in getattr(entry, "duplicate_keys", ())
    ]


def _check_required_number(prefix: str, model: Mapping[str, Any], field: str) -> list[Issue]:
    if field not in model:
        return [_make_issue(prefix + field, "is missing")]
    _, low, high = NUMBER_FIELDS[field]
    issues = _check_number(prefix + field, model[field], low, high)
    if not issues and field == "number_of_registrations" and model[field] != int(model[field]):
        issues = [_make_issue(prefix + field, "must be a whole number, not {value}", value=format_value(model[field]))]
    return issues


def _check_number(field: str, value: object, low: float, high: float) -> list[Issue]:
    if isinstance(value, str):
        return [_make_issue(field, 'must be a number, not the text "{value}"', value=format_value(value))]
    if not _is_number(value):
        text = "null" if value is None else format_value(value)
        return [_make_issue(field, "must be a number, not {value}", value=text)]
    # Not "value < low or value > high", which NaN would pass.
    if not low <= value <= high:
        return [
            _make_issue(
                field, "must be from {low} to {high}, not {value}", low=low, high=high, value=format_value(value)
            )
        ]
    return []


def _check_efficiency_table(prefix: str, model: Mapping[str, Any]) -> list[Issue]:
    """Return the issues of the three lists, which a model has all or none of."""
    if not any(field in model for field in LIST_FIELDS):
        return []
    missing = [field for field in LIST_FIELDS if field not in model]
    issues = [
        _make_issue(prefix + field, "is missing; a model has all of {fields}, or none", fields=", ".join(LIST_FIELDS))
        for field in missing
    ]
    issues += [
        _make_issue(
            prefix + field,
            "must be a list of 1 to {high} numbers, not {value}",
            high=MAX_CURRENT_A,
            value=format_value(model[field]),
        )
        for field in LIST_FIELDS
        if field in model and not _is_list(model[field])
    ]
    if issues:
        return issues
    issues = _check_currents(prefix + CURRENT_FIELD, model[CURRENT_FIELD])
    for field in EFFICIENCY_FIELDS:
        issues += _check_efficiencies(prefix + field, model[field], len(model[CURRENT_FIELD]))
    return issues


def _check_currents(field: str, currents: Sequence[object]) -> list[Issue]:
    amperes = [value for value in currents if _is_current(value)]
    if len(amperes) == len(currents) and all(low < high for low, high in pairwise(amperes)):
        return []
    return [
        _make_issue(
            field,
            "must be whole amperes from {low} to {high}, strictly increasing",
            low=MIN_CURRENT_A,
            high=MAX_CURRENT_A,
        )
    ]


def _is_current(value: object) -> TypeGuard[float]:
    return _is_number(value) and MIN_CURRENT_A <= value <= MAX_CURRENT_A and value == int(value)


def _check_efficiencies(field: str, values: Sequence[object], length: int) -> list[Issue]:
    issues = []
    if len(values) != length:
        issues = [
            _make_issue(
                field, "must have as many values as ch_current, {length}, not {value}", length=length, value=len(values)
            )
        ]
    for index, value in enumerate(values):
        # From 0 to 1 a value is more likely a fraction than a percentage.
        if not (_is_number(value) and (value == 0 or 1 < value <= 100)):
            template = "must be a percentage above 1, up to 100, or 0 for a current that is not taken, not {value}"
            issues.append(_make_issue(f"{field}[{index}]", template, value=format_value(value)))
    return issues


def _check_model_consistency(prefix: str, model: Mapping[str, Any]) -> list[Issue]:
    """Return the issues of a model whose fields are valid one by one."""
    if not (model["max_ac_charge_power"] or model["max_dc_charge_power"]):
        return [_make_issue(prefix + "max_ac_charge_power", "must be above 0 where max_dc_charge_power is 0")]
    takes_none = CURRENT_FIELD in model and not any(any(model[field]) for field in EFFICIENCY_FIELDS)
    if takes_none and model["max_ac_charge_power"]:
        return [
            _make_issue(prefix + field, "must be above 0 at one current at least, on one phase or on three")
            for field in EFFICIENCY_FIELDS
        ]
    return []


def _is_number(value: object) -> TypeGuard[float]:
    # In Python, true is an int.
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple) and 1 <= len(value) <= MAX_CURRENT_A


def _make_issue(field: str, template: str, **values: object) -> Issue:
    return Issue(field, template, tuple(values.items()))
