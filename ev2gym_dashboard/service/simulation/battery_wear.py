"""Wear of the packs in a run: capacity lost, and what it costs, per vehicle, per model and in all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import compute_calendar_loss, compute_cyclic_loss, compute_loss_cost_mad


@dataclass(frozen=True)
class BatteryWear:
    """Wear since the start of a run, per vehicle, each (n,).

    Parameters
    ----------
    calendar_loss, cyclic_loss : share of the capacity lost by time and by cycling
    cost_mad : what both cost, cyclic_cost_mad the second alone [MAD]
    cycled_kwh : energy that went out of the pack while plugged in, or came in, whichever; half of both [kWh]
    """

    calendar_loss: Floats
    cyclic_loss: Floats
    cost_mad: Floats
    cyclic_cost_mad: Floats
    cycled_kwh: Floats


def compute_battery_wear(engine: Engine) -> BatteryWear:
    """Return the wear of each vehicle of a run so far."""
    scenario, sums = engine.scenario, engine.state.wear
    capacity_kwh = np.repeat(engine.fleet.capacity_kwh, engine.fleet.counts)
    depth = 2.0 * sums.swing_sum / np.maximum(engine.plugged_steps, 1)
    calendar = compute_calendar_loss(engine.mean_soc, days=engine.step / scenario.steps_per_day)
    cyclic = compute_cyclic_loss(sums.cycled_soc.astype(np.float64), depth, capacity_kwh=capacity_kwh)
    per_loss = compute_loss_cost_mad(
        capacity_kwh, pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
    )
    cycled_kwh = 0.5 * sums.cycled_soc * capacity_kwh
    return BatteryWear(calendar, cyclic, (calendar + cyclic) * per_loss, cyclic * per_loss, cycled_kwh)


def compute_wear_kpis(wear: BatteryWear) -> dict[str, float]:
    """Return the wear of the fleet: mean shares lost, cost, and what a kWh costs that goes out of a pack."""
    cycled_kwh = float(wear.cycled_kwh.sum())
    return {
        "calendar_loss": float(wear.calendar_loss.mean()),
        "cyclic_loss": float(wear.cyclic_loss.mean()),
        "wear_mad": float(wear.cost_mad.sum()),
        "wear_mad_kwh": float(wear.cyclic_cost_mad.sum()) / cycled_kwh if cycled_kwh else 0.0,
    }
