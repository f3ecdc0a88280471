"""``sweep`` on the command line: what it says, how it ends, and what outlives a kill."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster

from ev2gym_dashboard import cli
from ev2gym_dashboard.cli.sweep import SWEEP_DESCRIPTION
from ev2gym_dashboard.service.execution.pool import TaskFailure
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

SWEEP = """
[base]
days = 0.25
fleet_size = 30
[grid]
strategy = ["price", "renewable"]
seed = [0, 1]
"""
MANY = SWEEP.replace("seed = [0, 1]", f"seed = {list(range(30))}")
COMMAND = (sys.executable, "-m", "ev2gym_dashboard.cli", "sweep")
PATIENCE_S = 60.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["sweep", *arguments])
    return int(stop.value.code or 0), *capsys.readouterr()


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.02)


def test_a_sweep_is_run_once_and_found_the_next_time(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(file.parent / "out")
    assert said(capsys, str(file), "--out", out, "--workers", "1") == (
        0,
        f"4 runs: 4 new, 0 there already. They are in {out}.\n",
        "",
    )
    assert said(capsys, str(file), "--out", out)[1].startswith("4 runs: 0 new, 4 there already.")
    assert len(pd.read_parquet(out)) == 4


def test_a_bar_is_shown_on_a_terminal(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    said(capsys, str(file), "--out", str(file.parent / "out"), "--workers", "1")
    assert "4/4" in terminal.getvalue()


def test_every_issue_of_the_file_is_told_and_nothing_is_made(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[grid]\nv2g = [3]\ntariff = ["free"]\n', encoding="utf-8")
    code, out, err = said(capsys, str(file), "--out", str(file.parent / "out"))
    assert (code, out) == (2, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["grid.v2g", "grid.tariff"]
    assert not (file.parent / "out").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", "many"], "--workers: must be a number, not many"),
        (["--workers", "0"], "--workers: must be from 1 to 1024, not 0"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "--workers: must not be given with --scheduler"),
    ],
)
def test_wrong_options_are_told(
    file: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    code, _, err = said(capsys, str(file), "--out", str(file.parent / "out"), *options)
    assert code == 2
    assert err.startswith(sentence)


def test_a_file_that_is_not_there_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "nowhere.toml", "--out", str(file.parent / "out"))
    assert code == 2
    assert err.startswith("nowhere.toml cannot be read (No such file or directory)")


def test_a_place_that_cannot_be_written_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, str(file), "--out", str(file))
    assert code == 2
    assert err.startswith("--out: must be a folder")


def test_runs_that_fail_end_it_with_one(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(work, tasks):  # type: ignore[no-untyped-def]
        yield from ((key, TaskFailure("no luck")) for key, _ in tasks)

    monkeypatch.setattr("ev2gym_dashboard.cli.sweep.make_process_pool", lambda _: faulty)
    code, out, _ = said(capsys, str(file), "--out", str(file.parent / "out"))
    assert code == 1
    assert "4 failed, their column error tells why" in out


def test_an_interruption_ends_it_with_one_and_says_how_to_go_on(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(work, tasks):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    monkeypatch.setattr("ev2gym_dashboard.cli.sweep.make_process_pool", lambda _: interrupted)
    code, _, err = said(capsys, str(file), "--out", str(file.parent / "out"))
    assert (code, err) == (1, "Stopped; the same command goes on from here.\n")


def test_the_example_of_the_help_is_a_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == 0
    assert SWEEP_DESCRIPTION.splitlines()[0] in out
    example = SWEEP_DESCRIPTION.partition("\n\n")[2].rpartition("\n\n")[0]
    assert len(list_sweep_runs(read_sweep(example.encode()))) == 20 * 2 * (1 + 2) * 2 * 3


def test_a_sweep_that_is_killed_goes_on_to_the_same_data_set_and_leaves_no_process(file: Path) -> None:
    file.write_text(MANY, encoding="utf-8")
    out, whole = file.parent / "out", file.parent / "whole"
    killed = subprocess.Popen([*COMMAND, file, "--out", out, "--workers", "1"])
    until(lambda: list(out.glob("part-*.parquet")))
    children = Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text(encoding="ascii").split()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there = len(read_rows(out))
    assert 0 < there < 60
    until(lambda: not any(_runs(int(child)) for child in children))
    again = subprocess.run([*COMMAND, file, "--out", out, "--workers", "1"], capture_output=True, text=True, check=True)
    assert f"60 runs: {60 - there} new, {there} there already" in again.stdout
    assert again.stderr == "", "no progress in a pipe"
    run_sweep(read_sweep(MANY.encode()), whole)
    pd.testing.assert_frame_equal(read_rows(out), read_rows(whole), check_exact=True)


def test_a_cluster_gives_the_same_rows(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = file.parent / "here", file.parent / "there"
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster:
        assert said(capsys, str(file), "--out", str(there), "--scheduler", cluster.scheduler_address)[0] == 0
    run_sweep(read_sweep(SWEEP.encode()), here)
    pd.testing.assert_frame_equal(read_rows(there), read_rows(here), check_exact=True)


def test_a_scheduler_that_ends_in_mid_sweep_is_told_and_the_rows_are_kept(file: Path) -> None:
    file.write_text(MANY, encoding="utf-8")
    out, address = file.parent / "out", file.parent / "scheduler.json"
    with (
        _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address)) as scheduler,
        _dask("worker", "--nthreads", "1", "--no-nanny", "--scheduler-file", str(address)),
    ):
        until(address.exists)
        tcp = json.loads(address.read_text(encoding="utf-8"))["address"]
        sweep = subprocess.Popen([*COMMAND, file, "--out", out, "--scheduler", tcp], stderr=subprocess.PIPE, text=True)
        until(lambda: list(out.glob("part-*.parquet")))
        scheduler.kill()
        _, err = sweep.communicate(timeout=PATIENCE_S)
    assert sweep.returncode == 1
    assert err == "The scheduler is gone; the same command goes on from here.\n"
    assert 0 < len(read_rows(out)) < 60


@contextmanager
def _dask(what: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    return state != "Z"
