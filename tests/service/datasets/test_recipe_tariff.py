"""A new tariff costs one entry in data/onee_tariffs.json, as CONTRIBUTING.md describes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SEASON = {
    "HP": {"price_mad_kwh": 2.0, "hours": [[18, 21]]},
    "HN": {"price_mad_kwh": 1.0, "hours": [[0, 18], [21, 24]]},
}
TOY: dict[str, Any] = {
    "name": "Toy tariff",
    "voltage": "BT",
    "structure": "time_of_use",
    "fixed_mad_per_kva_year": 0,
    "winter": {
        "HP": {"price_mad_kwh": 2.0, "hours": [[18, 21]]},
        "HN": {"price_mad_kwh": 1.0, "hours": [[0, 18], [21, 24]]},
    },
    "summer": {
        "HP": {"price_mad_kwh": 2.0, "hours": [[18, 21]]},
        "HN": {"price_mad_kwh": 1.0, "hours": [[0, 18], [21, 24]]},
    },
    "confidence": "high",
    "source": "None: this tariff exists only in a test.",
    "note": "Cheap except in the evening.",
}


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    path = folder / "onee_tariffs.json"
    tariffs = json.loads(path.read_text(encoding="utf-8"))
    tariffs["tariffs"]["toy"] = TOY
    path.write_text(json.dumps(tariffs), encoding="utf-8")
    return folder


def run_python(data_folder: Path, *arguments: str) -> str:
    environment = os.environ | {"EV2GYM_DASHBOARD_DATA": str(data_folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_command(data_folder: Path, *arguments: str) -> str:
    return run_python(data_folder, "-m", "ev2gym_dashboard.cli", *arguments)


def test_the_new_tariff_is_valid_and_a_choice_of_the_command_line(data_folder: Path) -> None:
    run_command(data_folder, "validate", str(data_folder / "onee_tariffs.json"))
    assert "toy" in run_command(data_folder, "simulate", "--help")


def test_a_run_is_billed_at_the_prices_of_the_new_tariff(data_folder: Path) -> None:
    scenario = ["--tariff", "toy", "--fleet-size", "20", "--days", "0.25", "--start", "2026-12-15T17:00"]
    kpis = json.loads(run_command(data_folder, "simulate", *scenario, "--json"))["kpis"]
    mean_price_mad_kwh = kpis["import_cost_mad"] / kpis["import_kwh"]
    assert 1.0 < mean_price_mad_kwh < 2.0


def test_the_form_of_the_page_lists_the_new_tariff(data_folder: Path) -> None:
    code = "from ev2gym_dashboard.web.app import render_page; print(render_page('/', '?lang=en'))"
    assert TOY["name"] in run_python(data_folder, "-c", code)


@pytest.mark.parametrize("command", [("validate", "{file}"), ("simulate", "--days", "0.1"), ("--help",)])
def test_an_invalid_tariff_is_reported_with_every_issue_by_every_command(
    data_folder: Path, command: tuple[str, ...]
) -> None:
    path = data_folder / "onee_tariffs.json"
    tariffs = json.loads(path.read_text(encoding="utf-8"))
    tariffs["tariffs"]["toy"] |= {"confidence": "certain", "fixed_mad_per_kva_year": -1}
    path.write_text(json.dumps(tariffs), encoding="utf-8")
    environment = os.environ | {"EV2GYM_DASHBOARD_DATA": str(data_folder), "PYTHONPATH": str(ROOT)}
    arguments = [argument.format(file=path) for argument in command]
    done = subprocess.run(
        [sys.executable, "-m", "ev2gym_dashboard.cli", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "tariffs.toy.confidence" in done.stderr
    assert "tariffs.toy.fixed_mad_per_kva_year" in done.stderr
    assert "Traceback" not in done.stderr
