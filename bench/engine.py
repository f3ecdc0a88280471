"""Times the engine from 1,000 to 10,000,000 vehicles beside EV2Gym, and says what is reached: ``make bench``.

A step is a full one: behaviour, strategy, limits, losses, wear, ledger and sums per model. Timed are whole days, so
that the draw of a day, which is done at midnight, weighs on its steps as in any run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import fleets, reference
from bench.duel import ComparisonTiming, measure_comparison
from bench.fleets import Backend, FleetTiming, Workload
from bench.reference import ReferenceTiming
from bench.report import describe_machine, format_table, write_record
from bench.site import SiteTiming, measure_site
from bench.targets import Target, judge_targets

DAY_FLEETS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
WEEK_FLEETS = (100_000, 1_000_000)
SITE_FLEETS = (1_000, 100_000)
COMPARISON_FLEETS = (10_000,)
CHARGER_COUNTS = (25, 100, 1_000)
VEHICLES_PER_ROUND = 3_000_000
MAX_ROUNDS = 5


def make_day_workload(vehicles: int) -> Workload:
    """Return a day of 96 steps; the smaller the fleet, the more rounds."""
    return Workload(vehicles, rounds=min(max(VEHICLES_PER_ROUND // vehicles, 1), MAX_ROUNDS))


def make_week_workload(vehicles: int) -> Workload:
    """Return a week in steps of an hour."""
    return Workload(vehicles, timestep_min=60, days=7)


def measure_same_work(
    all_ways: Sequence[Backend], chargers: Sequence[int], vehicles: Sequence[int]
) -> Iterator[ReferenceTiming]:
    """Time EV2Gym, and us on the same work: as many vehicles as the most of its chargers, and more."""
    if not reference.explain_unavailable():
        yield from (reference.measure_ev2gym(number) for number in chargers)
    for number in (max(chargers), *vehicles):
        yield from (reference.measure_simulator(number, way) for way in all_ways if way.chosen_for(number))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and write them as JSON where asked."""
    options = parse_arguments(arguments)
    on, all_ways = describe_machine(), fleets.list_backends()
    fleets.warm_up_backends(all_ways)
    days = [row for number in options.vehicles for row in fleets.measure_fleet(make_day_workload(number), all_ways)]
    weeks = [
        row
        for number in options.weeks
        for row in fleets.measure_fleet(make_week_workload(number), [way for way in all_ways if way.chosen_for(number)])
    ]
    works = list(measure_same_work(all_ways, options.chargers, options.weeks[-1:]))
    sites = [measure_site(number) for number in options.sites]
    duels = [measure_comparison(number, options.duel_days) for number in options.duels]
    judged = judge_targets([row for row in days if has_chosen_threads(row, all_ways)], works, duels)
    record = {
        "days": _convert_rows(days),
        "sites": _convert_rows(sites),
        "duels": _convert_rows(duels),
        "weeks": _convert_rows(weeks),
        "same_work": _convert_rows(works),
        "targets": _convert_rows(judged),
    }
    print(
        *(format_table(rows) for rows in record.values()), *filter(None, [reference.explain_unavailable()]), sep="\n\n"
    )
    write_record({"on": on, **record}, options.json)


def has_chosen_threads(row: FleetTiming, all_ways: Sequence[Backend]) -> bool:
    """Tell whether a row has the threads that the simulator itself chooses."""
    return any(way.threads == row.threads and way.chosen_for(row.vehicles) for way in all_ways)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=DAY_FLEETS, help="fleets that are timed for a day")
    parser.add_argument("--weeks", type=int, nargs="+", default=WEEK_FLEETS, help="fleets that are timed for a week")
    parser.add_argument("--chargers", type=int, nargs="+", default=CHARGER_COUNTS, help="chargers of EV2Gym")
    parser.add_argument(
        "--sites", type=int, nargs="+", default=SITE_FLEETS, help="fleets that are timed with their counterfactuals"
    )
    parser.add_argument(
        "--duels", type=int, nargs="+", default=COMPARISON_FLEETS, help="fleets over which all strategies meet"
    )
    parser.add_argument("--compare-days", type=float, default=7.0, help="days that they meet for")
    parser.add_argument("--quick", action="store_true", help="see that it runs: small fleets")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if options.quick:
        options.vehicles, options.weeks, options.chargers, options.sites = [100, 1_000], [200], [2], [100]
        options.duels, options.duel_days = [100], 0.5
    return options


def _convert_rows(
    rows: Sequence[FleetTiming | SiteTiming | ComparisonTiming | ReferenceTiming | Target],
) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


if __name__ == "__main__":
    main()
