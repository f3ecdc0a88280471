"""Battery wear of a run: loss of capacity and its cost, per vehicle and for the fleet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import compute_calendar_loss, compute_cyclic_loss, compute_loss_cost_mad


@dataclass(frozen=True)
class BatteryWear:
    """Battery wear since the start of a run, per vehicle, each (n,).

    Parameters
    ----------
    calendar_loss, cyclic_loss : share of the capacity lost by calendar ageing and by cycling
    cost_mad : cost of both losses [MAD]
    cyclic_cost_mad : cost of the loss by cycling [MAD]
    cycled_kwh : half of the energy into and out of the battery while plugged in [kWh]
    """

    calendar_loss: Floats
    cyclic_loss: Floats
    cost_mad: Floats
    cyclic_cost_mad: Floats
    cycled_kwh: Floats


def compute_battery_wear(engine: Engine) -> BatteryWear:
    """Return the battery wear of each vehicle of a run so far."""
    scenario, sums = engine.scenario, engine.state.wear
    # The sums of the engine are per vehicle, the capacities of the fleet per model; its rows are sorted by model.
    capacity_kwh = np.repeat(engine.fleet.capacity_kwh, engine.fleet.counts)
    # A vehicle that was never plugged in has a swing of 0, which must not be divided by 0 steps.
    depth = 2.0 * sums.swing_sum / np.maximum(engine.plugged_steps, 1)
    calendar = compute_calendar_loss(engine.mean_soc, days=engine.step / scenario.steps_per_day)
    cyclic = compute_cyclic_loss(sums.cycled_soc.astype(np.float64), depth, capacity_kwh=capacity_kwh)
    cost_per_loss_mad = compute_loss_cost_mad(
        capacity_kwh, pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
    )
    cycled_kwh = 0.5 * sums.cycled_soc * capacity_kwh
    cost_mad, cyclic_cost_mad = (calendar + cyclic) * cost_per_loss_mad, cyclic * cost_per_loss_mad
    return BatteryWear(calendar, cyclic, cost_mad, cyclic_cost_mad, cycled_kwh)


def compute_wear_kpis(wear: BatteryWear) -> dict[str, float]:
    """Return the KPIs of battery wear: mean losses, cost, and cyclic cost per cycled kWh."""
    cycled_kwh = float(wear.cycled_kwh.sum())
    return {
        "calendar_loss": float(wear.calendar_loss.mean()),
        "cyclic_loss": float(wear.cyclic_loss.mean()),
        "wear_mad": float(wear.cost_mad.sum()),
        "wear_mad_kwh": float(wear.cyclic_cost_mad.sum()) / cycled_kwh if cycled_kwh else 0.0,
    }
