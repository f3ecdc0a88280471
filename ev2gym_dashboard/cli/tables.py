"""``catalogs`` and ``strategies``: what there is to choose from, and what can be set of it."""

from __future__ import annotations

import argparse
from typing import Any

from ev2gym_dashboard.cli.say import exit_with_error, print_json, print_rows
from ev2gym_dashboard.core.schema import ValidationError, check_key
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog
from ev2gym_dashboard.service.simulation.model_table import build_spec_columns
from ev2gym_dashboard.strategies import STRATEGIES

CATALOGS_EXAMPLES = """examples:
  ev2gym-dashboard catalogs
  ev2gym-dashboard catalogs 2023 --json
"""
STRATEGIES_EXAMPLES = """examples:
  ev2gym-dashboard strategies
  ev2gym-dashboard strategies --json

A parameter is set by its name: ev2gym-dashboard simulate --strategy price --param price.v2g_min_soc=0.7
"""


def add_catalogs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``catalogs``."""
    parser = commands.add_parser(
        "catalogs",
        help="list the vehicle models of the catalogs",
        description="List the vehicle models of the catalogs, a row each.",
        epilog=CATALOGS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("keys", metavar="CATALOG", nargs="*", help=f"of {', '.join(CATALOGS)}; all without any")
    parser.add_argument("--json", action="store_true", help="print JSON instead of CSV")
    parser.set_defaults(run=_print_catalogs)


def add_strategies(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``strategies``."""
    parser = commands.add_parser(
        "strategies",
        help="list the strategies and their parameters",
        description="List the strategies and their parameters, a row each.",
        epilog=STRATEGIES_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with the rules, instead of CSV")
    parser.set_defaults(run=_print_strategies)


def _print_catalogs(options: argparse.Namespace) -> None:
    issues = [issue for key in options.keys for issue in check_key("CATALOG", key, CATALOGS)]
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    try:
        rows = [row for key in options.keys or CATALOGS for row in list_model_rows(key)]
    except ValidationError as wrong:
        exit_with_error("\n".join(map(str, wrong.issues)))
    (print_json if options.json else print_rows)(rows)


def list_model_rows(key: str) -> list[dict[str, Any]]:
    """Return the models of a catalog, a row each."""
    loaded = load_catalog(key)
    catalog = loaded.catalog
    columns = build_spec_columns(catalog)
    values = zip(*(array.tolist() for array in columns.values()), strict=True)
    about = {"catalog": key, "files": " + ".join(loaded.source)}
    return [
        about | {"model": name} | dict(zip(columns, row, strict=True))
        for name, row in zip(catalog.names, values, strict=True)
    ]


def _print_strategies(options: argparse.Namespace) -> None:
    if options.json:
        print_json(
            [
                {"key": s.key, "name": s.name, "rule": format_rule(s.key), "params": list_parameter_rows(s.key)}
                for s in STRATEGIES.values()
            ]
        )
    else:
        print_rows([row for key in STRATEGIES for row in list_parameter_rows(key) or [_make_empty_row(key)]])


def format_rule(key: str) -> str:
    """Return the rule of a strategy in a sentence, with its defaults."""
    chosen = STRATEGIES[key]
    return chosen.rule.format(**{name: f"{what.default:g}" for name, what in chosen.quantities.items()})


def list_parameter_rows(key: str) -> list[dict[str, Any]]:
    """Return the parameters of a strategy that can be set, a row each."""
    return [
        {
            "strategy": key,
            "parameter": f"{key}.{name}",
            "default": what.default,
            "unit": what.unit,
            "low": what.low,
            "high": what.high,
            "about": what.about,
        }
        for name, what in STRATEGIES[key].quantities.items()
        if what.low < what.high
    ]


def _make_empty_row(key: str) -> dict[str, Any]:
    return {"strategy": key, "parameter": "", "default": "", "unit": "", "low": "", "high": "", "about": ""}
