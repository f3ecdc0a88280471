"""Entry of the cache of the sessions: a cached run with its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ev2gym_dashboard.service.sessions.cached_run import CachedRun


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A cached run, its memory when it was put [B], and the time of its last use [s]."""

    cached: CachedRun
    size_bytes: int
    last_used_s: float


def list_older(entries: Mapping[str, CacheEntry]) -> list[str]:
    """Return the sessions of all entries before the newest one, in the order in which they make room for it.

    Those at least half as large come first: nearly all of the others would have to go in place of one of them.
    """
    *older, newest = entries
    return sorted(older, key=lambda session: 2 * entries[session].size_bytes < entries[newest].size_bytes)
