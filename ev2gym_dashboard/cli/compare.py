"""``compare``: the duel of all strategies, or of several scenarios, on the same arrivals."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number
from ev2gym_dashboard.cli.say import EXIT_FAILURE, exit_with_error, print_json, print_rows, show_progress
from ev2gym_dashboard.cli.simulate import add_output_options, require_bundle_folder
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Quantity, ValidationError
from ev2gym_dashboard.service.comparison.runner import SEED_COUNT, list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.reports.bundle import make_comparison_rows, summarize_comparison, write_comparison

PROCESS_COUNT = Quantity(0, "", 0, 256, "Processes that share the work")
PARALLEL_MIN_VEHICLE_STEPS = 60_000_000
COMPARE_EXAMPLES = """examples:
  ev2gym-dashboard compare --fleet-size 500 --days 2
  ev2gym-dashboard compare --days 7 --seeds 5 --out duel
  ev2gym-dashboard compare duel/scenario.toml --tariff mt_general --json
  ev2gym-dashboard compare small.toml large.toml

Without a scenario or with one, every strategy runs in its place with V2G and without, and `uncontrolled`; several run
as they stand. All meet the same arrivals and seeds. Each figure is the mean over the seeds; _ci95 is half its 95 %
interval (none of one seed), _vs_uncontrolled its difference to `uncontrolled` in the same place.
"""


def add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="let strategies or scenarios meet on the same arrivals",
        usage="ev2gym-dashboard compare [SCENARIO ...] [--seeds N] [--workers N] [--out FOLDER] [--json] [OPTIONS]",
        description="Compare all strategies, or several scenarios, on the same arrivals and seeds.",
        epilog=COMPARE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="SCENARIO", nargs="*", type=Path, help="scenarios as TOML files")
    parser.add_argument("--seeds", metavar="N", default="1", help=f"{SEED_COUNT.about} (default {SEED_COUNT.default})")
    usual = (
        f"as many as there are cores, where there are {PARALLEL_MIN_VEHICLE_STEPS:,} vehicle-steps or more; otherwise 1"
    )
    parser.add_argument("--workers", metavar="N", help=f"{PROCESS_COUNT.about} (default {usual})")
    add_output_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    seeds, workers = (
        _parse_count("--seeds", options.seeds, SEED_COUNT),
        _parse_count("--workers", options.workers, PROCESS_COUNT),
    )
    scenarios = _read_scenarios(options)
    require_bundle_folder(options.out)
    try:
        with (
            _open_worker_pool(workers or _choose_process_count(scenarios, seeds)) as processes,
            show_progress("compare") as tell,
        ):
            comparison = run_comparison(scenarios, seeds=seeds, workers=processes, progress=tell)
    except ValidationError as wrong:
        exit_with_error("\n".join(map(str, wrong.issues)))
    except BrokenProcessPool:
        exit_with_error(
            "A process was ended from outside, perhaps for want of memory; ask for fewer --workers.", EXIT_FAILURE
        )
    if options.out is not None:
        write_comparison(comparison, options.out)
    if options.json:
        print_json(summarize_comparison(comparison))
    else:
        print_rows(make_comparison_rows(comparison))


def _read_scenarios(options: argparse.Namespace) -> Scenario | dict[str, Scenario]:
    if len(options.files) < 2:
        return build_scenario(options, next(iter(options.files), None))
    return {str(file): build_scenario(options, file) for file in options.files}


def _parse_count(name: str, text: str | None, what: Quantity) -> int:
    value = what.default if text is None else convert_number(text)
    issues = what.check(name, value)
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    return int(str(value))


def _choose_process_count(scenarios: Scenario | dict[str, Scenario], seeds: int) -> int:
    """Return how many processes pay: to start them takes longer than a small work."""
    each = list_variants(scenarios) if isinstance(scenarios, Scenario) else tuple(scenarios.items())
    first = scenarios if isinstance(scenarios, Scenario) else next(iter(scenarios.values()))
    work = len(each) * seeds * first.fleet_size * first.n_steps
    return os.cpu_count() or 1 if work >= PARALLEL_MIN_VEHICLE_STEPS else 1


@contextmanager
def _open_worker_pool(number: int) -> Iterator[WorkerPool | None]:
    if number == 1:
        yield None
    else:
        with WorkerPool(number) as workers:
            yield workers
