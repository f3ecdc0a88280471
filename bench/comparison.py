"""Benchmark of the comparison of all strategies, in one process and in several: part of ``make bench``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.fleets import MONDAY_START
from bench.targets import MAX_PARALLEL_S
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.simulation.backend import choose_kernel

COMPARISON_ROUNDS = 3


@dataclass(frozen=True)
class ComparisonTiming:
    """Durations of a comparison.

    Parameters
    ----------
    serial_s, cpu_s : wall-clock and CPU time in one process
    start_s : time to start one process per core
    parallel_s : wall-clock time in these processes
    max_s : target of ``parallel_s``
    """

    vehicles: int
    kernel: str
    days: float
    n_variants: int
    n_processes: int
    serial_s: float
    cpu_s: float
    start_s: float
    parallel_s: float
    max_s: float = MAX_PARALLEL_S


def measure_comparison(vehicles: int, days: float) -> ComparisonTiming:
    """Time the comparison of a fleet; the fastest round counts."""
    scenario = Scenario(fleet_size=vehicles, start=MONDAY_START, days=days)
    n_processes = os.cpu_count() or 1
    # A first comparison computes the cached weather and prices of the days.
    run_comparison(replace(scenario, fleet_size=1))
    serial_s, cpu_s = _time_fastest(lambda: run_comparison(scenario))
    with WorkerPool(n_processes) as workers:
        start_s = _time_call(lambda: run_comparison(replace(scenario, fleet_size=1), workers=workers))[0]
        parallel_s, _ = _time_fastest(lambda: run_comparison(scenario, workers=workers))
    seconds = (round(value_s, 3) for value_s in (serial_s, cpu_s, start_s, parallel_s))
    kernel = "NumPy" if choose_kernel() is NUMPY_KERNEL else "Numba"
    return ComparisonTiming(vehicles, kernel, days, len(list_variants(scenario)), n_processes, *seconds)


def _time_fastest(function: Callable[[], object]) -> tuple[float, float]:
    return min(_time_call(function) for _ in range(COMPARISON_ROUNDS))


def _time_call(function: Callable[[], object]) -> tuple[float, float]:
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - start_s, time.process_time() - start_cpu_s
