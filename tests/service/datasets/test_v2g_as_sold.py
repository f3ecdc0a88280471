"""V2G as sold: only models that a source names discharge, each with its source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.fleet.catalog import ModelSpec, make_catalog
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_scenario_catalog
from ev2gym_dashboard.service.datasets.v2g_as_sold import NO_SOURCE, limit_to_sold, list_v2g_sources


@pytest.mark.parametrize(("key", "capable"), [("2024", set()), ("2023", {"Nissan Leaf"}), ("ev_phev", {"Nissan Leaf"})])
def test_of_the_packaged_catalogs_the_leaf_alone_is_sold_with_v2g(key: str, capable: set[str]) -> None:
    loaded = load_scenario_catalog(Scenario(catalog=key, v2g_capability="as_sold"))
    names = {name for name, can in zip(loaded.catalog.names, loaded.catalog.v2g_capable, strict=True) if can}
    assert names == capable
    assert not loaded.v2g_assumed
    assert len(loaded.v2g_sources) == len(loaded.catalog)
    sources = dict(zip(loaded.catalog.names, loaded.v2g_sources, strict=True))
    assert sources["Tesla Model 3"] == NO_SOURCE


@pytest.mark.parametrize("key", CATALOGS)
def test_as_specified_the_catalog_is_the_one_of_the_files(key: str) -> None:
    loaded = load_scenario_catalog(Scenario(catalog=key))
    assert loaded.v2g_sources == ()
    assert loaded.assumptions == ()


def test_the_power_of_the_file_counts_and_a_missing_one_is_assumed_up_to_the_charger() -> None:
    catalog = make_catalog(
        [
            ModelSpec("Nissan Leaf 40 kWh", 1, 39.0, 6.6, 46.0, 0.0, 7.0),
            ModelSpec("Nissan e-NV200", 1, 39.0, 6.6, 46.0, 11.0, 0.0),
            ModelSpec("Renault 5 E-Tech 52kWh", 1, 52.0, 7.4, 100.0, 0.0, 0.0),
            ModelSpec("Renault Zoe", 1, 52.0, 22.0, 50.0, 22.0, 0.0),
            ModelSpec("Volkswagen ID.4", 1, 77.0, 11.0, 125.0, 0.0, 10.0),
        ]
    )
    sold = limit_to_sold(catalog)
    assert sold.max_dc_discharge_kw.tolist() == [7.0, 10.0, 0.0, 0.0, 0.0]
    assert sold.max_ac_discharge_kw.tolist() == [0.0, 0.0, 7.4, 0.0, 0.0]
    assert [source == NO_SOURCE for source in list_v2g_sources(sold)] == [False, False, False, True, False]


def test_as_sold_the_default_fleet_discharges_nothing_and_as_specified_it_does() -> None:
    scenario = Scenario(fleet_size=60, days=1.0)
    assert simulate(scenario).kpis["v2g_kwh"] > 0.0
    sold = simulate(replace(scenario, v2g_capability="as_sold"))
    assert sold.kpis["v2g_kwh"] == 0.0
    assert not sold.models["v2g_capable"].any()
