"""EVSEs and their queue: first come, first served; the EVSE that has been free longest is taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Kinds, Rows


@dataclass
class EvseQueue:
    """The EVSEs of a site and the vehicles that wait, both in order.

    Parameters
    ----------
    ring : (n_evse,) kinds; the ``n_free`` from ``first`` on, round the end, are those of the free EVSEs
    waiting, since : rows of the vehicles that wait, and the steps in which they came
    """

    ring: Kinds
    first: int
    n_free: int
    waiting: Rows
    since: Rows

    def release_evses(self, kinds: Kinds) -> None:
        """Take back the EVSEs that leaving vehicles were plugged into."""
        self.ring[self._get_ring_indices(self.n_free, len(kinds))] = kinds
        self.n_free += len(kinds)

    def drop_waiting(self, gone: NDArray[np.bool_]) -> tuple[Rows, Rows]:
        """Drop those of the waiting that leave without ever having been plugged in; return them and since when."""
        rows, since = self.waiting[gone], self.since[gone]
        self.waiting, self.since = self.waiting[~gone], self.since[~gone]
        return rows, since

    def add_waiting(self, arriving: Rows, step: int) -> None:
        """Let vehicles wait from a step on, in the order given."""
        self.waiting = np.concatenate([self.waiting, arriving])
        self.since = np.concatenate([self.since, np.full(len(arriving), step, np.int32)])

    def assign_evses(self) -> tuple[Rows, Rows, Kinds]:
        """Plug in as many waiting vehicles as EVSEs are free; return them, since when they wait, and the kinds."""
        n = min(self.n_free, len(self.waiting))
        rows, since, kinds = self.waiting[:n], self.since[:n], self.ring[self._get_ring_indices(0, n)]
        self.waiting, self.since, self.n_free = self.waiting[n:], self.since[n:], self.n_free - n
        self.first = (self.first + n) % max(len(self.ring), 1)
        return rows, since, kinds

    def _get_ring_indices(self, offset: int, n: int) -> NDArray[np.int64]:
        return (self.first + offset + np.arange(n)) % max(len(self.ring), 1)


def make_evse_queue(counts: NDArray[np.int64], rng: np.random.Generator) -> EvseQueue:
    """Return the EVSEs of a site, all free, in an order drawn once; ``counts`` gives how many there are per kind."""
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    return EvseQueue(rng.permutation(kinds), 0, len(kinds), np.empty(0, np.int32), np.empty(0, np.int32))
