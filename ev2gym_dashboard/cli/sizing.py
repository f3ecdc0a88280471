"""Command ``sizing``: the yearly cost over the size of a part of the site."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ev2gym_dashboard.cli.compare import PROCESS_COUNT, open_worker_pool, parse_count
from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number, format_help
from ev2gym_dashboard.cli.output import print_json, print_rows, show_progress
from ev2gym_dashboard.core.schema import Issue, check_key
from ev2gym_dashboard.service.comparison.sizing import (
    BOUND,
    SIZED_PARTS,
    SOLAR_CAPEX,
    SizingCurve,
    check_sizes,
    compute_sizing_curve,
)
from ev2gym_dashboard.service.reports.bundle import replace_nan

PARTS = ", ".join(f"{key} ({part.about}{part.unit and ', '}{part.unit})" for key, part in SIZED_PARTS.items())
SIZING_EXAMPLES = """examples:
  ev2gym-dashboard sizing subscribed --sizes 100,150,200,300 --tariff mt_general --days 7 --fleet-size 50
  ev2gym-dashboard sizing solar --sizes 0,50,100,200 --solar-capex-mad-kwp 7500 --json

A row per size: proven bound and plan of the optimum with perfect foresight, and each strategy, in MAD per year with the
capital of EVSEs, connection and PV. The run stands for the year. The cheapest sizes are written to standard error.
"""


def add_sizing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sizing",
        help="find the cheapest size of subscription, connection, PV or bidirectional EVSEs",
        usage="ev2gym-dashboard sizing PART --sizes A,B,... [--scenario FILE] [--workers N] [--json] [OPTIONS]",
        description="Compute the yearly cost over the size of a part of the site, under the optimum and each strategy.",
        epilog=SIZING_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", metavar="PART", help=f"one of: {PARTS}")
    parser.add_argument("--sizes", metavar="A,B,...", required=True, help="sizes to try, in the unit of the part")
    parser.add_argument("--scenario", dest="file", metavar="FILE", type=Path, help="scenario as a TOML file")
    parser.add_argument("--solar-capex-mad-kwp", metavar="X", help=format_help(SOLAR_CAPEX))
    parser.add_argument("--workers", metavar="N", default="1", help=f"{PROCESS_COUNT.about} (default 1)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    add_scenario_options(parser)
    parser.set_defaults(run=_print_sizing)


def _print_sizing(options: argparse.Namespace) -> None:
    workers = parse_count("--workers", options.workers, PROCESS_COUNT)
    sizes: list[Any] = [convert_number(text.strip()) for text in options.sizes.split(",")]
    text = options.solar_capex_mad_kwp
    capex: Any = SOLAR_CAPEX.default if text is None else convert_number(text)
    scenario = build_scenario(options, options.file, others=_check_options(options.part, sizes, capex))
    with open_worker_pool(max(workers, 1)) as pool, show_progress("sizing") as report_progress:
        curve = compute_sizing_curve(
            scenario, options.part, sizes, solar_capex_mad_kwp=capex, workers=pool, progress=report_progress
        )
    rows = [replace_nan(row) for row in curve.table.reset_index().to_dict(orient="records")]
    if options.json:
        best = {name: replace_nan(row) for name, row in curve.best.to_dict(orient="index").items()}
        print_json({"part": curve.part, "best": best, "sizes": rows})
        return
    print_rows(rows)
    print(format_sizing(curve), file=sys.stderr)


def _check_options(part: str, sizes: list[Any], capex: object) -> list[Issue]:
    issues = check_key("PART", part, tuple(SIZED_PARTS)) + check_sizes("--sizes", sizes)
    return issues + SOLAR_CAPEX.check("--solar-capex-mad-kwp", capex)


def format_sizing(curve: SizingCurve) -> str:
    """Return the cheapest size of each column in a line."""
    unit = SIZED_PARTS[curve.part].unit
    best = curve.best.drop(index=BOUND)
    return "\n".join(
        f"{name}: cheapest at {size:g} {unit}".rstrip() + f", {cost_mad:,.0f} MAD per year"
        for name, size, cost_mad in best.itertuples()
    )
