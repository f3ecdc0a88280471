"""Initial state: the warm-up fills the site as a longer one does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine import drawn_days
from ev2gym_dashboard.core.group_lines import PLACES
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

LONG_WARM_UP_DAYS = 8


def describe_start(place: str) -> tuple[float, float]:
    """Return the share of the vehicles that are present at the start, and the mean SOC."""
    simulation = Simulation(Scenario(fleet_size=4000, place=place, evse_per_vehicle=1.2))
    present = simulation.state.departure_step > simulation.engine.clock
    return float(np.mean(present)), float(simulation.state.soc.mean())


@pytest.mark.parametrize("place", PLACES)
def test_a_longer_warm_up_leaves_as_many_vehicles_present(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    present, soc = describe_start(place)
    monkeypatch.setattr(drawn_days, "MIN_WARM_UP_DAYS", LONG_WARM_UP_DAYS)
    longer_present, longer_soc = describe_start(place)
    # The days before are drawn anew where other vehicles are parked: equal but for the noise of 4,000 vehicles.
    assert present == pytest.approx(longer_present, abs=0.01)
    assert soc == pytest.approx(longer_soc, abs=0.01)


def test_the_warm_up_is_as_long_as_the_longest_stay() -> None:
    tables = load_charging_sessions()["home"]
    assert drawn_days.count_warm_up_days(Scenario(), tables) == 2
    long_tables = type(tables)(**(vars(tables) | {"stay_quantiles_h": tables.stay_quantiles_h * 5.0}))
    # 165 h and the half hour after it reach into the seventh day.
    assert drawn_days.count_warm_up_days(Scenario(), long_tables) == 7


def expect_week(scenario: Scenario, places: drawn_days.PlaceTables) -> list[list[float]]:
    expect_newcomers = drawn_days.make_newcomers(scenario, places, mean_rating=(7.0, 0.9))
    return [expect_newcomers(weekend=weekend).sum(axis=1).tolist() for weekend in (False, True)]


def test_runs_of_one_scenario_share_what_is_expected_of_newcomers_and_others_do_not() -> None:
    places = load_charging_sessions()
    site = Scenario(fleet_size=30)
    engines = [Simulation(scenario).engine for scenario in (site, replace(site, seed=7), replace(site, fleet_size=31))]
    tables = [engine.expect_newcomers(weekend=False) for engine in engines]
    assert tables[0] is tables[1]
    assert tables[0] is not tables[2]
    assert engines[0].limits.ratings is engines[1].limits.ratings
    # The tables of a place are told apart, not the places by their names.
    assert expect_week(site, places) != expect_week(site, {site.place: places["public"]})
    assert expect_week(site, {site.place: places["public"]}) == expect_week(site, {site.place: places["public"]})
