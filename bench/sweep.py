"""Times a sweep by one process and by more, and says how much of them is used: part of ``make bench``.

The clock runs from nothing to the last row on the disk: processes that start, runs with their counterfactuals, files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.fleets import MONDAY_START
from bench.report import describe_machine, format_table, write_record
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.plan import Sweep
from ev2gym_dashboard.service.sweeps.runner import run_sweep

MIN_EFFICIENCY = 0.85
SWEEP_ROUNDS = 2


@dataclass(frozen=True)
class SweepTiming:
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


def measure_sweeps(workers: Sequence[int], *, runs: int, vehicles: int, days: float) -> list[SweepTiming]:
    """Time the same sweep by one process and by each number of them."""
    base = {"fleet_size": vehicles, "days": days, "start": MONDAY_START, "strategy": "price"}
    sweep = Sweep(base, {"seed": tuple(range(runs))})
    seconds = {number: min(_time_sweep(sweep, number) for _ in range(SWEEP_ROUNDS)) for number in sorted({1, *workers})}
    return [_make_sweep_timing(seconds, number, runs, vehicles, days) for number in seconds]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it as JSON where asked."""
    options = parse_arguments(arguments)
    on = describe_machine()
    rows = [
        asdict(row)
        for row in measure_sweeps(options.workers, runs=options.runs, vehicles=options.vehicles, days=options.days)
    ]
    print(format_table(rows))
    write_record({"on": on, "sweeps": rows}, options.json)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
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


def _time_sweep(sweep: Sweep, workers: int) -> float:
    with TemporaryDirectory() as folder:
        before = time.perf_counter()
        done = run_sweep(sweep, Path(folder), pool=make_process_pool(workers))
        seconds = time.perf_counter() - before
    if done.n_failed:
        raise RuntimeError(f"{done.n_failed} of {done.n_runs} runs failed, so that their time tells nothing")
    return seconds


def _make_sweep_timing(seconds: dict[int, float], workers: int, runs: int, vehicles: int, days: float) -> SweepTiming:
    efficiency = seconds[1] / (workers * seconds[workers])
    return SweepTiming(
        workers=workers,
        runs=runs,
        vehicles=vehicles,
        days=days,
        seconds=round(seconds[workers], 2),
        runs_per_s=round(runs / seconds[workers], 2),
        efficiency=round(efficiency, 3),
        at_least=MIN_EFFICIENCY,
        reached=efficiency >= MIN_EFFICIENCY,
    )


if __name__ == "__main__":
    main()
