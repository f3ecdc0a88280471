"""Snapshot stores: checkpoints on disk (SQLite), in Redis or nowhere; a fault costs a longer replay, never a run."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypeVar

from ev2gym_dashboard.service.runtime.settings import REDIS_VARIABLE, find_state_folder
from ev2gym_dashboard.service.runtime.sqlite import open_database

SNAPSHOT_FILE_NAME = "snapshots.sqlite3"
MAX_SNAPSHOTS_PER_RUN = 3
MAX_STORE_BYTES = 2**30
REDIS_TIMEOUT_S = 0.25
"""The longest wait of a request for a server that does not respond."""
REDIS_TTL_S = 24 * 3600
FAULT_BACKOFF_S = 5.0
MAX_PENDING_WRITES = 2
OperationResult = TypeVar("OperationResult")
logger = logging.getLogger(__name__)


class SnapshotStore(Protocol):
    """Storage of checkpoints by the key of a run and a step; it may evict any of them at any time."""

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]: ...

    def get(self, key: str, step: int) -> bytes | None: ...

    def put(self, key: str, step: int, data: bytes) -> None: ...


class NullStore:
    """A store that stores nothing."""

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:  # noqa: ARG002
        return []

    def get(self, key: str, step: int) -> bytes | None:  # noqa: ARG002
        return None

    def put(self, key: str, step: int, data: bytes) -> None:
        """Discard the data."""


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
            row = file.execute("SELECT data FROM kept WHERE run = ? AND step = ?", (key, step)).fetchone()
            file.execute("UPDATE used SET at = ? WHERE run = ? AND step = ?", (self._now(), key, step))
        return row[0] if row else None

    def put(self, key: str, step: int, data: bytes) -> None:
        with self._open() as file:
            # The write lock before the first read: asked for later it can be refused at once, without a wait.
            file.execute("BEGIN IMMEDIATE")
            file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (key, step, data))
            file.execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?)", (key, step, self._now(), len(data)))
            _evict(
                file,
                "run = ? AND step NOT IN (SELECT step FROM used WHERE run = ? ORDER BY at DESC LIMIT ?)",
                (key, key, MAX_SNAPSHOTS_PER_RUN),
            )
            _evict(file, EVICTION_CONDITION, (self._max_bytes,))

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return open_database(self._path, TABLE_STATEMENTS)


# Two tables, because every read notes its time: in one table that would write the whole checkpoint again, and summing
# the sizes would read all of them.
TABLE_STATEMENTS = (
    "CREATE TABLE IF NOT EXISTS kept (run TEXT, step INTEGER, data BLOB, PRIMARY KEY (run, step))",
    "CREATE TABLE IF NOT EXISTS used (run TEXT, step INTEGER, at REAL, size INTEGER, PRIMARY KEY (run, step))",
)
# The window sums the sizes from the most recent use to the oldest: rows past the bound are those to evict. Run and step
# break ties, so that rows of one time do not get one sum and go together.
EVICTION_CONDITION = (
    "(run, step) IN (SELECT run, step FROM (SELECT run, step, SUM(size) OVER (ORDER BY at DESC, run, step) AS so_far "
    "FROM used) WHERE so_far > ?)"
)


def _evict(file: sqlite3.Connection, condition: str, values: tuple[object, ...]) -> None:
    evicted = file.execute(f"DELETE FROM used WHERE {condition} RETURNING run, step", values).fetchall()  # noqa: S608
    file.executemany("DELETE FROM kept WHERE run = ? AND step = ?", evicted)


class RedisStore:
    """A server that several machines share; it drops checkpoints after a day without use, or if its memory is full."""

    def __init__(self, url: str) -> None:
        from redis import Redis  # noqa: PLC0415 (an extra)

        self._redis = Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        # One round trip for all keys: a run with many changes has as many.
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.zrange(_make_index_key(key), 0, -1)
        return [(key, int(step)) for key, steps in zip(keys, pipe.execute(), strict=True) for step in steps]

    def get(self, key: str, step: int) -> bytes | None:
        # The read starts the time to live again.
        data = self._redis.getex(_make_snapshot_key(key, step), ex=REDIS_TTL_S)
        return data if isinstance(data, bytes) else None

    def put(self, key: str, step: int, data: bytes) -> None:
        # The index is sorted by time: all but the newest go, so that with the new one there are as many as allowed.
        oldest = self._redis.zrange(_make_index_key(key), 0, -MAX_SNAPSHOTS_PER_RUN)
        pipe = self._redis.pipeline()
        for old in map(int, oldest):  # type: ignore[arg-type]
            pipe.zrem(_make_index_key(key), str(old))
            pipe.delete(_make_snapshot_key(key, old))
        pipe.set(_make_snapshot_key(key, step), data, ex=REDIS_TTL_S)
        pipe.zadd(_make_index_key(key), {str(step): time.time()})
        pipe.expire(_make_index_key(key), REDIS_TTL_S)
        pipe.execute()


def _make_index_key(key: str) -> str:
    return f"ev2gym-dashboard:{key}"


def _make_snapshot_key(key: str, step: int) -> str:
    return f"ev2gym-dashboard:{key}:{step}"


class ResilientStore:
    """A store that logs faults and damage of another one and treats them as evictions; it writes in the background."""

    def __init__(self, store: SnapshotStore, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now, self._paused_until = store, now, 0.0
        # One thread: writes of a run stay in their order, and two of them would only wait for the lock of the file.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._writes: list[Future[None]] = []

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        return self._attempt(lambda: self._store.list_steps(keys), [])

    def get(self, key: str, step: int) -> bytes | None:
        data = self._attempt(lambda: self._store.get(key, step), None)
        # Others may write to the store too, and damaged bytes could decode to another run.
        if data is None or data[:32] == hashlib.sha256(data[32:]).digest():
            return data and data[32:]
        logger.warning("a damaged snapshot was ignored")
        return None

    def put(self, key: str, step: int, data: bytes) -> None:
        """Write in the background; skip the write if `MAX_PENDING_WRITES` are pending."""
        # Pending checkpoints are megabytes each: a slow store must not fill the memory with them.
        self._writes = [write for write in self._writes if not write.done()]
        if len(self._writes) < MAX_PENDING_WRITES:
            self._writes.append(self._writer.submit(self._put, key, step, data))

    def flush(self) -> None:
        """Wait for the pending writes."""
        for write in self._writes:
            write.result()

    def _put(self, key: str, step: int, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        self._attempt(lambda: self._store.put(key, step, digest + data), None)

    def _attempt(self, operation: Callable[[], OperationResult], default: OperationResult) -> OperationResult:
        # After a fault the store is left alone for a while: each request would wait for its timeout.
        if self._now() < self._paused_until:
            return default
        try:
            return operation()
        except _list_fault_types() as fault:
            self._paused_until = self._now() + FAULT_BACKOFF_S
            logger.warning("snapshot store disabled for %.0f s: %s", FAULT_BACKOFF_S, fault)
            return default


def open_snapshot_store(environment: Mapping[str, str]) -> ResilientStore:
    """Return the store of the environment: Redis, a folder or none; by default a folder in the user's cache."""
    if url := environment.get(REDIS_VARIABLE):
        return ResilientStore(RedisStore(url))
    folder = find_state_folder(environment)
    return ResilientStore(NullStore() if folder is None else SqliteStore(folder / SNAPSHOT_FILE_NAME))


def _list_fault_types() -> tuple[type[Exception], ...]:
    if find_spec("redis") is None:
        return sqlite3.Error, OSError
    from redis import RedisError  # noqa: PLC0415 (an extra)

    return sqlite3.Error, OSError, RedisError
