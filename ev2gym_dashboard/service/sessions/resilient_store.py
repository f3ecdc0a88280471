"""Resilient store: a snapshot store whose faults and damage cost a longer replay, never a run."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from threading import Lock
from typing import TypeVar

from ev2gym_dashboard.service.runtime.settings import REDIS_VARIABLE, find_state_folder
from ev2gym_dashboard.service.sessions.record_blocks import NO_BLOCKS, Blocks, compute_block_digest
from ev2gym_dashboard.service.sessions.redis_store import RedisStore
from ev2gym_dashboard.service.sessions.snapshot_store import (
    BLOCK_STEP,
    SNAPSHOT_FILE_NAME,
    NullStore,
    SnapshotStore,
    SqliteStore,
)

FAULT_BACKOFF_S = 5.0
MAX_PENDING_WRITES, MAX_PENDING_BYTES = 4, 400 * 2**20
"""Checkpoints that wait to be written at most, and their length [B]: two of 1,000,000 vehicles, and two small ones."""
OperationResult = TypeVar("OperationResult")
logger = logging.getLogger(__name__)


class ResilientStore:
    """A store that logs faults and damage of another one and treats them as evictions; it writes in the background."""

    def __init__(self, store: SnapshotStore, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now, self._paused_until = store, now, 0.0
        # One thread: writes of a run stay in their order, and two of them would only wait for the lock of the file.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._writes: dict[Future[None], int] = {}
        self._lock = Lock()

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        return self._attempt(lambda: self._store.list_steps(keys), [])

    def get(self, key: str, step: int) -> bytes | None:
        data = self._attempt(lambda: self._store.get(key, step), None)
        # Others may write to the store too, and damaged bytes could decode to another run.
        if data is None or data[:32] == hashlib.sha256(data[32:]).digest():
            return data and data[32:]
        self._drop_damaged(key, step)
        return None

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]:
        """Return those of some blocks that there are; one of other bytes is removed, so that it is written again."""
        blocks: dict[str, bytes] = self._attempt(lambda: self._store.get_blocks(digests), {})
        damaged = [digest for digest, data in blocks.items() if compute_block_digest(data) != digest]
        for digest in damaged:
            self._drop_damaged(digest, BLOCK_STEP)
            del blocks[digest]
        return blocks

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        """Write in the background; skip the write if too many would be pending, or too long ones."""
        # A slow store must not fill the memory with them.
        with self._lock:
            self._writes = {write: length for write, length in self._writes.items() if not write.done()}
            if len(self._writes) < MAX_PENDING_WRITES and sum(self._writes.values()) + len(data) <= MAX_PENDING_BYTES:
                self._writes[self._writer.submit(self._put, key, step, data, blocks)] = len(data)

    def flush(self) -> None:
        """Wait for the pending writes."""
        for write in list(self._writes):
            write.result()

    def remove(self, key: str, step: int) -> None:
        self._attempt(lambda: self._store.remove(key, step), None)

    def _put(self, key: str, step: int, data: bytes, blocks: Blocks) -> None:
        digest = hashlib.sha256(data).digest()
        self._attempt(lambda: self._store.put(key, step, digest + data, blocks), None)

    def _drop_damaged(self, key: str, step: int) -> None:
        # That one alone: all others are checked when they are read.
        logger.warning("a damaged snapshot was ignored")
        self.remove(key, step)

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
