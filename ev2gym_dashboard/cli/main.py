"""Reads the command line and hands it to a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.metadata import version

from ev2gym_dashboard.cli import serve, sweep

COMMANDS: tuple[Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None], ...] = (
    serve.add,
    sweep.add,
)
"""One function per command, which adds its parser; in the order of ``--help``."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parser().parse_args(arguments)
    options.run(options)


def parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    top = argparse.ArgumentParser(prog="ev2gym-dashboard", description="V2G and G2V of a fleet of EV2Gym vehicles.")
    top.add_argument("--version", action="version", version=version("ev2gym-dashboard"))
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    return top
