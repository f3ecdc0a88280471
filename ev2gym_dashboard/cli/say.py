"""What the commands say, and how they end."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tqdm import tqdm

from ev2gym_dashboard.service.reports.bundle import safe_text

FAILED, WRONG, STOPPED = 1, 2, 130
"""Exit codes: asked rightly and failed, asked wrongly, interrupted."""

Rows = Sequence[Mapping[str, Any]]


def fail(message: str, code: int = WRONG) -> NoReturn:
    """Say what to do on the error output, and end."""
    print(message, file=sys.stderr)
    raise SystemExit(code)


def print_rows(rows: Rows) -> None:
    """Print rows of the same columns as CSV."""
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: safe_text(value) for name, value in row.items()} for row in rows])


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """Show how far something is, on a terminal; say nothing into a pipe."""
    form = "{desc}: {percentage:3.0f} % |{bar}| {elapsed} < {remaining}"
    with tqdm(total=1.0, desc=what, file=sys.stderr, disable=not sys.stderr.isatty(), bar_format=form) as bar:

        def tell(share: float) -> None:
            bar.update(share - bar.n)

        yield tell
