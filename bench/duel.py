"""Times the duel of all strategies over a week, here and shared by processes: part of ``make bench``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.fleets import MONDAY_START
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.simulation.backend import choose_kernel

COMPARISON_ROUNDS = 3
MAX_SHARED_S = 3.0


@dataclass(frozen=True)
class ComparisonTiming:
    """Seconds of a duel: in one process, and in as many as there are cores, these started before; and to start them.

    ``cpu_s`` is the CPU time of the first.
    """

    vehicles: int
    kernel: str
    days: float
    contestants: int
    processes: int
    here_s: float
    cpu_s: float
    start_s: float
    shared_s: float
    at_most: float = MAX_SHARED_S


def measure_comparison(vehicles: int, days: float) -> ComparisonTiming:
    """Time the duel of a fleet; the fastest round counts, after one that draws the days' surroundings."""
    scenario = Scenario(fleet_size=vehicles, start=MONDAY_START, days=days)
    processes = os.cpu_count() or 1
    run_comparison(replace(scenario, fleet_size=1))
    here_s, cpu_s = _time_fastest(lambda: run_comparison(scenario))
    with WorkerPool(processes) as workers:
        start_s = _time_call(lambda: run_comparison(replace(scenario, fleet_size=1), workers=workers))[0]
        shared_s, _ = _time_fastest(lambda: run_comparison(scenario, workers=workers))
    seconds = (round(each, 3) for each in (here_s, cpu_s, start_s, shared_s))
    kernel = "NumPy" if choose_kernel() is NUMPY_KERNEL else "Numba"
    return ComparisonTiming(vehicles, kernel, days, len(list_variants(scenario)), processes, *seconds)


def _time_fastest(work: Callable[[], object]) -> tuple[float, float]:
    return min(_time_call(work) for _ in range(COMPARISON_ROUNDS))


def _time_call(work: Callable[[], object]) -> tuple[float, float]:
    before, before_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - before, time.process_time() - before_cpu
