"""Command ``simulate``: run a scenario, print its KPIs, and write a bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error, print_json, print_rows, show_progress
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.reports.bundle import prepare_bundle_folder, write_run
from ev2gym_dashboard.service.simulation.billing import serialize_bill
from ev2gym_dashboard.service.simulation.counterfactuals import simulate

SIMULATE_EXAMPLES = """examples:
  ev2gym-dashboard simulate --fleet-size 500 --strategy price --days 2
  ev2gym-dashboard simulate --tariff mt_general --no-v2g --json
  ev2gym-dashboard simulate --days 7 --seed 3 --out week
  ev2gym-dashboard simulate week/scenario.toml --param price.v2g_min_soc=0.7

The KPIs are printed as CSV, a row each. With --out, series, models, KPIs, scenario and an offline report are written to
a folder; running its scenario.toml again gives the same series, byte for byte.
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
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    add_output_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_simulate)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the output."""
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="write a bundle with all results to this folder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")


def require_bundle_folder(folder: Path | None) -> None:
    """Exit if the bundle could not be written."""
    try:
        if folder is not None:
            prepare_bundle_folder(folder)
    except ValidationError as error:
        exit_with_error("\n".join(f"--{issue}" for issue in error.issues), EXIT_FAILURE)


def _simulate(options: argparse.Namespace) -> None:
    scenario = build_scenario(options, options.file)
    # Before the run, which may take minutes.
    require_bundle_folder(options.out)
    with show_progress("simulate") as report_progress:
        result = simulate(scenario, progress=report_progress)
    if options.out is not None:
        write_run(result, options.out)
    if options.json:
        bill = serialize_bill(result.bill)
        print_json({"kpis": result.kpis, "ledger": result.ledger, "bill": bill, "evses": result.evse_counts})
    else:
        print_rows([{"figure": name, "value": value} for name, value in result.kpis.items()])
