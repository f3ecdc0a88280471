"""Command ``optimum``: what no strategy can be below, and a plan with perfect foresight."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from ev2gym_dashboard.cli.options import add_scenario_options, build_scenario, convert_number, format_option
from ev2gym_dashboard.cli.output import print_json, print_rows
from ev2gym_dashboard.core.optimum.objective import Objective
from ev2gym_dashboard.service.optimum.optimum import TIME_LIMIT_S, TOLERANCE, Optimum, find_optimum

PRICE_HELP = {
    "wear_mad_kwh": "wear per kWh given back, MAD/kWh (default: the scenario's cyclic wear)",
    "owed_mad_kwh": "value of energy in the batteries at the end, MAD/kWh (default: its purchase)",
    "calendar_share": "share of the calendar wear that counts, 0 to 1 (default 0)",
    "co2_mad_t": "price of CO2, MAD/t (default 0)",
    "peak_mad_kw": "price of the highest net load, beyond the demand charge, MAD/kW (default 0)",
}
OPTIMUM_EXAMPLES = """examples:
  ev2gym-dashboard optimum --tariff bt_bi_horaire --days 2 --fleet-size 500
  ev2gym-dashboard optimum site.toml --wear-mad-kwh 0.4 --peak-mad-kw 20 --json

The plan knows all arrivals of the run, which no strategy in service can. Its objective is that of its run in the
engine; no strategy is below the bound on the same arrivals (docs/optimum.md).
"""


def add_optimum(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "optimum",
        help="find what no strategy can be below, and a plan with perfect foresight",
        usage="ev2gym-dashboard optimum [SCENARIO] [--tolerance X] [--time-limit S] [--json] [OPTIONS]",
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
    for name, text in PRICE_HELP.items():
        parser.add_argument(format_option(name), metavar="PRICE", help=text)
    add_scenario_options(parser)
    parser.set_defaults(run=_print_optimum)


def _print_optimum(options: argparse.Namespace) -> None:
    scenario = build_scenario(options, options.file)
    given = {name: value for name in PRICE_HELP if (value := getattr(options, name)) is not None}
    # What is no number stays a text, which the check of the prices reports with all others.
    prices = {name: convert_number(value) for name, value in given.items()}
    tolerance, time_limit_s = convert_number(options.tolerance), convert_number(options.time_limit)
    found = find_optimum(scenario, prices=prices, tolerance=tolerance, time_limit_s=time_limit_s)  # type: ignore[arg-type]
    summary = summarize_optimum(found)
    if options.json:
        print_json({**summary, "shadow_price_mad_kwh": found.shadow_price_mad_kwh.tolist()})
        return
    print_rows([summary])
    print(format_optimum(found), file=sys.stderr)


def summarize_optimum(found: Optimum) -> dict[str, float | str]:
    """Return the figures of an optimum by name."""
    prices = {field.name: float(getattr(found.objective, field.name)) for field in fields(Objective)}
    return {
        "status": found.status,
        "bound_mad": found.bound_mad,
        "objective_mad": found.objective_mad,
        "gap": found.gap,
        "model_gap": found.model_gap,
        "overload_kwh": found.overload_kwh,
        **prices,
    }


def format_optimum(found: Optimum) -> str:
    """Return the optimum in a sentence."""
    return (
        f"No strategy is below {found.bound_mad:,.2f} MAD on these arrivals; the plan, run by the engine, costs "
        f"{found.objective_mad:,.2f} MAD, at most {100.0 * found.gap:.2f} % above the optimum ({found.status})."
    )
