"""Battery wear of a run: loss of capacity and its cost, calendar and cyclic, per vehicle and for the fleet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Counts, Floats, Rows
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import AGEING_LAWS, WearSums, compute_loss_cost_mad
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.battery_life import make_cyclic_law


@dataclass(frozen=True)
class BatteryWear:
    """Battery wear since the start of a run, per vehicle, each (n,).

    Parameters
    ----------
    calendar_loss, cyclic_loss : share of the capacity lost by calendar ageing and by cycling
    calendar_cost_mad, cyclic_cost_mad : cost of each loss [MAD]
    cycled_kwh : half of the energy into and out of the battery while plugged in [kWh]
    cyclic_loss_kwh : capacity lost by cycling [kWh]
    """

    calendar_loss: Floats
    cyclic_loss: Floats
    calendar_cost_mad: Floats
    cyclic_cost_mad: Floats
    cycled_kwh: Floats
    cyclic_loss_kwh: Floats

    @property
    def cost_mad(self) -> Floats:
        """Cost of both losses [MAD]."""
        return self.calendar_cost_mad + self.cyclic_cost_mad


def compute_battery_wear(engine: Engine) -> BatteryWear:
    """Return the battery wear of each vehicle of a run so far."""
    return compute_wear(
        engine.scenario,
        engine.state.wear,
        mean_soc=engine.mean_soc,
        plugged_steps=engine.plugged_steps,
        # The sums of the engine are per vehicle, the capacities of the fleet per model; its rows are sorted by model.
        capacity_kwh=np.repeat(engine.fleet.capacity_kwh, engine.fleet.counts),
        n_steps=engine.step,
    )


def compute_vehicle_wear(engine: Engine, rows: Rows) -> BatteryWear:
    """Return the battery wear of some vehicles of a run so far, each (m,), in the order of their rows."""
    return compute_wear(
        engine.scenario,
        engine.state.wear.select(rows),
        mean_soc=engine.compute_mean_soc(rows),
        plugged_steps=engine.count_plugged_steps(rows),
        capacity_kwh=engine.fleet.capacity_kwh[engine.fleet.find_models(rows)],
        n_steps=engine.step,
    )


def compute_wear(
    scenario: Scenario,
    sums: WearSums,
    *,
    mean_soc: Floats,
    plugged_steps: Counts,
    capacity_kwh: Floats,
    n_steps: int,
) -> BatteryWear:
    """Return the battery wear from the running sums of vehicles, of any shape (..., n).

    Parameters
    ----------
    scenario : declares chemistry, temperature, cycle life and prices
    sums : running sums of the vehicles, each (..., n)
    mean_soc : (..., n) mean SOC since the start
    plugged_steps : (..., n) steps plugged in since the start
    capacity_kwh : (n,) size of the packs [kWh]
    n_steps : steps since the start
    """
    law = WearLaw(scenario, capacity_kwh=capacity_kwh)
    calendar, cyclic = law.compute_losses(sums, mean_soc=mean_soc, plugged_steps=plugged_steps, n_steps=n_steps)
    return BatteryWear(
        calendar_loss=calendar,
        cyclic_loss=cyclic,
        calendar_cost_mad=calendar * law.cost_per_loss_mad,
        cyclic_cost_mad=cyclic * law.cost_per_loss_mad,
        cycled_kwh=0.5 * sums.cycled_soc * capacity_kwh,
        cyclic_loss_kwh=cyclic * capacity_kwh,
    )


class WearLaw:
    """Wear of some packs of a scenario; all that a run does not change is computed once.

    Parameters
    ----------
    scenario : declares chemistry, temperature, cycle life and prices
    capacity_kwh : (n,) size of the packs [kWh]
    """

    def __init__(self, scenario: Scenario, *, capacity_kwh: Floats) -> None:
        self.steps_per_day, self.temperature_c = scenario.steps_per_day, scenario.cell_temperature_c
        self.compute_calendar_loss = AGEING_LAWS[scenario.battery_chemistry].compute_calendar_loss
        self.compute_cyclic_loss = make_cyclic_law(scenario, capacity_kwh=capacity_kwh)
        self.cost_per_loss_mad = compute_loss_cost_mad(
            capacity_kwh, pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
        )

    def compute_losses(
        self, sums: WearSums, *, mean_soc: Floats, plugged_steps: Counts, n_steps: int
    ) -> tuple[Floats, Floats]:
        """Return the shares of the capacity lost by calendar ageing and by cycling, each (..., n)."""
        # A vehicle that was never plugged in has a swing of 0, which must not be divided by 0 steps.
        depth = 2.0 * sums.swing_sum / np.maximum(plugged_steps, 1)
        days = n_steps / self.steps_per_day
        calendar = self.compute_calendar_loss(mean_soc, days=days, temperature_c=self.temperature_c)
        return calendar, self.compute_cyclic_loss(sums.cycled_soc.astype(np.float64), depth)


def compute_wear_kpis(wear: BatteryWear, *, end_of_life_loss: float) -> dict[str, float]:
    """Return the KPIs of battery wear.

    Returns
    -------
    ``calendar_loss``, ``cyclic_loss`` : means over the fleet
    ``wear_mad`` : ``calendar_mad + cyclic_mad`` [MAD]
    ``cycled_kwh`` : half of the energy into and out of the batteries while plugged in [kWh]
    ``wear_mad_kwh`` : cyclic cost per cycled kWh, the pack price over ``cycle_life`` [MAD/kWh]
    ``cycle_life`` : full cycles until the end of life at the rate of the run; 0 before the first cycling
    """
    cycled_kwh, lost_kwh = float(wear.cycled_kwh.sum()), float(wear.cyclic_loss_kwh.sum())
    calendar_mad, cyclic_mad = float(wear.calendar_cost_mad.sum()), float(wear.cyclic_cost_mad.sum())
    return {
        "calendar_loss": float(wear.calendar_loss.mean()),
        "cyclic_loss": float(wear.cyclic_loss.mean()),
        "calendar_mad": calendar_mad,
        "cyclic_mad": cyclic_mad,
        "wear_mad": calendar_mad + cyclic_mad,
        "cycled_kwh": cycled_kwh,
        "wear_mad_kwh": cyclic_mad / cycled_kwh if cycled_kwh else 0.0,
        "cycle_life": end_of_life_loss * cycled_kwh / lost_kwh if lost_kwh else 0.0,
    }
