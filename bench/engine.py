"""Benchmark of the engine from 1,000 to 10,000,000 vehicles, compared with EV2Gym and with targets: ``make bench``.

Every step is complete: behaviour, strategy, limits, losses, wear, ledger and sums per model. Whole days are timed, so
that the draw of a day at midnight counts as in any run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import ev2gym_reference, fleets
from bench.comparison import ComparisonTiming, measure_comparison
from bench.ev2gym_reference import ReferenceTiming
from bench.fleets import Backend, FleetTiming, Workload
from bench.record import describe_machine, format_table, write_record
from bench.site import SiteTiming, measure_site
from bench.verdicts import Target, judge_targets
from bench.year import YEAR_DAYS, YearTiming, measure_year, parse_year

DAY_FLEETS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
WEEK_FLEETS = (100_000, 1_000_000)
SITE_FLEETS = (1_000, 100_000)
COMPARISON_FLEETS = (10_000,)
SMALL_FLEETS, SMALL_DAYS = (25,), 28
CHARGER_COUNTS = (25, 100, 1_000)
YEARS = ("25x15", "1000x15", "10x1")
VEHICLES_PER_ROUND = 3_000_000
MAX_ROUNDS = 5


def make_day_workload(vehicles: int) -> Workload:
    """Return a day of 96 steps; smaller fleets run more rounds."""
    return Workload(vehicles, rounds=min(max(VEHICLES_PER_ROUND // vehicles, 1), MAX_ROUNDS))


def make_week_workload(vehicles: int) -> Workload:
    """Return a week in steps of an hour."""
    return Workload(vehicles, timestep_min=60, days=7)


def make_small_workload(vehicles: int) -> Workload:
    """Return four weeks: of a small fleet, a day alone is over in a millisecond."""
    return Workload(vehicles, days=SMALL_DAYS, rounds=MAX_ROUNDS)


def limit_rounds(workload: Workload, rounds: int) -> Workload:
    return replace(workload, rounds=min(workload.rounds, rounds))


def measure_same_work(
    backends: Sequence[Backend], chargers: Sequence[int], vehicles: Sequence[int]
) -> Iterator[ReferenceTiming]:
    """Time EV2Gym, and this simulator on the same work with as many vehicles and with more."""
    if not ev2gym_reference.explain_unavailable():
        yield from (ev2gym_reference.measure_ev2gym(number) for number in chargers)
    for number in (max(chargers), *vehicles):
        yield from (
            ev2gym_reference.measure_simulator(number, backend) for backend in backends if backend.is_default(number)
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its tables, and write them as JSON if a file is named."""
    options = parse_arguments(arguments)
    # Before the work, so that the load is that of other processes.
    machine, backends = describe_machine(), fleets.list_backends()
    fleets.warm_up_backends(backends)
    days = [
        row
        for number in options.vehicles
        for row in fleets.measure_fleet(limit_rounds(make_day_workload(number), options.rounds), backends)
    ]
    small = [
        row
        for number in options.small
        for row in fleets.measure_fleet(
            limit_rounds(make_small_workload(number), options.rounds), select_defaults(backends, number)
        )
    ]
    weeks = [
        row
        for number in options.weeks
        for row in fleets.measure_fleet(make_week_workload(number), select_defaults(backends, number))
    ]
    reference_timings = list(measure_same_work(backends, options.chargers, options.weeks[-1:]))
    sites = [measure_site(number) for number in options.sites]
    comparisons = [measure_comparison(number, options.comparison_days) for number in options.comparisons]
    years = [measure_year(*year, days=options.year_days) for year in options.years]
    default_days = [row for row in days if has_chosen_threads(row, backends)]
    targets = judge_targets(default_days, reference_timings, comparisons, years)
    record = {
        "days": _convert_rows(days),
        "small": _convert_rows(small),
        "sites": _convert_rows(sites),
        "comparisons": _convert_rows(comparisons),
        "weeks": _convert_rows(weeks),
        "years": _convert_rows(years),
        "same_work": _convert_rows(reference_timings),
        "targets": _convert_rows(targets),
    }
    print(
        *(format_table(rows) for rows in record.values()),
        *filter(None, [ev2gym_reference.explain_unavailable()]),
        sep="\n\n",
    )
    write_record({"machine": machine, **record}, options.json)


def select_defaults(backends: Sequence[Backend], vehicles: int) -> list[Backend]:
    """Select the backends with the threads that the simulator chooses for a fleet."""
    return [backend for backend in backends if backend.is_default(vehicles)]


def has_chosen_threads(row: FleetTiming, backends: Sequence[Backend]) -> bool:
    """Return whether a row has the number of threads that the simulator chooses by default."""
    return any(backend.threads == row.threads and backend.is_default(row.vehicles) for backend in backends)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=DAY_FLEETS, help="fleet sizes of the day runs")
    parser.add_argument("--small", type=int, nargs="+", default=SMALL_FLEETS, help="fleet sizes of runs of four weeks")
    parser.add_argument("--weeks", type=int, nargs="+", default=WEEK_FLEETS, help="fleet sizes of the week runs")
    parser.add_argument("--chargers", type=int, nargs="+", default=CHARGER_COUNTS, help="numbers of chargers of EV2Gym")
    parser.add_argument(
        "--sites", type=int, nargs="+", default=SITE_FLEETS, help="fleet sizes of the runs with counterfactuals"
    )
    parser.add_argument(
        "--comparisons", type=int, nargs="+", default=COMPARISON_FLEETS, help="fleet sizes of the comparisons"
    )
    parser.add_argument("--comparison-days", type=float, default=7.0, help="days of the comparisons")
    parser.add_argument(
        "--years", type=parse_year, nargs="+", default=list(map(parse_year, YEARS)), help="vehicles x minutes of a step"
    )
    parser.add_argument("--year-days", type=float, default=YEAR_DAYS, help="days of a year")
    parser.add_argument("--rounds", type=int, default=MAX_ROUNDS, help="rounds of a small fleet at most")
    parser.add_argument("--quick", action="store_true", help="smoke test with small fleets")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    if options.quick:
        options.vehicles, options.weeks, options.chargers, options.sites = [100, 1_000], [200], [2], [100]
        options.comparisons, options.comparison_days = [100], 0.5
        options.years, options.year_days = [(25, 15)], 7.0
        options.rounds = 1
    return options


def _convert_rows(
    rows: Sequence[FleetTiming | SiteTiming | ComparisonTiming | YearTiming | ReferenceTiming | Target],
) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


if __name__ == "__main__":
    main()
