"""Wear, compiled: what the ageing of a fleet has cost so far, by the laws of `core.fleet.ageing`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.compiler import inline_kernel
from ev2gym_dashboard.core.fleet.ageing import (
    compute_declared_cyclic_loss,
    compute_lfp_calendar_loss,
    compute_lfp_cyclic_loss,
    compute_nmc_calendar_loss,
    compute_nmc_cyclic_loss,
)

for function in (
    compute_declared_cyclic_loss,
    compute_lfp_calendar_loss,
    compute_lfp_cyclic_loss,
    compute_nmc_calendar_loss,
    compute_nmc_cyclic_loss,
):
    register_jitable(function)


class WearTables(NamedTuple):
    """Wear law of a scenario.

    ``cost_per_loss_mad`` and ``past_cycles`` are (n,). A ``cycle_life`` of 0 is not declared: the law of the chemistry
    holds.
    """

    cost_per_loss_mad: Floats
    past_cycles: Floats
    is_lfp: bool
    cycle_life: float
    end_of_life_loss: float
    temperature_c: float
    steps_per_day: int


@inline_kernel
def sum_wear_mad(law, fleet, mean_soc, plugged_steps, n_steps):  # type: ignore[no-untyped-def]
    """Return the cost of the wear of a fleet in the steps since its start [MAD]."""
    days, temperature_c, total_mad = n_steps / law.steps_per_day, law.temperature_c, 0.0
    swing_sums, cycled_socs = fleet.swing_sum, fleet.cycled_soc
    for row in range(mean_soc.size):
        # A vehicle that was never plugged in has a swing of 0, which must not be divided by 0 steps.
        depth = 2.0 * swing_sums[row] / max(plugged_steps[row], 1)
        calendar, cyclic = compute_losses(
            law, mean_soc[row], np.float64(cycled_socs[row]), depth, law.past_cycles[row], days, temperature_c
        )
        total_mad += calendar * law.cost_per_loss_mad[row] + cyclic * law.cost_per_loss_mad[row]
    return total_mad


@inline_kernel
def compute_losses(law, mean_soc, cycled_soc, depth, past_cycles, days, temperature_c):  # type: ignore[no-untyped-def]
    """Return the shares of the capacity that a battery has lost by calendar ageing and by cycling."""
    if law.is_lfp:
        calendar = compute_lfp_calendar_loss(mean_soc, days, temperature_c)
        cyclic = compute_lfp_cyclic_loss(cycled_soc, depth, past_cycles)
    else:
        calendar = compute_nmc_calendar_loss(mean_soc, days, temperature_c)
        cyclic = compute_nmc_cyclic_loss(cycled_soc, depth, past_cycles)
    if law.cycle_life > 0.0:
        cyclic = compute_declared_cyclic_loss(cycled_soc, law.cycle_life, law.end_of_life_loss)
    return calendar, cyclic
