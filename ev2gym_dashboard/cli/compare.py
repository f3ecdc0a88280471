"""``compare``: the duel of all strategies, or of several scenarios, on the same arrivals."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario, number_of, scenario_of
from ev2gym_dashboard.cli.say import FAILED, fail, print_json, print_rows, progress
from ev2gym_dashboard.cli.simulate import add_output, check_folder
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Invalid, Quantity
from ev2gym_dashboard.service.comparison.runner import SEEDS, contestants, play_duel
from ev2gym_dashboard.service.execution.worker_pool import Workers
from ev2gym_dashboard.service.reports.bundle import comparison_figures, comparison_rows, write_comparison

WORKERS = Quantity(0, "", 0, 256, "Processes that share the work")
MANY = 60_000_000
EXAMPLES = """examples:
  ev2gym-dashboard compare --fleet-size 500 --days 2
  ev2gym-dashboard compare --days 7 --seeds 5 --out duel
  ev2gym-dashboard compare duel/scenario.toml --tariff mt_general --json
  ev2gym-dashboard compare small.toml large.toml

Without a scenario or with one, every strategy runs in its place with V2G and without, and `uncontrolled`; several run
as they stand. All meet the same arrivals and seeds. Each figure is the mean over the seeds; _ci95 is half its 95 %
interval (none of one seed), _vs_uncontrolled its difference to `uncontrolled` in the same place.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="let strategies or scenarios meet on the same arrivals",
        usage="ev2gym-dashboard compare [SCENARIO ...] [--seeds N] [--workers N] [--out FOLDER] [--json] [OPTIONS]",
        description="Compare all strategies, or several scenarios, on the same arrivals and seeds.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="SCENARIO", nargs="*", type=Path, help="scenarios as TOML files")
    parser.add_argument("--seeds", metavar="N", default="1", help=f"{SEEDS.about} (default {SEEDS.default})")
    usual = f"as many as there are cores, where there are {MANY:,} vehicle-steps or more; otherwise 1"
    parser.add_argument("--workers", metavar="N", help=f"{WORKERS.about} (default {usual})")
    add_output(parser)
    add_scenario(parser)
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    seeds, workers = _count("--seeds", options.seeds, SEEDS), _count("--workers", options.workers, WORKERS)
    scenarios = _scenarios(options)
    check_folder(options.out)
    try:
        with _workers(workers or _usual(scenarios, seeds)) as processes, progress("compare") as tell:
            comparison = play_duel(scenarios, seeds=seeds, workers=processes, progress=tell)
    except Invalid as wrong:
        fail("\n".join(map(str, wrong.issues)))
    except BrokenProcessPool:
        fail("A process was ended from outside, perhaps for want of memory; ask for fewer --workers.", FAILED)
    if options.out is not None:
        write_comparison(comparison, options.out)
    if options.json:
        print_json(comparison_figures(comparison))
    else:
        print_rows(comparison_rows(comparison))


def _scenarios(options: argparse.Namespace) -> Scenario | dict[str, Scenario]:
    if len(options.files) < 2:
        return scenario_of(options, next(iter(options.files), None))
    return {str(file): scenario_of(options, file) for file in options.files}


def _count(name: str, text: str | None, what: Quantity) -> int:
    value = what.default if text is None else number_of(text)
    issues = what.check(name, value)
    if issues:
        fail("\n".join(map(str, issues)))
    return int(str(value))


def _usual(scenarios: Scenario | dict[str, Scenario], seeds: int) -> int:
    """Return how many processes pay: to start them takes longer than a small work."""
    each = contestants(scenarios) if isinstance(scenarios, Scenario) else tuple(scenarios.items())
    first = scenarios if isinstance(scenarios, Scenario) else next(iter(scenarios.values()))
    work = len(each) * seeds * first.fleet_size * first.n_steps
    return os.cpu_count() or 1 if work >= MANY else 1


@contextmanager
def _workers(number: int) -> Iterator[Workers | None]:
    if number == 1:
        yield None
    else:
        with Workers(number) as workers:
            yield workers
