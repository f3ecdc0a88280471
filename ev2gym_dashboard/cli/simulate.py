"""``simulate``: one run, its figures to the output, all of it to a bundle."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario, scenario_of
from ev2gym_dashboard.cli.say import FAILED, fail, print_json, print_rows, progress
from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.reports.bundle import require_folder, write_run
from ev2gym_dashboard.service.simulation.counterfactuals import simulate

EXAMPLES = """examples:
  ev2gym-dashboard simulate --fleet-size 500 --strategy price --days 2
  ev2gym-dashboard simulate --tariff mt_general --no-v2g --json
  ev2gym-dashboard simulate --days 7 --seed 3 --out week
  ev2gym-dashboard simulate week/scenario.toml --param price.v2g_min_soc=0.7

The figures go to the output as CSV, a row each; with --out, series, models, figures, scenario and a report that opens
without a network go to a folder, and running its scenario.toml again gives the same series to the byte.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "simulate",
        help="run a scenario and give its figures",
        usage="ev2gym-dashboard simulate [SCENARIO] [--out FOLDER] [--json] [OPTIONS]",
        description="Run a scenario beside its two shadows (uncontrolled, and without V2G) and give its figures.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    add_output(parser)
    add_scenario(parser)
    parser.set_defaults(run=_simulate)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add what is said about the output."""
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="write everything to this folder, a bundle")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")


def check_folder(folder: Path | None) -> None:
    """End where the bundle could not be written, before anything is run for it."""
    try:
        if folder is not None:
            require_folder(folder)
    except Invalid as wrong:
        fail("\n".join(f"--{issue}" for issue in wrong.issues), FAILED)


def _simulate(options: argparse.Namespace) -> None:
    scenario = scenario_of(options, options.file)
    check_folder(options.out)
    with progress("simulate") as tell:
        result = simulate(scenario, progress=tell)
    if options.out is not None:
        write_run(result, options.out)
    if options.json:
        print_json({"kpis": result.kpis, "ledger": result.ledger, "bill": [asdict(line) for line in result.bill]})
    else:
        print_rows([{"figure": name, "value": value} for name, value in result.kpis.items()])
