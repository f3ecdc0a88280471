"""Battery wear: calendar and cyclic ageing of each pack, from running sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

E0, E1, E2 = 7.543e6, 23.75e6, 6976.0
Z0, Z1, Z2, Z3 = 7.348e-3, 3.667, 7.6e-4, 4.081e-3
CELL_AH = 2.05
TEMPERATURE_K = 298.15
VOLTAGE_SLOPE_V, VOLTAGE_AT_EMPTY_V, MEAN_CYCLE_V = 0.8263, 3.3324, 3.74555
PACK_AGE_DAYS = 730.0
DRIVEN_KM_PER_DAY, DRIVEN_KWH_PER_KM = 15_000.0 / 365.0, 0.186


@dataclass(frozen=True)
class WearSums:
    """Running sums of each vehicle's past, (n,), from which its ageing follows without a history.

    Parameters
    ----------
    soc_sum : sum of the SOC over all steps, on the road with the last known SOC
    swing_sum : sum over the plugged-in steps of the distance of the SOC to its mean so far
    cycled_soc : SOC charged and discharged while plugged in, both positive
    plugged_steps : steps plugged in; during a stay less the step in which it began, until departure adds its own
    """

    soc_sum: NDArray[np.float64]
    swing_sum: NDArray[np.float32]
    cycled_soc: NDArray[np.float32]
    plugged_steps: NDArray[np.int32]

    @classmethod
    def make_zeros(cls, size: int) -> WearSums:
        """Return sums of 0, for a run that has not begun."""
        return cls(np.zeros(size), np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.int32))


def compute_calendar_loss(mean_soc: Floats, *, days: float) -> Floats:
    """Return the share of the capacity that calendar ageing takes.

    Parameters
    ----------
    mean_soc : (n,) mean SOC over the time
    days : length of the time [d]

    Notes
    -----
    ``alpha(v) * 0.75 * days / 730^0.25`` with ``alpha = (e0 v - e1) exp(-e2 / theta)`` and
    ``v = 3.3324 + 0.8263 * mean SOC``: the slope of ``alpha t^0.75`` at a pack age of two years.

    References
    ----------
    Schmalstieg et al. 2014, J. Power Sources 257, as in EV2Gym (``ev.py``, lines 442-521).
    """
    voltage_v = VOLTAGE_AT_EMPTY_V + VOLTAGE_SLOPE_V * mean_soc
    alpha = (E0 * voltage_v - E1) * np.exp(-E2 / TEMPERATURE_K)
    loss: Floats = alpha * 0.75 * days / PACK_AGE_DAYS**0.25
    return loss


def compute_cyclic_loss(cycled_soc: Floats, depth: Floats, *, capacity_kwh: Floats) -> Floats:
    """Return the share of the capacity that cyclic ageing takes.

    Parameters
    ----------
    cycled_soc : (n,) SOC charged and discharged, both positive
    depth : (n,) depth of discharge: twice the mean distance of the SOC to its mean
    capacity_kwh : (n,) size of the pack [kWh]

    Notes
    -----
    ``beta * 0.5 * Q / sqrt(Q_past)`` with ``beta = z0 (v - z1)^2 + z2 + z3 DoD``, ``Q`` the charge through a cell of
    2.05 Ah, and ``Q_past`` that of two years of 15,000 km each. EV2Gym takes 78 kWh for every pack, this its own size:
    the charge through a cell is ``cycled_soc * 2.05 Ah``, and a small pack has had more of it for the same distance.
    """
    beta = Z0 * (MEAN_CYCLE_V - Z1) ** 2 + Z2 + Z3 * depth
    past_ah = 2.0 * PACK_AGE_DAYS * DRIVEN_KM_PER_DAY * DRIVEN_KWH_PER_KM * CELL_AH / capacity_kwh
    return beta * 0.5 * cycled_soc * CELL_AH / np.sqrt(past_ah)


def compute_loss_cost_mad(capacity_kwh: Floats, *, pack_price_mad_kwh: float, end_of_life_loss: float) -> Floats:
    """Return the cost of losing the whole capacity (n,) [MAD]; at its end of life, a pack is worth nothing."""
    return capacity_kwh * pack_price_mad_kwh / end_of_life_loss
