"""Calendar line: the cost of calendar wear as a line in the energy of the batteries, which is never above the law."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import AGEING_LAWS, compute_loss_cost_mad

TANGENT_SOC, SOC_STEP = 0.75, 1e-4
"""SOC at which the law of calendar wear is replaced by its tangent: from here on it lies below the law at any SOC, also
for LFP, whose law is a cubic about 50 %; the law of NMC is a line."""


def compute_calendar_line(engine: Engine) -> tuple[float, float]:
    """Return a line below the cost of calendar wear: a constant, and the price of a kWh in a battery for a step.

    Returns
    -------
    constant of the whole fleet and run [MAD], and slope [MAD/kWh per step]
    """
    scenario = engine.scenario
    law, days = AGEING_LAWS[scenario.battery_chemistry], 1.0 / scenario.steps_per_day
    socs = np.array([TANGENT_SOC - SOC_STEP, TANGENT_SOC, TANGENT_SOC + SOC_STEP])
    low, loss, high = law.compute_calendar_loss(socs, days=days, temperature_c=scenario.cell_temperature_c)
    slope = (high - low) / (2.0 * SOC_STEP)
    cost_per_kwh_mad = float(
        compute_loss_cost_mad(
            np.ones(1), pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
        )[0]
    )
    capacity_kwh = float(engine.fleet.capacity_kwh @ engine.fleet.counts)
    constant = (loss - slope * TANGENT_SOC) * cost_per_kwh_mad * capacity_kwh * scenario.n_steps
    return float(constant), float(slope * cost_per_kwh_mad)
