"""Open connections of the workers of a server, in memory that its processes share.

All workers listen to one socket, and which of them takes a new connection is a race: of 200 connections one of two
workers took 120 to 130, so that visitors waited for it while the other was idle. Each worker sees here whether another
one has fewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from mmap import mmap

MAX_WORKERS = 256
"""Workers that are counted; more of them take what comes."""
_FREE = -1
_BYTES = 8


@dataclass(frozen=True)
class Place:
    """The count of one worker, and those of the others."""

    counts: memoryview
    index: int

    def publish(self, n_connections: int) -> None:
        """Tell the other workers how many connections this one has."""
        self.counts[self.index] = n_connections

    def leave(self) -> None:
        """Count no longer, as a worker that accepts nothing any more."""
        self.counts[self.index] = _FREE

    def is_busier(self) -> bool:
        """Return whether another worker has fewer connections."""
        own = self.counts[self.index]
        return any(_FREE < count < own for count in self.counts)


class ConnectionCounts:
    """A place for each worker; to be made before the workers are forked."""

    def __init__(self, n_places: int = MAX_WORKERS) -> None:
        self._counts = memoryview(mmap(-1, n_places * _BYTES)).cast("q")
        for index in range(n_places):
            self._counts[index] = _FREE

    def find_place(self, taken: Iterable[Place]) -> Place:
        """Return the first place that is not taken; beyond the last one, a place that only its worker sees."""
        free = set(range(len(self._counts))) - {place.index for place in taken if place.counts is self._counts}
        return Place(self._counts, min(free)) if free else ConnectionCounts(1).find_place([])
