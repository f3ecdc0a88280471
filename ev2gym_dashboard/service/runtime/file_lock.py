"""File lock: one process at a time, on any system, released even if its process is killed."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class AlreadyLocked(RuntimeError):
    """Another process, or another caller in this one, holds the lock."""


@contextmanager
def lock_file(path: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of a file, which is created if it is missing, and stays.

    Raises
    ------
    AlreadyLocked
        If somebody else holds it, and still does after ``wait_s`` seconds.
    OSError
        If the file cannot be written.
    """
    # SQLite locks files on every system; fcntl is missing on Windows. An empty file is an empty database.
    with closing(_connect(path, wait_s)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise AlreadyLocked(str(path)) from None
            raise _make_os_error(path) from None
        yield


def _connect(path: Path, wait_s: float) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=wait_s, isolation_level=None)
    except sqlite3.OperationalError:
        raise _make_os_error(path) from None


def _make_os_error(path: Path) -> OSError:
    return OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
