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


RUN_COMMANDS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from ev2gym_dashboard.cli.main import main

def run(command):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(command)
    except SystemExit as end:
        code = end.code or 0
    return code, out.getvalue(), err.getvalue()

done = [run(command) for command in json.loads(sys.argv[1])]
"""
PRINT_DONE = "print(json.dumps(done))"
PRINT_PAGE_TOO = """
from ev2gym_dashboard.web.app import render_page
print(json.dumps([*done, str(render_page('/', '?lang=en'))]))
"""
RUN = ("--tariff", "toy", "--fleet-size", "20", "--days", "0.25", "--start", "2026-12-15T17:00")


def make_data_folder(folder: Path, **changes: Any) -> Path:
    """Copy the data with one tariff more."""
    shutil.copytree(ROOT / "data", folder)
    path = folder / "onee_tariffs.json"
    tariffs = json.loads(path.read_text(encoding="utf-8"))
    tariffs["tariffs"]["toy"] = TOY | changes
    path.write_text(json.dumps(tariffs), encoding="utf-8")
    return folder


def run_commands(data_folder: Path, end: str, *commands: tuple[str, ...]) -> Any:
    """Run commands in one process; return the exit code and both outputs of each, and what the end adds."""
    environment = os.environ | {"EV2GYM_DASHBOARD_DATA": str(data_folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN_COMMANDS + end, json.dumps(commands)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def with_toy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = make_data_folder(tmp_path_factory.mktemp("valid") / "data")
    validate, ask = ("validate", str(folder / "onee_tariffs.json")), ("simulate", "--help")
    return run_commands(folder, PRINT_PAGE_TOO, validate, ask, ("simulate", *RUN, "--json"))


def test_the_new_tariff_is_valid_and_a_choice_of_the_command_line(with_toy: Any) -> None:
    (validated, *_), (asked, options, _), *_ = with_toy
    assert (validated, asked) == (0, 0)
    assert "toy" in options


def test_a_run_is_billed_at_the_prices_of_the_new_tariff(with_toy: Any) -> None:
    code, text, _ = with_toy[2]
    assert code == 0
    kpis = json.loads(text)["kpis"]
    assert 1.0 < kpis["import_cost_mad"] / kpis["import_kwh"] < 2.0


def test_the_form_of_the_page_lists_the_new_tariff(with_toy: Any) -> None:
    assert TOY["name"] in with_toy[-1]


def test_an_invalid_tariff_is_reported_with_every_issue_by_every_command(tmp_path: Path) -> None:
    folder = make_data_folder(tmp_path / "data", confidence="certain", fixed_mad_per_kva_year=-1)
    commands = ("validate", str(folder / "onee_tariffs.json")), ("simulate", "--days", "0.1"), ("--help",)
    done = run_commands(folder, PRINT_DONE, *commands)
    assert len(done) == len(commands)
    for code, _, errors in done:
        assert code == 2
        assert "tariffs.toy.confidence" in errors
        assert "tariffs.toy.fixed_mad_per_kva_year" in errors
        assert "Traceback" not in errors
