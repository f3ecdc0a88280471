"""Tariffs on the command line: a file as an option, in a scenario file, and validated; ONEE's as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard import cli
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff, read_tariff
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml, parse_scenario_toml, read_scenario

TARIFF = 'name = "Mine"\ntime_zone = "UTC"\n[periods.all]\nprice_per_kwh = 1.5\n'
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(TARIFF, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(TARIFF.replace("UTC", "Mars") + "x = 1\n", encoding="utf-8")
    return tmp_path


def run(capture: Capture, *arguments: object) -> tuple[int | str | None, str, str]:
    code: int | str | None = 0
    try:
        cli.main(list(map(str, arguments)))
    except SystemExit as stop:
        code = stop.code
    out, err = capture.readouterr()
    return code, out, err


def test_the_option_bills_by_the_file(folder: Path, capsys: Capture) -> None:
    code, out, _ = run(
        capsys, "simulate", "--tariff-file", folder / "mine.toml", "--days", 0.1, "--fleet-size", 5
    )  # fmt: skip
    kpis = dict(line.split(",") for line in out.splitlines()[1:])
    assert code == 0
    assert float(kpis["import_cost_mad"]) == pytest.approx(1.5 * float(kpis["import_kwh"]))


def test_the_option_overrides_the_tariff_of_a_scenario_file(folder: Path, capsys: Capture) -> None:
    (folder / "s.toml").write_text('tariff = "mt_general"\nfleet_size = 5\ndays = 0.1\n', encoding="utf-8")
    code, out, _ = run(capsys, "simulate", folder / "s.toml", "--tariff-file", folder / "mine.toml")
    assert code == 0
    assert "fixed_mad,0.0" in out


def test_a_scenario_file_names_the_file_and_is_written_with_its_content(folder: Path) -> None:
    (folder / "s.toml").write_text('tariff_file = "mine.toml"\n', encoding="utf-8")
    scenario = read_scenario(folder / "s.toml")
    assert (scenario.tariff, find_tariff(scenario)) == (OWN_TARIFF, read_tariff(folder / "mine.toml"))
    assert parse_scenario_toml(format_scenario_toml(scenario), folder=Path("elsewhere")) == scenario


def test_a_key_and_a_file_together_are_an_issue(folder: Path, capsys: Capture) -> None:
    code, _, err = run(capsys, "simulate", "--tariff", "flat", "--tariff-file", folder / "mine.toml")
    assert code == 2
    assert "--tariff-file: must not be given together with tariff" in err


def test_the_issues_of_the_file_are_those_of_the_option(folder: Path, capsys: Capture) -> None:
    code, _, err = run(capsys, "simulate", "--tariff-file", folder / "bad.toml")
    assert code == 2
    assert "--tariff-file: time_zone: must be the time zone" in err
    assert "--tariff-file: periods.all.x: is unknown" in err


def test_validate_tells_a_tariff_from_a_scenario(folder: Path, capsys: Capture) -> None:
    code, out, _ = run(capsys, "validate", folder / "mine.toml", folder / "bad.toml")
    assert code == 1
    assert "mine.toml: valid (tariff Mine: 1 season(s), 1.5 MAD/kWh, hours of UTC)" in out
    assert "bad.toml: time_zone: must be the time zone" in out


@pytest.mark.parametrize("key", load_tariffs())
def test_a_tariff_of_onee_is_printed_as_a_file(key: str, capsys: Capture) -> None:
    _, out, _ = run(capsys, "tariffs", key)
    assert parse_tariff(out.encode()).prices_mad_kwh == load_tariffs()[key].prices_mad_kwh


def test_the_tariffs_are_listed_and_an_unknown_key_is_an_issue(capsys: Capture) -> None:
    assert all(key in run(capsys, "tariffs")[1] for key in load_tariffs())
    code, _, err = run(capsys, "tariffs", "mt")
    assert code == 2
    assert "must be one of" in err
