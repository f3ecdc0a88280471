"""Parser of the command line, and dispatch to the commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from ev2gym_dashboard.cli import (
    bidirectional,
    compare,
    flexibility,
    listings,
    optimum,
    serve,
    simulate,
    sizing,
    sweep,
    tariffs,
    validate,
)
from ev2gym_dashboard.cli.command_parser import CommandParser
from ev2gym_dashboard.cli.output import EXIT_CODES_HELP, EXIT_FAILURE, EXIT_INTERRUPTED, exit_with_error
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file

COMMANDS: tuple[Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None], ...] = (
    serve.add_serve,
    simulate.add_simulate,
    compare.add_compare,
    bidirectional.add_bidirectional,
    optimum.add_optimum,
    sizing.add_sizing,
    flexibility.add_flexibility,
    sweep.add_sweep,
    validate.add_validate,
    listings.add_catalogs,
    listings.add_strategies,
    tariffs.add_tariffs,
)
"""Functions that add the parser of a command, in the order of ``--help``."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line."""
    options = _build_checked_parser().parse_args(arguments)
    try:
        load_strategy_files(tuple(map(read_strategy_file, getattr(options, "strategy_file", ()))))
        options.run(options)
        sys.stdout.flush()
    except StrategyError as error:
        exit_with_error("\n".join(map(str, error.issues)), EXIT_FAILURE)
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    except KeyboardInterrupt:
        exit_with_error("Stopped.", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of the pipe has closed it; the final flush of Python must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_FAILURE) from None


def _build_checked_parser() -> argparse.ArgumentParser:
    # The options list the tariffs of the data folder, which a user may have edited.
    try:
        return build_parser()
    except ValidationError as invalid:
        issues = "\n".join(f"  {issue}" for issue in invalid.issues)
        exit_with_error(f"A file of the data folder is invalid; correct it or remove it:\n{issues}")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all commands."""
    top = CommandParser(
        prog="ev2gym-dashboard",
        description="Simulate G2V and V2G of a fleet of EV2Gym vehicles.",
        epilog=EXIT_CODES_HELP,
    )
    top.add_argument("--version", action="version", version=version("ev2gym-dashboard"))
    commands: Any = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    for parser in commands.choices.values():
        parser.set_defaults(parser=parser)
    return top
