"""Command ``compare``: compare all strategies, or several scenarios, on the same arrivals."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error, print_json, print_rows, show_progress
from ev2gym_dashboard.cli.simulate import add_output_options, exit_if_unwritable, require_bundle_folder
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Quantity, ValidationError
from ev2gym_dashboard.service.comparison.runner import SEED_COUNT, list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.reports.bundle import make_comparison_rows, summarize_comparison, write_comparison
from ev2gym_dashboard.strategies import StrategyError

PROCESS_COUNT = Quantity(0, "", 0, 256, "Worker processes")
PARALLEL_MIN_VEHICLE_STEPS = 60_000_000
COMPARE_EXAMPLES = """examples:
  ev2gym-dashboard compare --fleet-size 500 --days 2
  ev2gym-dashboard compare --days 7 --seeds 5 --out comparison
  ev2gym-dashboard compare comparison/scenario.toml --tariff mt_general --json
  ev2gym-dashboard compare small.toml large.toml

With no scenario or one, every strategy runs on its site and fleet, with V2G and without; several scenarios run
unchanged. All variants have the same arrivals and seeds. Each KPI is the mean over the seeds; _ci95 is half its 95 %
interval (empty for one seed), _vs_uncontrolled its difference to uncontrolled charging on the same site and fleet.
"""


def add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="compare strategies or scenarios on the same arrivals",
        usage="ev2gym-dashboard compare [SCENARIO ...] [--seeds N] [--workers N] [--optimum] [--out FOLDER] [--json] "
        "[OPTIONS]",
        description="Compare all strategies, or several scenarios, on the same arrivals and seeds.",
        epilog=COMPARE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", metavar="SCENARIO", nargs="*", type=Path, help="scenarios as TOML files")
    parser.add_argument("--seeds", metavar="N", default="1", help=f"{SEED_COUNT.about} (default {SEED_COUNT.default})")
    default_workers = f"one per core from {PARALLEL_MIN_VEHICLE_STEPS:,} vehicle-steps on, otherwise 1"
    parser.add_argument("--workers", metavar="N", help=f"{PROCESS_COUNT.about} (default: {default_workers})")
    parser.add_argument(
        "--optimum",
        action="store_true",
        help="find the optimum too, and how far each strategy is from it",
    )
    add_output_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    seeds, workers = (
        parse_count("--seeds", options.seeds, SEED_COUNT),
        parse_count("--workers", options.workers, PROCESS_COUNT),
    )
    scenarios = _read_scenarios(options)
    require_bundle_folder(options.out)
    try:
        with (
            open_worker_pool(workers or _choose_process_count(scenarios, seeds)) as pool,
            show_progress("compare") as report_progress,
        ):
            comparison = run_comparison(
                scenarios, seeds=seeds, workers=pool, optimum=options.optimum, progress=report_progress
            )
    except StrategyError:
        raise
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    except BrokenProcessPool:
        exit_with_error("A worker process was killed, perhaps by lack of memory; use fewer --workers.", EXIT_FAILURE)
    if options.out is not None:
        with exit_if_unwritable():
            write_comparison(comparison, options.out)
    if options.json:
        print_json(summarize_comparison(comparison))
    else:
        print_rows(make_comparison_rows(comparison))
    if comparison.failures:
        exit_with_error("\n".join(dict.fromkeys(failure.error for failure in comparison.failures)), EXIT_FAILURE)


def _read_scenarios(options: argparse.Namespace) -> Scenario | dict[str, Scenario]:
    if len(options.files) < 2:
        return build_scenario(options, next(iter(options.files), None))
    return {str(file): build_scenario(options, file) for file in options.files}


def parse_count(name: str, text: str | None, declaration: Quantity) -> int:
    """Return the number of an option, by default the declared one; exit with its issue."""
    value = declaration.default if text is None else convert_number(text)
    issues = declaration.check(name, value)
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    return int(str(value))


def _choose_process_count(scenarios: Scenario | dict[str, Scenario], seeds: int) -> int:
    n_variants = len(list_variants(scenarios)) if isinstance(scenarios, Scenario) else len(scenarios)
    first = scenarios if isinstance(scenarios, Scenario) else next(iter(scenarios.values()))
    vehicle_steps = n_variants * seeds * first.fleet_size * first.n_steps
    # Starting processes takes longer than a small comparison.
    return os.cpu_count() or 1 if vehicle_steps >= PARALLEL_MIN_VEHICLE_STEPS else 1


@contextmanager
def open_worker_pool(number: int) -> Iterator[WorkerPool | None]:
    """Open a pool of processes; none for a single one."""
    if number == 1:
        yield None
    else:
        with WorkerPool(number) as pool:
            yield pool
