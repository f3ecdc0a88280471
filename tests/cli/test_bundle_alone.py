"""A bundle runs from its own files alone, with the data files that it was made with, on a machine that has others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.cli import main
from ev2gym_dashboard.service.datasets.paths import DATA_FOLDER_VARIABLE, own_data_folder

ROOT = Path(__file__).parents[2]
TARIFF = 'name = "Mine"\ntime_zone = "UTC"\n[periods.all]\nprice_per_kwh = 1.5\n'
KERNEL_VARIABLE = "EV2GYM_DASHBOARD_KERNEL"
LOAD = "".join(f"{hour:02}:00,{hour}\n" for hour in range(24))


def run(cwd: Path, *arguments: object, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != DATA_FOLDER_VARIABLE}
    # NumPy's kernel: the other one takes longer to load than these runs take.
    environment |= {"PYTHONPATH": str(ROOT), KERNEL_VARIABLE: "numpy"} | (
        {DATA_FOLDER_VARIABLE: str(data)} if data else {}
    )
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True)


def read_kpis(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)["kpis"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return a bundle, moved away from the files that it was made from, and its KPIs."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(own_data_folder(), folder / "data")
    models = (folder / "data" / "ev_specs.json").read_text(encoding="utf-8")
    (folder / "data" / "ev_specs.json").write_text(
        models.replace('"battery_capacity": 7', '"battery_capacity": 17'), encoding="utf-8"
    )
    (folder / "mine.toml").write_text(TARIFF, encoding="utf-8")
    (folder / "load.csv").write_text(LOAD, encoding="utf-8")
    text = 'tariff_file = "mine.toml"\nload_csv = "load.csv"\ncatalog = "2023"\nfleet_size = 20\ndays = 0.25\n'
    (folder / "s.toml").write_text(text, encoding="utf-8")
    done = run(folder, "simulate", "s.toml", "--json", "--out", "bundle", data=folder / "data")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.move(folder / "bundle", elsewhere / "bundle")
    shutil.rmtree(folder)
    return elsewhere / "bundle", read_kpis(done)


def test_a_bundle_opens_on_another_machine_with_its_own_data(made: tuple[Path, Any], tmp_path: Path) -> None:
    bundle, kpis = made
    done = run(tmp_path, "simulate", bundle / "scenario.toml", "--json")
    assert read_kpis(done) == kpis
    assert "data files differ from this installation: ev_specs.json" in done.stderr


def test_a_declared_data_folder_stays_in_use(made: tuple[Path, Any], tmp_path: Path) -> None:
    bundle, kpis = made
    done = run(tmp_path, "simulate", bundle / "scenario.toml", "--json", data=own_data_folder())
    assert read_kpis(done) != kpis
    assert str(own_data_folder()) in done.stderr


def test_a_bundle_of_the_same_data_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["simulate", "--fleet-size", "5", "--days", "0.1", "--out", "bundle"])
    main(["compare", "bundle/scenario.toml"])
    assert capsys.readouterr().err == ""
