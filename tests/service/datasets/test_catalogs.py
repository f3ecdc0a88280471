"""Catalogs: loading, the fallback, the union, and the efficiency at currents that a vehicle does not take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY, fill_from_nearest_current, merge_catalogs
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets import packaged
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog

DATA = Path(__file__).parents[3] / "data"
NEWER, OLDER = "ev_specs_v2g_enabled2024.json", "ev_specs.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (NEWER, OLDER):
        shutil.copy(DATA / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("key", "n_models", "n_capable"), [("2024", 8, 8), ("2023", 13, 2), ("ev_phev", 21, 2), ("2024_2023", 13, 9)]
)
def test_each_catalog_has_its_models_and_capable_ones(key: str, n_models: int, n_capable: int) -> None:
    loaded = load_catalog(key)
    assert (len(loaded.catalog), loaded.catalog.v2g_capable.sum()) == (n_models, n_capable)
    assert loaded.source == CATALOGS[key].files
    assert not loaded.issues
    assert not loaded.fallback


def test_every_catalog_that_can_be_chosen_is_tested_above() -> None:
    assert list(CATALOGS) == ["2024", "2023", "ev_phev", "2024_2023"]


def test_v2g_is_assumed_where_the_2024_file_is_in_use() -> None:
    assert {key: load_catalog(key).v2g_assumed for key in CATALOGS} == {
        "2024": True,
        "2023": False,
        "ev_phev": False,
        "2024_2023": True,
    }


def test_a_missing_2024_file_falls_back_and_says_so(folder: Path) -> None:
    (folder / NEWER).unlink()
    loaded = load_catalog("2024", folder)
    assert (loaded.source, loaded.fallback, loaded.v2g_assumed) == ((OLDER,), True, False)
    assert [str(issue) for issue in loaded.issues] == [f"{NEWER}: is missing from the data folder"]
    assert len(loaded.catalog) == 13


def test_a_damaged_2024_file_falls_back_and_lists_every_issue(folder: Path) -> None:
    models = json.loads((folder / NEWER).read_text(encoding="utf-8"))
    models["Kia Niro"]["battery_capacity"] = 0
    del models["Tesla Model Y"]["max_ac_charge_power"]
    (folder / NEWER).write_text(json.dumps(models), encoding="utf-8")
    loaded = load_catalog("2024", folder)
    assert loaded.fallback
    assert {issue.field for issue in loaded.issues} == {
        f"{NEWER}: Kia Niro.battery_capacity",
        f"{NEWER}: Tesla Model Y.max_ac_charge_power",
    }


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b"[]"])
def test_two_damaged_files_raise_one_error_with_the_issues_of_both(folder: Path, content: bytes) -> None:
    (folder / NEWER).write_bytes(content)
    (folder / OLDER).write_bytes(content)
    for key in ("2024", "2024_2023"):
        with pytest.raises(ValidationError) as error:
            load_catalog(key, folder)
        assert {issue.field for issue in error.value.issues} == {f"{NEWER}: file", f"{OLDER}: file"}


def test_a_folder_in_the_place_of_a_file_is_an_issue(folder: Path) -> None:
    (folder / NEWER).unlink()
    (folder / NEWER).mkdir()
    assert [issue.field for issue in load_catalog("2024", folder).issues] == [NEWER]


@pytest.mark.parametrize(("missing", "usable", "n_models"), [(NEWER, OLDER, 13), (OLDER, NEWER, 8)])
def test_of_two_files_the_usable_one_is_taken_alone(folder: Path, missing: str, usable: str, n_models: int) -> None:
    (folder / missing).unlink()
    loaded = load_catalog("2024_2023", folder)
    assert (loaded.source, loaded.fallback, len(loaded.catalog), len(loaded.issues)) == ((usable,), False, n_models, 1)


def test_a_key_that_is_not_known_raises_the_list_of_those_that_are() -> None:
    with pytest.raises(ValidationError, match="2024, 2023, ev_phev, 2024_2023"):
        load_catalog("2099")


def test_a_catalog_is_read_once_per_folder(folder: Path) -> None:
    assert load_catalog("2024", folder) is load_catalog("2024", str(folder))
    assert load_catalog("2024", folder) is not load_catalog("2024")


def test_the_environment_names_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / NEWER).unlink()
    monkeypatch.setenv("EV2GYM_DASHBOARD_DATA", str(folder))
    assert load_catalog("2024").fallback
    assert packaged.load_tariffs(), "a folder of spec files need not hold the tariffs"
    assert packaged.load_charging_sessions()


def test_the_arrays_of_a_catalog_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_catalog("2024").catalog.capacity_kwh[0] = 1.0


def test_models_without_a_table_get_the_stated_efficiency() -> None:
    catalog = load_catalog("2023").catalog
    assert not catalog.has_table.any()
    assert (catalog.efficiency_1ph == DEFAULT_EFFICIENCY).all()
    assert (catalog.efficiency_3ph == DEFAULT_EFFICIENCY).all()
    assert pytest.approx(0.87, abs=0.001) == DEFAULT_EFFICIENCY**2


def test_in_the_union_the_newer_entry_wins() -> None:
    newer, older = load_catalog("2024").catalog, load_catalog("2023").catalog
    both = merge_catalogs(newer, older)
    assert both.names[:8] == newer.names
    assert set(both.names) == set(newer.names) | set(older.names)
    assert both.registrations[both.names.index("Tesla Model Y")] == 39261
    assert both.registrations[both.names.index("Renault Zoe")] == 14008
    capable = {name for name, can in zip(both.names, both.v2g_capable, strict=True) if can}
    assert capable == {*newer.names, "Nissan Leaf"}
    assert both.has_table.tolist() == [True] * 8 + [False] * 5
    assert (both.efficiency_1ph[:8] == newer.efficiency_1ph).all()
    assert (both.efficiency_1ph[8:] == DEFAULT_EFFICIENCY).all()


def test_the_union_of_a_catalog_with_itself_is_itself() -> None:
    catalog = load_catalog("2024").catalog
    both = merge_catalogs(catalog, catalog)
    assert both.names == catalog.names
    assert (both.efficiency_3ph == catalog.efficiency_3ph).all()


def test_a_union_of_different_currents_keeps_what_each_model_takes() -> None:
    spec = json.loads((DATA / NEWER).read_text(encoding="utf-8"))["Kia Niro"]
    table = {"ch_current": [7, 9], "1ph_ch_efficiency": [80, 90], "3ph_ch_efficiency": [85, 0]}
    other, _ = parse_catalog({"Zoe": spec | table})
    assert other is not None
    both = merge_catalogs(load_catalog("2023").catalog, other)
    efficiency = dict(zip(both.current_a, both.efficiency_1ph[-1], strict=True))
    assert (efficiency[7], efficiency[9], efficiency[8], efficiency[32]) == (0.8, 0.9, 0.0, 0.0)
    assert (both.efficiency_1ph[:-1] == DEFAULT_EFFICIENCY).all()


def test_a_current_that_is_not_taken_gets_the_efficiency_of_the_nearest_that_is() -> None:
    current_a = np.array([6.0, 8.0, 10.0, 16.0, 32.0])
    efficiency = np.array([[0.0, 0.7, 0.0, 0.9, 0.0], [0.0] * 5, [0.5] * 5])
    filled = fill_from_nearest_current(current_a, efficiency)
    assert filled.tolist() == [[0.7, 0.7, 0.7, 0.9, 0.9], [DEFAULT_EFFICIENCY] * 5, [0.5] * 5]
