"""EVSE queue, compiled: the rules of `core.fleet.evse_queue` over a ring of EVSEs and a line of vehicles."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.compiler import compile_kernel

FIRST, N_FREE, N_WAITING = range(3)
"""Places of the counts of a queue in its ``counts``."""


@compile_kernel
def release_evses(ring, counts, evses):  # type: ignore[no-untyped-def]
    for i in range(evses.size):
        ring[(counts[FIRST] + counts[N_FREE] + i) % ring.size] = evses[i]
    counts[N_FREE] += evses.size


@compile_kernel
def add_waiting(waiting, since, counts, rows, order, first, clock):  # type: ignore[no-untyped-def]
    """Append the vehicles that arrive, in the order of time; ``order`` holds indices from ``first`` on."""
    n = counts[N_WAITING]
    for i in range(order.size):
        waiting[n + i], since[n + i] = rows[order[i] - first], clock
    counts[N_WAITING] += order.size


@compile_kernel
def drop_waiting(waiting, since, counts, is_leaving):  # type: ignore[no-untyped-def]
    """Close the gaps of the vehicles that leave the line."""
    kept = 0
    for i in range(counts[N_WAITING]):
        if not is_leaving[i]:
            waiting[kept], since[kept] = waiting[i], since[i]
            kept += 1
    counts[N_WAITING] = kept


@compile_kernel
def assign_evses(ring, waiting, since, counts):  # type: ignore[no-untyped-def]
    """Return rows, arrival steps and EVSEs of the vehicles that plug in, where every EVSE fits every vehicle."""
    n = min(counts[N_FREE], counts[N_WAITING])
    rows, arrived, evses = waiting[:n].copy(), since[:n].copy(), np.empty(n, ring.dtype)
    for i in range(n):
        evses[i] = ring[(counts[FIRST] + i) % ring.size]
    for i in range(n, counts[N_WAITING]):
        waiting[i - n], since[i - n] = waiting[i], since[i]
    counts[N_WAITING] -= n
    counts[N_FREE] -= n
    counts[FIRST] = (counts[FIRST] + n) % max(ring.size, 1)
    return rows, arrived, evses


@compile_kernel
def assign_fitting_evses(ring, kinds, waiting, since, counts, masks, chargeable):  # type: ignore[no-untyped-def]
    """Return the same where each vehicle takes the first free EVSE that fits it.

    ``masks`` and ``chargeable`` are those of `EvseFit` by waiting vehicle.
    """
    n_waiting, n_free, first = counts[N_WAITING], counts[N_FREE], counts[FIRST]
    free = np.empty(n_free, ring.dtype)
    for i in range(n_free):
        free[i] = ring[(first + i) % ring.size]
    positions = _match_evses(masks, chargeable, kinds, free)
    n = 0
    for i in range(n_waiting):
        n += positions[i] >= 0
    rows, arrived, evses = np.empty(n, waiting.dtype), np.empty(n, since.dtype), np.empty(n, ring.dtype)
    is_taken, last, kept, plugged = np.zeros(n_free, np.bool_), -1, 0, 0
    for i in range(n_waiting):
        position = positions[i]
        if position < 0:
            waiting[kept], since[kept] = waiting[i], since[i]
            kept += 1
        else:
            rows[plugged], arrived[plugged], evses[plugged] = waiting[i], since[i], free[position]
            is_taken[position], last = True, max(last, position)
            plugged += 1
    # The EVSEs before the last taken one close the gaps, in their order; those after it stay.
    place = last
    for i in range(last, -1, -1):
        if not is_taken[i]:
            ring[(first + place) % ring.size] = free[i]
            place -= 1
    counts[N_WAITING] = kept
    counts[N_FREE] -= n
    counts[FIRST] = (first + n) % max(ring.size, 1)
    return rows, arrived, evses


@compile_kernel
def _match_evses(masks, chargeable, kinds, free):  # type: ignore[no-untyped-def]
    """Return the position in ``free`` that each waiting vehicle takes, -1 for none, see `EvseFit.match`."""
    n_kinds = int(kinds.max()) + 1 if kinds.size else 0
    # A line of positions per kind, linked from its first one on.
    heads, following = np.full(n_kinds, -1), np.empty(free.size, np.int64)
    for i in range(free.size - 1, -1, -1):
        kind = kinds[free[i]]
        following[i], heads[kind] = heads[kind], i
    positions = np.full(masks.size, -1)
    # Models that only discharge come last: they take no EVSE that charges another waiting vehicle.
    for turn in range(2):
        for i in range(masks.size):
            if chargeable[i] == (turn == 0):
                best, best_kind = free.size, -1
                for kind in range(n_kinds):
                    if (masks[i] >> kind) & 1 and 0 <= heads[kind] < best:
                        best, best_kind = heads[kind], kind
                if best_kind >= 0:
                    positions[i], heads[best_kind] = best, following[best]
    return positions
