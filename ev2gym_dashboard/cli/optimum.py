"""Command ``optimum``: what no strategy can be below, and a plan with perfect foresight."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ev2gym_dashboard.cli.front import add_front_options, check_front_options, print_front
from ev2gym_dashboard.cli.options import (
    add_scenario_options,
    build_scenario,
    convert_number,
)
from ev2gym_dashboard.cli.output import print_json, print_rows
from ev2gym_dashboard.service.jobs.scenario_request import summarize_optimum
from ev2gym_dashboard.service.optimum.optimum import TIME_LIMIT_S, TOLERANCE, Optimum, check_search, find_optimum

OPTIMUM_EXAMPLES = """examples:
  ev2gym-dashboard optimum --tariff bt_bi_horaire --days 2 --fleet-size 500
  ev2gym-dashboard optimum site.toml --v2g-wear-mad-kwh 0.4 --peak-mad-kw 20 --json
  ev2gym-dashboard optimum site.toml --front peak --points 20

The plan knows all arrivals of the run, which no strategy in service can. Its objective is that of its run in the
engine; no strategy is below the bound on the same arrivals (docs/optimum.md).
"""


def add_optimum(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "optimum",
        help="find what no strategy can be below, and a plan with perfect foresight",
        usage="ev2gym-dashboard optimum [SCENARIO] [--tolerance X] [--time-limit S] [--front GOAL] [--json] [OPTIONS]",
        description="Find the optimum of a scenario with perfect foresight, and a proven bound of every strategy.",
        epilog=OPTIMUM_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    parser.add_argument(
        "--tolerance", metavar="X", default=str(TOLERANCE), help=f"gap in the model, a share (default {TOLERANCE})"
    )
    parser.add_argument(
        "--time-limit", metavar="S", default=str(TIME_LIMIT_S), help=f"seconds of the search (default {TIME_LIMIT_S:g})"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    add_front_options(parser)
    add_scenario_options(parser)
    parser.set_defaults(run=_print_optimum)


def _print_optimum(options: argparse.Namespace) -> None:
    tolerance, time_limit_s = map(convert_number, (options.tolerance, options.time_limit))
    issues = check_search(tolerance, time_limit_s) + check_front_options(options)
    scenario = build_scenario(options, options.file, others=issues)
    if options.front is not None:
        print_front(options, scenario)
        return
    found = find_optimum(scenario, tolerance=tolerance, time_limit_s=time_limit_s)  # type: ignore[arg-type]
    summary = summarize_optimum(found)
    if options.json:
        print_json({**summary, "shadow_price_mad_kwh": found.shadow_price_mad_kwh.tolist()})
        return
    print_rows([summary])
    print(format_optimum(found), file=sys.stderr)


def format_optimum(found: Optimum) -> str:
    """Return the optimum in a sentence."""
    return (
        f"No strategy is below {found.bound_mad:,.2f} MAD on these arrivals; the plan, run by the engine, costs "
        f"{found.objective_mad:,.2f} MAD, at most {100.0 * found.gap:.2f} % above the optimum ({found.status})."
    )
