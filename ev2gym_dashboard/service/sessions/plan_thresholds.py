"""Thresholds of a plan: below which SOC vehicles charge, and above which they give back, by model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies.predictive import PREDICTIVE, read_thresholds

ROUNDING_SOC = 1e-6


@dataclass(frozen=True)
class PlanThresholds:
    """Medians of the thresholds of the last step over the plugged-in vehicles of a model, or of the fleet.

    Parameters
    ----------
    n : number of these vehicles
    charge_below_soc : SOC below which they charge
    give_above_soc : SOC above which those give back that may; None where the plan has no V2G for any of them
    """

    n: int
    charge_below_soc: float
    give_above_soc: float | None


def summarize_thresholds(simulation: Simulation) -> dict[str, PlanThresholds]:
    """Return the thresholds by name of the model, and under an empty name those of the fleet.

    It is empty where no plan has been made, and lacks the models without a plugged-in vehicle.
    """
    memory, is_plugged = simulation.engine.memory, simulation.state.code != UNPLUGGED
    if simulation.strategy != PREDICTIVE or not len(memory.vehicles):
        return {}
    charge_below_soc, give_above_soc = read_thresholds(memory, slice(None))
    groups = {"": slice(None)} | dict(zip(simulation.catalog.names, simulation.fleet.slices, strict=True))
    found = {
        name: _summarize(charge_below_soc[rows], give_above_soc[rows], is_plugged[rows])
        for name, rows in groups.items()
    }
    return {name: thresholds for name, thresholds in found.items() if thresholds.n}


def _summarize(charge_below_soc: Floats, give_above_soc: Floats, is_plugged: Booleans) -> PlanThresholds:
    if not is_plugged.any():
        return PlanThresholds(0, 0.0, None)
    # Above a full battery nobody gives back: the plan has no V2G for those vehicles.
    gives = is_plugged & (give_above_soc < FULL_SOC - ROUNDING_SOC)
    give_above = float(np.median(give_above_soc[gives])) if gives.any() else None
    return PlanThresholds(int(is_plugged.sum()), float(np.median(charge_below_soc[is_plugged])), give_above)
