"""CO2 factor of the grid: constant, or a series of the user that settles each step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, read_profile
from ev2gym_dashboard.core.profile import parse_profile_value
from ev2gym_dashboard.service.scenarios.co2 import compute_co2_g_kwh
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml, parse_scenario_toml

HOURLY = parse_profile_value([100.0 + hour for hour in range(24)])
SCENARIO = Scenario(fleet_size=20, start="2026-12-15T16:00", co2_profile=HOURLY)


def test_without_a_series_the_factor_is_the_constant_of_the_scenario() -> None:
    assert compute_co2_g_kwh(replace(SCENARIO, co2_profile=(), co2_g_kwh=640.0), 4) == 640.0


def test_a_series_holds_by_the_time_of_day_and_repeats() -> None:
    factors = np.asarray(compute_co2_g_kwh(SCENARIO, 2 * 96 + 3))
    assert factors[:8].tolist() == [116.0] * 4 + [117.0] * 4
    assert factors[32:36].tolist() == [100.0] * 4
    assert factors[96:].tolist() == factors[:99].tolist()


def test_days_follow_each_other_from_the_day_of_the_start() -> None:
    factors = np.asarray(compute_co2_g_kwh(replace(SCENARIO, co2_profile=((1.0,), (2.0,), (3.0,))), 4 * 96))
    assert factors[[0, 31, 32, 127, 128, 223, 224, 319, 320]].tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 1.0, 1.0, 2.0]


@pytest.mark.parametrize("timestep_min", [5, 15, 30, 60])
def test_a_run_without_steps_and_one_of_a_day_have_a_factor_per_step(timestep_min: int) -> None:
    scenario = replace(SCENARIO, timestep_min=timestep_min)
    assert np.shape(compute_co2_g_kwh(scenario, 0)) == (0,)
    assert np.shape(compute_co2_g_kwh(scenario, scenario.steps_per_day)) == (scenario.steps_per_day,)


def test_each_step_is_settled_with_its_own_factor() -> None:
    simulation = Simulation(SCENARIO)
    simulation.advance(96)
    result = simulation.result()
    # From 16:00 four steps an hour, to 16:00 of the next day.
    hours = np.roll(np.repeat(np.arange(24.0), 4), -64)
    by_hand_kg = result.series["import_kw"].to_numpy() * 0.25 * (100.0 + hours) / 1000.0
    assert result.series["co2_kg"].tolist() == pytest.approx(by_hand_kg.tolist())
    assert result.kpis["co2_kg"] == pytest.approx(by_hand_kg.sum())


def test_a_series_of_one_value_gives_the_emissions_of_that_constant() -> None:
    series, constant = (replace(SCENARIO, co2_profile=((551.0,),)), replace(SCENARIO, co2_profile=()))
    runs = [Simulation(scenario) for scenario in (series, constant)]
    for run in runs:
        run.advance(96)
    assert runs[0].kpis == runs[1].kpis
    assert [scenario.co2_varies for scenario in (series, constant, SCENARIO)] == [False, False, True]


def test_the_series_is_read_from_a_file_of_python_and_of_a_scenario(tmp_path: Path) -> None:
    rows = "\n".join(f"{hour:02d}:00,{100 + hour}" for hour in range(24))
    (tmp_path / "co2.csv").write_text(rows, encoding="utf-8")
    assert read_profile(tmp_path / "co2.csv", "g/kWh") == HOURLY
    scenario = parse_scenario_toml('co2_csv = "co2.csv"', folder=tmp_path)
    assert scenario.co2_profile == HOURLY
    assert parse_scenario_toml(format_scenario_toml(scenario), folder=tmp_path) == scenario


@pytest.mark.parametrize("profile", [((-1.0,),), ((5000.1,),), ((1.0,) * 7,), ((float("nan"),),)])
def test_an_impossible_series_is_an_issue_of_its_field(profile: tuple[tuple[float, ...], ...]) -> None:
    assert [issue.field for issue in Scenario(co2_profile=profile).validate()] == ["co2_profile"]
