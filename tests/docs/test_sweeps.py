"""The sweeps in docs/sweeps.md run unchanged."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import cli
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sweeps.md"
TIMEOUT_S = 60.0


def find_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def find_sweep_commands(page: Path) -> list[str]:
    return [line for block in find_blocks(page, "console") for line in block.splitlines() if " sweep " in line]


@pytest.fixture
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_command(command: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "ev2gym-dashboard"
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 0


@pytest.fixture(scope="module")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the first example of the page has run."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "sweep.toml").write_text(find_blocks(PAGE, "toml")[0], encoding="utf-8")
    with chdir(folder):
        run_command(find_sweep_commands(PAGE)[0])
    return folder


def test_the_example_runs(example_folder: Path) -> None:
    rows = read_rows(example_folder / "results")
    assert len(rows) == len(list_sweep_runs(read_sweep((example_folder / "sweep.toml").read_bytes())))
    assert rows["error"].isna().all()


def test_the_python_example_reads_the_rows(
    example_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(example_folder)
    (example,) = find_blocks(PAGE, "python")
    exec(compile(example, PAGE.name, "exec"), {})
    assert "bt_bi_horaire" in capsys.readouterr().out


@pytest.fixture(scope="module")
def rows_of_sites(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows of the example with sites."""
    folder = tmp_path_factory.mktemp("sites")
    (folder / "sweep.toml").write_text(find_blocks(PAGE, "toml")[1], encoding="utf-8")
    with chdir(folder):
        run_command("ev2gym-dashboard sweep sweep.toml --out results")
    return read_rows(folder / "results")


def test_the_example_with_sites_runs(rows_of_sites: pd.DataFrame) -> None:
    assert list(rows_of_sites["sites"]) == [4]


def test_the_cluster_commands_give_the_local_rows(work_folder: Path, rows_of_sites: pd.DataFrame) -> None:
    (work_folder / "sweep.toml").write_text(find_blocks(PAGE, "toml")[1], encoding="utf-8")
    scheduler, worker, sweep = find_blocks(PAGE, "console")[1].splitlines()
    with _run_in_background(f"{scheduler} --host 127.0.0.1 --port 0 --no-dashboard --scheduler-file scheduler.json"):
        _wait_until_written(work_folder / "scheduler.json")
        address = json.loads((work_folder / "scheduler.json").read_text(encoding="utf-8"))["address"]
        with _run_in_background(worker.replace("tcp://localhost:8786", address) + " --no-dashboard"):
            run_command(sweep.replace("tcp://localhost:8786", address))
    pd.testing.assert_frame_equal(read_rows(work_folder / "results"), rows_of_sites, check_exact=True)


@contextmanager
def _run_in_background(command: str) -> Iterator[None]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", *shlex.split(command)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_written(path: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    # It is written in several steps.
    while not (path.exists() and path.read_text(encoding="utf-8").endswith("\n}")):
        assert time.monotonic() < deadline, f"{path.name} is not complete after {TIMEOUT_S} s"
        time.sleep(0.05)
