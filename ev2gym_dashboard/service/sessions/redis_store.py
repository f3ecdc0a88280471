"""Redis store: snapshots that several machines share."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ev2gym_dashboard.service.sessions.record_blocks import NO_BLOCKS, Blocks
from ev2gym_dashboard.service.sessions.snapshot_store import BLOCK_STEP, MAX_SNAPSHOTS_PER_RUN

REDIS_TIMEOUT_S = 0.25
"""The longest wait of a request for a server that does not respond."""
REDIS_TTL_S = 24 * 3600
MAX_STEP_DIGITS = 9


class RedisStore:
    """A server that several machines share; it drops checkpoints after a day without use, or if its memory is full.

    Others may write into it: what is no index of ours is replaced, and what is no snapshot reads as a damaged one.
    """

    def __init__(self, url: str) -> None:
        from redis import Redis  # noqa: PLC0415 (an extra)

        self._redis = Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        # One round trip for all keys: a run with many changes has as many.
        pipe = self._redis.pipeline(transaction=False)
        for key in keys:
            pipe.zrange(_make_index_key(key), 0, -1)
        return [
            (key, int(step))
            for key, steps in zip(keys, _ask(pipe), strict=True)
            for step in steps or ()
            if _is_step(step)
        ]

    def get(self, key: str, step: int) -> bytes | None:
        # The read starts the time to live again.
        pipe = self._redis.pipeline(transaction=False).getex(_make_snapshot_key(key, step), ex=REDIS_TTL_S)
        (data,) = _ask(pipe, otherwise=b"")
        return data if isinstance(data, bytes) else None

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        for digest in self._touch_blocks(blocks):
            self._redis.set(_make_snapshot_key(digest, BLOCK_STEP), blocks[digest](), ex=REDIS_TTL_S)
        # The index is sorted by time: all but the newest go, so that with the new one there are as many as allowed.
        index = _make_index_key(key)
        (oldest,) = _ask(self._redis.pipeline(transaction=False).zrange(index, 0, -MAX_SNAPSHOTS_PER_RUN))
        pipe = self._redis.pipeline()
        if oldest is None:
            pipe.delete(index)
        for old in oldest or ():
            pipe.zrem(index, old)
            pipe.delete(index.encode() + b":" + old)
        pipe.set(_make_snapshot_key(key, step), data, ex=REDIS_TTL_S)
        pipe.zadd(index, {str(step): time.time()})
        pipe.expire(index, REDIS_TTL_S)
        pipe.execute()

    def remove(self, key: str, step: int) -> None:
        pipe = self._redis.pipeline()
        pipe.zrem(_make_index_key(key), str(step))
        pipe.delete(_make_snapshot_key(key, step))
        pipe.execute()

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]:
        # One by one: many at once would take longer than `REDIS_TIMEOUT_S`.
        found = {digest: self.get(digest, BLOCK_STEP) for digest in digests}
        return {digest: data for digest, data in found.items() if data is not None}

    def _touch_blocks(self, digests: Iterable[str]) -> list[str]:
        """Start the time to live of blocks again, and return those that are missing."""
        pipe = self._redis.pipeline(transaction=False)
        for digest in digests:
            pipe.expire(_make_snapshot_key(digest, BLOCK_STEP), REDIS_TTL_S)
        return [digest for digest, is_known in zip(digests, pipe.execute(), strict=True) if not is_known]


def _ask(pipe: Any, *, otherwise: bytes | None = None) -> list[Any]:
    """Return the answers of a pipeline; another value for each key that holds something of another type."""
    return [otherwise if _is_of_other_type(answer) else answer for answer in pipe.execute(raise_on_error=False)]


def _is_of_other_type(answer: object) -> bool:
    if isinstance(answer, Exception) and not str(answer).startswith("WRONGTYPE"):
        raise answer
    return isinstance(answer, Exception)


def _is_step(member: bytes) -> bool:
    return member.isdigit() and len(member) <= MAX_STEP_DIGITS


def _make_index_key(key: str) -> str:
    return f"ev2gym-dashboard:{key}"


def _make_snapshot_key(key: str, step: int) -> str:
    return f"ev2gym-dashboard:{key}:{step}"
