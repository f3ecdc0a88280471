"""Battery: charging with a linear taper, solved exactly, and the SOC required for a target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ev2gym_dashboard.core.arrays import Floats

FULL_SOC = 0.995
"""SOC at which charging ends, as with a cut-off current: the taper itself only approaches 100 %."""
TARGET_TOLERANCE_SOC = 0.005
"""SOC below the target that still counts as the target: no driver reads half a percent, and a departure guard that
defends the last of it would charge at full power for nothing."""


def compute_taper_start_soc(power_kw: ArrayLike, max_power_kw: ArrayLike, *, transition_soc: float | Floats) -> Any:
    """Return the SOC at which the charging limit of the vehicle falls below the set power.

    Parameters
    ----------
    power_kw : limit of EVSE and vehicle together [kW]
    max_power_kw : limit of the vehicle alone, for this kind of current [kW]
    transition_soc : SOC from which the vehicle's own limit falls linearly to zero at SOC 1

    Notes
    -----
    The vehicle's limit above the transition is ``max_power * (1 - soc) / (1 - transition_soc)``; it meets ``power`` at
    ``1 - (1 - transition_soc) * power / max_power``. Without power it is that of the full power.

    References
    ----------
    Linear two-stage battery of acnportal (Lee et al. 2021, ACN-Sim), also used by EV2Gym (``ev.py``, lines 278-355).
    """
    power, max_power = np.broadcast_arrays(power_kw, max_power_kw)
    ratio = np.divide(power, max_power, out=np.ones(power.shape), where=(power > 0.0) & (max_power > 0.0))
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
    (n,) SOC at the end; two halves of a duration give the same as the whole

    Notes
    -----
    Below the taper ``ds/dt = r``; above it ``ds/dt = r (1 - s) / (1 - s_t)``, so ``1 - s`` decays exponentially with
    ``r / (1 - s_t)``.
    """
    rate, taper, duration = np.asarray(rate_per_h), np.asarray(taper_soc), np.asarray(duration_h)
    # Solved instead of stepped: the result does not depend on the length of the step, and a whole stay is one call.
    decay_per_h = rate / (1.0 - taper)
    # Without power the taper is never reached.
    never = np.full(np.broadcast(soc, rate, taper).shape, np.inf)
    time_to_taper_h = np.divide(np.maximum(taper - soc, 0.0), rate, out=never, where=rate > 0.0)
    taper_time_h = np.maximum(duration - time_to_taper_h, 0.0)
    tapered = 1.0 - (1.0 - np.maximum(soc, taper)) * np.exp(-decay_per_h * taper_time_h)
    constant = soc + rate * duration
    charged: Floats = np.where(taper_time_h > 0.0, tapered, constant)
    return charged


def compute_required_soc(
    target_soc: float | Floats, *, hours_left: Floats, rate_per_h: ArrayLike, taper_soc: ArrayLike
) -> Floats:
    """Return the lowest SOC from which charging at full power still reaches a target in the time left.

    Parameters
    ----------
    target_soc : SOC to reach, below 1, a number or (n,)
    hours_left : (n,) time left; a negative one counts as 0 [h]
    rate_per_h, taper_soc : as for `compute_soc_after_charging`; without power the target itself is required

    Returns
    -------
    (n,) SOC, at most ``target_soc``; negative if any SOC suffices

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
    # Backwards from the target: first through the taper, then down the straight line below it.
    required = np.where(hours > tapered_h, top - rate * (hours - tapered_h), in_taper)
    return np.where(rate > 0.0, required, target_soc)
