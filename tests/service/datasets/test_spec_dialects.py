"""Dialects of spec files: the catalog that each means, with what is assumed; foreign JSON is named for what it is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.evse import compute_ratings
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.ev_specs import compact_spec, read_spec
from ev2gym_dashboard.service.datasets.spec_dialects import ASSUMPTIONS, FOREIGN_KINDS

AC_7, AC_11, AC_22 = 0, 2, 4
OPEN_EV = {
    "id": "0", "brand": "Brand", "vehicle_type": "car", "type": "bev", "model": "One", "release_year": 2021,
    "variant": "Long", "usable_battery_size": 63.0,
    "ac_charger": {"usable_phases": 1, "ports": ["type2"], "max_power": 6.6},
    "dc_charger": {"ports": ["ccs"], "max_power": 95.0, "charging_curve": [{"percentage": 0, "power": 95.0}]},
    "energy_consumption": {"average_consumption": 18.8},
}  # fmt: skip
OLDER = {
    "number_of_registrations_2023_nl": 100,
    "battery_capacity": 57.5,
    "max_ac_charge_power": 11,
    "max_dc_charge_power": 170,
}


def read_catalog(source: object) -> Catalog:
    spec = read_spec(json.dumps(source))
    assert spec.issues == []
    assert spec.catalog is not None
    return spec.catalog


def list_texts(issues: tuple[Issue, ...]) -> list[str]:
    return list(map(str, issues))


@pytest.mark.parametrize(
    "document",
    [
        {"data": [OPEN_EV], "brands": [], "meta": {"overall_count": 1}},
        {"meta": {}, "brands": [], "data": [OPEN_EV | {"charging_voltage": 400}]},
        {"brand_id": "0", "brand_name": "Brand", "models": [OPEN_EV]},
        [OPEN_EV],
    ],
)
def test_open_ev_data_is_read_in_each_of_its_forms(document: object) -> None:
    catalog = read_catalog(document)
    assert catalog.names == ("Brand One Long",)
    assert (catalog.capacity_kwh[0], catalog.max_ac_charge_kw[0], catalog.max_dc_charge_kw[0]) == (63.0, 6.6, 95.0)
    assert not catalog.v2g_capable.any()
    assert list_texts(read_spec(document).assumptions) == [
        f"Brand One Long: {ASSUMPTIONS['registrations']}",
        f"Brand One Long: {ASSUMPTIONS['v2g']}",
    ]


@pytest.mark.parametrize(
    ("phases", "max_kw", "expected_kw"),
    [
        (1, 6.6, [6.6, 3.68, 6.6]),
        (2, 7.2, [7.2, 7.2, 7.2]),
        (3, 11.0, [7.36, 11.0, 11.0]),
        (1, 22.0, [7.36, 3.68, 7.36]),
    ],
)
def test_a_charger_uses_its_phases_alone(phases: int, max_kw: float, expected_kw: list[float]) -> None:
    catalog = read_catalog([OPEN_EV | {"ac_charger": {"usable_phases": phases, "max_power": max_kw}}])
    ratings = compute_ratings(catalog, transition_soc=0.8)
    by_kind = ratings.reshape_by_model(ratings.charge_kw)[0, [AC_7, AC_11, AC_22]]
    assert by_kind == pytest.approx(expected_kw)


def test_models_of_one_name_are_told_apart_by_year_then_by_number() -> None:
    again = [OPEN_EV, OPEN_EV | {"release_year": 2022}, OPEN_EV | {"release_year": 2022}, OPEN_EV | {"variant": None}]
    assert read_catalog(again).names == (
        "Brand One Long (2021)", "Brand One Long (2022)", "Brand One Long (2022) (2)", "Brand One",
    )  # fmt: skip


def test_what_open_ev_data_leaves_out_is_assumed_and_said() -> None:
    bus = {"brand": "B", "model": "Bus", "usable_battery_size": None, "battery_size": 400, "ac_charger": None,
           "dc_charger": {"max_power": 350}}  # fmt: skip
    catalog = read_catalog({"data": [bus]})
    assert (catalog.capacity_kwh[0], catalog.max_ac_charge_kw[0], catalog.max_dc_charge_kw[0]) == (400.0, 0.0, 350.0)
    texts = list_texts(read_spec([bus]).assumptions)
    assert f"B Bus: {ASSUMPTIONS['gross_capacity']}" in texts
    assert f"B Bus: {ASSUMPTIONS['no_ac']}" in texts


def test_a_vehicle_that_cannot_be_converted_has_its_issues_by_name() -> None:
    wrong = OPEN_EV | {"usable_battery_size": "63", "ac_charger": {"usable_phases": 5, "max_power": 11}}
    fields = [issue.field for issue in read_spec({"data": [OPEN_EV, wrong | {"model": "Two"}]}).issues]
    assert fields == ["Brand Two Long.battery_capacity", "Brand Two Long.max_ac_phases"]


@pytest.mark.parametrize(
    ("fields", "ac_kw", "dc_kw", "assumed"),
    [
        ({"max_ac_discarging_power": 0, "max_dc_discarging_power": 7}, 0.0, 7.0, []),
        ({"max_ac_discarge_power": 11, "max_dc_discarge_power": 10}, 11.0, 10.0, []),
        ({"max_ac_discharge_power": 11, "max_dc_discharge_power": 0}, 11.0, 0.0, []),
        ({"v2g": "yes", "max_discarging_power": 11}, 11.0, 11.0, ["v2g_both"]),
        ({"v2g": "no", "max_discarging_power": 11}, 0.0, 0.0, ["v2g_no"]),
        ({"v2g": "no"}, 0.0, 0.0, ["v2g_no"]),
    ],
)
def test_older_names_of_ev2gym_are_taken(
    fields: dict[str, Any], ac_kw: float, dc_kw: float, assumed: list[str]
) -> None:
    catalog = read_catalog({"Model A": OLDER | fields})
    assert catalog.registrations.tolist() == [100]
    assert (catalog.max_ac_discharge_kw[0], catalog.max_dc_discharge_kw[0]) == (ac_kw, dc_kw)
    expected = [f"Model A: {ASSUMPTIONS[key]}" for key in assumed]
    assert list_texts(read_spec({"Model A": OLDER | fields}).assumptions) == expected


def test_sales_and_a_single_list_of_efficiencies_are_taken_and_said() -> None:
    model = OLDER | {"number_of_sales_2023_nl": 7, "max_ac_discharge_power": 11, "max_dc_discharge_power": 0,
                     "ch_current": [6, 16], "ch_efficiency": [84, 90]}  # fmt: skip
    del model["number_of_registrations_2023_nl"]
    catalog = read_catalog({"A": model})
    assert catalog.registrations.tolist() == [7]
    assert catalog.efficiency_1ph.tolist() == catalog.efficiency_3ph.tolist() == [[0.84, 0.9]]
    assert list_texts(read_spec({"A": model}).assumptions) == [f"A: {ASSUMPTIONS[k]}" for k in ("sales", "efficiency")]


def test_a_key_twice_is_found_among_older_names_too() -> None:
    text = '{"A": {"number_of_registrations_2023_nl": 1, "battery_capacity": 1, "battery_capacity": 2}}'
    assert "A.battery_capacity" in [issue.field for issue in read_spec(text).issues]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"_meta": {}, "_items": [{"connectionTime": "x", "kWhDelivered": 7.9}]}, "charging sessions of ACN-Data"),
        ([{"sessionID": "1", "connectionTime": "x"}], "charging sessions of ACN-Data"),
        ({"type": "FeatureCollection", "features": []}, "GeoJSON"),
        ({"type": "Feature", "geometry": {}, "properties": {}}, "GeoJSON"),
        ({"timescale": 15, "simulation_length": 96, "number_of_charging_stations": 10}, "configuration of EV2Gym"),
        ({"tariffs": {}}, "holds tariffs"),
        ({"format": "EV2Gym dashboard run", "version": 1, "run": {}}, "run of this dashboard"),
    ],
)
def test_foreign_json_gets_one_sentence_about_what_it_is(document: object, words: str) -> None:
    issues = read_spec(json.dumps(document)).issues
    assert [issue.field for issue in issues] == ["file"]
    assert words in str(issues[0])


def test_a_model_may_have_the_name_of_a_key_of_foreign_json() -> None:
    model = {"number_of_registrations": 1, "battery_capacity": 40, "max_ac_charge_power": 7, "max_dc_charge_power": 0,
             "max_ac_discharge_power": 0, "max_dc_discharge_power": 0}  # fmt: skip
    names = sorted({key for kind in FOREIGN_KINDS for keys in kind.keys for key in keys})
    assert read_catalog(dict.fromkeys(names, model)).names == tuple(names)


@pytest.mark.parametrize(("value", "words"), [("60", 'not the text "60"'), (None, "not null"), ([60], "not a list")])
def test_a_value_that_is_no_number_is_named_for_what_it_is(value: object, words: str) -> None:
    (issue,) = read_spec(
        {"A": {**OLDER, "max_ac_discharge_power": 0, "max_dc_discharge_power": 0, "battery_capacity": value}}
    ).issues
    assert words in str(issue)


def test_a_converted_file_keeps_its_assumptions_when_it_is_compacted_and_compressed() -> None:
    document = {"data": [OPEN_EV | {"model": f"Model {k}"} for k in range(200)]}
    text, issues = compact_spec(json.dumps(document).encode())
    first, again = read_spec(document), read_spec(text)
    assert issues == []
    assert text.startswith("deflate:")
    assert len(text) < 4000
    assert first.catalog is not None
    assert again.catalog is not None
    assert again.assumptions == first.assumptions
    assert again.catalog.names == first.catalog.names
    assert np.array_equal(again.catalog.max_ac_phases, first.catalog.max_ac_phases)


@pytest.mark.parametrize("text", ["deflate:", "deflate:%%%", "deflate:AAAA", "deflate:" + "é"])
def test_a_damaged_compressed_text_is_refused(text: str) -> None:
    assert [issue.field for issue in read_spec(text).issues] == ["file"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("timescale: 15\nsimulation_length: 96\nev_specs_file: ./ev_specs.json\n", "configuration of EV2Gym"),
        ("# comment\nnumber_of_charging_stations: 10\n", "configuration of EV2Gym"),
        ("[project]\nname = 'x'\n", "must be valid JSON"),
    ],
)
def test_a_text_that_is_not_json_is_named_for_what_it_is(text: str, words: str) -> None:
    (issue,) = read_spec(text).issues
    assert words in str(issue)
