"""Backend: one thread imports the compiled kernel, and the others wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ev2gym_dashboard.compiled.kernel import COMPILED_KERNEL
from ev2gym_dashboard.service.runtime.environment import KERNEL_VARIABLE
from ev2gym_dashboard.service.runtime.kernel_cache import choose_kernel_cache
from ev2gym_dashboard.service.simulation import backend

RUN = """
from ev2gym_dashboard import Scenario, simulate
print(simulate(Scenario(fleet_size=5, days=0.25, strategy="predictive")).kpis)
"""


def test_threads_that_need_the_kernel_at_once_import_it_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = [0], [0]

    def import_slowly() -> str:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.05)
        inside[0] -= 1
        return cache

    cache = choose_kernel_cache()
    monkeypatch.delenv(KERNEL_VARIABLE, raising=False)
    monkeypatch.setattr(backend, "choose_kernel_cache", import_slowly)
    backend.choose_kernel.cache_clear()
    with ThreadPoolExecutor(3) as pool:
        kernels = [call.result() for call in [pool.submit(backend.choose_kernel) for _ in range(3)]]
    assert kernels == [COMPILED_KERNEL] * 3
    assert most == [1]


def test_without_numba_s_compiler_a_run_has_the_numbers_of_numpy() -> None:
    command = [sys.executable, "-c", RUN]
    numpy, uncompiled = (
        subprocess.run(command, env=os.environ | variable, capture_output=True, text=True, check=True).stdout
        for variable in ({KERNEL_VARIABLE: "numpy"}, {"NUMBA_DISABLE_JIT": "1", KERNEL_VARIABLE: "numba"})
    )
    assert "'g2v_kwh': " in uncompiled
    assert uncompiled == numpy
