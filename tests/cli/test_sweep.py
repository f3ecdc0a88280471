"""Command ``sweep``: messages, exit codes, and the data set after a kill."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard import cli
from ev2gym_dashboard.cli.sweep import SWEEP_DESCRIPTION
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, TaskFailure, map_serially
from ev2gym_dashboard.service.sweeps.dataset import JOURNAL_FILE_NAME, read_rows
from ev2gym_dashboard.service.sweeps.plan import list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import run_sweep
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep
from tests.service.execution.cluster import open_local_cluster

SWEEP = """
[base]
days = 0.25
fleet_size = 30
[grid]
strategy = ["price", "renewable"]
seed = [0, 1]
"""
MANY = SWEEP.replace("seed = [0, 1]", f"seed = {list(range(30))}")
LONG_RUNS = "[base]\nfleet_size = 20\n[grid]\ndays = [0.1, 900.0, 901.0]\n"
COMMAND = (sys.executable, "-m", "ev2gym_dashboard.cli", "sweep")
PATIENCE_S = 60.0
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


@pytest.fixture
def without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the runs of a sweep be computed in this process."""
    monkeypatch.setattr("ev2gym_dashboard.cli.sweep.make_process_pool", lambda _: map_serially)


def run_sweep_command(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["sweep", *arguments])
    return int(stop.value.code or 0), *capsys.readouterr()


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition was never met"
        time.sleep(0.02)


def count_rows(folder: Path) -> int:
    """Return the rows of a sweep that runs; 0 before it has begun."""
    return len(read_rows(folder)) if (folder / JOURNAL_FILE_NAME).exists() else 0


def list_descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [number for child in map(int, children) for number in (child, *list_descendants(child))]


def test_a_sweep_runs_once_and_is_found_the_next_time(file: Path, capsys: Capture) -> None:
    out = str(file.parent / "out")
    assert run_sweep_command(capsys, str(file), "--out", out, "--workers", "1") == (
        0,
        f"4 runs: 4 new, 0 existing. Data set: {out}.\n",
        "",
    )
    assert run_sweep_command(capsys, str(file), "--out", out)[1].startswith("4 runs: 0 new, 4 existing.")
    assert len(pd.read_parquet(out)) == 4


@pytest.mark.usefixtures("without_processes")
def test_a_whole_number_written_with_a_point_is_that_number_in_every_row(file: Path, capsys: Capture) -> None:
    file.write_text("[base]\ndays = 0.1\n[grid]\nfleet_size = [20.0, 1e1]\nseed = [7.0]\n", encoding="utf-8")
    out = str(file.parent / "out")
    code, told, _ = run_sweep_command(capsys, str(file), "--out", out, "--workers", "1")
    assert (code, told[:26]) == (0, "2 runs: 2 new, 0 existing.")
    rows = pd.read_parquet(out)
    assert sorted(zip(rows["fleet_size"], rows["seed"], strict=True)) == [(10, 7), (20, 7)]


