"""Times the duel of all strategies over a week, here and shared by processes: part of ``make bench``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.fleets import MONDAY
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.engine.step_numpy import NUMPY
from ev2gym_dashboard.service.comparison.runner import contestants, play_duel
from ev2gym_dashboard.service.execution.worker_pool import Workers
from ev2gym_dashboard.service.simulation.backend import chosen_kernel

ROUNDS = 3
MOST_S = 3.0


@dataclass(frozen=True)
class DuelCost:
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
    at_most: float = MOST_S


def measure_duel(vehicles: int, days: float) -> DuelCost:
    """Time the duel of a fleet; the fastest round counts, after one that draws the days' surroundings."""
    scenario = Scenario(fleet_size=vehicles, start=MONDAY, days=days)
    processes = os.cpu_count() or 1
    play_duel(replace(scenario, fleet_size=1))
    here_s, cpu_s = _fastest(lambda: play_duel(scenario))
    with Workers(processes) as workers:
        start_s = _seconds(lambda: play_duel(replace(scenario, fleet_size=1), workers=workers))[0]
        shared_s, _ = _fastest(lambda: play_duel(scenario, workers=workers))
    seconds = (round(each, 3) for each in (here_s, cpu_s, start_s, shared_s))
    kernel = "NumPy" if chosen_kernel() is NUMPY else "Numba"
    return DuelCost(vehicles, kernel, days, len(contestants(scenario)), processes, *seconds)


def _fastest(work: Callable[[], object]) -> tuple[float, float]:
    return min(_seconds(work) for _ in range(ROUNDS))


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    before, before_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - before, time.process_time() - before_cpu
