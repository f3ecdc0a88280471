"""EVSE queue: free EVSEs and waiting vehicles; first come, first served, by the fitting EVSE that is free longest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Counts, Evses, Kinds, Rows, Steps
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit


@dataclass
class EvseQueue:
    """The free EVSEs of a site and the vehicles that wait for one, both in order.

    Parameters
    ----------
    kinds : (n_evse,) kind of each EVSE
    ring : (n_evse,) EVSEs; the ``n_free`` from ``first`` on, wrapping round the end, are the free ones
    waiting, since : rows of the waiting vehicles, and the steps in which they arrived
    """

    kinds: Kinds
    ring: Evses
    first: int
    n_free: int
    waiting: Rows
    since: Steps

    def release_evses(self, evses: Evses) -> None:
        """Append the EVSEs that departing vehicles were plugged into to the free ones."""
        first_taken = self.first + self.n_free
        # A ring: EVSEs are taken at one end and come back at the other, so that no array is moved or grown.
        self.ring.put(np.arange(first_taken, first_taken + len(evses)), evses, mode="wrap")
        self.n_free += len(evses)

    def drop_waiting(self, departing: Booleans) -> tuple[Rows, Steps]:
        """Drop waiting vehicles that leave without having been plugged in; return their rows and arrival steps."""
        rows, since = self.waiting[departing], self.since[departing]
        self.waiting, self.since = self.waiting[~departing], self.since[~departing]
        return rows, since

    def add_waiting(self, arriving: Rows, step: int) -> None:
        """Append vehicles that arrive in a step, in their order."""
        self.waiting = np.concatenate([self.waiting, arriving])
        self.since = np.concatenate([self.since, np.full(len(arriving), step, np.int32)])

    def assign_evses(self) -> tuple[Rows, Steps, Evses]:
        """Assign the free EVSEs to the first waiting vehicles; return their rows, arrival steps and EVSEs.

        This holds where every EVSE fits every vehicle; otherwise, see `assign_fitting_evses`.
        """
        n = min(self.n_free, len(self.waiting))
        evses = self.ring.take(np.arange(self.first, self.first + n), mode="wrap")
        rows, since = self.waiting[:n], self.since[:n]
        self.waiting, self.since, self.n_free = self.waiting[n:], self.since[n:], self.n_free - n
        self.first = (self.first + n) % max(len(self.ring), 1)
        return rows, since, evses

    def assign_given_evses(self, evses: Evses) -> tuple[Rows, Steps, Evses]:
        """Assign all waiting vehicles, in their order, the EVSEs ``evses``, (n,); return the same as `assign_evses`."""
        rows, since = self.waiting, self.since
        free = self.ring.take(np.arange(self.first, self.first + self.n_free), mode="wrap")
        left = free[~np.isin(free, evses)]
        self.ring[: len(left)], self.first, self.n_free = left, 0, len(left)
        self.waiting, self.since = rows[:0], since[:0]
        return rows, since, evses

    def assign_fitting_evses(self, fit: EvseFit, models: NDArray[np.integer]) -> tuple[Rows, Steps, Evses]:
        """Assign each waiting vehicle, in turn, the first free EVSE that fits it; return the same as `assign_evses`.

        ``models`` are those of the waiting vehicles, (n,).
        """
        free = np.arange(self.first, self.first + self.n_free)
        free_evses = self.ring.take(free, mode="wrap")
        positions = fit.match(models, self.kinds[free_evses])
        plugged = positions >= 0
        taken = positions[plugged]
        rows, since = self.waiting[plugged], self.since[plugged]
        self.waiting, self.since = self.waiting[~plugged], self.since[~plugged]
        # The EVSEs before the last taken one close the gaps, in their order; those after it stay.
        last = int(taken.max(initial=-1)) + 1
        self.ring.put(free[len(taken) : last], np.delete(free_evses[:last], taken), mode="wrap")
        self.n_free -= len(taken)
        self.first = (self.first + len(taken)) % max(len(self.ring), 1)
        return rows, since, free_evses[taken]


def make_evse_queue(counts: Counts, rng: np.random.Generator) -> EvseQueue:
    """Return the EVSEs of a site, numbered by kind, all free and in random order, from their number per kind."""
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    ring = rng.permutation(np.arange(len(kinds), dtype=np.int32))
    return EvseQueue(kinds, ring, 0, len(kinds), np.empty(0, np.int32), np.empty(0, np.int32))
