"""Charging sessions on the command line: simulate, a scenario file, validate and a sweep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml, parse_scenario_toml

DEPOT = "vehicle,capacity_kwh,power_kw,arrival,departure,energy_kwh\nvan,75,11,2026-12-15T17:00,2026-12-16T06:00,40\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "depot.csv").write_text(DEPOT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_simulate_takes_sessions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--start", "2026-12-15T12:00", "--strategy", "uncontrolled", "--limit-kw-per-vehicle", "100", "--json"]
    main(["simulate", "--sessions", str(folder / "depot.csv"), *options])
    assert json.loads(capsys.readouterr().out)["kpis"]["g2v_kwh"] == pytest.approx(40.0, rel=1e-6)


def test_a_run_beside_the_file_names_its_dates(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", "--sessions", str(folder / "depot.csv"), "--start", "2027-12-15T12:00"])
    assert "from 2026-12-15T17:00 to 2026-12-16T06:00" in capsys.readouterr().err


def test_a_scenario_file_names_its_sessions_and_reads_back_from_its_text(folder: Path) -> None:
    text = 'sessions_file = "depot.csv"\nstart = 2026-12-15T12:00:00\n'
    scenario = parse_scenario_toml(text, folder=folder)
    assert scenario.fleet_size == 1
    assert parse_scenario_toml(format_scenario_toml(scenario), folder=folder / "elsewhere") == scenario


def test_validate_sets_the_file_beside_the_drawn_sessions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", str(folder / "depot.csv")])
    out = capsys.readouterr().out
    assert "valid (1 charging session(s))" in out
    assert "Mean stay 13 h (drawn: " in out
    assert "Mean energy of a stay: 40 kWh (drawn: " in out
