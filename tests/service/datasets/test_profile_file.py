"""A user's CSV from the disk into a scenario, and every issue of it in one error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from ev2gym_dashboard import Scenario, Simulation, read_profile
from ev2gym_dashboard.service.scenarios.tariff import estimate_monthly_kwh, list_scenario_prices


def format_hours(values: Iterable[object]) -> str:
    return "\n".join(f"{hour:02d}:00,{value}" for hour, value in enumerate(values))


def test_a_file_of_load_and_one_of_prices_are_what_the_run_has(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text("time,kW\n" + format_hours(range(100, 124)), encoding="utf-8")
    (tmp_path / "prices.csv").write_text(format_hours([1.5] * 12 + [0.5] * 12), encoding="utf-8")
    load, prices = (read_profile(tmp_path / "load.csv", "kW"), read_profile(str(tmp_path / "prices.csv"), "MAD/kWh"))
    scenario = Scenario(fleet_size=20, start="2026-12-15T10:00", base_load_profile=load, price_profile=prices)
    simulation = Simulation(scenario)
    simulation.advance(16)
    series = simulation.result().series
    assert series["base_load_kw"].tolist() == [110.0] * 4 + [111.0] * 4 + [112.0] * 4 + [113.0] * 4
    assert series["price_mad_kwh"].tolist() == [1.5] * 8 + [0.5] * 8
    assert list_scenario_prices(scenario) == (0.5, 1.5)
    assert estimate_monthly_kwh(replace(scenario, return_share=0.0)) == pytest.approx(730.0 * 111.5)


def test_a_year_of_quarters_is_taken(tmp_path: Path) -> None:
    times = (
        f"{date(2026, 1, 1) + timedelta(days=d)}T{h:02d}:{m}" for d in range(365) for h in range(24) for m in QUARTERS
    )
    (tmp_path / "year.csv").write_text("\n".join(f"{time};3,5" for time in times), encoding="utf-8")
    profile = read_profile(tmp_path / "year.csv", "kW")
    assert (profile.n_days, profile.steps_per_day) == (365, 96)
    assert Scenario(base_load_profile=profile).validate() == []


QUARTERS = ("00", "15", "30", "45")


def test_one_error_lists_every_issue_by_row(tmp_path: Path) -> None:
    values: list[object] = list(range(24))
    values[3], values[7] = "much", -2
    (tmp_path / "load.csv").write_text(format_hours(values), encoding="utf-8")
    with pytest.raises(ValueError, match=r"row 4: must be a number.*row 8: must be from 0\.0 to 1000000000\.0 kW"):
        read_profile(tmp_path / "load.csv", "kW")


def test_a_price_above_what_is_allowed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(format_hours([101.0] * 24), encoding="utf-8")
    with pytest.raises(ValueError, match=r"more issues: 4"):
        read_profile(tmp_path / "prices.csv", "MAD/kWh")


def test_an_unknown_quantity_is_refused_with_the_allowed_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="quantity must be one of kW, MAD/kWh, g/kWh, or a field such as setpoint_profile, not 'kWh'"
    ):
        read_profile(tmp_path / "load.csv", "kWh")


def test_a_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_profile(tmp_path / "load.csv", "kW")
