"""EVSEs and their queue: first come, first served; the EVSE that has been free longest is taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.evse import UNPLUGGED

Rows = NDArray[np.int32]
Kinds = NDArray[np.uint8]


@dataclass
class Plugs:
    """The free EVSEs, by their kinds, and the vehicles that wait, both in order."""

    free: Kinds
    waiting: Rows

    def release(self, kinds: Kinds) -> None:
        """Take back the EVSEs that leaving vehicles were plugged into; kind 0 is none."""
        self.free = np.concatenate([self.free, kinds[kinds != UNPLUGGED]])

    def forget(self, leaving: Rows) -> None:
        """Drop the vehicles that leave without ever having been plugged in."""
        if leaving.size:
            self.waiting = self.waiting[~np.isin(self.waiting, leaving)]

    def queue(self, arriving: Rows) -> None:
        self.waiting = np.concatenate([self.waiting, arriving])

    def assign(self) -> tuple[Rows, Kinds]:
        """Plug in as many waiting vehicles as there are free EVSEs; return their rows and the kinds that they get."""
        n = min(len(self.free), len(self.waiting))
        rows, kinds = self.waiting[:n], self.free[:n]
        self.waiting, self.free = self.waiting[n:], self.free[n:]
        return rows, kinds


def make_plugs(counts: NDArray[np.int64], rng: np.random.Generator) -> Plugs:
    """Return the EVSEs of a site, all free, in an order drawn once; ``counts`` gives how many there are per kind."""
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    return Plugs(rng.permutation(kinds), np.empty(0, np.int32))
