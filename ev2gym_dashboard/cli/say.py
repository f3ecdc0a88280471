"""What the commands say, and how they end."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tqdm import tqdm

from ev2gym_dashboard.service.reports.bundle import escape_formula

EXIT_FAILURE, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
"""Exit codes: asked rightly and failed, asked wrongly, interrupted."""

TableRows = Sequence[Mapping[str, Any]]


def exit_with_error(message: str, code: int = EXIT_USAGE) -> NoReturn:
    """Say what to do on the error output, and end."""
    print(message, file=sys.stderr)
    raise SystemExit(code)


def print_rows(rows: TableRows) -> None:
    """Print rows of the same columns as CSV."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: escape_formula(value) for name, value in row.items()} for row in rows])


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[float], None]]:
    """Show how far something is, on a terminal; say nothing into a pipe."""
    form = "{desc}: {percentage:3.0f} % |{bar}| {elapsed} < {remaining}"
    with tqdm(total=1.0, desc=what, file=sys.stderr, disable=not sys.stderr.isatty(), bar_format=form) as bar:

        def tell(share: float) -> None:
            bar.update(share - bar.n)

        yield tell
