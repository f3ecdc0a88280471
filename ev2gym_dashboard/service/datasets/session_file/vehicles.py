"""Vehicles of a session file: stays without a vehicle are assigned to free ones."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


def assign_vehicles(
    known: Codes, evse: Codes, spec: Codes, *, arrival_s: Codes, departure_s: Codes
) -> tuple[Codes, list[str]]:
    """Return the vehicle of each stay, (n,), and the names of the vehicles that were made up.

    Parameters
    ----------
    known, evse : (n,) vehicle and EVSE of each stay in the file, -1 for none; the made-up vehicles follow the known
        ones
    spec : (n,) spec of the vehicle
    arrival_s, departure_s : (n,) times, arrivals rising

    Notes
    -----
    At an EVSE of the file, all stays of a spec are those of one vehicle. Elsewhere, a stay is that of the vehicle of
    its spec that has been free for longest; of equals, the first one.
    """
    vehicle, n_known = known.copy(), int(known.max(initial=-1)) + 1
    at_evse = np.flatnonzero((known < 0) & (evse >= 0))
    pairs, number = np.unique(np.stack([evse[at_evse], spec[at_evse]]), axis=1, return_inverse=True)
    vehicle[at_evse] = n_known + number.ravel()
    free = np.flatnonzero((known < 0) & (evse < 0))
    vehicle[free], n_free = _take_free_vehicles(
        spec[free].tolist(), arrival_s[free].tolist(), departure_s[free].tolist(), first=n_known + pairs.shape[1]
    )
    return vehicle, [f"#{i + 1}" for i in range(pairs.shape[1] + n_free)]


def _take_free_vehicles(
    spec: list[int], arrival_s: list[int], departure_s: list[int], *, first: int
) -> tuple[list[int], int]:
    parked: dict[int, list[tuple[int, int]]] = {}
    n_vehicles, taken = 0, []
    # Each choice depends on the ones before it.
    for key, begin, end in zip(spec, arrival_s, departure_s, strict=True):
        vehicles = parked.setdefault(key, [])
        if vehicles and vehicles[0][0] <= begin:
            number = vehicles[0][1]
            heapq.heapreplace(vehicles, (end, number))
        else:
            number, n_vehicles = n_vehicles, n_vehicles + 1
            heapq.heappush(vehicles, (end, number))
        taken.append(first + number)
    return taken, n_vehicles
