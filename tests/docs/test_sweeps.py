"""What the pages say of sweeps can be typed as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import cli
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep
from tools.readme_tables import README_FILE

PAGE = README_FILE.parent / "docs" / "sweeps.md"
PATIENCE_S = 60.0


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def sweep_commands(page: Path) -> list[str]:
    return [line for block in blocks(page, "console") for line in block.splitlines() if " sweep " in line]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "ev2gym-dashboard"
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 0


@pytest.mark.parametrize("page", [README_FILE, PAGE], ids=["README", "sweeps"])
def test_the_example_runs_by_its_command(page: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example, command = blocks(page, "toml")[0], sweep_commands(page)[0]
    (here / "sweep.toml").write_text(example, encoding="utf-8")
    run(command)
    rows = read_rows(here / "results")
    assert len(rows) == len(list_sweep_runs(read_sweep(example.encode())))
    assert rows["error"].isna().all()
    for code in blocks(page, "python") if page == PAGE else []:
        exec(compile(code, page.name, "exec"), {})
        assert "bt_bi_horaire" in capsys.readouterr().out


def test_the_example_of_sites_runs(here: Path) -> None:
    (here / "sweep.toml").write_text(blocks(PAGE, "toml")[1], encoding="utf-8")
    run("ev2gym-dashboard sweep sweep.toml --out results")
    assert list(read_rows(here / "results")["sites"]) == [4]


def test_the_commands_of_a_cluster_run_side_by_side(here: Path) -> None:
    (here / "sweep.toml").write_text(blocks(PAGE, "toml")[1], encoding="utf-8")
    scheduler, worker, sweep = blocks(PAGE, "console")[1].splitlines()
    with _running(f"{scheduler} --host 127.0.0.1 --port 0 --no-dashboard --scheduler-file scheduler.json"):
        _until_there(here / "scheduler.json")
        address = json.loads((here / "scheduler.json").read_text(encoding="utf-8"))["address"]
        with _running(worker.replace("tcp://localhost:8786", address) + " --no-dashboard"):
            run(sweep.replace("tcp://localhost:8786", address))
    run(sweep_commands(PAGE)[0].replace("results", "local"))
    pd.testing.assert_frame_equal(read_rows(here / "results"), read_rows(here / "local"), check_exact=True)


@contextmanager
def _running(command: str) -> Iterator[None]:
    environment = os.environ | {"PYTHONPATH": str(README_FILE.parent)}
    process = subprocess.Popen(
        [sys.executable, "-m", *shlex.split(command)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _until_there(path: Path) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < give_up, f"{path.name} never came"
        time.sleep(0.05)
