"""What is kept of each step: totals per model for the table, one row of fleet totals for the series."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.decide import Vehicles
from ev2gym_dashboard.core.evse import UNPLUGGED
from ev2gym_dashboard.core.fleet import Fleet
from ev2gym_dashboard.core.view import Floats, Moment

COLUMNS = {
    "n_connected": "vehicles plugged in",
    "n_charging": "vehicles in G2V",
    "n_discharging": "vehicles in V2G",
    "n_idle": "vehicles plugged in that exchange nothing",
    "n_waiting": "vehicles that wait for a free EVSE",
    "soc_mean": "mean SOC of the whole fleet, 0..1; a vehicle on the road counts with the last one known",
    "g2v_kw": "power of the charging vehicles, mean over the step",
    "v2g_kw": "power of the discharging vehicles, positive, mean over the step",
    "net_power_kw": "g2v_kw - v2g_kw, positive = import",
    "charge_loss_kw": "lost in charging",
    "discharge_loss_kw": "lost in discharging",
    "driven_kwh": "energy driven by the vehicles that came back in the step",
    "n_departures": "stays that ended at the beginning of the step",
    "n_at_target": "of these, with the target SOC",
    "unserved_kwh": "energy missing to the target at these departures",
    "price_mad_kwh": "price of import, tax included",
    "poste": "ONEE's time-of-use period, index into POSTES",
    "solar_kw_per_kwp": "PV output per installed kWp",
}
"""The series of a run: name and meaning; the unit is the suffix."""

AT_TARGET_TOLERANCE = 1e-6


@dataclass
class Totals:
    """Totals of one step; arrays have one entry per model."""

    moment: Moment
    poste: int
    n_connected: NDArray[np.int64]
    n_charging: NDArray[np.int64]
    n_discharging: NDArray[np.int64]
    n_waiting: NDArray[np.int64]
    soc_sum: Floats
    g2v_kw: Floats
    v2g_kw: Floats
    charge_loss_kw: Floats
    discharge_loss_kw: Floats
    n_vehicles: int = 0
    driven_kwh: float = 0.0
    n_departures: int = 0
    n_at_target: int = 0
    unserved_kwh: float = 0.0

    @classmethod
    def of_step(cls, moment: Moment, poste: int, n_models: int) -> Totals:
        """Return totals of zero for a step."""
        counts, sums = np.zeros((4, n_models), np.int64), np.zeros((5, n_models))
        return cls(moment, poste, counts[0], counts[1], counts[2], counts[3], *sums)

    def count_departures(self, rows: NDArray[np.int32], soc: Floats, fleet: Fleet, target_soc: float) -> None:
        missing = np.maximum(target_soc - soc, 0.0)
        self.n_departures += len(rows)
        self.n_at_target += int(np.count_nonzero(missing <= AT_TARGET_TOLERANCE))
        self.unserved_kwh += float(missing @ fleet.capacity_kwh[fleet.model_of(rows)])

    def count_model(self, model: int, power_kw: Floats, battery_kw: Floats, soc: Floats, vehicles: Vehicles) -> None:
        charging, discharging = power_kw > 0.0, power_kw < 0.0
        unplugged = vehicles.kind == UNPLUGGED
        self.n_vehicles += len(soc)
        self.n_connected[model] = len(soc) - np.count_nonzero(unplugged)
        self.n_charging[model] = np.count_nonzero(charging)
        self.n_discharging[model] = np.count_nonzero(discharging)
        self.n_waiting[model] = np.count_nonzero(unplugged & (vehicles.hours_left > 0.0))
        self.soc_sum[model] = soc.sum()
        self.g2v_kw[model] = power_kw[charging].sum()
        self.v2g_kw[model] = -power_kw[discharging].sum()
        loss_kw = power_kw - battery_kw
        self.charge_loss_kw[model] = loss_kw[charging].sum()
        self.discharge_loss_kw[model] = loss_kw[discharging].sum()

    def row(self) -> dict[str, float]:
        """Return the totals of the fleet, by the names of `COLUMNS`."""
        g2v_kw, v2g_kw = float(self.g2v_kw.sum()), float(self.v2g_kw.sum())
        connected, charging, discharging = (
            int(counts.sum()) for counts in (self.n_connected, self.n_charging, self.n_discharging)
        )
        return {
            "n_connected": connected,
            "n_charging": charging,
            "n_discharging": discharging,
            "n_idle": connected - charging - discharging,
            "n_waiting": int(self.n_waiting.sum()),
            "soc_mean": float(self.soc_sum.sum()) / self.n_vehicles,
            "g2v_kw": g2v_kw,
            "v2g_kw": v2g_kw,
            "net_power_kw": g2v_kw - v2g_kw,
            "charge_loss_kw": float(self.charge_loss_kw.sum()),
            "discharge_loss_kw": float(self.discharge_loss_kw.sum()),
            "driven_kwh": self.driven_kwh,
            "n_departures": self.n_departures,
            "n_at_target": self.n_at_target,
            "unserved_kwh": self.unserved_kwh,
            "price_mad_kwh": self.moment.price_mad_kwh,
            "poste": self.poste,
            "solar_kw_per_kwp": self.moment.solar_kw_per_kwp,
        }


@dataclass
class Records:
    """The series so far, by column, and the totals of the last step."""

    series: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    last: Totals | None = None

    def append(self, totals: Totals) -> None:
        for name, value in totals.row().items():
            self.series[name].append(value)
        self.last = totals
