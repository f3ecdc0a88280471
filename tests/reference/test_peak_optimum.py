"""Peak shaving against perfect foresight: V2G never raises the peak, and the peak is near the lowest possible one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.simulation.site_cap import UNSERVED_TOLERANCE
from tests.reference.peak_optimum import Recording, find_lowest_peak_kw, record_run

MAX_GAP = 0.1
"""Largest gap to the optimum, as a share of its peak."""
# From noon to noon: the nights of the home fleet, with their evening peak, are complete.
TWO_DAYS = Scenario(fleet_size=60, strategy="peak_shaving", days=2.0, timestep_min=30, pv_kwp_per_vehicle=0.5)
SEASONS = {"winter": "2026-12-15T12:00", "summer": "2026-06-16T12:00"}
CONNECTIONS = {"wide": 50.0, "tight": 2.2}
# Half of the seeds with the driving of the data, whose charging makes the peak; half with little, where the other load
# makes it and V2G lowers it.
CASES = [(seed, season, 0.4 if seed % 2 else 1.0) for seed in range(12) for season in SEASONS]
every_case = pytest.mark.parametrize(("seed", "season", "drive_scale"), CASES)
every_connection = pytest.mark.parametrize("connection", CONNECTIONS)


@cache
def run_case(seed: int, season: str, drive_scale: float, connection: str, *, v2g: bool) -> Recording:
    return record_run(
        replace(
            TWO_DAYS,
            seed=seed,
            start=SEASONS[season],
            drive_scale=drive_scale,
            limit_kw_per_vehicle=CONNECTIONS[connection],
            v2g=v2g,
        )
    )


@every_connection
@every_case
def test_v2g_never_raises_the_peak(seed: int, season: str, drive_scale: float, connection: str) -> None:
    with_v2g, without = (run_case(seed, season, drive_scale, connection, v2g=v2g) for v2g in (True, False))
    assert with_v2g.site_peak_kw <= without.site_peak_kw + 1e-6


@every_connection
@every_case
def test_the_peak_is_within_a_tenth_of_the_lowest_possible_one(
    seed: int, season: str, drive_scale: float, connection: str
) -> None:
    for v2g, v2g_min_soc in ((True, 0.7), (False, None)):
        run = run_case(seed, season, drive_scale, connection, v2g=v2g)
        lowest_kw = find_lowest_peak_kw(run, v2g_min_soc=v2g_min_soc)
        assert run.site_peak_kw >= lowest_kw * (1.0 - 1e-3)
        assert run.site_peak_kw <= (1.0 + MAX_GAP) * lowest_kw


@every_connection
@every_case
def test_shaving_leaves_no_more_energy_unserved(seed: int, season: str, drive_scale: float, connection: str) -> None:
    # Under a cap that never binds and without V2G, nothing is shaved.
    free = replace(
        TWO_DAYS,
        seed=seed,
        start=SEASONS[season],
        drive_scale=drive_scale,
        limit_kw_per_vehicle=CONNECTIONS[connection],
        site_cap_kw_per_vehicle=1000.0,
        v2g=False,
    )
    shaved, unshaved = run_case(seed, season, drive_scale, connection, v2g=True), record_run(free)
    assert shaved.unserved_kwh <= unshaved.unserved_kwh + UNSERVED_TOLERANCE * unshaved.g2v_kwh + 1e-6


def test_v2g_lowers_the_peak_where_the_other_load_makes_it() -> None:
    lowered = [
        run_case(seed, season, drive_scale, "wide", v2g=False).site_peak_kw
        / run_case(seed, season, drive_scale, "wide", v2g=True).site_peak_kw
        for seed, season, drive_scale in CASES
        if drive_scale < 1.0
    ]
    assert min(lowered) > 1.02


def test_a_strategy_that_does_not_shave_is_far_from_the_optimum() -> None:
    run = record_run(replace(TWO_DAYS, strategy="uncontrolled", v2g=False, limit_kw_per_vehicle=50.0))
    assert run.site_peak_kw > 1.5 * find_lowest_peak_kw(run, v2g_min_soc=None)
