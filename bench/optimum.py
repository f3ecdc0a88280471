"""Benchmark of the optimum: bound and plan of a day from 1,000 vehicles on, and a front: part of ``make bench``."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard import Scenario, compute_pareto_front
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.optimum.optimum import bound_reference, find_optimum
from ev2gym_dashboard.service.optimum.stay_recorder import run_reference

FLEETS = (1_000, 10_000, 100_000)
QUICK_FLEETS = (1_000,)
PRICES = {"v2g_wear_mad_kwh": 0.3, "peak_mad_kw": 2.0}
"""V2G worth its wear and a peak that costs: without both, the first prices are nearly the best."""
TIME_LIMIT_S = 120.0
FRONT_VEHICLES, FRONT_POINTS, QUICK_FRONT_POINTS = 1_000, 20, 3


@dataclass(frozen=True)
class OptimumTiming:
    """Durations and gaps of an optimum over 96 steps.

    Parameters
    ----------
    reference_s : time of the run that tells the stays
    bound_s : time of the bound alone, after it
    search_s, total_s : time of the search of the plan, and of all with its run in the engine
    gap, model_gap : difference of plan and bound, as a share: of the run in the engine, and in the model
    bound_gap : how far the bound alone is below that of the search, as a share
    """

    vehicles: int
    status: str
    n_iterations: int
    reference_s: float
    bound_s: float
    search_s: float
    total_s: float
    gap: float
    model_gap: float
    bound_gap: float


def measure_optimum(vehicles: int) -> OptimumTiming:
    """Time the optimum of a day of a fleet."""
    scenario = Scenario(fleet_size=vehicles)
    began_s = time.perf_counter()
    reference = run_reference(scenario)
    referenced_s = time.perf_counter()
    bound = bound_reference(reference, prices=PRICES, time_limit_s=TIME_LIMIT_S)
    bounded_s = time.perf_counter()
    found = find_optimum(scenario, prices=PRICES, time_limit_s=TIME_LIMIT_S)
    return OptimumTiming(
        vehicles=vehicles,
        status=found.status,
        n_iterations=found.n_iterations,
        reference_s=round(referenced_s - began_s, 3),
        bound_s=round(bounded_s - referenced_s, 3),
        search_s=round(found.seconds, 3),
        total_s=round(time.perf_counter() - bounded_s, 3),
        gap=round(found.gap, 5),
        model_gap=round(found.model_gap, 5),
        bound_gap=round((found.bound_mad - bound.bound_mad) / abs(found.bound_mad), 6),
    )


@dataclass(frozen=True)
class FrontTiming:
    """Duration of a Pareto front of bill and peak over 96 steps, and the largest gap of its points, as a share.

    Parameters
    ----------
    points : those asked for; a front with few corners has fewer, ``found``
    seconds : time with a process per core that is open already, the runs of all strategies included
    """

    vehicles: int
    points: int
    found: int
    workers: int
    seconds: float
    largest_gap: float


def measure_front(points: int) -> FrontTiming:
    """Time the Pareto front of a day of a fleet."""
    scenario, n_workers = Scenario(fleet_size=FRONT_VEHICLES), os.cpu_count() or 1
    with WorkerPool(n_workers) as workers:
        # The first points of a process compile the answer to prices.
        compute_pareto_front(Scenario(fleet_size=10), points=n_workers, workers=workers)
        began_s = time.perf_counter()
        front = compute_pareto_front(scenario, points=points, workers=workers)
        seconds = time.perf_counter() - began_s
    return FrontTiming(
        vehicles=FRONT_VEHICLES,
        points=points,
        found=len(front.points),
        workers=n_workers,
        seconds=round(seconds, 3),
        largest_gap=round(max(point.gap for point in front.points), 5),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest fleet only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    machine = describe_machine()
    # The first optimum of a process compiles the answer to prices.
    measure_optimum(10)
    rows = [asdict(measure_optimum(number)) for number in (QUICK_FLEETS if options.quick else FLEETS)]
    fronts = [asdict(measure_front(QUICK_FRONT_POINTS if options.quick else FRONT_POINTS))]
    print(format_table(rows), format_table(fronts), sep="\n\n")
    write_record({"machine": machine, "optimum": rows, "fronts": fronts}, options.json)


if __name__ == "__main__":
    main()
