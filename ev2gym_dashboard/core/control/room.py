"""Room: the energy that vehicles need by their departures, set against the energy that a limit leaves until then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

DEADLINE_BIN_H = 0.25
N_DEADLINE_BINS = 256
"""Bins of the time to the departure: bin ``b`` ends ``(b + 1) / 4`` hours from now, the last one after 64 h."""


def compute_deadline_bin(hours_left: Floats) -> NDArray[np.intp]:
    """Return the bin (n,) in which each vehicle departs; the last bin also holds all later departures."""
    return np.clip(np.ceil(hours_left / DEADLINE_BIN_H) - 1.0, 0, N_DEADLINE_BINS - 1).astype(np.intp)


def compute_need_kwh(missing_soc: Floats, hours_left: Floats, *, rate_per_h: Floats, kwh_per_soc: Floats) -> Floats:
    """Return the energy that each vehicle needs until its departure and can take until then.

    Parameters
    ----------
    missing_soc : (n,) SOC missing, >= 0
    hours_left : (n,) time to the departure [h]
    rate_per_h : (n,) SOC gained per hour at full power below the taper [1/h]
    kwh_per_soc : (n,) energy at the grid side that charges a SOC of 1 [kWh]

    Returns
    -------
    (n,) energy at the grid side [kWh]

    Notes
    -----
    A vehicle that is late needs full power for the time left and no more: what it then misses, no limit has caused.
    """
    need_kwh: Floats = np.minimum(missing_soc, rate_per_h * hours_left) * kwh_per_soc
    return need_kwh


def compute_slack_kwh(need_kwh: Floats, room_kwh: Floats) -> Floats:
    """Return the room that all needs until a deadline leave until then, for each deadline.

    Parameters
    ----------
    need_kwh : (N_DEADLINE_BINS,) needs, summed by the bin of the departure [kWh]
    room_kwh : (N_DEADLINE_BINS,) room until the end of each bin [kWh]

    Returns
    -------
    (N_DEADLINE_BINS,) room less need, negative where the needs cannot all be served in time [kWh]
    """
    slack_kwh: Floats = room_kwh - np.cumsum(need_kwh)
    return slack_kwh
