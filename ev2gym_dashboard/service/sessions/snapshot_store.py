"""Snapshot stores: checkpoints, and the blocks of records that they share, on disk (SQLite) or nowhere."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ev2gym_dashboard.service.runtime.sqlite import open_database
from ev2gym_dashboard.service.sessions.record_blocks import NO_BLOCKS, Blocks

BLOCK_STEP, BLOCKS_AT_ONCE = -1, 16
"""The step under which blocks of records are stored, which have none; blocks that one transaction writes."""
SNAPSHOT_FILE_NAME = "snapshots.sqlite3"
MAX_SNAPSHOTS_PER_RUN = 3
MAX_STORE_BYTES = 2**30


class SnapshotStore(Protocol):
    """Storage of checkpoints by the key of a run and a step; it may evict any of them at any time.

    The blocks of records to which a checkpoint refers are stored once for all, by their digest and `BLOCK_STEP`. A put
    writes those that the store lacks, and counts as a use of the others.
    """

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]: ...

    def get(self, key: str, step: int) -> bytes | None: ...

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None: ...

    def remove(self, key: str, step: int) -> None: ...

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]: ...


class NullStore:
    """A store that stores nothing."""

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:  # noqa: ARG002
        return []

    def get(self, key: str, step: int) -> bytes | None:  # noqa: ARG002
        return None

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        """Discard the data."""

    def remove(self, key: str, step: int) -> None:
        """Do nothing: there is nothing."""

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]:  # noqa: ARG002
        return {}


class SqliteStore:
    """A file that several processes share; it evicts by last use, per run and over all runs."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_STORE_BYTES, now: Callable[[], float] = time.time) -> None:
        self._path, self._max_bytes, self._now = path, max_bytes, now

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        placeholders = ",".join("?" * len(keys))
        with self._open() as file:
            return file.execute(f"SELECT run, step FROM kept WHERE run IN ({placeholders})", tuple(keys)).fetchall()  # noqa: S608

    def get(self, key: str, step: int) -> bytes | None:
        with self._open() as file:
            row = file.execute(f"SELECT {DATA} FROM kept WHERE run = ? AND step = ?", (key, step)).fetchone()  # noqa: S608
            file.execute("UPDATE used SET at = ? WHERE run = ? AND step = ?", (self._now(), key, step))
        return row[0] if row else None

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        missing = self._touch_blocks(blocks) if blocks else []
        # A few at once: all blocks of a long run would keep the others from the file for seconds.
        for first in range(0, len(missing), BLOCKS_AT_ONCE):
            with self._begin() as file:
                for digest in missing[first : first + BLOCKS_AT_ONCE]:
                    self._insert(file, digest, BLOCK_STEP, blocks[digest]())
        with self._begin() as file:
            self._insert(file, key, step, data)
            _evict(
                file,
                "run = ? AND step NOT IN (SELECT step FROM used WHERE run = ? ORDER BY at DESC LIMIT ?)",
                (key, key, MAX_SNAPSHOTS_PER_RUN),
            )
            _evict(file, EVICTION_CONDITION, (self._max_bytes,))

    def remove(self, key: str, step: int) -> None:
        with self._begin() as file:
            _evict(file, "run = ? AND step = ?", (key, step))

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]:
        listed = json.dumps(digests)
        with self._open() as file:
            rows = file.execute(f"SELECT run, {DATA} FROM kept WHERE {LISTED_BLOCKS}", (BLOCK_STEP, listed)).fetchall()  # noqa: S608
            file.execute(f"UPDATE used SET at = ? WHERE {LISTED_BLOCKS}", (self._now(), BLOCK_STEP, listed))  # noqa: S608
        return dict(rows)

    def _touch_blocks(self, digests: Iterable[str]) -> list[str]:
        """Note the use of blocks, and return those that are missing."""
        listed = json.dumps(list(digests))
        with self._begin() as file:
            file.execute(f"UPDATE used SET at = ? WHERE {LISTED_BLOCKS}", (self._now(), BLOCK_STEP, listed))  # noqa: S608
            rows = file.execute(f"SELECT run FROM kept WHERE {LISTED_BLOCKS}", (BLOCK_STEP, listed)).fetchall()  # noqa: S608
        known = {digest for (digest,) in rows}
        return [digest for digest in digests if digest not in known]

    def _insert(self, file: sqlite3.Connection, key: str, step: int, data: bytes) -> None:
        file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (key, step, data))
        file.execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?)", (key, step, self._now(), len(data)))

    @contextmanager
    def _begin(self) -> Iterator[sqlite3.Connection]:
        with self._open() as file:
            # The write lock before the first read: asked for later it can be refused at once, without a wait.
            file.execute("BEGIN IMMEDIATE")
            yield file

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return open_database(self._path, TABLE_STATEMENTS)


# Two tables, because every read notes its time: in one table that would write the whole checkpoint again, and summing
# the sizes would read all of them.
TABLE_STATEMENTS = (
    "CREATE TABLE IF NOT EXISTS kept (run TEXT, step INTEGER, data BLOB, PRIMARY KEY (run, step))",
    "CREATE TABLE IF NOT EXISTS used (run TEXT, step INTEGER, at REAL, size INTEGER, PRIMARY KEY (run, step))",
)
# A changed byte can make a text of bytes, whose digest is then checked like that of any others.
DATA = "IFNULL(CAST(data AS BLOB), x'')"
# One parameter for any number of digests.
LISTED_BLOCKS = "step = ? AND run IN (SELECT value FROM json_each(?))"
# The window sums the sizes from the most recent use to the oldest: rows past the bound are those to evict. Run and step
# break ties, so that rows of one time do not get one sum and go together.
EVICTION_CONDITION = (
    "(run, step) IN (SELECT run, step FROM (SELECT run, step, SUM(size) OVER (ORDER BY at DESC, run, step) AS so_far "
    "FROM used) WHERE so_far > ?)"
)


def _evict(file: sqlite3.Connection, condition: str, values: tuple[object, ...]) -> None:
    evicted = file.execute(f"DELETE FROM used WHERE {condition} RETURNING run, step", values).fetchall()  # noqa: S608
    file.executemany("DELETE FROM kept WHERE run = ? AND step = ?", evicted)
