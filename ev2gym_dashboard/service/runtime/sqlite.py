"""SQLite files that several processes share; a damaged file is removed, so that the next call creates a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

DEFAULT_LOCK_TIMEOUT_S = 1.0
DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def open_database(
    path: Path, tables: Iterable[str], *, lock_timeout_s: float = DEFAULT_LOCK_TIMEOUT_S
) -> Iterator[sqlite3.Connection]:
    """Open a file for one transaction, and create its tables if it is new."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _remove_if_damaged(path), closing(sqlite3.connect(path, timeout=lock_timeout_s)) as connection:
        # In WAL mode readers and the writer do not block each other.
        connection.execute("PRAGMA journal_mode = WAL")
        # No fsync per commit: a power cut may lose the last commits, but does not damage a WAL file.
        connection.execute("PRAGMA synchronous = NORMAL")
        for table in tables:
            connection.execute(table)
        with connection:
            yield connection


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file in a folder that cannot be written, where SQLite's own way needs files beside it."""
    # Without a log nobody is writing; with one, SQLite reads the commits that it holds, or refuses.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as connection:
        yield connection


@contextmanager
def _remove_if_damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as fault:
        # A locked file is in order, and so is one that refuses a value: too long, of a wrong type, or twice.
        # The lower byte of an extended code is its class.
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in DAMAGE_CODES:
            path.unlink(missing_ok=True)
        raise
