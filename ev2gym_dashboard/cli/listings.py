"""Commands ``catalogs`` and ``strategies``: list vehicle models, strategies and parameters."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ev2gym_dashboard.cli.options import add_strategy_file_option
from ev2gym_dashboard.cli.output import exit_with_error, print_json, print_rows
from ev2gym_dashboard.core.schema import ValidationError, check_key
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.reports.listings import list_model_rows, list_parameter_rows, list_strategies
from ev2gym_dashboard.strategies import STRATEGIES

CATALOGS_EXAMPLES = """examples:
  ev2gym-dashboard catalogs
  ev2gym-dashboard catalogs 2023 --json
"""
STRATEGIES_EXAMPLES = """examples:
  ev2gym-dashboard strategies
  ev2gym-dashboard strategies --json

Set a parameter by its name: ev2gym-dashboard simulate --strategy price --param price.v2g_min_soc=0.7
"""


def add_catalogs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``catalogs``."""
    parser = commands.add_parser(
        "catalogs",
        help="list the vehicle models of the catalogs",
        description="List the vehicle models of the catalogs, one per row.",
        epilog=CATALOGS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("keys", metavar="CATALOG", nargs="*", help=f"one of {', '.join(CATALOGS)}; default all")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    parser.set_defaults(run=_print_catalogs)


def add_strategies(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``strategies``."""
    parser = commands.add_parser(
        "strategies",
        help="list the strategies and their parameters",
        description="List the strategies and their parameters, one parameter per row.",
        epilog=STRATEGIES_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON, including the rules, instead of CSV")
    add_strategy_file_option(parser)
    parser.set_defaults(run=_print_strategies)


def _print_catalogs(options: argparse.Namespace) -> None:
    issues = [issue for key in options.keys for issue in check_key("CATALOG", key, CATALOGS)]
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    try:
        rows = [row for key in options.keys or CATALOGS for row in list_model_rows(key)]
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    (print_json if options.json else print_rows)(rows)


def _print_strategies(options: argparse.Namespace) -> None:
    # The list is of use without the plug-ins that failed, and says so where it does not end up in a pipe.
    for error in STRATEGIES.errors.values():
        print(error, file=sys.stderr)
    if options.json:
        print_json(list_strategies())
    else:
        print_rows([row for key in STRATEGIES for row in list_parameter_rows(key) or [_make_empty_row(key)]])


def _make_empty_row(key: str) -> dict[str, Any]:
    return {"strategy": key, "parameter": "", "default": "", "unit": "", "low": "", "high": "", "about": ""}
