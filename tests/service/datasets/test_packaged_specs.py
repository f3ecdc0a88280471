"""The spec files that we ship hold the facts of the release ev2gym 2.0.0."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "data"
CHECKSUMS = {
    "ev_specs_v2g_enabled2024.json": "6ffbba9b08e03c53eb6e1aeffc7f439dd7f538bfeda4b9ee671ba18f62a3ffe6",
    "ev_specs.json": "b085f6c1638e4fe7bd02f2168d18fa93e8723e71e0ce7840bbe1cbab8a1a7886",
    "ev_specs_ev_plus_phev.json": "a444467b924b0058145434068c801fc18d25562b611bc1b2ab1264d96cd88a93",
}
FACTS = {
    "ev_specs_v2g_enabled2024.json": (8, 213_340),
    "ev_specs.json": (13, 225_426),
    "ev_specs_ev_plus_phev.json": (21, 385_137),
}


def read_models(name: str) -> dict[str, dict[str, Any]]:
    models: dict[str, dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return models


@pytest.mark.parametrize("name", CHECKSUMS)
def test_the_facts_are_those_that_were_recorded_from_the_release(name: str) -> None:
    canonical = json.dumps(read_models(name), sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(canonical).hexdigest() == CHECKSUMS[name]


@pytest.mark.parametrize("name", FACTS)
def test_models_and_registrations_are_those_entered_by_hand(name: str) -> None:
    models = read_models(name)
    assert (len(models), sum(model["number_of_registrations"] for model in models.values())) == FACTS[name]


def test_every_model_of_2024_discharges_and_two_of_2023_do_by_dc_alone() -> None:
    newer = read_models("ev_specs_v2g_enabled2024.json")
    assert {name: m["max_ac_discharge_power"] for name, m in newer.items() if m["max_ac_discharge_power"] != 11} == {
        "Peugeot 208": 7.4
    }
    assert newer["Volkswagen ID.4"]["max_dc_discharge_power"] == 10
    older = read_models("ev_specs.json")
    assert {m["max_ac_discharge_power"] for m in older.values()} == {0}
    assert {name: m["max_dc_discharge_power"] for name, m in older.items() if m["max_dc_discharge_power"]} == {
        "Volkswagen ID.4": 10,
        "Nissan Leaf": 7,
    }


def test_the_golf_is_electric_in_one_file_and_a_plug_in_hybrid_in_another() -> None:
    assert read_models("ev_specs.json")["Volkswagen Golf"]["battery_capacity"] == 32
    assert read_models("ev_specs_ev_plus_phev.json")["Volkswagen Golf"]["battery_capacity"] == 7.4


@pytest.mark.parametrize("name", CHECKSUMS)
def test_the_facts_equal_those_of_the_release_where_it_is_installed(name: str) -> None:
    release = importlib.util.find_spec("ev2gym")
    if release is None or not release.submodule_search_locations:
        pytest.skip("ev2gym is not installed; the recorded checksum stands for it")
    published = Path(next(iter(release.submodule_search_locations))) / "data" / name
    published_models = json.loads(published.read_text(encoding="utf-8"))
    assert read_models(name) == published_models
    assert list(read_models(name)) == list(published_models)


def test_none_of_the_release_s_load_and_sun_tables_is_shipped() -> None:
    assert sorted(path.name for path in DATA.iterdir()) == sorted(
        [*CHECKSUMS, "elaadnl_sessions.json", "onee_tariffs.json", "tetouan_load.json", "README.md"]
    )
