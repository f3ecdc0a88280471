"""Command ``simulate``: run a scenario, print its KPIs, and write a bundle."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error, print_json, print_rows, show_progress
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.reports.bundle import prepare_bundle_folder, write_run
from ev2gym_dashboard.service.simulation.billing import serialize_bill
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.simulation.vehicle_trace import MAX_TRACED_VEHICLE_STEPS, make_trace

NUMBERS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
SIMULATE_EXAMPLES = """examples:
  ev2gym-dashboard simulate --fleet-size 500 --strategy price --days 2
  ev2gym-dashboard simulate --tariff mt_general --no-v2g --json
  ev2gym-dashboard simulate --days 7 --seed 3 --out week
  ev2gym-dashboard simulate week/scenario.toml --param price.v2g_min_soc=0.7
  ev2gym-dashboard simulate --fleet-size 200 --out day --trace

The KPIs are printed as CSV, a row each. With --out, series, models, KPIs, scenario and an offline report are written to
a folder; running its scenario.toml again gives the same series, byte for byte. --trace adds vehicles.parquet,
sessions.parquet and evses.parquet: every vehicle in every step, every stay, and the occupancy of every EVSE.
"""


def add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "simulate",
        help="simulate a scenario and print its KPIs",
        usage="ev2gym-dashboard simulate [SCENARIO] [--out FOLDER] [--json] [OPTIONS]",
        description="Simulate a scenario and its two counterfactuals (uncontrolled, without V2G), and print the KPIs.",
        epilog=SIMULATE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file",
        metavar="SCENARIO",
        nargs="?",
        type=Path,
        help="scenario as a TOML file, or EV2Gym's configuration as YAML",
    )
    add_output_options(parser)
    _add_trace_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_simulate)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the output."""
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="write a bundle with all results to this folder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")


def _add_trace_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--trace", action="store_true", help="add tables of all vehicles, charging sessions and EVSEs to the bundle"
    )
    group.add_argument(
        "--trace-vehicles",
        dest="trace",
        metavar="NUMBERS",
        type=_parse_numbers,
        help="the same for some vehicles, by their numbers from 0, such as 0-9,17",
    )


def _parse_numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.split(","):
        match = NUMBERS.fullmatch(part.strip())
        if match is None:
            raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers and ranges such as 0-9,17")
        first, last = int(match[1]), int(match[2] or match[1])
        # A range of any length would fill the memory before it could be refused.
        numbers += range(first, min(last, first + MAX_TRACED_VEHICLE_STEPS) + 1)
    return numbers


def require_bundle_folder(folder: Path | None) -> None:
    """Exit if the bundle could not be written."""
    if folder is not None:
        with exit_if_unwritable():
            prepare_bundle_folder(folder)


@contextmanager
def exit_if_unwritable() -> Iterator[None]:
    """Exit with the issues of a bundle that cannot be written."""
    try:
        yield
    except ValidationError as error:
        exit_with_error("\n".join(f"--{issue}" for issue in error.issues), EXIT_FAILURE)


def _require_traceable(options: argparse.Namespace, scenario: Scenario) -> None:
    """Exit if the trace has no bundle that it could be written to, or no such vehicles."""
    if options.trace and options.out is None:
        exit_with_error("--trace: needs --out, the folder to which its tables are written")
    try:
        make_trace(options.trace, scenario)
    except ValidationError as error:
        exit_with_error("\n".join(f"--{issue}" for issue in error.issues))


def _simulate(options: argparse.Namespace) -> None:
    scenario = build_scenario(options, options.file)
    # Before the run, which may take minutes.
    _require_traceable(options, scenario)
    require_bundle_folder(options.out)
    with show_progress("simulate") as report_progress:
        result = simulate(scenario, progress=report_progress, trace=options.trace)
    if options.out is not None:
        with exit_if_unwritable():
            write_run(result, options.out)
    if options.json:
        bill = serialize_bill(result.bill)
        print_json({"kpis": result.kpis, "ledger": result.ledger, "bill": bill, "evses": result.evse_counts})
    else:
        print_rows([{"figure": name, "value": value} for name, value in result.kpis.items()])
