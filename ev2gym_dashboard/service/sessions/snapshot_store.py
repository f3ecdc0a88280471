"""Where snapshots are kept: on disk (SQLite), in Redis, or nowhere; a store that fails costs a longer replay."""

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
REDIS_TTL_S = 24 * 3600
FAULT_BACKOFF_S = 5.0
MAX_PENDING_WRITES = 2
OperationResult = TypeVar("OperationResult")
logger = logging.getLogger(__name__)


class SnapshotStore(Protocol):
    """Keeps bytes by the key of a run and a step; may forget them at any time."""

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]: ...

    def get(self, key: str, step: int) -> bytes | None: ...

    def put(self, key: str, step: int, data: bytes) -> None: ...


class NullStore:
    """Keeps nothing."""

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:  # noqa: ARG002
        return []

    def get(self, key: str, step: int) -> bytes | None:  # noqa: ARG002
        return None

    def put(self, key: str, step: int, data: bytes) -> None:
        """Forget it at once."""


class SqliteStore:
    """A file that several processes share; the least recently used goes, of a run with many and of all together."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_STORE_BYTES, now: Callable[[], float] = time.time) -> None:
        self._path, self._max_bytes, self._now = path, max_bytes, now

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        marks = ",".join("?" * len(keys))
        with self._open() as file:
            return file.execute(f"SELECT run, step FROM kept WHERE run IN ({marks})", tuple(keys)).fetchall()  # noqa: S608

    def get(self, key: str, step: int) -> bytes | None:
        with self._open() as file:
            row = file.execute("SELECT data FROM kept WHERE run = ? AND step = ?", (key, step)).fetchone()
            file.execute("UPDATE used SET at = ? WHERE run = ? AND step = ?", (self._now(), key, step))
        return row[0] if row else None

    def put(self, key: str, step: int, data: bytes) -> None:
        with self._open() as file:
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


TABLE_STATEMENTS = (
    "CREATE TABLE IF NOT EXISTS kept (run TEXT, step INTEGER, data BLOB, PRIMARY KEY (run, step))",
    "CREATE TABLE IF NOT EXISTS used (run TEXT, step INTEGER, at REAL, size INTEGER, PRIMARY KEY (run, step))",
)
EVICTION_CONDITION = (
    "(run, step) IN (SELECT run, step FROM (SELECT run, step, SUM(size) OVER (ORDER BY at DESC, run, step) AS so_far "
    "FROM used) WHERE so_far > ?)"
)


def _evict(file: sqlite3.Connection, condition: str, values: tuple[object, ...]) -> None:
    gone = file.execute(f"DELETE FROM used WHERE {condition} RETURNING run, step", values).fetchall()  # noqa: S608
    file.executemany("DELETE FROM kept WHERE run = ? AND step = ?", gone)


class RedisStore:
    """A server that several machines share; what is not used for a day goes, or earlier where its memory is bounded."""

    def __init__(self, url: str) -> None:
        from redis import Redis  # noqa: PLC0415 (an extra)

        self._redis = Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.zrange(_make_index_key(key), 0, -1)
        return [(key, int(step)) for key, steps in zip(keys, pipe.execute(), strict=True) for step in steps]

    def get(self, key: str, step: int) -> bytes | None:
        data = self._redis.getex(_make_snapshot_key(key, step), ex=REDIS_TTL_S)
        return data if isinstance(data, bytes) else None

    def put(self, key: str, step: int, data: bytes) -> None:
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
    """A store whose faults and damages are told to the log and otherwise taken as forgetting; it writes behind."""

    def __init__(self, store: SnapshotStore, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now, self._paused_until = store, now, 0.0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._writes: list[Future[None]] = []

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        return self._attempt(lambda: self._store.list_steps(keys), [])

    def get(self, key: str, step: int) -> bytes | None:
        data = self._attempt(lambda: self._store.get(key, step), None)
        if data is None or data[:32] == hashlib.sha256(data[32:]).digest():
            return data and data[32:]
        logger.warning("a snapshot was damaged and is not used")
        return None

    def put(self, key: str, step: int, data: bytes) -> None:
        """Write after the answer; where writes wait already, this one is left out."""
        self._writes = [write for write in self._writes if not write.done()]
        if len(self._writes) < MAX_PENDING_WRITES:
            self._writes.append(self._writer.submit(self._put, key, step, data))

    def flush(self) -> None:
        """Wait for what is being written."""
        for write in self._writes:
            write.result()

    def _put(self, key: str, step: int, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        self._attempt(lambda: self._store.put(key, step, digest + data), None)

    def _attempt(self, ask: Callable[[], OperationResult], otherwise: OperationResult) -> OperationResult:
        if self._now() < self._paused_until:
            return otherwise
        try:
            return ask()
        except _list_fault_types() as fault:
            self._paused_until = self._now() + FAULT_BACKOFF_S
            logger.warning("snapshots cannot be used for %.0f s: %s", FAULT_BACKOFF_S, fault)
            return otherwise


def open_snapshot_store(environment: Mapping[str, str]) -> ResilientStore:
    """Return the store that the environment names: Redis by its URL, a folder, or ``off``; else the user's cache."""
    if url := environment.get(REDIS_VARIABLE):
        return ResilientStore(RedisStore(url))
    folder = find_state_folder(environment)
    return ResilientStore(NullStore() if folder is None else SqliteStore(folder / SNAPSHOT_FILE_NAME))


def _list_fault_types() -> tuple[type[Exception], ...]:
    if find_spec("redis") is None:
        return sqlite3.Error, OSError
    from redis import RedisError  # noqa: PLC0415 (an extra)

    return sqlite3.Error, OSError, RedisError
