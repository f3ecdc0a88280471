"""Parser of the command line, and dispatch to the commands."""

from __future__ import annotations

import argparse
import atexit
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any, NoReturn

from ev2gym_dashboard.cli import (
    bidirectional,
    compare,
    flexibility,
    listings,
    optimum,
    publish,
    serve,
    simulate,
    sizing,
    sweep,
    tariffs,
    validate,
)
from ev2gym_dashboard.cli.command_parser import CommandParser
from ev2gym_dashboard.cli.output import (
    EXIT_CLOSED_PIPE,
    EXIT_CODES_HELP,
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    STOPPED_CODES,
    exit_with_error,
)
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.environment import check_shared_variables
from ev2gym_dashboard.service.runtime.settings import list_unknown_variables
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
    publish.add_publish,
    validate.add_validate,
    listings.add_catalogs,
    listings.add_strategies,
    tariffs.add_tariffs,
)
"""Functions that add the parser of a command, in the order of ``--help``."""


def run() -> None:
    """Run the command line as a program; one that is stopped ends here, with its files and processes in order.

    At the end of Python, threads of C++ libraries that were in the midst of something have aborted the program, with
    another exit code and a line on standard error.
    """
    if (code := _run_until_stopped()) is not None:
        atexit._run_exitfuncs()  # noqa: SLF001 (semaphores of processes are released there)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)


def _run_until_stopped() -> int | None:
    """Return the exit code of a command that was stopped, once its exception no longer holds any pool of processes."""
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int) or end.code not in STOPPED_CODES:
            raise
        return end.code
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line."""
    _prepare_streams()
    previous = signal.signal(signal.SIGTERM, _stop_terminated)
    try:
        _run(arguments)
        # Here, because a flush that fails at the end of Python gives a traceback.
        sys.stdout.flush()
    except StrategyError as error:
        exit_with_error("\n".join(map(str, error.issues)), EXIT_FAILURE)
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    except KeyboardInterrupt:
        exit_with_error("Stopped.", EXIT_INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        raise SystemExit(EXIT_CLOSED_PIPE) from None
    except OSError as error:
        _drop_output()
        exit_with_error(f"{error.filename or 'The output'}: {error.strerror or error}", EXIT_FAILURE)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(arguments: Sequence[str] | None) -> None:
    try:
        _check_environment()
        options = _build_checked_parser().parse_args(arguments)
        load_strategy_files(tuple(map(read_strategy_file, getattr(options, "strategy_file", ()))))
        options.run(options)
    except SystemExit as end:
        # Also of --help, which has printed.
        if end.code in {0, None}:
            sys.stdout.flush()
        raise


def _check_environment() -> None:
    # Told, and not refused: Kubernetes sets such names for a service that is called like the package.
    for issue in list_unknown_variables(os.environ):
        print(issue, file=sys.stderr)
    if issues := check_shared_variables(os.environ):
        raise ValidationError(issues)


def _prepare_streams() -> None:
    # A service may have closed them, and a terminal may lack a character.
    sys.stdout = sys.stdout or _open_nothing()
    sys.stderr = sys.stderr or _open_nothing()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _open_nothing() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 (it stays open)


def _drop_output() -> None:
    """Drop the output that cannot be written; the final flush of Python would try it again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop_terminated(signal_number: int, _: object) -> NoReturn:  # noqa: ARG001
    # By the same way as an error: unfinished files are removed, and processes end.
    raise SystemExit(EXIT_TERMINATED)


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
