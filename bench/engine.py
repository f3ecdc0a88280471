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
from bench.duel import DuelCost, measure_duel
from bench.fleets import Case, Row, Way
from bench.reference import Work
from bench.report import machine, table, write
from bench.site import SiteCost, measure_site
from bench.targets import Target, targets

VEHICLES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
WEEKS = (100_000, 1_000_000)
SITES = (1_000, 100_000)
DUELS = (10_000,)
CHARGERS = (25, 100, 1_000)
VEHICLES_PER_ROUND = 3_000_000
MOST_ROUNDS = 5


def day_case(vehicles: int) -> Case:
    """Return a day of 96 steps; the smaller the fleet, the more rounds."""
    return Case(vehicles, rounds=min(max(VEHICLES_PER_ROUND // vehicles, 1), MOST_ROUNDS))


def week_case(vehicles: int) -> Case:
    """Return a week in steps of an hour."""
    return Case(vehicles, timestep_min=60, days=7)


def same_work(all_ways: Sequence[Way], chargers: Sequence[int], vehicles: Sequence[int]) -> Iterator[Work]:
    """Time EV2Gym, and us on the same work: as many vehicles as the most of its chargers, and more."""
    if not reference.why_not():
        yield from (reference.measure_ev2gym(number) for number in chargers)
    for number in (max(chargers), *vehicles):
        yield from (reference.measure_ours(number, way) for way in all_ways if way.chosen_for(number))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and write them as JSON where asked."""
    options = parse(arguments)
    on, all_ways = machine(), fleets.ways()
    fleets.warm_up(all_ways)
    days = [row for number in options.vehicles for row in fleets.measure(day_case(number), all_ways)]
    weeks = [
        row
        for number in options.weeks
        for row in fleets.measure(week_case(number), [way for way in all_ways if way.chosen_for(number)])
    ]
    works = list(same_work(all_ways, options.chargers, options.weeks[-1:]))
    sites = [measure_site(number) for number in options.sites]
    duels = [measure_duel(number, options.duel_days) for number in options.duels]
    judged = targets([row for row in days if is_chosen(row, all_ways)], works, duels)
    record = {
        "days": _plain(days),
        "sites": _plain(sites),
        "duels": _plain(duels),
        "weeks": _plain(weeks),
        "same_work": _plain(works),
        "targets": _plain(judged),
    }
    print(*(table(rows) for rows in record.values()), *filter(None, [reference.why_not()]), sep="\n\n")
    write({"on": on, **record}, options.json)


def is_chosen(row: Row, all_ways: Sequence[Way]) -> bool:
    """Tell whether a row has the threads that the simulator itself chooses."""
    return any(way.threads == row.threads and way.chosen_for(row.vehicles) for way in all_ways)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__)
    parser.add_argument("--vehicles", type=int, nargs="+", default=VEHICLES, help="fleets that are timed for a day")
    parser.add_argument("--weeks", type=int, nargs="+", default=WEEKS, help="fleets that are timed for a week")
    parser.add_argument("--chargers", type=int, nargs="+", default=CHARGERS, help="chargers of EV2Gym")
    parser.add_argument("--sites", type=int, nargs="+", default=SITES, help="fleets that are timed with their shadows")
    parser.add_argument("--duels", type=int, nargs="+", default=DUELS, help="fleets over which all strategies meet")
    parser.add_argument("--duel-days", type=float, default=7.0, help="days that they meet for")
    parser.add_argument("--quick", action="store_true", help="see that it runs: small fleets")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if options.quick:
        options.vehicles, options.weeks, options.chargers, options.sites = [100, 1_000], [200], [2], [100]
        options.duels, options.duel_days = [100], 0.5
    return options


def _plain(rows: Sequence[Row | SiteCost | DuelCost | Work | Target]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


if __name__ == "__main__":
    main()
