"""Opens a file of tables that several processes share; one that is damaged is removed, so that a new one is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

DEFAULT_LOCK_TIMEOUT_S = 1.0


@contextmanager
def open_database(
    path: Path, tables: Iterable[str], *, wait_s: float = DEFAULT_LOCK_TIMEOUT_S
) -> Iterator[sqlite3.Connection]:
    """Open the file within one transaction."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _remove_if_damaged(path), closing(sqlite3.connect(path, timeout=wait_s)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        for table in tables:
            file.execute(table)
        with file:
            yield file


@contextmanager
def _remove_if_damaged(path: Path) -> Iterator[None]:
    """Remove a file that is damaged, so that the next call makes a new one."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        raise
