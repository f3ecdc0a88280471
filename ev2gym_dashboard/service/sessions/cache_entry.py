"""Entry of the cache of the sessions: a cached run with its size."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.service.sessions.cached_run import CachedRun


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A cached run, its memory when it was put [B], and the time of its last use [s]."""

    cached: CachedRun
    size_bytes: int
    last_used_s: float
