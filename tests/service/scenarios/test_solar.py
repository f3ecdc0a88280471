"""Solar output agrees with the recorded tables, and needs neither network nor system time zones."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import solarposition
from pvlib.irradiance import get_total_irradiance
from pvlib.location import Location

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios import solar
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.solar import (
    CASABLANCA,
    PvPlant,
    compute_pv_output,
    compute_solar_kw_per_kwp,
    compute_sunrise_sunset_h,
)
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.simulation.simulation import Simulation

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "solar_casablanca.json").read_text(encoding="utf-8"))
RECORDED_INLAND = json.loads((HERE / "solar_ouarzazate.json").read_text(encoding="utf-8"))
OUARZAZATE = PvPlant(latitude_deg=31.01, longitude_deg=-6.86, altitude_m=1250.0)
SUNRISE_SUNSET = [
    (CASABLANCA, "2026-03-21", "06:32", "18:42"),
    (CASABLANCA, "2026-06-21", "05:20", "19:43"),
    (CASABLANCA, "2026-12-21", "07:30", "17:26"),
    (OUARZAZATE, "2026-03-21", "06:30", "18:39"),
    (OUARZAZATE, "2026-06-21", "05:24", "19:34"),
    (OUARZAZATE, "2026-12-21", "07:21", "17:29"),
]
# The table has three decimals.
HALF_A_DIGIT = 0.0005


@pytest.mark.parametrize("day", RECORDED)
def test_hourly_output_agrees_with_the_recorded_table_to_two_percent(day: str) -> None:
    output = compute_solar_kw_per_kwp(date.fromisoformat(day), 60)
    np.testing.assert_allclose(output, RECORDED[day], rtol=0.02, atol=HALF_A_DIGIT)


@pytest.mark.parametrize("day", RECORDED_INLAND)
def test_hourly_output_of_another_place_agrees_with_its_table_to_two_percent(day: str) -> None:
    output = compute_solar_kw_per_kwp(date.fromisoformat(day), 60, plant=OUARZAZATE)
    np.testing.assert_allclose(output, RECORDED_INLAND[day], rtol=0.02, atol=HALF_A_DIGIT)


@pytest.mark.parametrize(("plant", "day", "sunrise", "sunset"), SUNRISE_SUNSET)
def test_sunrise_and_sunset_agree_with_the_table_to_two_minutes(
    plant: PvPlant, day: str, sunrise: str, sunset: str
) -> None:
    expected_h = [int(time[:2]) + int(time[3:]) / 60 for time in (sunrise, sunset)]
    assert compute_sunrise_sunset_h(date.fromisoformat(day), plant=plant) == pytest.approx(expected_h, abs=2 / 60)


def test_in_polar_day_and_night_the_sun_neither_rises_nor_sets() -> None:
    for month in (6, 12):
        assert np.isnan(compute_sunrise_sunset_h(date(2026, month, 21), plant=PvPlant(latitude_deg=78.0))).all()


def test_modules_that_face_east_have_their_sun_in_the_morning() -> None:
    day = date(2026, 3, 21)
    by_azimuth: dict[float, Floats] = {}
    for azimuth_deg in (90.0, 180.0, 270.0):
        by_azimuth[azimuth_deg] = compute_solar_kw_per_kwp(day, 60, plant=PvPlant(azimuth_deg=azimuth_deg))
    assert by_azimuth[90.0][8] > by_azimuth[180.0][8] > by_azimuth[270.0][8]
    assert by_azimuth[90.0][17] < by_azimuth[180.0][17] < by_azimuth[270.0][17]


def compute_daily_kwh_per_kwp(**scenario: Any) -> list[float]:
    """Return the energy of the middle day of each month [kWh/kWp]."""
    runs = (Scenario(start=f"2026-{month:02d}-15", longitude_deg=0.0, **scenario) for month in range(1, 13))
    return [float(make_exogenous_source(run)(0).solar_kw_per_kwp.sum()) * run.timestep_h for run in runs]


def test_panels_face_the_equator_in_both_hemispheres() -> None:
    north, south = (compute_daily_kwh_per_kwp(latitude_deg=sign * 33.57, cloud_factor=1.0) for sign in (1.0, -1.0))
    # The air over the sea is clearer in the south, and the earth is nearest to the sun in January.
    assert sum(south) == pytest.approx(sum(north), rel=0.05)
    assert south[5] == pytest.approx(4.15, abs=0.01)
    assert south == compute_daily_kwh_per_kwp(latitude_deg=-33.57, cloud_factor=1.0, azimuth_deg=0.0)
    assert north == compute_daily_kwh_per_kwp(latitude_deg=33.57, cloud_factor=1.0, azimuth_deg=180.0)


@pytest.mark.parametrize(("latitude_deg", "best"), [(33.57, 180.0), (-33.57, 0.0), (60.0, 180.0), (-60.0, 0.0)])
def test_no_other_azimuth_gives_more_energy_over_a_year(latitude_deg: float, best: float) -> None:
    assert PvPlant(latitude_deg=latitude_deg).facing_deg == best
    facing = sum(compute_daily_kwh_per_kwp(latitude_deg=latitude_deg))
    for azimuth_deg in (0.0, 90.0, 180.0, 270.0):
        assert sum(compute_daily_kwh_per_kwp(latitude_deg=latitude_deg, azimuth_deg=azimuth_deg)) <= facing


@pytest.mark.parametrize(("latitude_deg", "facing_deg"), [(-33.57, 0.0), (33.57, 180.0)])
@pytest.mark.parametrize("month", [3, 6, 12])
def test_the_energy_agrees_with_pvlibs_own_chain(latitude_deg: float, facing_deg: float, month: int) -> None:
    times = pd.date_range(f"2026-{month:02d}-15", periods=1440, freq="1min", tz="UTC")
    place = Location(latitude_deg, -7.59, altitude=27.0)
    sun, sky = place.get_solarposition(times), place.get_clearsky(times)
    plane = get_total_irradiance(
        30.0, facing_deg, sun["apparent_zenith"], sun["azimuth"], sky["dni"], sky["ghi"], sky["dhi"], albedo=0.2
    )
    expected_kwh = compute_pv_output(plane["poa_global"].fillna(0.0).to_numpy()).sum() / 60.0
    output = compute_solar_kw_per_kwp(date(2026, month, 15), 60, plant=PvPlant(latitude_deg=latitude_deg))
    assert output.sum() == pytest.approx(expected_kwh, rel=0.002)


def test_the_azimuth_of_flat_modules_does_not_matter() -> None:
    flat = [
        compute_solar_kw_per_kwp(date(2026, 6, 21), 60, plant=PvPlant(tilt_deg=0.0, azimuth_deg=a))
        for a in (0.0, 123.0)
    ]
    np.testing.assert_allclose(flat[0], flat[1], atol=1e-12)


@pytest.mark.parametrize(
    "plant",
    [
        PvPlant(90.0, 180.0, 0.0),
        PvPlant(-90.0, -180.0, 2800.0),
        PvPlant(0.0, 0.0, -400.0, 90.0, 0.0),
        PvPlant(tilt_deg=90.0),
    ],
)
def test_output_is_finite_and_never_negative_at_the_ends_of_the_earth(plant: PvPlant) -> None:
    for month in (3, 6, 12):
        output = compute_solar_kw_per_kwp(date(2026, month, 21), 60, plant=plant)
        assert np.isfinite(output).all()
        assert (output >= 0).all()


@pytest.mark.parametrize("day", RECORDED)
def test_daily_energy_agrees_to_a_tenth_of_a_percent(day: str) -> None:
    assert compute_solar_kw_per_kwp(date.fromisoformat(day), 60).sum() == pytest.approx(sum(RECORDED[day]), rel=0.001)


@pytest.mark.parametrize("timestep_min", [1, 5, 15, 30, 32])
def test_energy_of_a_day_does_not_depend_on_the_step(timestep_min: int) -> None:
    day = date(2026, 6, 21)
    energy_kwh = compute_solar_kw_per_kwp(day, timestep_min).sum() * timestep_min / 60
    assert energy_kwh == pytest.approx(compute_solar_kw_per_kwp(day, 60).sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("day", "sunrise", "sunset"),
    [("2026-03-21", "06:32", "18:42"), ("2026-06-21", "05:20", "19:43"), ("2026-12-21", "07:30", "17:26")],
)
def test_there_is_no_output_at_night(day: str, sunrise: str, sunset: str) -> None:
    shining = np.flatnonzero(compute_solar_kw_per_kwp(date.fromisoformat(day), 1) > 1e-4)
    first, last = (int(time[:2]) * 60 + int(time[3:]) for time in (sunrise, sunset))
    assert first - 2 <= shining[0] <= first + 20
    assert last - 20 <= shining[-1] <= last + 2


def test_in_june_the_sun_still_shines_after_18h() -> None:
    assert compute_solar_kw_per_kwp(date(2026, 6, 21), 60)[18] > 0.05
    assert compute_solar_kw_per_kwp(date(2026, 12, 21), 60)[18] == 0


@pytest.mark.parametrize("day", [date(2000, 2, 29), date(2027, 12, 31), date(2099, 1, 1)])
def test_output_is_finite_and_never_negative_on_any_date(day: date) -> None:
    output = compute_solar_kw_per_kwp(day, 15)
    assert output.shape == (96,)
    assert np.isfinite(output).all()
    assert (output >= 0).all()
    assert output.max() < 1


def test_output_falls_with_the_heat_of_the_cell() -> None:
    assert compute_pv_output(np.array([0.0, 800.0])).tolist() == pytest.approx([0.0, 0.86 * 0.8 * (1 - 0.0035 * 20)])


def test_the_sun_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the sun asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    solar._look_up_turbidity.cache_clear()
    solar._cached_profiles.clear()
    assert compute_solar_kw_per_kwp(date(2026, 5, 5), 60).sum() > 5


def test_importing_data_and_surroundings_does_not_import_pvlib() -> None:
    modules = "sys, ev2gym_dashboard.service.datasets.catalogs, ev2gym_dashboard.service.scenarios.exogenous"
    code = f"import {modules}; sys.exit('pvlib' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


PLANTS = (CASABLANCA, OUARZAZATE, PvPlant(latitude_deg=69.6, tilt_deg=90.0), PvPlant(latitude_deg=-90.0))


@pytest.mark.parametrize("plant", PLANTS)
@given(st.lists(st.dates(date(2000, 1, 1), date(2050, 12, 31)), min_size=2, max_size=6, unique=True))
@settings(max_examples=8)
def test_a_day_is_the_same_to_the_bit_whatever_is_computed_with_it(plant: PvPlant, days: list[date]) -> None:
    together = solar._compute_minute_profiles(days, plant)
    for day, profile in zip(days, together, strict=True):
        assert profile.tobytes() == solar._compute_minute_profiles([day], plant).tobytes()


@pytest.mark.parametrize("plant", PLANTS)
def test_no_minute_with_the_sun_above_the_horizon_is_left_out(plant: PvPlant) -> None:
    days = [date(2026, month, day) for month in range(1, 13) for day in (1, 16)]
    times = pd.date_range("2026-01-01", periods=365 * 1440, freq="1min", tz="UTC")
    times = times[times.normalize().tz_localize(None).isin(pd.DatetimeIndex(days))]
    zenith = solarposition.get_solarposition(times, plant.latitude_deg, plant.longitude_deg, method="ephemeris")
    is_up = zenith["apparent_zenith"].to_numpy().reshape(len(days), 1440) <= 90.0
    assert not (is_up & ~solar._find_daylight(days, plant)).any()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of days that were computed together."""
    calls: list[int] = []
    compute = solar._compute_minute_profiles

    def count_days(days: Sequence[date], plant: PvPlant) -> np.ndarray:
        calls.append(len(days))
        return compute(days, plant)

    monkeypatch.setattr(solar, "_compute_minute_profiles", count_days)
    return calls


