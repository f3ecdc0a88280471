"""Command ``bidirectional``: how many of a site's EVSEs should be bidirectional."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ev2gym_dashboard.cli.compare import PROCESS_COUNT, open_worker_pool, parse_count
from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario
from ev2gym_dashboard.cli.output import print_json, print_rows, show_progress
from ev2gym_dashboard.service.comparison.evse_optimum import POINT_COUNT, EvseOptimum, find_evse_optimum
from ev2gym_dashboard.service.comparison.runner import SEED_COUNT
from ev2gym_dashboard.service.reports.bundle import replace_nan

DEFAULT_SEEDS = "5"
BIDIRECTIONAL_EXAMPLES = """examples:
  ev2gym-dashboard bidirectional --strategy price --tariff mt_general --days 7 --fleet-size 200
  ev2gym-dashboard bidirectional site.toml --seeds 10 --bidirectional-capex-mad-kw 800 --json

Each number of bidirectional EVSEs runs on the same arrivals and seeds, with V2G and without. Its net present value is
what V2G saves over the lifetime, discounted, less the additional price of these EVSEs; the run stands for the year. A
row per number tried; the best one, and the numbers that are not worse at 95 %, are written to standard error.
"""


def add_bidirectional(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bidirectional",
        help="find how many EVSEs should be bidirectional",
        usage="ev2gym-dashboard bidirectional [SCENARIO] [--seeds N] [--points N] [--workers N] [--json] [OPTIONS]",
        description="Find the number of bidirectional EVSEs with the highest net present value, and its interval.",
        epilog=BIDIRECTIONAL_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    parser.add_argument(
        "--seeds", metavar="N", default=DEFAULT_SEEDS, help=f"number of seeds (default {DEFAULT_SEEDS})"
    )
    parser.add_argument("--points", metavar="N", help=f"{POINT_COUNT.about} (default {POINT_COUNT.default})")
    parser.add_argument("--workers", metavar="N", default="1", help=f"{PROCESS_COUNT.about} (default 1)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    add_scenario_options(parser)
    parser.set_defaults(run=_find_optimum)


def _find_optimum(options: argparse.Namespace) -> None:
    seeds, points, workers = (
        parse_count("--seeds", options.seeds, SEED_COUNT),
        parse_count("--points", options.points, POINT_COUNT),
        parse_count("--workers", options.workers, PROCESS_COUNT),
    )
    scenario = build_scenario(options, options.file)
    with open_worker_pool(max(workers, 1)) as pool, show_progress("bidirectional") as report_progress:
        optimum = find_evse_optimum(scenario, seeds=seeds, points=points, workers=pool, progress=report_progress)
    rows = [replace_nan(row) for row in optimum.table.reset_index().to_dict(orient="records")]
    low, high = optimum.interval
    if options.json:
        print_json({"total": optimum.total, "best": optimum.best, "low": low, "high": high, "tried": rows})
        return
    print_rows(rows)
    print(format_optimum(optimum, seeds), file=sys.stderr)


def format_optimum(optimum: EvseOptimum, seeds: int) -> str:
    """Return the optimum and its interval in a sentence."""
    low, high = optimum.interval
    certainty = f"not worse at 95 %: {low} to {high}" if seeds > 1 else f"tried next to it: {low} and {high}; one seed"
    npv_mad = optimum.table["v2g_npv_mad"][optimum.best]
    return f"Best: {optimum.best} of {optimum.total} EVSEs bidirectional ({certainty}), {npv_mad:,.0f} MAD."
