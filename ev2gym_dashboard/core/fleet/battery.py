"""The battery: how fast it charges and discharges at a state of charge, and where it has to be for a target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ev2gym_dashboard.core.arrays import Floats

FULL_SOC = 0.995
"""SOC at which charging ends, as a cut-off current does: the taper itself only approaches 100 %."""


def compute_taper_start_soc(power_kw: ArrayLike, max_power_kw: ArrayLike, *, transition_soc: float) -> Any:
    """Return the SOC at which the charging limit of the vehicle falls to the power that is set.

    Parameters
    ----------
    power_kw : power that the EVSE and the vehicle allow [kW]
    max_power_kw : power of the vehicle alone, for this kind of current [kW]
    transition_soc : SOC from which the vehicle's own limit falls linearly to zero at SOC 1

    Notes
    -----
    The vehicle's limit above the transition is ``max_power * (1 - soc) / (1 - transition_soc)``; it meets ``power`` at
    ``1 - (1 - transition_soc) * power / max_power``. Without power it has no meaning, and is that of the full one.

    References
    ----------
    Linear two-stage battery of acnportal (Lee et al. 2021, ACN-Sim), also used by EV2Gym (``ev.py``, lines 278-355).
    """
    power, most = np.broadcast_arrays(power_kw, max_power_kw)
    ratio = np.divide(power, most, out=np.ones(power.shape), where=(power > 0.0) & (most > 0.0))
    return 1.0 - (1.0 - transition_soc) * ratio


def compute_soc_after_charging(
    soc: Floats, *, rate_per_h: ArrayLike, taper_soc: ArrayLike, duration_h: ArrayLike
) -> Floats:
    """Return the SOC after charging at full power for a time, integrated exactly.

    Parameters
    ----------
    soc : (n,) SOC at the start
    rate_per_h : SOC gained per hour below the taper (battery side) [1/h]
    taper_soc : SOC from which the rate falls linearly to zero at SOC 1
    duration_h : time [h]

    Returns
    -------
    (n,) SOC at the end; two halves of a duration give the same as the whole of it

    Notes
    -----
    Below the taper ``ds/dt = r``; above it ``ds/dt = r (1 - s) / (1 - s_t)``, so ``1 - s`` decays exponentially with
    ``r / (1 - s_t)``.
    """
    rate, taper, duration = np.asarray(rate_per_h), np.asarray(taper_soc), np.asarray(duration_h)
    decay_per_h = rate / (1.0 - taper)
    never = np.full(np.broadcast(soc, rate, taper).shape, np.inf)
    time_to_taper_h = np.divide(np.maximum(taper - soc, 0.0), rate, out=never, where=rate > 0.0)
    taper_time_h = np.maximum(duration - time_to_taper_h, 0.0)
    tapered = 1.0 - (1.0 - np.maximum(soc, taper)) * np.exp(-decay_per_h * taper_time_h)
    constant = soc + rate * duration
    charged: Floats = np.where(taper_time_h > 0.0, tapered, constant)
    return charged


def compute_required_soc(
    target_soc: float, *, hours_left: Floats, rate_per_h: ArrayLike, taper_soc: ArrayLike
) -> Floats:
    """Return the lowest SOC from which charging at full power still reaches a target in the time left.

    Parameters
    ----------
    target_soc : SOC to reach, below 1
    hours_left : (n,) time left; a negative one counts as none [h]
    rate_per_h, taper_soc : as for `compute_soc_after_charging`; without power only the target itself suffices

    Returns
    -------
    (n,) SOC, at most ``target_soc``; it can be negative, where any SOC suffices

    Notes
    -----
    The inverse of `compute_soc_after_charging`: backwards in time, ``1 - s`` grows exponentially down to the taper,
    then ``s`` falls linearly.
    """
    rate, taper = np.asarray(rate_per_h), np.asarray(taper_soc)
    hours = np.maximum(hours_left, 0.0)
    top = np.minimum(taper, target_soc)
    tapered_h = np.divide(
        (1.0 - taper) * np.log((1.0 - top) / (1.0 - target_soc)), rate, out=np.zeros(rate.shape), where=rate > 0.0
    )
    in_taper = 1.0 - (1.0 - target_soc) * np.exp(rate / (1.0 - taper) * np.minimum(hours, tapered_h))
    required = np.where(hours > tapered_h, top - rate * (hours - tapered_h), in_taper)
    return np.where(rate > 0.0, required, target_soc)
