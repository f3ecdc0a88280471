"""EVSE queue: free EVSEs and waiting vehicles; first come, first served, by the fitting EVSE that is free longest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE, Booleans, CodeOffsets, Counts, Evses, Kinds, Rows, Steps
from ev2gym_dashboard.core.fleet.evse_fit import EvseFit


class PlugIns(NamedTuple):
    """Vehicles that plug in, n of them: their rows, the steps in which they arrived, their EVSEs and code offsets."""

    rows: Rows
    since: Steps
    evses: Evses
    code_offset: CodeOffsets

    def join(self, others: PlugIns) -> PlugIns:
        """Return these plug-ins and then the others."""
        pairs = zip(self, others, strict=True)
        return PlugIns(*(np.concatenate(pair) for pair in pairs))  # type: ignore[arg-type]


@dataclass
class EvseQueue:
    """The free EVSEs of a site and the vehicles that wait for one, both in order.

    Parameters
    ----------
    kinds : (n_evse,) kind of each EVSE
    ring : (m,) the first m EVSEs, for which vehicles wait; the ``n_free`` from ``first`` on, wrapping round the end,
        are the free ones. The other EVSEs are those of given stays, which take them as they arrive.
    waiting, since, code_offset : rows of the waiting vehicles, steps in which they arrived, and offsets of their codes
    """

    kinds: Kinds
    ring: Evses
    first: int
    n_free: int
    waiting: Rows
    since: Steps
    code_offset: CodeOffsets

    def release_evses(self, evses: Evses) -> None:
        """Append the EVSEs that departing vehicles were plugged into to the free ones."""
        if len(self.ring) < len(self.kinds):
            evses = evses[evses < len(self.ring)]
            # An empty ring has no place even for nothing.
            if not evses.size:
                return
        first_taken = self.first + self.n_free
        # A ring: EVSEs are taken at one end and come back at the other, so that no array is moved or grown.
        self.ring.put(np.arange(first_taken, first_taken + len(evses)), evses, mode="wrap")
        self.n_free += len(evses)

    def drop_waiting(self, departing: Booleans) -> tuple[Rows, Steps]:
        """Drop waiting vehicles that leave without having been plugged in; return their rows and arrival steps."""
        rows, since = self.waiting[departing], self.since[departing]
        self._keep(~departing)
        return rows, since

    def add_waiting(self, arriving: Rows, step: int, code_offset: CodeOffsets | None = None) -> None:
        """Append vehicles that arrive in a step, in their order."""
        offsets = np.zeros(len(arriving), np.uint16) if code_offset is None else code_offset
        self.code_offset = np.concatenate([self.code_offset, offsets])
        self.waiting = np.concatenate([self.waiting, arriving])
        self.since = np.concatenate([self.since, np.full(len(arriving), step, np.int32)])

    def assign_evses(self) -> PlugIns:
        """Assign the free EVSEs to the first waiting vehicles.

        This holds where every EVSE fits every vehicle; otherwise, see `assign_fitting_evses`.
        """
        n = min(self.n_free, len(self.waiting))
        evses = self.ring.take(np.arange(self.first, self.first + n), mode="wrap")
        plug_ins = PlugIns(self.waiting[:n], self.since[:n], evses, self.code_offset[:n])
        self._keep(slice(n, None))
        self.n_free -= n
        self.first = (self.first + n) % max(len(self.ring), 1)
        return plug_ins

    def assign_given_evses(self, evses: Evses) -> PlugIns:
        """Assign the last n waiting vehicles, in their order, their EVSEs, (n,); those with `NO_EVSE` go on waiting."""
        waits = np.ones(len(self.waiting), np.bool_)
        waits[len(waits) - len(evses) :] = evses == NO_EVSE
        rows, since, code_offset = self.waiting[~waits], self.since[~waits], self.code_offset[~waits]
        self._keep(waits)
        return PlugIns(rows, since, evses[evses != NO_EVSE], code_offset)

    def assign_fitting_evses(self, fit: EvseFit, models: NDArray[np.integer]) -> PlugIns:
        """Assign each waiting vehicle, in turn, the first free EVSE that fits it.

        ``models`` are those of the waiting vehicles, (n,).
        """
        free = np.arange(self.first, self.first + self.n_free)
        free_evses = self.ring.take(free, mode="wrap")
        positions = fit.match(models, self.kinds[free_evses])
        plugged = positions >= 0
        taken = positions[plugged]
        rows, since, code_offset = self.waiting[plugged], self.since[plugged], self.code_offset[plugged]
        self._keep(~plugged)
        # The EVSEs before the last taken one close the gaps, in their order; those after it stay.
        last = int(taken.max(initial=-1)) + 1
        self.ring.put(free[len(taken) : last], np.delete(free_evses[:last], taken), mode="wrap")
        self.n_free -= len(taken)
        self.first = (self.first + len(taken)) % max(len(self.ring), 1)
        return PlugIns(rows, since, free_evses[taken], code_offset)

    def _keep(self, waits: Booleans | slice) -> None:
        self.waiting, self.since, self.code_offset = self.waiting[waits], self.since[waits], self.code_offset[waits]


def make_evse_queue(counts: Counts, rng: np.random.Generator, *, n_shared: int | None = None) -> EvseQueue:
    """Return the EVSEs of a site, numbered by kind, all free and in random order, from their number per kind.

    Vehicles wait for the first ``n_shared`` of them, by default for all.
    """
    kinds = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint8), counts)
    ring = rng.permutation(np.arange(len(kinds) if n_shared is None else n_shared, dtype=np.int32))
    nobody = np.empty(0, np.int32)
    return EvseQueue(kinds, ring, 0, len(ring), nobody, nobody, nobody.astype(np.uint16))
