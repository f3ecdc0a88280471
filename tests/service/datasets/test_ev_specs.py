"""Spec files: any input gives a catalog or every issue at once."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.schema import format_value
from ev2gym_dashboard.service.datasets.ev_specs import MAX_CATALOG_BYTES, parse_catalog
from ev2gym_dashboard.service.datasets.spec_checks import MAX_MODELS

TEXT = (Path(__file__).parents[3] / "data" / "ev_specs_v2g_enabled2024.json").read_text(encoding="utf-8")
MODEL_3 = "Tesla Model 3"


def make_damaged_models(**fields: Any) -> dict[str, Any]:
    """Return the 2024 models with fields of the Model 3 replaced, or removed by None."""
    models: dict[str, Any] = json.loads(TEXT)
    for field, value in fields.items():
        if value is None:
            del models[MODEL_3][field]
        else:
            models[MODEL_3][field] = value
    return models


def list_issue_fields(source: object) -> list[str]:
    catalog, issues = parse_catalog(source)
    assert catalog is None
    assert issues
    assert all(str(issue) for issue in issues)
    return [issue.field for issue in issues]


def parse_valid(source: object) -> Catalog:
    catalog, issues = parse_catalog(source)
    assert catalog is not None, issues
    return catalog


def test_text_bytes_and_object_give_the_same_catalog() -> None:
    sources = (TEXT, TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), json.loads(TEXT))
    catalogs = [parse_valid(source) for source in sources]
    assert {catalog.names for catalog in catalogs} == {tuple(json.loads(TEXT))}
    assert {catalog.efficiency_1ph.tobytes() for catalog in catalogs} == {catalogs[0].efficiency_1ph.tobytes()}


def test_values_arrive_in_their_units() -> None:
    catalog = parse_valid(TEXT)
    row = catalog.names.index("Peugeot 208")
    assert (catalog.registrations[row], catalog.capacity_kwh[row], catalog.max_dc_charge_kw[row]) == (17785, 46.3, 101)
    assert (catalog.max_ac_discharge_kw[row], catalog.max_dc_discharge_kw[row]) == (7.4, 11)
    assert catalog.efficiency_1ph[row, 0] == 0.66
    assert catalog.efficiency_3ph[row].tolist() == [0.84, 0.87, 0.9, 0.9, 0.9, 0.9] + [0] * 8
    assert catalog.has_table.all()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"battery_capacity": None}, "battery_capacity"),
        ({"battery_capacity": 0}, "battery_capacity"),
        ({"battery_capacity": -57.5}, "battery_capacity"),
        ({"battery_capacity": 1e9}, "battery_capacity"),
        ({"battery_capacity": float("nan")}, "battery_capacity"),
        ({"battery_capacity": float("inf")}, "battery_capacity"),
        ({"battery_capacity": "57.5"}, "battery_capacity"),
        ({"battery_capacity": True}, "battery_capacity"),
        ({"battery_capacity": [57.5]}, "battery_capacity"),
        ({"battery_capacity": {"kwh": 57.5}}, "battery_capacity"),
        ({"battery_capacity": 10**400}, "battery_capacity"),
        ({"number_of_registrations": 1.5}, "number_of_registrations"),
        ({"number_of_registrations": -1}, "number_of_registrations"),
        ({"max_ac_discharge_power": -11}, "max_ac_discharge_power"),
        ({"max_dc_discharge_power": None}, "max_dc_discharge_power"),
        ({"avg_dc_charge_power": "fast"}, "avg_dc_charge_power"),
        ({"ac_v2g": "maybe"}, "ac_v2g"),
        ({"dc_v2g": ["yes"]}, "dc_v2g"),
        ({"ch_current": None}, "ch_current"),
        ({"3ph_ch_efficiency": None}, "3ph_ch_efficiency"),
        ({"ch_current": []}, "ch_current"),
        ({"ch_current": "6..32"}, "ch_current"),
        ({"ch_current": list(range(1, 1000))}, "ch_current"),
        ({"ch_current": [6] * 14}, "ch_current"),
        ({"ch_current": list(range(32, 4, -2))}, "ch_current"),
        ({"ch_current": [6.5, *range(8, 34, 2)]}, "ch_current"),
        ({"ch_current": [float("nan"), *range(8, 34, 2)]}, "ch_current"),
        ({"1ph_ch_efficiency": [75, 78]}, "1ph_ch_efficiency"),
        ({"1ph_ch_efficiency": [0.75] * 14}, "1ph_ch_efficiency[0]"),
        ({"1ph_ch_efficiency": [101] * 14}, "1ph_ch_efficiency[0]"),
        ({"1ph_ch_efficiency": [float("nan")] * 14}, "1ph_ch_efficiency[0]"),
        ({"1ph_ch_efficiency": [0] * 14, "3ph_ch_efficiency": [0] * 14}, "1ph_ch_efficiency"),
        ({"max_ac_charge_power": 0, "max_dc_charge_power": 0}, "max_ac_charge_power"),
    ],
)
def test_a_wrong_field_is_named_with_its_model(fields: dict[str, Any], field: str) -> None:
    assert f"{MODEL_3}.{field}" in list_issue_fields(make_damaged_models(**fields))


def test_every_issue_of_every_model_is_listed_at_once() -> None:
    models: dict[str, Any] = make_damaged_models(
        battery_capacity=-1, number_of_registrations="many", max_dc_charge_power=None, ch_current="none"
    )
    models["Kia Niro"]["1ph_ch_efficiency"][3] = 840
    models["Skoda Enyaq"] = "an estate car"
    models["  "] = {}
    assert set(list_issue_fields(models)) >= {
        f"{MODEL_3}.battery_capacity",
        f"{MODEL_3}.number_of_registrations",
        f"{MODEL_3}.max_dc_charge_power",
        f"{MODEL_3}.ch_current",
        "Kia Niro.1ph_ch_efficiency[3]",
        "Skoda Enyaq",
        "  ",
        "  .battery_capacity",
    }


def test_an_issue_states_the_allowed_range() -> None:
    _, issues = parse_catalog(make_damaged_models(battery_capacity=-1))
    assert [str(issue) for issue in issues] == ["Tesla Model 3.battery_capacity: must be from 0.5 to 2000, not -1"]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        TEXT[: len(TEXT) // 2],
        "[" * 100_000,
        '{"a":' * 100_000,
        "[]",
        "{}",
        "null",
        "3",
        '"Tesla"',
        "[1" + "0" * 5000 + "]",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n",
        "x" * (MAX_CATALOG_BYTES + 1),
        json.dumps({f"model {number}": {} for number in range(MAX_MODELS + 1)}),
        None,
        7,
        [],
    ],
)
def test_another_file_is_one_issue_of_the_file(source: object) -> None:
    assert list_issue_fields(source) == ["file"]


def test_a_duplicate_model_or_field_is_an_issue() -> None:
    entry = json.dumps(json.loads(TEXT)[MODEL_3])
    assert list_issue_fields(f'{{"{MODEL_3}": {entry}, "{MODEL_3}": {entry}}}') == [MODEL_3]
    twice = entry.replace('"battery_capacity": 57.5', '"battery_capacity": 57.5, "battery_capacity": 75')
    assert list_issue_fields(f'{{"{MODEL_3}": {twice}}}') == [f"{MODEL_3}.battery_capacity"]


@pytest.mark.parametrize("name", ["", " Zoe", "Zoe\n", "Z\x00e", "\ud800", "Z" * 81])
def test_a_name_that_cannot_be_shown_is_an_issue(name: str) -> None:
    models = {name: json.loads(TEXT)[MODEL_3]}
    assert len(list_issue_fields(models)) == 1
    assert len(list_issue_fields(json.dumps(models))) == 1


def test_a_file_without_any_registration_is_an_issue() -> None:
    models = json.loads(TEXT)
    for model in models.values():
        model["number_of_registrations"] = 0
    assert list_issue_fields(models) == ["number_of_registrations"]


def test_a_vehicle_for_one_phase_alone_is_fine() -> None:
    catalog = parse_valid(make_damaged_models(**{"3ph_ch_efficiency": [0] * 14}))
    assert not catalog.efficiency_3ph[0].any()


def test_unused_fields_are_ignored() -> None:
    catalog = parse_valid(make_damaged_models(colour="red", extra=[[[]]]))
    assert len(catalog) == 8


def test_models_with_different_currents_share_one_axis() -> None:
    models = make_damaged_models(ch_current=[7, 16], **{"1ph_ch_efficiency": [80, 90], "3ph_ch_efficiency": [85, 95]})
    catalog = parse_valid(models)
    assert catalog.current_a.tolist() == [6, 7, *range(8, 33, 2)]
    assert dict(zip(catalog.current_a, catalog.efficiency_1ph[0], strict=True)) == dict.fromkeys(
        catalog.current_a, 0.0
    ) | {7.0: 0.8, 16.0: 0.9}


def test_a_formatted_value_is_short_and_printable() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in ("x" * 10_000, "\ud800\x00", 10**10_000, -(10**10_000), deep, {"a": 1}, float("nan"), None, True):
        assert len(format_value(value)) <= 41
        assert format_value(value).isprintable()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)
field_names = st.sampled_from([*json.loads(TEXT)[MODEL_3], "ac_v2g", "dc_v2g"])
numbers = st.lists(st.integers(-1, 110) | st.floats(), max_size=16)


@given(anything)
def test_any_json_gives_a_catalog_or_issues(value: object) -> None:
    for source in (value, json.dumps(value)):
        catalog, issues = parse_catalog(source)
        assert (catalog is None) == bool(issues)


@given(st.text() | st.binary())
def test_any_text_gives_a_catalog_or_issues(source: object) -> None:
    catalog, issues = parse_catalog(source)
    assert (catalog is None) == bool(issues)


@settings(max_examples=300)
@given(
    st.dictionaries(field_names, anything | numbers | st.floats(0, 100), max_size=4), st.sets(field_names, max_size=2)
)
def test_a_spec_file_damaged_at_random_gives_a_sound_catalog_or_issues(
    replaced: dict[str, Any], missing: set[str]
) -> None:
    models = copy.deepcopy(json.loads(TEXT))
    models[MODEL_3] = {name: value for name, value in (models[MODEL_3] | replaced).items() if name not in missing}
    for source in (models, json.dumps(models)):
        catalog, issues = parse_catalog(source)
        assert (catalog is None) == bool(issues)
        assert all(str(issue) for issue in issues)
        assert catalog is None or is_sound(catalog)


def is_sound(catalog: Catalog) -> bool:
    tables = (catalog.efficiency_1ph, catalog.efficiency_3ph)
    return bool(
        (catalog.capacity_kwh > 0).all()
        and (catalog.registrations >= 0).all()
        and (catalog.current_a[1:] > catalog.current_a[:-1]).all()
        and all(table.shape == (len(catalog), len(catalog.current_a)) for table in tables)
        and all(((table == 0) | ((table > 0.01) & (table <= 1))).all() for table in tables)
    )
