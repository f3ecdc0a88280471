"""Kernel cache: the processes that start together share the kernels, and read those that another one compiles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from ev2gym_dashboard.service.runtime import kernel_cache
from ev2gym_dashboard.service.runtime.kernel_cache import NUMBA_VARIABLE, lock_kernels
from ev2gym_dashboard.service.simulation import warm_up

KERNEL = """
def total(values):
    return (values * values).sum() + values[values > 0.5].mean()
"""
COMPILE = """
import sys
import numpy as np
from ev2gym_dashboard.core.compiler import compile_kernel
from ev2gym_dashboard.service.simulation.warm_up import share_parts
from kernel import total
kernel = compile_kernel(total)
print("ready", flush=True)
sys.stdin.readline()
share_parts({"total": lambda: kernel(np.ones(3))})
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
    assert (folder / "total.lock").exists()


def test_the_warm_up_compiles_each_part_under_its_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run_locked(name: str) -> None:
        with lock_kernels(name, wait_s=0.0) as is_mine:
            seen.append((name, is_mine))

    monkeypatch.setattr(warm_up, "choose_kernel", object)
    monkeypatch.setattr(warm_up, "PARTS", {name: partial(run_locked, name) for name in warm_up.PARTS})
    warm_up.compile_kernels()
    assert seen == [(name, False) for name in warm_up.PARTS]
    assert {path.stem for path in folder.iterdir()} == set(warm_up.PARTS)


@pytest.mark.usefixtures("folder")
def test_a_part_that_another_process_compiles_comes_last() -> None:
    ran: list[str] = []
    with ExitStack() as other:
        other.enter_context(lock_kernels("one", wait_s=0.0))

        def run_two() -> None:
            ran.append("two")
            other.close()

        warm_up.share_parts({"one": lambda: ran.append("one"), "two": run_two})
    assert ran == ["two", "one"]


def test_a_process_compiles_beside_one_that_never_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_up, "MAX_WAIT_S", 0.0)
    ran: list[str] = []
    with lock_kernels("one", wait_s=0.0):
        warm_up.share_parts({"one": lambda: ran.append("beside it")})
    assert ran == ["beside it"]
    assert folder.is_dir()


def test_nobody_waits_for_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.write_text("a file")
    ran: list[str] = []
    warm_up.share_parts({"one": lambda: ran.append("without a lock")})
    assert ran == ["without a lock"]
