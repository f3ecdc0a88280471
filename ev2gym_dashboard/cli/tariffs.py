"""Command ``tariffs``: list the tariffs, or write one of them in the format of a tariff file."""

from __future__ import annotations

import argparse

import tomli_w

from ev2gym_dashboard.cli.output import exit_with_error, print_rows
from ev2gym_dashboard.core.schema import check_key
from ev2gym_dashboard.core.site.tariff_text import format_tariff
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

TARIFFS_EXAMPLES = """examples:
  ev2gym-dashboard tariffs
  ev2gym-dashboard tariffs mt_general > mine.toml

The second one writes a tariff of ONEE as a start for your own (docs/tariffs.md); its pay for export, which depends on
fields of the scenario, is not part of it. Use the file by --tariff-file mine.toml.
"""


def add_tariffs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "tariffs",
        help="list the tariffs, or print one as a tariff file",
        description="List the tariffs, one per row, or print one of them as a tariff file in TOML.",
        epilog=TARIFFS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("key", metavar="TARIFF", nargs="?", help="key of the tariff to print")
    parser.set_defaults(run=_print_tariffs)


def _print_tariffs(options: argparse.Namespace) -> None:
    tariffs = load_tariffs()
    if options.key is None:
        print_rows(
            [
                {
                    "tariff": tariff.key,
                    "name": tariff.name,
                    "lowest_mad_kwh": tariff.lowest_mad_kwh,
                    "highest_mad_kwh": tariff.highest_mad_kwh,
                    "fixed_mad_per_kva_year": tariff.fixed_mad_per_kva_year,
                }
                for tariff in tariffs.values()
            ]
        )
        return
    issues = check_key("TARIFF", options.key, tariffs)
    if issues:
        exit_with_error("\n".join(map(str, issues)))
    print(tomli_w.dumps(format_tariff(tariffs[options.key])), end="")