def test_the_days_of_a_long_run_are_computed_by_the_week_and_once(computed: list[int]) -> None:
    scenario = Scenario(fleet_size=1, days=20, timestep_min=60, latitude_deg=31.125)
    simulation = Simulation(scenario)
    computed.clear()
    simulation.advance(scenario.n_steps)
    # The days of the run, those that it begins and ends on included, and the one that its last step looks ahead to.
    assert sum(computed) <= 22
    assert len(computed) <= 3


def test_a_run_that_goes_on_day_by_day_computes_weeks_too(computed: list[int]) -> None:
    simulate(Scenario(fleet_size=1, days=20, timestep_min=60, latitude_deg=31.25))
    together = [n for n in computed if n > 1]
    assert sum(together) <= 22
    assert len(together) <= 4


def test_a_run_of_a_day_computes_no_day_beyond_its_outlook(computed: list[int]) -> None:
    simulate(Scenario(fleet_size=1, days=1, timestep_min=60, start="2026-12-14T00:00", latitude_deg=31.375))
    assert sum(n for n in computed if n > 1) <= 2


def test_a_tick_computes_no_day_that_it_does_not_need(computed: list[int]) -> None:
    Simulation(Scenario(fleet_size=1, days=20, latitude_deg=30.625)).advance(1)
    assert set(computed) == {1}


def test_a_run_with_its_own_pv_series_computes_no_sun(computed: list[int]) -> None:
    scenario = Scenario(fleet_size=1, days=9, timestep_min=60, latitude_deg=30.5, pv_profile=(tuple(range(24)),))
    Simulation(scenario).advance(scenario.n_steps)
    assert computed == []
