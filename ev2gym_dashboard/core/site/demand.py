"""Demand charge: metered power, the subscription it needs, and the charge for exceeding it, as pure functions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

KVA_DIGITS = 6
"""Decimals to which a metered power is compared and rounded up [kVA]."""


class DemandCharge(NamedTuple):
    """What a bill charges for power.

    Parameters
    ----------
    metered_kva : (steps,) see `compute_metered_kva` [kVA]
    fixed_mad : (steps,) charge of the subscribed power, see `compute_fixed_charge_mad` [MAD]
    excess_mad : (steps,) charge for exceeding it, see `compute_excess_charge_mad` [MAD]
    """

    metered_kva: Floats
    fixed_mad: Floats
    excess_mad: Floats


def compute_metered_kva(
    import_kw: Floats, *, start_min: int, timestep_min: int, interval_min: int, power_factor: float
) -> Floats:
    """Return the power that a demand meter registers in the interval in which each step begins.

    Parameters
    ----------
    import_kw : (k,) mean import at the meter in each step, >= 0 [kW]
    start_min : minutes of the first step since midnight [min]
    timestep_min : length of a step [min]
    interval_min : metering interval, which divides an hour; intervals begin on the full hour [min]
    power_factor : active over apparent power, above 0

    Returns
    -------
    (k,) apparent power [kVA]

    Notes
    -----
    The power is the mean over the interval. Steps as long as the interval, or longer, count as they are. Minutes of an
    interval outside the run count as 0, so that the register of an interval only rises while it lasts.
    """
    if timestep_min >= interval_min:
        return import_kw / power_factor
    start = start_min % interval_min + np.arange(len(import_kw)) * timestep_min
    interval = start // interval_min
    # A step can reach into the next interval, since intervals are longer than steps but need not be multiples of them.
    minutes_in_own = np.minimum((interval + 1) * interval_min - start, timestep_min)
    n_intervals = int(interval[-1]) + 2 if len(interval) else 0
    kw_min = np.bincount(interval, import_kw * minutes_in_own, n_intervals)
    kw_min += np.bincount(interval + 1, import_kw * (timestep_min - minutes_in_own), n_intervals)
    metered_kva: Floats = kw_min[interval] / interval_min / power_factor
    return metered_kva


def compute_excess_charge_mad(
    month: NDArray[np.datetime64],
    metered_kva: Floats,
    charge_mad_per_kva: Floats,
    *,
    subscribed_kva: float,
    billed_peak_kva: float,
    price_factor: float,
) -> Floats:
    """Return the charge of each step for power above the subscription.

    Parameters
    ----------
    month : (k,) billing month of each step, in order
    metered_kva : (k,) metered power, see `compute_metered_kva` [kVA]
    charge_mad_per_kva : (k,) fixed charge of 1 kVA in each step [MAD/kVA]
    subscribed_kva : subscribed power [kVA]
    billed_peak_kva : peak that the month of the first step is already billed for; only power above it costs more [kVA]
    price_factor : price of a kVA in excess, as a multiple of the price of a subscribed one

    Returns
    -------
    (k,) charges >= 0 [MAD]

    Notes
    -----
    A month costs ``price_factor * (peak - subscribed_kva)`` times its fixed charge of 1 kVA. A part of a month costs
    its part of that, by hours.
    """
    months, first_step, row = np.unique(month, return_index=True, return_inverse=True)
    peak_kva = np.array([part.max() for part in np.split(metered_kva, first_step[1:])]) if len(months) else metered_kva
    paid_kva = np.full(len(months), subscribed_kva)
    paid_kva[:1] = max(subscribed_kva, billed_peak_kva)
    # Rounded, so that a peak at the subscription itself does not exceed it by a rounding error.
    excess_kva = np.maximum(peak_kva - paid_kva, 0.0).round(KVA_DIGITS)
    charge_mad: Floats = price_factor * charge_mad_per_kva * excess_kva[row]
    return charge_mad


def compute_needed_kva(metered_kva: Floats) -> float:
    """Return the least subscription, in whole kVA, that metered powers do not exceed [kVA]; 0 without a step."""
    return float(math.ceil(round(float(metered_kva.max()), KVA_DIGITS))) if len(metered_kva) else 0.0
