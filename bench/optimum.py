"""Benchmark of the optimum: bound and plan of a day from 1,000 vehicles on, with their gaps: part of ``make bench``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.record import describe_machine, format_table, write_record
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.optimum.optimum import bound_reference, find_optimum
from ev2gym_dashboard.service.optimum.stay_recorder import run_reference

FLEETS = (1_000, 10_000, 100_000)
QUICK_FLEETS = (1_000,)
PRICES = {"v2g_wear_mad_kwh": 0.3, "peak_mad_kw": 2.0}
"""V2G worth its wear and a peak that costs: without both, the first prices are nearly the best."""
TIME_LIMIT_S = 120.0


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
    print(format_table(rows))
    write_record({"machine": machine, "optimum": rows}, options.json)


if __name__ == "__main__":
    main()