@pytest.mark.usefixtures("without_processes")
def test_a_bar_is_shown_on_a_terminal(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run_sweep_command(capsys, str(file), "--out", str(file.parent / "out"), "--workers", "1")
    assert "4/4" in terminal.getvalue()


def test_every_issue_of_the_file_is_reported_and_nothing_is_written(file: Path, capsys: Capture) -> None:
    file.write_text('[grid]\nv2g = [3]\ntariff = ["free"]\n', encoding="utf-8")
    code, out, err = run_sweep_command(capsys, str(file), "--out", str(file.parent / "out"))
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
def test_invalid_options_are_reported(file: Path, capsys: Capture, options: list[str], sentence: str) -> None:
    code, _, err = run_sweep_command(capsys, str(file), "--out", str(file.parent / "out"), *options)
    assert code == 2
    assert err.startswith(sentence)


def test_a_missing_file_is_reported(file: Path, capsys: Capture) -> None:
    code, _, err = run_sweep_command(capsys, "nowhere.toml", "--out", str(file.parent / "out"))
    assert code == 2
    assert err.startswith("nowhere.toml cannot be read (No such file or directory)")


def test_a_folder_that_cannot_be_written_is_reported(file: Path, capsys: Capture) -> None:
    code, _, err = run_sweep_command(capsys, str(file), "--out", str(file))
    assert code == 2
    assert err.startswith("--out: must be a writable folder")


def test_failed_runs_end_the_command_with_code_1(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_all(_: Callable[[Any], Any], tasks: Iterable[KeyedTask]) -> Iterator[tuple[Any, Any]]:
        yield from ((key, TaskFailure("no luck")) for key, _ in tasks)

    monkeypatch.setattr("ev2gym_dashboard.cli.sweep.make_process_pool", lambda _: fail_all)
    code, out, _ = run_sweep_command(capsys, str(file), "--out", str(file.parent / "out"))
    assert code == 1
    assert "4 failed (see column error)" in out


def test_an_interrupt_ends_the_command_with_code_1_and_explains_how_to_resume(
    file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> Iterator[tuple[Any, Any]]:
        raise KeyboardInterrupt

    monkeypatch.setattr("ev2gym_dashboard.cli.sweep.make_process_pool", lambda _: interrupt)
    code, _, err = run_sweep_command(capsys, str(file), "--out", str(file.parent / "out"))
    assert (code, err) == (1, "Interrupted; run the same command again to resume.\n")


def test_the_example_of_the_help_is_a_valid_sweep(capsys: Capture) -> None:
    code, out, _ = run_sweep_command(capsys, "--help")
    assert code == 0
    assert SWEEP_DESCRIPTION.splitlines()[0] in out
    example = SWEEP_DESCRIPTION.partition("\n\n")[2].rpartition("\n\n")[0]
    assert len(list_sweep_runs(read_sweep(example.encode()))) == 20 * 2 * (1 + 2) * 2 * 3


def test_a_killed_sweep_resumes_to_the_same_data_set_and_leaves_no_process(file: Path) -> None:
    file.write_text(MANY, encoding="utf-8")
    out, whole = file.parent / "out", file.parent / "whole"
    killed = subprocess.Popen([*COMMAND, file, "--out", out, "--workers", "1"])
    wait_until(lambda: count_rows(out))
    processes = list_descendants(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    n_existing = len(read_rows(out))
    assert 0 < n_existing < 60
    wait_until(lambda: not any(map(_is_running, processes)))
    command = [*COMMAND, str(file), "--out", str(out), "--workers", "1"]
    resumed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"60 runs: {60 - n_existing} new, {n_existing} existing" in resumed.stdout
    assert resumed.stderr == "", "no progress in a pipe"
    run_sweep(read_sweep(MANY.encode()), whole)
    pd.testing.assert_frame_equal(read_rows(out), read_rows(whole), check_exact=True)


def test_a_terminated_sweep_ends_its_processes_at_once_and_keeps_its_rows(file: Path) -> None:
    file.write_text(LONG_RUNS, encoding="utf-8")
    out = file.parent / "out"
    sweep = subprocess.Popen([*COMMAND, file, "--out", out, "--workers", "2"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: count_rows(out))
    processes = list_descendants(sweep.pid)
    sweep.terminate()
    _, err = sweep.communicate(timeout=PATIENCE_S)
    assert (sweep.returncode, err) == (143, "")
    wait_until(lambda: not any(map(_is_running, processes)))
    rows = read_rows(out)
    assert 0 < len(rows) < 3
    assert rows["id"].is_unique


def test_a_cluster_gives_the_same_rows(file: Path, capsys: Capture) -> None:
    local, remote = file.parent / "local", file.parent / "remote"
    with open_local_cluster(1) as cluster:
        options = ("--out", str(remote), "--scheduler", cluster.scheduler_address)
        assert run_sweep_command(capsys, str(file), *options)[0] == 0
    run_sweep(read_sweep(SWEEP.encode()), local)
    pd.testing.assert_frame_equal(read_rows(remote), read_rows(local), check_exact=True)


def test_a_scheduler_lost_in_mid_sweep_is_reported_and_the_rows_are_kept(file: Path) -> None:
    file.write_text(MANY, encoding="utf-8")
    out, address = file.parent / "out", file.parent / "scheduler.json"
    with (
        _run_dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address)) as scheduler,
        _run_dask("worker", "--nthreads", "1", "--no-nanny", "--scheduler-file", str(address)),
    ):
        # It is written in several steps.
        wait_until(lambda: address.exists() and address.read_text(encoding="utf-8").endswith("\n}"))
        tcp = json.loads(address.read_text(encoding="utf-8"))["address"]
        sweep = subprocess.Popen([*COMMAND, file, "--out", out, "--scheduler", tcp], stderr=subprocess.PIPE, text=True)
        wait_until(lambda: count_rows(out))
        scheduler.kill()
        _, err = sweep.communicate(timeout=PATIENCE_S)
    assert sweep.returncode == 1
    assert err == "The connection to the scheduler was lost; run the same command again to resume.\n"
    assert 0 < len(read_rows(out)) < 60


@contextmanager
def _run_dask(role: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", "--no-dashboard", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    return state != "Z"
