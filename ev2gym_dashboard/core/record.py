"""What is kept of each step: totals per model for the table, one row of fleet totals for the series."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

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

FLOWS = ("n_charging", "n_discharging", "g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw")
"""What is summed over the vehicles of a model, in this order."""


def flows_of(power_kw: Floats, loss_kw: Floats) -> Floats:
    """Return `FLOWS` of each vehicle, shape (flows, n), from its power and its loss [kW]."""
    flows = np.empty((len(FLOWS), len(power_kw)))
    charging, discharging = power_kw > 0.0, power_kw < 0.0
    flows[0], flows[1] = charging, discharging
    np.multiply(power_kw, charging, out=flows[2])
    np.multiply(power_kw, discharging, out=flows[3])
    np.negative(flows[3], out=flows[3])
    np.multiply(loss_kw, charging, out=flows[4])
    np.multiply(loss_kw, discharging, out=flows[5])
    return flows


@dataclass
class Totals:
    """Totals of one step; arrays have one entry per model, ``flows`` one row per name in `FLOWS`."""

    moment: Moment
    poste: int
    n_vehicles: int
    flows: Floats
    n_connected: NDArray[np.int64]
    n_waiting: NDArray[np.int64]
    soc_sum: Floats
    driven_kwh: float = 0.0
    n_departures: int = 0
    n_at_target: int = 0
    unserved_kwh: float = 0.0

    def flow(self, name: str) -> Floats:
        """Return one of `FLOWS` per model, shape (models,)."""
        values: Floats = self.flows[FLOWS.index(name)]
        return values

    def row(self) -> dict[str, float]:
        """Return the totals of the fleet, by the names of `COLUMNS`."""
        flows = dict(zip(FLOWS, self.flows.sum(axis=1).tolist(), strict=True))
        charging, discharging = int(flows["n_charging"]), int(flows["n_discharging"])
        connected = int(self.n_connected.sum())
        return flows | {
            "n_connected": connected,
            "n_charging": charging,
            "n_discharging": discharging,
            "n_idle": connected - charging - discharging,
            "n_waiting": int(self.n_waiting.sum()),
            "soc_mean": float(self.soc_sum.sum()) / self.n_vehicles,
            "net_power_kw": flows["g2v_kw"] - flows["v2g_kw"],
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
        row = totals.row()
        for name, values in self.series.items():
            values.append(row[name])
        self.last = totals
