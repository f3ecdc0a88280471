"""Atomic file: a file that is written whole, or left as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".unfinished"


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield the path of an unfinished file beside ``path``, which it replaces once it is written without an error.

    A process that is killed, or a disk that is full, leaves the former file. A link stays a link to the file, and what
    is no file, such as a pipe, is written directly.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{SUFFIX}")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files of killed processes from a folder that nobody else writes to."""
    for path in folder.glob(f".*{SUFFIX}"):
        path.unlink(missing_ok=True)
