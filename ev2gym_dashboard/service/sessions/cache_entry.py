"""Parts of the cache of the sessions: a cached run with its size, and the gate of a session."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from ev2gym_dashboard.service.sessions.cached_run import CachedRun


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A cached run, its memory when it was put [B], and the time of its last use [s]."""

    cached: CachedRun
    size_bytes: int
    last_used_s: float


@dataclass
class SessionGate:
    """The lock of a session, the requests that hold it or wait for it, and the step that its replay has reached."""

    lock: Lock
    n_requests: int = 0
    step: int = 0
