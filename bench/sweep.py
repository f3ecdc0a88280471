"""Times a sweep by one process and by more, and says how much of them is used: part of ``make bench``.

The clock runs from nothing to the last row on the disk: processes that start, runs with their shadows, files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.fleets import MONDAY
from bench.report import machine, table, write
from ev2gym_dashboard.service.execution.process_pool import in_processes
from ev2gym_dashboard.service.sweeps.plan import Sweep
from ev2gym_dashboard.service.sweeps.runner import run_sweep

LEAST_EFFICIENCY = 0.85
ROUNDS = 2


@dataclass(frozen=True)
class SweepTime:
    """A sweep by so many processes; of some rounds the fastest, its efficiency against one process."""

    workers: int
    runs: int
    vehicles: int
    days: float
    seconds: float
    runs_per_s: float
    efficiency: float
    at_least: float
    reached: bool


def measure_sweeps(workers: Sequence[int], *, runs: int, vehicles: int, days: float) -> list[SweepTime]:
    """Time the same sweep by one process and by each number of them."""
    base = {"fleet_size": vehicles, "days": days, "start": MONDAY, "strategy": "price"}
    sweep = Sweep(base, {"seed": tuple(range(runs))})
    seconds = {number: min(_seconds(sweep, number) for _ in range(ROUNDS)) for number in sorted({1, *workers})}
    return [_row(seconds, number, runs, vehicles, days) for number in seconds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON where asked."""
    options = parse(arguments)
    on = machine()
    rows = [
        asdict(row)
        for row in measure_sweeps(options.workers, runs=options.runs, vehicles=options.vehicles, days=options.days)
    ]
    print(table(rows))
    write({"on": on, "sweeps": rows}, options.json)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.sweep", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="processes")
    parser.add_argument("--runs", type=int, default=60, help="runs of the sweep")
    parser.add_argument("--vehicles", type=int, default=1_000, help="vehicles of each run")
    parser.add_argument("--days", type=float, default=7.0, help="length of each run")
    parser.add_argument("--quick", action="store_true", help="see that it runs: a few short runs")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if options.quick:
        options.runs, options.vehicles, options.days = 4, 20, 0.25
    return options


def _seconds(sweep: Sweep, workers: int) -> float:
    with TemporaryDirectory() as folder:
        before = time.perf_counter()
        done = run_sweep(sweep, Path(folder), pool=in_processes(workers))
        seconds = time.perf_counter() - before
    if done.n_failed:
        raise RuntimeError(f"{done.n_failed} of {done.n_runs} runs failed, so that their time tells nothing")
    return seconds


def _row(seconds: dict[int, float], workers: int, runs: int, vehicles: int, days: float) -> SweepTime:
    efficiency = seconds[1] / (workers * seconds[workers])
    return SweepTime(
        workers=workers,
        runs=runs,
        vehicles=vehicles,
        days=days,
        seconds=round(seconds[workers], 2),
        runs_per_s=round(runs / seconds[workers], 2),
        efficiency=round(efficiency, 3),
        at_least=LEAST_EFFICIENCY,
        reached=efficiency >= LEAST_EFFICIENCY,
    )


if __name__ == "__main__":
    main()
