"""Strategies from outside: installed plug-ins, files, and the processes that run them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, StrategyError, simulate
from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.plugins import load_installed_strategies
from tests.strategies.plugins import install_package, restore_strategies

GOOD = """
from ev2gym_dashboard import strategy

@strategy()
def {name}(view, params):
    \"\"\"Charges at half power.\"\"\"
    return 0.5 * view.charge_to_soc(view.target_soc)
"""
NAN = GOOD.replace("0.5", "float('nan')")


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    with restore_strategies():
        yield


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    STRATEGIES.load_later(load_installed_strategies)
    return tmp_path


def write_file(folder: Path, code: str, name: str = "mine") -> Path:
    path = folder / f"{name}.py"
    path.write_text(code.format(name=name), encoding="utf-8")
    return path


def test_an_installed_plug_in_is_found_at_the_first_look(site_packages: Path) -> None:
    before = compute_fingerprint()
    install_package(site_packages, "halves", GOOD.format(name="half"), "half = halves:half")
    STRATEGIES.load_later(load_installed_strategies)
    assert list(STRATEGIES)[-1] == "half"
    assert STRATEGIES["half"].source == "halves.py"
    assert simulate(Scenario(strategy="half", fleet_size=20, days=0.25)).kpis["g2v_kwh"] > 0.0
    # Snapshots and stored comparisons belong to the code that made them, a plug-in's included.
    assert compute_fingerprint() != before


BROKEN = {
    "ImportError|ModuleNotFoundError": "import no_such_module_at_all",
    r"line 2\): SyntaxError": "\ndef (:",
    "RuntimeError: no licence": "raise RuntimeError('no licence')",
    "registers no strategy": "x = 1",
    "must be #rrggbb": GOOD.format(name="broken").replace("@strategy()", "@strategy(colour='red')"),
    "belongs to price already": GOOD.format(name="broken").replace("@strategy()", "@strategy(key='price')"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_plug_in_that_fails_is_told_by_name_and_the_others_are_there(site_packages: Path, message: str) -> None:
    name = f"broken_{list(BROKEN).index(message)}"
    install_package(site_packages, name, BROKEN[message], f"broken = {name}")
    install_package(site_packages, f"good_{name}", GOOD.format(name="half"), f"half = good_{name}")
    assert "half" in STRATEGIES
    assert "broken" not in STRATEGIES
    with pytest.raises(StrategyError, match=message) as error:
        simulate(Scenario(strategy="broken", fleet_size=20, days=0.25))
    assert "broken" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plug_in_that_fails_half_way_leaves_nothing_behind(site_packages: Path) -> None:
    install_package(site_packages, "half_done", GOOD.format(name="half") + "raise OSError('disk')", "half = half_done")
    assert "half" not in STRATEGIES
    assert "OSError: disk" in str(STRATEGIES.errors["half"])


def test_the_command_line_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_file(tmp_path, GOOD)
    options = ["--fleet-size", "20", "--days", "0.25"]
    main(["simulate", "--strategy-file", str(path), "--strategy", "mine", *options, "--json"])
    ours = json.loads(capsys.readouterr().out)["kpis"]
    main(["simulate", "--strategy", "uncontrolled", *options, "--json"])
    assert 0.0 < ours["g2v_kwh"] < json.loads(capsys.readouterr().out)["kpis"]["g2v_kwh"]
    main(["strategies", "--strategy-file", str(path), "--json"])
    assert "mine" in [entry["key"] for entry in json.loads(capsys.readouterr().out)]


FAULTY_FILES = {"nan": NAN, "syntax": "def (:", "empty": "", "exit": "raise SystemExit(3)", "missing": None}


@pytest.mark.parametrize("fault", FAULTY_FILES)
def test_a_faulty_file_costs_one_line_and_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    code = FAULTY_FILES[fault]
    path = tmp_path / "mine.py" if code is None else write_file(tmp_path, code)
    with pytest.raises(SystemExit) as end:
        main(["simulate", "--strategy-file", str(path), "--strategy", "mine", "--fleet-size", "20", "--days", "0.1"])
    told = capsys.readouterr().err.strip()
    assert end.value.code == (2 if code is None else 1)
    assert "mine.py" in told
    assert len(told.splitlines()) == 1


def test_a_bundle_holds_the_file_that_its_scenario_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = write_file(tmp_path, GOOD), tmp_path / "bundle"
    options = ["--fleet-size", "10", "--days", "0.1", "--strategy", "mine", "--out", str(folder)]
    main(["simulate", "--strategy-file", str(path), *options])
    first = capsys.readouterr().out
    assert (folder / "strategies" / "mine.py").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    with restore_strategies():
        del STRATEGIES["mine"]
        main(["simulate", str(folder / "scenario.toml"), "--strategy-file", str(folder / "strategies" / "mine.py")])
    assert capsys.readouterr().out == first


def test_a_sweep_runs_a_file_in_its_process_and_tells_a_fault_in_its_row(tmp_path: Path) -> None:
    good, faulty = write_file(tmp_path, GOOD, "good"), write_file(tmp_path, NAN, "faulty")
    sweep = tmp_path / "sweep.toml"
    text = '[base]\nfleet_size = 20\ndays = 0.1\n[grid]\nstrategy = ["good", "faulty", "uncontrolled"]\n'
    sweep.write_text(text, encoding="utf-8")
    arguments = ["sweep", str(sweep), "--out", str(tmp_path / "out"), "--workers", "1"]
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--strategy-file", str(good), "--strategy-file", str(faulty)])
    assert end.value.code == 1
    rows = pd.read_parquet(tmp_path / "out").set_index("strategy")
    assert rows["error"].notna().to_dict() == {"good": False, "faulty": True, "uncontrolled": False}
    assert "faulty (faulty.py)" in str(rows["error"]["faulty"])
