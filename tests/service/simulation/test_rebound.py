"""Rebound: the load in the six hours after V2G, above that of the run without V2G."""

from __future__ import annotations

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.service.simulation.rebound import Rebound, find_rebound


def test_the_rebound_is_the_difference_of_the_highest_loads_after_v2g() -> None:
    v2g = [0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    load = [40.0, 5.0, 5.0, 10.0, 30.0, 10.0, 10.0, 10.0, 10.0, 99.0]
    without = [40.0, 10.0, 10.0, 22.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    # Steps of an hour: steps 3 to 8 follow the end of V2G, and step 9 is too late.
    assert find_rebound(v2g, load, without, timestep_h=1.0) == Rebound(8.0, 4)


def test_of_several_ends_the_largest_rebound_counts() -> None:
    v2g = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    load, without = [0.0, 9.0, 0.0, 0.0, 0.0, 7.0], [0.0, 5.0, 0.0, 0.0, 0.0, 1.0]
    assert find_rebound(v2g, load, without, timestep_h=3.0) == Rebound(6.0, 5)


def test_without_v2g_or_with_a_lower_load_there_is_none() -> None:
    assert find_rebound([0.0, 0.0], [1.0, 9.0], [1.0, 1.0], timestep_h=1.0) == Rebound()
    assert find_rebound([1.0, 0.0], [1.0, 2.0], [1.0, 3.0], timestep_h=1.0) == Rebound()
    assert find_rebound([0.0, 1.0], [1.0, 2.0], [1.0, 1.0], timestep_h=1.0) == Rebound()
    assert find_rebound([], [], [], timestep_h=1.0) == Rebound()


def test_grid_support_rebounds_at_a_wide_connection_and_not_under_its_automatic_cap() -> None:
    wide = Scenario(fleet_size=200, limit_kw_per_vehicle=50.0, timestep_min=30, days=2.0, start="2026-12-15T12:00")
    free, capped = (
        simulate(scenario).kpis for scenario in (wide, Scenario(**vars(wide) | {"site_cap_kw_per_vehicle": "auto"}))
    )
    assert free["rebound_kw"] > 0.1 * free["site_peak_kw"]
    assert capped["rebound_kw"] < 0.2 * free["rebound_kw"]
    assert capped["v2g_kwh"] > 0.0
