"""Output of the commands: CSV, JSON, progress bars, error messages and exit codes."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tqdm import tqdm

from ev2gym_dashboard.service.reports.bundle import escape_formula

EXIT_FAILURE, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_CLOSED_PIPE, EXIT_TERMINATED = 1, 2, 130, 141, 143
STOPPED_CODES = (EXIT_INTERRUPTED, EXIT_CLOSED_PIPE, EXIT_TERMINATED)
EXIT_CODES_HELP = (
    "Exit codes: 0: success; 1: runtime failure; 2: usage error; 130: interrupted; 141: the reader of the output has "
    "closed it; 143: terminated."
)

TableRows = Sequence[Mapping[str, Any]]


def exit_with_error(message: str, code: int = EXIT_USAGE) -> NoReturn:
    """Print a message to standard error and exit."""
    print(message, file=sys.stderr)
    raise SystemExit(code)


def print_rows(rows: TableRows) -> None:
    """Print rows with the same columns as CSV."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: escape_formula(value) for name, value in row.items()} for row in rows])


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def show_progress(description: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar on a terminal; yield the function that updates it, with the share that is done."""
    bar_format = "{desc}: {percentage:3.0f} % |{bar}| {elapsed} < {remaining}"
    # Nothing is shown in a pipe, where a bar would be a line of control characters.
    with tqdm(
        total=1.0, desc=description, file=sys.stderr, disable=not sys.stderr.isatty(), bar_format=bar_format
    ) as bar:

        def update_share(share: float) -> None:
            bar.update(share - bar.n)

        yield update_share
