"""Dialects of spec files: older EV2Gym names and open-ev-data become EV2Gym's schema, with what is assumed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ev2gym_dashboard.core.schema import Issue

ASSUMED_FIELD = "assumed"
"""Field of a model that lists, by key of `ASSUMPTIONS`, what its file does not say."""
ASSUMPTIONS: dict[str, str] = {
    "registrations": "the file has no registrations: every model counts once",
    "sales": "sales stand for registrations",
    "v2g": "the file does not say whether it can discharge: no V2G",
    "v2g_both": "the discharge power of the file is taken for AC and DC",
    "v2g_no": 'the file says "no" to V2G: no discharge power',
    "efficiency": "the efficiency of the file is taken on one phase as well as on three",
    "phases": "the file has no number of phases: three",
    "no_ac": "the file has no AC charger: DC only",
    "gross_capacity": "the file has no usable capacity: the gross one",
}
"""What is assumed where a file does not say it: msgids."""
LIST_KEYS = ("data", "models", "vehicles")
MAX_NAME_LENGTH = 80


class Conversion(NamedTuple):
    """A spec file in EV2Gym's schema, or what its JSON is instead."""

    models: object
    issues: list[Issue]


class ForeignKind(NamedTuple):
    """JSON that is no spec file: the keys that its object has, and a sentence that says what to do."""

    keys: tuple[frozenset[str], ...]
    template: str


FOREIGN_KINDS = (
    ForeignKind(
        (frozenset({"_items", "_meta"}), frozenset({"sessionID", "connectionTime"})),
        "holds charging sessions of ACN-Data, not vehicle models: use it as sessions",
    ),
    ForeignKind(
        (frozenset({"type", "features"}), frozenset({"type", "coordinates"}), frozenset({"type", "geometry"})),
        "is GeoJSON, a map, not a spec file of vehicle models",
    ),
    ForeignKind(
        (
            frozenset({"timescale", "simulation_length"}),
            frozenset({"ev_specs_file"}),
            frozenset({"number_of_charging_stations"}),
        ),
        "is a configuration of EV2Gym, not a spec file: the spec file is the one that its ev_specs_file names",
    ),
    ForeignKind(
        (frozenset({"charging_stations"}), frozenset({"charging_network_topology"})),
        "is a charging network of EV2Gym, not a spec file of vehicle models",
    ),
    ForeignKind(
        (frozenset({"format", "version", "run"}),),
        "is a run of this dashboard: open it with the field for run files",
    ),
    ForeignKind((frozenset({"tariffs"}),), "holds tariffs, not vehicle models"),
    ForeignKind((frozenset({"shapes"}),), "holds load shapes, not vehicle models"),
    ForeignKind((frozenset({"places"}),), "holds statistics of charging sessions, not vehicle models"),
    ForeignKind((frozenset({"$schema"}), frozenset({"$id", "properties"})), "is a JSON schema, not a spec file"),
    ForeignKind(
        (frozenset({"dependencies"}), frozenset({"devDependencies"})), "is a package description, not a spec file"
    ),
    ForeignKind((frozenset({"cells", "nbformat"}),), "is a notebook, not a spec file of vehicle models"),
)
"""Kinds of JSON that people have at hand, the first match counts."""


def convert_spec(root: object) -> Conversion:
    """Return a decoded JSON file as models in EV2Gym's schema; a kind that is recognised as another has one issue."""
    entries = _find_open_ev_data(root)
    if entries is not None:
        return Conversion(_convert_open_ev_data(entries), [])
    foreign = _find_foreign_kind(root)
    if foreign:
        return Conversion(None, [Issue("file", foreign)])
    if isinstance(root, Mapping) and any(_is_older_model(model) for model in root.values()):
        return Conversion(_RenamedModels(root), [])
    return Conversion(root, [])


def list_assumptions(models: Mapping[str, Any]) -> list[Issue]:
    """Return what is assumed about each model of a converted file, each with the name of the model as its field."""
    return [
        Issue(name, ASSUMPTIONS[key])
        for name, model in models.items()
        for key in _get_assumed(model)
        if isinstance(key, str) and key in ASSUMPTIONS
    ]


def _get_assumed(model: Mapping[str, Any]) -> list[Any]:
    assumed = model.get(ASSUMED_FIELD)
    return assumed if isinstance(assumed, list) else []


class _RenamedModels(dict[str, Any]):
    """Models with current names; keys that the text contains more than once are still known."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        super().__init__({name: _rename_fields(model) for name, model in root.items()})
        self.duplicate_keys = getattr(root, "duplicate_keys", ())


class _RenamedModel(dict[str, Any]):
    def __init__(self, model: Mapping[str, Any]) -> None:
        super().__init__(model)
        self.duplicate_keys = getattr(model, "duplicate_keys", ())


OLDER_NAMES = {
    "number_of_registrations_2023_nl": "number_of_registrations",
    "number_of_sales_2023_nl": "number_of_registrations",
    **{
        f"max_{current}_{word}_power": f"max_{current}_discharge_power"
        for current in ("ac", "dc")
        for word in ("discarging", "discarge", "discharging")
    },
    **{f"max_{current}_charging_power": f"max_{current}_charge_power" for current in ("ac", "dc")},
}
"""Names of former versions of EV2Gym, two of them with a letter less, and the current ones."""
OLDER_DISCHARGE_NAMES = ("max_discarging_power", "max_discharging_power", "max_discharge_power")
OLDER_EFFICIENCY_NAME = "ch_efficiency"
OLDER_DISCHARGE_FIELDS = {"max_ac_discharge_power", "max_dc_discharge_power"}
OLDER_FIELDS = frozenset({*OLDER_NAMES, *OLDER_DISCHARGE_NAMES, OLDER_EFFICIENCY_NAME})


def _is_older_model(model: object) -> bool:
    return isinstance(model, Mapping) and not OLDER_FIELDS.isdisjoint(model)


def _rename_fields(model: object) -> object:
    """Return a model of a former version of EV2Gym with the current names."""
    if not _is_older_model(model) or not isinstance(model, Mapping):
        return model
    renamed, assumed = _RenamedModel(model), []
    for older, name in OLDER_NAMES.items():
        # A current name beside the older one wins.
        if older in renamed:
            renamed.setdefault(name, renamed.pop(older))
            assumed += ["sales"] if "sales" in older else []
    for older in OLDER_DISCHARGE_NAMES:
        if older in renamed:
            power, is_used = renamed.pop(older), renamed.get("v2g", "yes") != "no"
            for current in ("ac", "dc"):
                renamed.setdefault(f"max_{current}_discharge_power", power if is_used else 0)
            assumed.append("v2g_both" if is_used else "v2g_no")
    if "v2g" in renamed and not OLDER_DISCHARGE_FIELDS & renamed.keys():
        renamed |= dict.fromkeys(OLDER_DISCHARGE_FIELDS, 0)
        assumed.append("v2g_no" if renamed["v2g"] == "no" else "v2g")
    if OLDER_EFFICIENCY_NAME in renamed:
        efficiency = renamed.pop(OLDER_EFFICIENCY_NAME)
        for phases in ("1ph", "3ph"):
            renamed.setdefault(f"{phases}_ch_efficiency", efficiency)
        assumed.append("efficiency")
    return _mark_assumed(renamed, assumed)


def _find_open_ev_data(root: object) -> list[Mapping[str, Any]] | None:
    """Return the vehicles of open-ev-data, whole or of one brand, or None."""
    lists: list[list[Any]] = [root] if isinstance(root, list) else []
    if isinstance(root, Mapping):
        lists = [root[key] for key in LIST_KEYS if isinstance(root.get(key), list)]
        lists += [[root]] if _is_open_ev_entry(root) else []
    for entries in lists:
        if entries and all(isinstance(entry, Mapping) for entry in entries) and any(map(_is_open_ev_entry, entries)):
            return entries
    return None


def _is_open_ev_entry(entry: object) -> bool:
    return isinstance(entry, Mapping) and "model" in entry and not {"ac_charger", "dc_charger"}.isdisjoint(entry)


def _convert_open_ev_data(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    vehicles = list(entries)
    return dict(zip(_name_vehicles(vehicles), map(_convert_vehicle, vehicles), strict=True))


def _name_vehicles(vehicles: list[Mapping[str, Any]]) -> list[str]:
    """Return a name for each vehicle: brand, model and variant, and its year or number where these are not enough."""
    names = [_join_words(vehicle, "brand", "model", "variant") for vehicle in vehicles]
    names = _tell_apart(names, [str(vehicle.get("release_year") or "") for vehicle in vehicles])
    counts: Counter[str] = Counter()
    numbers = []
    for name in names:
        counts[name] += 1
        numbers.append(str(counts[name]) if counts[name] > 1 else "")
    return _tell_apart(names, numbers)


def _tell_apart(names: list[str], marks: list[str]) -> list[str]:
    """Return names with marks in brackets, of those that occur more than once."""
    counts = Counter(names)
    return [
        f"{name[: MAX_NAME_LENGTH - len(mark) - 3]} ({mark})" if counts[name] > 1 and mark else name
        for name, mark in zip(names, marks, strict=True)
    ]


def _join_words(vehicle: Mapping[str, Any], *keys: str) -> str:
    text = " ".join(str(vehicle.get(key) or "") for key in keys)
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)[:MAX_NAME_LENGTH].strip() or "?"


def _convert_vehicle(vehicle: Mapping[str, Any]) -> dict[str, Any]:
    ac, dc = (_get_mapping(vehicle, name) for name in ("ac_charger", "dc_charger"))
    assumed = ["registrations", "v2g"]
    capacity = vehicle.get("usable_battery_size")
    if capacity is None:
        capacity = vehicle.get("battery_size", vehicle.get("nominal_battery_size"))
        assumed += ["gross_capacity"] if capacity is not None else []
    model = {
        "number_of_registrations": 1,
        "battery_capacity": capacity,
        "max_ac_charge_power": ac.get("max_power", 0) or 0,
        "max_dc_charge_power": dc.get("max_power", 0) or 0,
        "max_ac_discharge_power": 0,
        "max_dc_discharge_power": 0,
    }
    phases = ac.get("usable_phases")
    if not model["max_ac_charge_power"]:
        assumed.append("no_ac")
    elif phases is None:
        assumed.append("phases")
    else:
        model["max_ac_phases"] = phases
    return dict(_mark_assumed(model, assumed))


def _get_mapping(vehicle: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = vehicle.get(name)
    return value if isinstance(value, Mapping) else {}


def _mark_assumed(model: dict[str, Any], assumed: list[str]) -> dict[str, Any]:
    if assumed:
        model[ASSUMED_FIELD] = assumed
    return model


def _find_foreign_kind(root: object) -> str:
    """Return the sentence of the kind that a decoded JSON file is, empty for none of them."""
    sample = root[0] if isinstance(root, list) and root else root
    if not isinstance(sample, Mapping):
        return ""
    # A model of a spec file is an object: a file of models may have one with any of these names.
    if isinstance(root, Mapping) and root and all(_looks_like_model(model) for model in root.values()):
        return ""
    return next((kind.template for kind in FOREIGN_KINDS if any(keys <= sample.keys() for keys in kind.keys)), "")


def find_foreign_text(text: str) -> str:
    """Return the sentence of the kind that a text is which is not JSON, such as YAML; empty for none of them."""
    keys = re.findall(r"^([A-Za-z_]\w*)\s*[:=]", text, flags=re.MULTILINE)
    return _find_foreign_kind(dict.fromkeys(keys))


def _looks_like_model(model: object) -> bool:
    return isinstance(model, Mapping) and "battery_capacity" in model
