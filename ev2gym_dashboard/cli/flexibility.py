"""Command ``flexibility``: the power up and down that a fleet can promise at each hour of a day."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ev2gym_dashboard.cli.compare import PROCESS_COUNT, open_worker_pool, parse_count
from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number, format_help
from ev2gym_dashboard.cli.output import print_json, print_rows, show_progress
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.comparison.flexibility import (
    CONFIDENCE,
    SEED_COUNT,
    USUAL_DURATIONS_H,
    Flexibility,
    check_flexibility,
    compute_flexibility,
)
from ev2gym_dashboard.service.reports.bundle import replace_nan

FLEXIBILITY_EXAMPLES = """examples:
  ev2gym-dashboard flexibility --fleet-size 200 --strategy price
  ev2gym-dashboard flexibility site.toml --durations 0.5,2 --seeds 40 --confidence 0.9 --json

A row per hour of the first day, direction and duration: the change of the fleet's power that can be promised, how many
of the runs that keep it do so, the energy that it leaves unserved, and its cost (docs/optimum.md#flexibility).
"""
OPTION_NAMES = {"durations_h": "--durations", "confidence": "--confidence", "seeds": "--seeds"}


def add_flexibility(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "flexibility",
        help="find how much more and less power a fleet can promise at each hour of a day",
        usage="ev2gym-dashboard flexibility [SCENARIO] [--durations A,B,...] [--confidence X] [--seeds N] "
        "[--workers N] [--json] [OPTIONS]",
        description="Compute the power up and down that a fleet can promise at each hour of a day, and its cost.",
        epilog=FLEXIBILITY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    usual = ",".join(f"{hours:g}" for hours in USUAL_DURATIONS_H)
    parser.add_argument("file", metavar="SCENARIO", nargs="?", type=Path, help="scenario as a TOML file")
    parser.add_argument(
        "--durations",
        metavar="A,B,...",
        help=f"hours for which a promise is kept (default: those of {usual} that are whole steps)",
    )
    parser.add_argument("--confidence", metavar="X", default=str(CONFIDENCE.default), help=format_help(CONFIDENCE))
    parser.add_argument("--seeds", metavar="N", default=str(SEED_COUNT.default), help=format_help(SEED_COUNT))
    parser.add_argument("--workers", metavar="N", default="1", help=f"{PROCESS_COUNT.about} (default 1)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    add_scenario_options(parser)
    parser.set_defaults(run=_print_flexibility)


def _print_flexibility(options: argparse.Namespace) -> None:
    workers = parse_count("--workers", options.workers, PROCESS_COUNT)
    confidence, seeds = convert_number(options.confidence), convert_number(options.seeds)
    texts = options.durations.split(",") if options.durations is not None else [str(h) for h in USUAL_DURATIONS_H]
    durations_h: list[Any] = [convert_number(text.strip()) for text in texts]
    scenario = build_scenario(options, options.file, others=_rename(check_flexibility(durations_h, confidence, seeds)))
    with open_worker_pool(max(workers, 1)) as pool, show_progress("flexibility") as report_progress:
        found = compute_flexibility(
            scenario,
            durations_h=durations_h if options.durations is not None else None,
            confidence=float(str(confidence)),
            seeds=int(str(seeds)),
            workers=pool,
            progress=report_progress,
        )
    rows = [replace_nan(row) for row in found.table.to_dict(orient="records")]
    if options.json:
        print_json({"confidence": found.confidence, "seeds": found.seeds, "hours": rows})
        return
    print_rows(rows)
    print(format_flexibility(found), file=sys.stderr)


def _rename(issues: list[Issue]) -> list[Issue]:
    return [replace(issue, field=OPTION_NAMES[issue.field]) for issue in issues]


def format_flexibility(found: Flexibility) -> str:
    """Return the range of the promises over the day, a line per direction and duration."""
    lines = []
    for (direction, hours), group in found.table.groupby(["direction", "duration_h"], sort=False):
        rows = sorted(group.to_dict(orient="records"), key=lambda row: float(row["promised_kw"]))
        low, high = (f"{row['promised_kw']:,.1f} kW from {row['time']}" for row in (rows[0], rows[-1]))
        lines.append(f"{direction}, {hours:g} h: {low} to {high} (UTC)")
    return "\n".join(lines)
