"""Kernel cache: of the processes that start together, one compiles, and the others read its kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ev2gym_dashboard.service.runtime import kernel_cache
from ev2gym_dashboard.service.runtime.file_lock import AlreadyLocked, lock_file
from ev2gym_dashboard.service.runtime.kernel_cache import LOCK_FILE_NAME, NUMBA_VARIABLE, lock_kernel_cache
from ev2gym_dashboard.service.simulation import warm_up

KERNEL = """
def total(values):
    return (values * values).sum() + values[values > 0.5].mean()
"""
COMPILE = """
import sys
import numpy as np
from ev2gym_dashboard.core.compiler import compile_kernel
from ev2gym_dashboard.service.runtime.kernel_cache import lock_kernel_cache
from kernel import total
kernel = compile_kernel(total)
print("ready", flush=True)
sys.stdin.readline()
with lock_kernel_cache():
    kernel(np.ones(3))
print(sum(kernel.stats.cache_misses.values()), sum(kernel.stats.cache_hits.values()))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of kernels that is made when it is first locked."""
    folder = tmp_path / "kernels"
    monkeypatch.setenv(NUMBA_VARIABLE, str(folder))
    kernel_cache.choose_kernel_cache.cache_clear()
    yield folder
    kernel_cache.choose_kernel_cache.cache_clear()


def start_process(module_folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join((str(module_folder), *sys.path))
    return subprocess.Popen(
        [sys.executable, "-c", COMPILE],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_of_two_processes_one_compiles_and_the_other_reads_its_kernel(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    with start_process(tmp_path) as one, start_process(tmp_path) as other:
        assert [read_line(process) for process in (one, other)] == ["ready\n", "ready\n"]
        for process in (one, other):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        counts = sorted(read_line(process) for process in (one, other))
    assert counts == ["0 1\n", "1 0\n"]
    assert (folder / LOCK_FILE_NAME).exists()


def test_the_warm_up_compiles_under_the_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_locked() -> None:
        with pytest.raises(AlreadyLocked), lock_file(folder / LOCK_FILE_NAME):
            pass
        raise InterruptedError

    monkeypatch.setattr(warm_up, "choose_kernel", object)
    monkeypatch.setattr(warm_up, "_run_in_one_call", run_locked)
    with pytest.raises(InterruptedError):
        warm_up.compile_kernels()
    with lock_file(folder / LOCK_FILE_NAME):
        pass


def test_a_process_compiles_beside_one_that_never_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "MAX_WAIT_S", 0.0)
    ran = []
    with lock_kernel_cache(), lock_kernel_cache():
        ran.append("beside it")
    assert ran == ["beside it"]
    assert folder.is_dir()


def test_nobody_waits_for_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.write_text("a file")
    ran = []
    with lock_kernel_cache():
        ran.append("without a lock")
    assert ran == ["without a lock"]
