"""EVSEs and their queue: first come, first served; the EVSE that has been free longest is taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Kinds = NDArray[np.uint8]


@dataclass
class Plugs:
    """The EVSEs of a site and the vehicles that wait, both in order.

    Parameters
    ----------
    ring : (n_evse,) kinds; the ``n_free`` from ``first`` on, round the end, are those of the free EVSEs
    waiting : rows of the vehicles that wait
    """

    ring: Kinds
    first: int
    n_free: int
    waiting: Rows

    def release(self, kinds: Kinds) -> None:
        """Take back the EVSEs that leaving vehicles were plugged into."""
        self.ring[self._places(self.n_free, len(kinds))] = kinds
        self.n_free += len(kinds)

    def forget(self, leaving: Rows) -> None:
        """Drop the vehicles that leave without ever having been plugged in."""
        if leaving.size:
            self.waiting = self.waiting[~np.isin(self.waiting, leaving)]

    def queue(self, arriving: Rows) -> None:
        self.waiting = np.concatenate([self.waiting, arriving])

    def assign(self) -> tuple[Rows, Kinds]:
        """Plug in as many waiting vehicles as there are free EVSEs; return their rows and the kinds that they get."""
        n = min(self.n_free, len(self.waiting))
        rows, kinds = self.waiting[:n], self.ring[self._places(0, n)]
        self.waiting, self.n_free = self.waiting[n:], self.n_free - n
        self.first = (self.first + n) % max(len(self.ring), 1)
        return rows, kinds

    def _places(self, offset: int, n: int) -> NDArray[np.int64]:
        return (self.first + offset + np.arange(n)) % max(len(self.ring), 1)


def make_plugs(counts: NDArray[np.int64], rng: np.random.Generator) -> Plugs:
    """Return the EVSEs of a site, all free, in an order drawn once; ``counts`` gives how many there are per kind."""
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    return Plugs(rng.permutation(kinds), 0, len(kinds), np.empty(0, np.int32))
