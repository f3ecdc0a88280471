"""EVSE queue: free EVSEs and waiting vehicles; first come, first served, by the fitting EVSE that is free longest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Counts, Kinds, Rows, Steps
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit


@dataclass
class EvseQueue:
    """The free EVSEs of a site and the vehicles that wait for one, both in order.

    Parameters
    ----------
    ring : (n_evse,) kinds; the ``n_free`` from ``first`` on, wrapping round the end, are those of the free EVSEs
    waiting, since : rows of the waiting vehicles, and the steps in which they arrived
    """

    ring: Kinds
    first: int
    n_free: int
    waiting: Rows
    since: Steps

    def release_evses(self, kinds: Kinds) -> None:
        """Append the EVSEs that departing vehicles were plugged into to the free ones."""
        first_taken = self.first + self.n_free
        # A ring: EVSEs are taken at one end and come back at the other, so that no array is moved or grown.
        self.ring.put(np.arange(first_taken, first_taken + len(kinds)), kinds, mode="wrap")
        self.n_free += len(kinds)

    def drop_waiting(self, departing: Booleans) -> tuple[Rows, Steps]:
        """Drop waiting vehicles that leave without having been plugged in; return their rows and arrival steps."""
        rows, since = self.waiting[departing], self.since[departing]
        self.waiting, self.since = self.waiting[~departing], self.since[~departing]
        return rows, since

    def add_waiting(self, arriving: Rows, step: int) -> None:
        """Append vehicles that arrive in a step, in their order."""
        self.waiting = np.concatenate([self.waiting, arriving])
        self.since = np.concatenate([self.since, np.full(len(arriving), step, np.int32)])

    def assign_evses(self) -> tuple[Rows, Steps, Kinds]:
        """Assign the free EVSEs to the first waiting vehicles; return their rows, arrival steps and kinds of EVSE.

        This holds where every EVSE fits every vehicle; otherwise, see `assign_fitting_evses`.
        """
        n = min(self.n_free, len(self.waiting))
        kinds = self.ring.take(np.arange(self.first, self.first + n), mode="wrap")
        rows, since = self.waiting[:n], self.since[:n]
        self.waiting, self.since, self.n_free = self.waiting[n:], self.since[n:], self.n_free - n
        self.first = (self.first + n) % max(len(self.ring), 1)
        return rows, since, kinds

    def assign_fitting_evses(self, fit: EvseFit, models: NDArray[np.integer]) -> tuple[Rows, Steps, Kinds]:
        """Assign each waiting vehicle, in turn, the first free EVSE that fits it; return the same as `assign_evses`.

        ``models`` are those of the waiting vehicles, (n,).
        """
        free = np.arange(self.first, self.first + self.n_free)
        free_kinds = self.ring.take(free, mode="wrap")
        positions = fit.match(models, free_kinds)
        plugged = positions >= 0
        taken = positions[plugged]
        rows, since = self.waiting[plugged], self.since[plugged]
        self.waiting, self.since = self.waiting[~plugged], self.since[~plugged]
        # The EVSEs before the last taken one close the gaps, in their order; those after it stay.
        last = int(taken.max(initial=-1)) + 1
        self.ring.put(free[len(taken) : last], np.delete(free_kinds[:last], taken), mode="wrap")
        self.n_free -= len(taken)
        self.first = (self.first + len(taken)) % max(len(self.ring), 1)
        return rows, since, free_kinds[taken]


def make_evse_queue(counts: Counts, rng: np.random.Generator) -> EvseQueue:
    """Return the EVSEs of a site, all free and in random order, from their number per kind."""
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    return EvseQueue(rng.permutation(kinds), 0, len(kinds), np.empty(0, np.int32), np.empty(0, np.int32))
