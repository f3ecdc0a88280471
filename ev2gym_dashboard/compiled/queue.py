"""EVSE queue, compiled: the rules of `core.fleet.evse_queue` over a ring of EVSEs and a line of vehicles.

A line is the tuple of its rows, their arrival steps, the offsets of their codes, and the counts of the queue.
"""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.compiler import compile_kernel

FIRST, N_FREE, N_WAITING = range(3)
"""Places of the counts of a queue in its ``counts``."""


@compile_kernel
def release_evses(ring, counts, evses):  # type: ignore[no-untyped-def]
    n = counts[N_FREE]
    for evse in evses:
        # The others are those of given stays.
        if evse < ring.size:
            ring[(counts[FIRST] + n) % ring.size] = evse
            n += 1
    counts[N_FREE] = n


@compile_kernel
def add_waiting(line, rows, offsets, order, first, clock):  # type: ignore[no-untyped-def]
    """Append the vehicles that arrive, in the order of time; ``order`` holds indices from ``first`` on.

    ``offsets`` are those of their codes, none for drawn stays.
    """
    waiting, since, code_offset, counts = line
    n = counts[N_WAITING]
    for i in range(order.size):
        waiting[n + i], since[n + i], code_offset[n + i] = rows[order[i] - first], clock, 0
    for i in range(offsets.size):
        code_offset[n + i] = offsets[order[i] - first]
    counts[N_WAITING] += order.size


@compile_kernel
def drop_waiting(line, is_leaving):  # type: ignore[no-untyped-def]
    """Close the gaps of the vehicles that leave the line."""
    waiting, since, code_offset, counts = line
    kept = 0
    for i in range(counts[N_WAITING]):
        if not is_leaving[i]:
            waiting[kept], since[kept], code_offset[kept] = waiting[i], since[i], code_offset[i]
            kept += 1
    counts[N_WAITING] = kept


@compile_kernel
def assign_given_evses(line, given):  # type: ignore[no-untyped-def]
    """Return rows, arrival steps, EVSEs and offsets of those of the last waiting vehicles that are given an EVSE."""
    waiting, since, code_offset, counts = line
    first, n = counts[N_WAITING] - given.size, 0
    for i in range(given.size):
        n += given[i] != NO_EVSE
    rows, arrived, evses = np.empty(n, waiting.dtype), np.empty(n, since.dtype), np.empty(n, given.dtype)
    offsets, plugged, kept = np.empty(n, code_offset.dtype), 0, first
    for i in range(given.size):
        k = first + i
        if given[i] == NO_EVSE:
            waiting[kept], since[kept], code_offset[kept] = waiting[k], since[k], code_offset[k]
            kept += 1
        else:
            rows[plugged], arrived[plugged], evses[plugged] = waiting[k], since[k], given[i]
            offsets[plugged] = code_offset[k]
            plugged += 1
    counts[N_WAITING] = kept
    return rows, arrived, evses, offsets


@compile_kernel
def assign_evses(ring, line):  # type: ignore[no-untyped-def]
    """Return rows, arrival steps, EVSEs and offsets of the vehicles that plug in, where every EVSE fits every one."""
    waiting, since, code_offset, counts = line
    n = min(counts[N_FREE], counts[N_WAITING])
    rows, arrived, evses = waiting[:n].copy(), since[:n].copy(), np.empty(n, ring.dtype)
    offsets = code_offset[:n].copy()
    for i in range(n):
        evses[i] = ring[(counts[FIRST] + i) % ring.size]
    for i in range(n, counts[N_WAITING]):
        waiting[i - n], since[i - n], code_offset[i - n] = waiting[i], since[i], code_offset[i]
    counts[N_WAITING] -= n
    counts[N_FREE] -= n
    counts[FIRST] = (counts[FIRST] + n) % max(ring.size, 1)
    return rows, arrived, evses, offsets


@compile_kernel
def assign_fitting_evses(ring, kinds, line, masks, chargeable):  # type: ignore[no-untyped-def]
    """Return the same where each vehicle takes the first free EVSE that fits it.

    ``masks`` and ``chargeable`` are those of `EvseFit` by waiting vehicle.
    """
    waiting, since, code_offset, counts = line
    n_waiting, n_free, first = counts[N_WAITING], counts[N_FREE], counts[FIRST]
    free = np.empty(n_free, ring.dtype)
    for i in range(n_free):
        free[i] = ring[(first + i) % ring.size]
    positions = _match_evses(masks, chargeable, kinds, free)
    n = 0
    for i in range(n_waiting):
        n += positions[i] >= 0
    rows, arrived, evses = np.empty(n, waiting.dtype), np.empty(n, since.dtype), np.empty(n, ring.dtype)
    offsets = np.empty(n, code_offset.dtype)
    is_taken, last, kept, plugged = np.zeros(n_free, np.bool_), -1, 0, 0
    for i in range(n_waiting):
        position = positions[i]
        if position < 0:
            waiting[kept], since[kept], code_offset[kept] = waiting[i], since[i], code_offset[i]
            kept += 1
        else:
            rows[plugged], arrived[plugged], evses[plugged] = waiting[i], since[i], free[position]
            offsets[plugged] = code_offset[i]
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
    return rows, arrived, evses, offsets


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
