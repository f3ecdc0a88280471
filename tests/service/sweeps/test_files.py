"""Files as values of a sweep: tariffs, catalogs and series, in base, grid and samples; ids follow their content."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, read_tariff, simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.paths import own_data_folder
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.manifest import read_manifest
from ev2gym_dashboard.service.sweeps.plan import Sweep, list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

ROOT = Path(__file__).parents[3]
TARIFF = 'name = "Mine"\ntime_zone = "UTC"\n[periods.all]\nprice_per_kwh = {price}\n'
SPEC = {
    "Van": {
        "number_of_registrations": 3, "battery_capacity": 50, "max_ac_charge_power": 11, "max_dc_charge_power": 50,
        "max_ac_discharge_power": 0, "max_dc_discharge_power": 0,
    }
}  # fmt: skip
BASE = "[base]\nfleet_size = 10\ndays = 0.1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mine.toml").write_text(TARIFF.format(price=1.5), encoding="utf-8")
    (tmp_path / "in" / "other.toml").write_text(TARIFF.format(price=2.5), encoding="utf-8")
    (tmp_path / "in" / "specs.json").write_text(json.dumps(SPEC), encoding="utf-8")
    hours = "".join(f"{hour:02}:00,{{}}\n" for hour in range(24))
    for name, value in (("load.csv", 7), ("prices.csv", 0.9)):
        (tmp_path / "in" / name).write_text(hours.replace("{}", str(value)), encoding="utf-8")
    return tmp_path


def read(folder: Path, text: str) -> Sweep:
    return read_sweep((BASE + text).encode(), folder=folder / "in")


def list_issues(folder: Path, text: str) -> list[str]:
    with pytest.raises(ValidationError) as error:
        read(folder, text)
    return [str(issue) for issue in error.value.issues]


def test_an_axis_lists_keys_and_files(folder: Path) -> None:
    sweep = read(folder, '[grid]\ntariff = ["flat", "mine.toml", "other.toml"]\ncatalog = ["2023", "specs.json"]\n')
    run_sweep(sweep, folder / "out")
    rows = read_rows(folder / "out").set_index(["tariff", "catalog"])
    assert len(rows) == 6
    tariff = read_tariff(folder / "in" / "other.toml")
    kpis = simulate(Scenario(fleet_size=10, days=0.1, catalog="2023", tariff=tariff)).kpis
    assert rows["cost_mad"].to_dict()["other.toml", "2023"] == kpis["cost_mad"]
    assert str(rows["catalog_spec"].to_dict()["flat", "specs.json"]).startswith("sha256:")


@pytest.mark.parametrize(("load", "prices"), [("load", "prices"), ("load_csv", "price")])
def test_series_are_files_too(load: str, prices: str, folder: Path) -> None:
    sweep = read(folder, f'{load} = "load.csv"\n[grid]\n{prices} = ["prices.csv"]\nseed = [0, 1]\n')
    run_sweep(sweep, folder / "out")
    rows = read_rows(folder / "out")
    assert set(rows["base_load_profile"]) == {"load.csv"}
    assert set(rows["price_profile"]) == {"prices.csv"}
    assert rows["import_cost_mad"].tolist() == pytest.approx((0.9 * rows["import_kwh"]).tolist())


def test_options_of_reading_apply_to_the_files_of_all_sections(folder: Path) -> None:
    hours = "time;quality;power\n" + "".join(f"{hour:02}:00;ok;7000\n" for hour in range(24))
    for name in ("a.csv", "b.csv"):
        (folder / "in" / name).write_text(hours, encoding="utf-8")
    options = 'load_column = "power"\nload_unit = "W"\n'
    runs = list_sweep_runs(read(folder, options + '[grid]\nload = ["a.csv", "b.csv"]\n'))
    assert [set(run.scenario.base_load_profile.days.ravel().tolist()) for run in runs] == [{7.0}]
    assert list_issues(folder, options) == [
        "base.load_column: needs the file that it is about: load",
        "base.load_unit: needs the file that it is about: load",
    ]


@pytest.mark.parametrize("name", ["sessions", "sessions_file"])
def test_charging_sessions_are_files_too(name: str, folder: Path) -> None:
    for number, kwh in ((1, 8.0), (2, 12.0)):
        row = f"2026-12-15T18:00,2026-12-16T07:00,{kwh}\n"
        (folder / "in" / f"{number}.csv").write_text("arrival,departure,energy_kwh\n" + row, encoding="utf-8")
    text = f'[base]\nstart = "2026-12-15T16:00"\ndays = 1\nv2g = false\n[grid]\n{name} = ["1.csv", "2.csv"]\n'
    run_sweep(read_sweep(text.encode(), folder=folder / "in"), folder / "out")
    rows = read_rows(folder / "out").set_index("sessions")
    assert rows["g2v_kwh"].to_dict() == pytest.approx({"1.csv": 8.0, "2.csv": 12.0}, rel=0.001)


def test_a_key_on_an_axis_replaces_the_file_of_the_base(folder: Path) -> None:
    sweep = read(
        folder, 'tariff = "mine.toml"\ncatalog = "specs.json"\n[grid]\ntariff = ["flat"]\ncatalog = ["2023"]\n'
    )
    (run,) = list_sweep_runs(sweep)
    (plain,) = list_sweep_runs(read(folder, 'tariff = "flat"\ncatalog = "2023"\n'))
    assert run.id == plain.id


def test_a_sample_draws_among_files(folder: Path) -> None:
    text = '[sample]\nn = 20\ntariff = ["mine.toml", "mt_general"]\nload = ["load.csv"]\n'
    runs = list_sweep_runs(read(folder, text))
    assert {run.files.get("tariff", run.scenario.tariff) for run in runs} == {"mine.toml", "mt_general"}


def test_the_manifest_has_the_hash_of_each_file(folder: Path) -> None:
    run_sweep(read(folder, 'tariff = "mine.toml"\n'), folder / "out")
    (entry,) = read_manifest(folder / "out")
    assert list(entry["files_sha256"]) == ["mine.toml"]
    assert entry["plan"]["base"]["tariff"] == "mine.toml"


def test_a_run_has_another_id_once_the_content_of_its_file_changes(folder: Path) -> None:
    text = 'tariff = "mine.toml"\n'
    (before,) = list_sweep_runs(read(folder, text))
    (folder / "in" / "mine.toml").write_text("# a comment\n" + TARIFF.format(price=1.5), encoding="utf-8")
    (commented,) = list_sweep_runs(read(folder, text))
    (folder / "in" / "mine.toml").write_text(TARIFF.format(price=1.6), encoding="utf-8")
    (after,) = list_sweep_runs(read(folder, text))
    assert before.id == commented.id != after.id


def test_every_issue_of_every_file_has_its_place(folder: Path) -> None:
    (folder / "in" / "mine.toml").write_text(TARIFF.replace("UTC", "Mars").format(price='"dear"'), encoding="utf-8")
    grid = '[grid]\ntariff = ["mine.toml", "free"]\nprices = [3]\n'
    issues = list_issues(folder, f'load = "none.csv"\n{grid}[sample]\nn = 1\ncatalog = ["x.json"]\n')
    starts = [
        "base.load: none.csv: file: ", "grid.tariff: mine.toml: time_zone: must be the time zone",
        "grid.tariff: mine.toml: periods.all.price_per_kwh: must be a number", "grid.tariff: must be one of",
        "grid.prices: 3: must be the path of a file", "sample.catalog: x.json: file: ",
    ]  # fmt: skip
    assert all(any(issue.startswith(start) for issue in issues) for start in starts)
    assert len(issues) == len(starts)


def run_command(data_folder: Path, *arguments: object) -> str:
    environment = os.environ | {"EV2GYM_DASHBOARD_DATA": str(data_folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", "sweep", *map(str, arguments), "--workers", "1"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_resumed_sweep_has_no_row_of_the_data_before_they_changed(folder: Path) -> None:
    data, out = folder / "data", folder / "out"
    shutil.copytree(own_data_folder(), data)
    (folder / "sweep.toml").write_text(BASE + '[grid]\ntariff = ["mt_general", "flat"]\n', encoding="utf-8")
    assert "2 new, 0 existing" in run_command(data, folder / "sweep.toml", "--out", out)
    before = pd.read_parquet(out).set_index("tariff")["import_cost_mad"]
    tariffs = (data / "onee_tariffs.json").read_text(encoding="utf-8")
    (data / "onee_tariffs.json").write_text(tariffs.replace("1.4157", "2.8314"), encoding="utf-8")
    done = run_command(data, folder / "sweep.toml", "--out", out)
    assert "2 new, 0 existing. 2 rows of other code or data were set aside." in done
    after = pd.read_parquet(out).set_index("tariff")["import_cost_mad"]
    assert len(after) == 2
    assert after["mt_general"] > before["mt_general"]
    assert after["flat"] == before["flat"]
