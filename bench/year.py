"""Benchmark of long runs: time and peak memory of a year in a process of its own, imports included."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.simulation.simulation import Simulation

YEAR_DAYS = 365
TRIAL_DAYS = 2.0
KIB_PER_MIB = 1024


@dataclass(frozen=True)
class YearTiming:
    """Cost of a year, from a scenario to its result.

    Parameters
    ----------
    run_s, simulate_s : wall-clock time of the run alone and of `simulate`, with its counterfactuals; with imports done
        and kernels loaded
    imports_mib, peak_mib, simulate_mib : memory of the process after two days of the same fleet, and its peak with the
        run alone and with `simulate` [MiB]
    """

    vehicles: int
    timestep_min: int
    steps: int
    run_s: float
    simulate_s: float
    imports_mib: float
    peak_mib: float
    simulate_mib: float


def measure_year(vehicles: int, timestep_min: int, *, days: float = YEAR_DAYS) -> YearTiming:
    """Return the cost of a year in a new process, whose memory no other run has grown."""
    command = [sys.executable, "-m", "bench.year", str(vehicles), str(timestep_min)]
    # Kernels that the cache lacks are compiled in a first process: the compiler takes as much memory as all imports.
    _, completed = (
        subprocess.run([*command, str(length)], check=True, capture_output=True, text=True)
        for length in (min(days, TRIAL_DAYS), days)
    )
    return YearTiming(**json.loads(completed.stdout))


def parse_year(text: str) -> tuple[int, int]:
    """Return the vehicles and the length of a step of a year such as ``25x15``."""
    vehicles, timestep_min = text.split("x")
    return int(vehicles), int(timestep_min)


def run_year(vehicles: int, timestep_min: int, days: float) -> YearTiming:
    """Return the cost of a year in this process, which should be new."""
    scenario = Scenario(fleet_size=vehicles, timestep_min=timestep_min, days=days)
    trial = replace(scenario, days=min(days, TRIAL_DAYS))
    _run(trial)
    imports_mib = read_peak_mib()
    run_s = _time_call(lambda: _run(scenario))
    peak_mib = read_peak_mib()
    simulate(trial)
    simulate_s = _time_call(lambda: simulate(scenario))
    memory = imports_mib, peak_mib, read_peak_mib()
    return YearTiming(vehicles, timestep_min, scenario.n_steps, run_s, simulate_s, *memory)


def read_peak_mib() -> float:
    """Return the peak memory of this process so far [MiB]."""
    # Not that of `getrusage`, which a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(kib / KIB_PER_MIB, 1)


def _time_call(function: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    function()
    return round(time.perf_counter() - start_s, 3)


def _run(scenario: Scenario) -> None:
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    simulation.result()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the cost of a year as JSON."""
    parser = argparse.ArgumentParser(prog="bench.year", description=__doc__)
    parser.add_argument("vehicles", type=int)
    parser.add_argument("timestep_min", type=int)
    parser.add_argument("days", type=float)
    options = parser.parse_args(arguments)
    print(json.dumps(asdict(run_year(options.vehicles, options.timestep_min, options.days))))


if __name__ == "__main__":
    main()
