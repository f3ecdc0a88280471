"""Parser of the command line that suggests the command or option that a mistyped one may mean."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from ev2gym_dashboard.core.schema import suggest_name

CHOICE_PATTERN = re.compile(r"invalid choice: '([^']*)'")
OPTION_PATTERN = re.compile(r"(?<!\S)(--[a-z][a-z0-9-]*)", re.IGNORECASE)


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors end in a suggestion."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message with a suggestion, and exit."""
        mistyped = CHOICE_PATTERN.findall(message)
        if message.startswith("unrecognized arguments"):
            mistyped = OPTION_PATTERN.findall(message)
        known = list(_list_names(self))
        guesses = [guess for guess in (suggest_name(name, known) for name in mistyped) if guess]
        super().error(message + (f"; did you mean {', '.join(guesses)}?" if guesses else ""))

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse itself passes over an output that cannot be written.
        (file or sys.stderr).write(message)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse the arguments; an unknown option of a command is an error of that command, with its usage."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            getattr(options, "parser", self).error(f"unrecognized arguments: {' '.join(unknown)}")
        return options


def _list_names(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001 (argparse has no public list of its options)
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices
