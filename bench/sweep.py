"""Benchmark of a sweep in one process and in several, with the parallel efficiency: part of ``make bench``.

The time includes the start of the processes, the runs with their counterfactuals, and the files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.fleets import MONDAY_START
from bench.record import describe_machine, format_table, write_record
from bench.targets import MIN_EFFICIENCY
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.plan import Sweep
from ev2gym_dashboard.service.sweeps.runner import run_sweep

SWEEP_ROUNDS = 2


@dataclass(frozen=True)
class SweepTiming:
    """Duration of a sweep in the fastest round, and its efficiency against one process."""

    workers: int
    runs: int
    vehicles: int
    days: float
    seconds: float
    runs_per_s: float
    efficiency: float
    min_efficiency: float
    reached: bool


def measure_sweeps(
    workers: Sequence[int], *, runs: int, vehicles: int, days: float, rounds: int = SWEEP_ROUNDS
) -> list[SweepTiming]:
    """Time the same sweep with one process and with each number of processes."""
    sweep = _make_sweep(runs, vehicles, days)
    seconds = {number: min(_time_sweep(sweep, number) for _ in range(rounds)) for number in sorted({1, *workers})}
    return judge_sweeps(seconds, runs=runs, vehicles=vehicles, days=days)


def judge_sweeps(seconds: Mapping[int, float], *, runs: int, vehicles: int, days: float) -> list[SweepTiming]:
    """Return the timing of a sweep for each number of processes, from the seconds that it took with them."""
    return [
        _make_sweep_timing(workers, seconds[workers], seconds[1] / (workers * seconds[workers]), runs, vehicles, days)
        for workers in seconds
    ]


@dataclass(frozen=True)
class ManyRunsTiming:
    """Duration of one sweep of many short runs of small fleets."""

    workers: int
    runs: int
    vehicles: int
    days: float
    seconds: float


def measure_many_runs(workers: int, *, runs: int, vehicles: int, days: float) -> ManyRunsTiming:
    """Time a sweep once."""
    seconds = _time_sweep(_make_sweep(runs, vehicles, days), workers)
    return ManyRunsTiming(workers, runs, vehicles, days, round(seconds, 2))


def _make_sweep(runs: int, vehicles: int, days: float) -> Sweep:
    base = {"fleet_size": vehicles, "days": days, "start": MONDAY_START, "strategy": "price"}
    return Sweep(base, {"seed": tuple(range(runs))})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    options = parse_arguments(arguments)
    machine = describe_machine()
    rows = [
        asdict(row)
        for row in measure_sweeps(
            options.workers, runs=options.runs, vehicles=options.vehicles, days=options.days, rounds=options.rounds
        )
    ]
    many_runs = asdict(
        measure_many_runs(
            max(options.workers), runs=options.many_runs, vehicles=options.many_vehicles, days=options.many_days
        )
    )
    print(format_table(rows), format_table([many_runs]), sep="\n\n")
    write_record({"machine": machine, "sweeps": rows, "many_runs": [many_runs]}, options.json)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="bench.sweep", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of processes")
    parser.add_argument("--runs", type=int, default=60, help="number of runs")
    parser.add_argument("--vehicles", type=int, default=1_000, help="fleet size of each run")
    parser.add_argument("--days", type=float, default=7.0, help="days of each run")
    parser.add_argument("--many-runs", type=int, default=1_000, help="runs of the sweep of many short runs")
    parser.add_argument("--many-vehicles", type=int, default=100, help="fleet size of each of them")
    parser.add_argument("--many-days", type=float, default=7.0, help="days of each of them")
    parser.add_argument("--rounds", type=int, default=SWEEP_ROUNDS, help="rounds of a sweep")
    parser.add_argument("--quick", action="store_true", help="smoke test with a few short runs")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    if options.quick:
        options.runs, options.vehicles, options.days = 4, 20, 0.25
        options.many_runs, options.many_vehicles, options.many_days = 6, 10, 0.25
        options.rounds = 1
    return options


def _time_sweep(sweep: Sweep, workers: int) -> float:
    with TemporaryDirectory() as folder:
        start_s = time.perf_counter()
        summary = run_sweep(sweep, Path(folder), pool=make_process_pool(workers))
        seconds = time.perf_counter() - start_s
    if summary.n_failed:
        raise RuntimeError(f"{summary.n_failed} of {summary.n_runs} runs failed; the time is not valid")
    return seconds


def _make_sweep_timing(
    workers: int, seconds: float, efficiency: float, runs: int, vehicles: int, days: float
) -> SweepTiming:
    return SweepTiming(
        workers=workers,
        runs=runs,
        vehicles=vehicles,
        days=days,
        seconds=round(seconds, 2),
        runs_per_s=round(runs / seconds, 2),
        efficiency=round(efficiency, 3),
        min_efficiency=MIN_EFFICIENCY,
        reached=efficiency >= MIN_EFFICIENCY,
    )


if __name__ == "__main__":
    main()
