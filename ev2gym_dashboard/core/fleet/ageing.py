"""Battery wear: calendar and cyclic ageing of each pack by chemistry, from running sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Rows
from ev2gym_dashboard.core.scenario_options import LFP, NMC

# Schmalstieg et al. 2014, for NMC; times in days, charges in Ah.
E0, E1, E2 = 7.543e6, 23.75e6, 6976.0
Z0, Z1, Z2, Z3 = 7.348e-3, 3.667, 7.6e-4, 4.081e-3
CELL_AH = 2.05
VOLTAGE_SLOPE_V, VOLTAGE_AT_EMPTY_V, MEAN_CYCLE_V = 0.8263, 3.3324, 3.74555

# Naumann et al. 2018 and 2020, for LFP; times in seconds, the cyclic loss in percent.
K_REF, CALENDAR_SOC_CUBED, CALENDAR_SOC_CONSTANT = 1.2571e-5, 2.8575, 0.60225
ACTIVATION_K, REFERENCE_K = 17_126.0 / 8.3144598, 298.15
RATE_SLOPE, RATE_CONSTANT = 0.0630, 0.0971
DEPTH_CUBED, DEPTH_CONSTANT = 4.0253, 1.0923
LFP_RATE_PER_H = 0.2
"""Assumed C-rate of LFP packs, 11 kW into 55 kWh: the running sums hold no rate."""

PACK_AGE_DAYS = 730.0
DRIVEN_KWH_PER_KM = 0.186
ZERO_CELSIUS_K, SECONDS_PER_DAY = 273.15, 86_400.0


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

    def select(self, rows: Rows) -> WearSums:
        """Return the sums of some vehicles, (m,)."""
        return WearSums(self.soc_sum[rows], self.swing_sum[rows], self.cycled_soc[rows], self.plugged_steps[rows])


@dataclass(frozen=True)
class AgeingLaw:
    """The two laws of a chemistry; both are slopes at a pack age of two years.

    Parameters
    ----------
    compute_calendar_loss : function of the mean SOC (n,), the ``days`` and the cell's ``temperature_c``
    compute_cyclic_loss : function of the cycled SOC (n,), its depth (n,) and the full cycles before the run,
        ``past_cycles`` (n,)
    name, source : for the documentation and the notes on a scenario
    """

    compute_calendar_loss: Callable[..., Floats]
    compute_cyclic_loss: Callable[..., Floats]
    name: str
    source: str


# No keyword-only arguments in these five: Numba, which compiles them for an agent's steps, binds none.
def compute_nmc_calendar_loss(mean_soc: Floats, days: float, temperature_c: float) -> Floats:
    """Return the share of the capacity of NMC cells that calendar ageing takes.

    Parameters
    ----------
    mean_soc : (n,) mean SOC over the time
    days : length of the time [d]
    temperature_c : temperature of the cells [°C]

    Notes
    -----
    ``alpha(v) * 0.75 * days / 730^0.25`` with ``alpha = (e0 v - e1) exp(-e2 / theta)`` and
    ``v = 3.3324 + 0.8263 * mean SOC``: the slope of ``alpha t^0.75`` at a pack age of two years.

    References
    ----------
    Schmalstieg et al. 2014, J. Power Sources 257, as in EV2Gym (``ev.py``, lines 442-521).
    """
    voltage_v = VOLTAGE_AT_EMPTY_V + VOLTAGE_SLOPE_V * mean_soc
    # The slope at two years of age: the steep start of a new pack would dominate a run of a few days.
    alpha = (E0 * voltage_v - E1) * np.exp(-E2 / (temperature_c + ZERO_CELSIUS_K))
    loss: Floats = alpha * 0.75 * days / PACK_AGE_DAYS**0.25
    return loss


def compute_nmc_cyclic_loss(cycled_soc: Floats, depth: Floats, past_cycles: Floats) -> Floats:
    """Return the share of the capacity of NMC cells that cyclic ageing takes.

    Parameters
    ----------
    cycled_soc : (n,) SOC charged and discharged, both positive
    depth : (n,) depth of discharge: twice the mean distance of the SOC to its mean
    past_cycles : (n,) equivalent full cycles before the run, see `compute_past_cycles`

    Notes
    -----
    ``beta * 0.5 * Q / sqrt(Q_past)`` with ``beta = z0 (v - z1)^2 + z2 + z3 DoD``, ``Q`` the charge through a cell of
    2.05 Ah in both directions, and ``Q_past`` that before the run: the slope of ``beta sqrt(Q)``.

    References
    ----------
    Schmalstieg et al. 2014, J. Power Sources 257, as in EV2Gym (``ev.py``, lines 442-521).
    """
    beta = Z0 * (MEAN_CYCLE_V - Z1) ** 2 + Z2 + Z3 * depth
    # Cyclic ageing grows with the root of the charge: its slope depends on the charge before the run.
    return beta * 0.5 * cycled_soc * CELL_AH / np.sqrt(2.0 * past_cycles * CELL_AH)


def compute_lfp_calendar_loss(mean_soc: Floats, days: float, temperature_c: float) -> Floats:
    """Return the share of the capacity of LFP cells that calendar ageing takes.

    Parameters
    ----------
    mean_soc : (n,) mean SOC over the time
    days : length of the time [d]
    temperature_c : temperature of the cells [°C]

    Notes
    -----
    ``k * 0.5 * t / sqrt(t_age)``, times in seconds, with ``k = k_ref exp(-E / R (1 / theta - 1 / 298.15)) *
    (2.8575 (SOC - 0.5)^3 + 0.60225)``: the slope of ``k sqrt(t)`` at a pack age of two years.

    References
    ----------
    Naumann et al. 2018, J. Energy Storage 17, 153-169, with the constants of SimSES (TU Munich).
    """
    kelvin = temperature_c + ZERO_CELSIUS_K
    rate = K_REF * np.exp(-ACTIVATION_K * (1.0 / kelvin - 1.0 / REFERENCE_K))
    shape = CALENDAR_SOC_CUBED * (mean_soc - 0.5) ** 3 + CALENDAR_SOC_CONSTANT
    loss: Floats = rate * shape * 0.5 * days * np.sqrt(SECONDS_PER_DAY / PACK_AGE_DAYS)
    return loss


def compute_lfp_cyclic_loss(cycled_soc: Floats, depth: Floats, past_cycles: Floats) -> Floats:
    """Return the share of the capacity of LFP cells that cyclic ageing takes.

    Parameters
    ----------
    cycled_soc, depth, past_cycles : as for `compute_nmc_cyclic_loss`

    Notes
    -----
    ``k * 0.5 * N / sqrt(N_past) / 100`` with ``k = (0.0630 C + 0.0971) (4.0253 (DoD - 0.6)^3 + 1.0923)`` at a C-rate of
    0.2 per hour, and ``N`` the equivalent full cycles: the slope of ``k sqrt(N)``, which is a loss in percent.

    References
    ----------
    Naumann et al. 2020, J. Power Sources 451, 227666, with the constants of SimSES (TU Munich).
    """
    rate = RATE_SLOPE * LFP_RATE_PER_H + RATE_CONSTANT
    shape = DEPTH_CUBED * (depth - 0.6) ** 3 + DEPTH_CONSTANT
    return rate * shape / 100.0 * 0.5 * (0.5 * cycled_soc) / np.sqrt(past_cycles)


AGEING_LAWS = {
    NMC: AgeingLaw(
        compute_nmc_calendar_loss, compute_nmc_cyclic_loss, "NMC", "Schmalstieg et al. 2014, J. Power Sources 257"
    ),
    LFP: AgeingLaw(
        compute_lfp_calendar_loss,
        compute_lfp_cyclic_loss,
        "LFP",
        "Naumann et al. 2018, J. Energy Storage 17, and 2020, J. Power Sources 451",
    ),
}
"""The laws by `CHEMISTRIES`."""


def compute_past_cycles(capacity_kwh: Floats, *, km_per_year: float) -> Floats:
    """Return the equivalent full cycles of two years of driving, (n,).

    Parameters
    ----------
    capacity_kwh : (n,) size of the pack [kWh]; EV2Gym takes 78 kWh for every pack, this its own size
    km_per_year : distance that each vehicle drives in a year [km]
    """
    # A small pack has had more charge through its cells for the same distance.
    return PACK_AGE_DAYS / 365.0 * km_per_year * DRIVEN_KWH_PER_KM / capacity_kwh


def compute_declared_cyclic_loss(cycled_soc: Floats, cycle_life: float, end_of_life_loss: float) -> Floats:
    """Return the share of the capacity that cycling takes if a pack lasts a declared number of full cycles, (n,)."""
    return 0.5 * cycled_soc / cycle_life * end_of_life_loss


def compute_loss_cost_mad(capacity_kwh: Floats, *, pack_price_mad_kwh: float, end_of_life_loss: float) -> Floats:
    """Return the cost of losing the whole capacity (n,) [MAD]; at its end of life, a pack is worth nothing."""
    return capacity_kwh * pack_price_mad_kwh / end_of_life_loss
