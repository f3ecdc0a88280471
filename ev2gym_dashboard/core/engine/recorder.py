"""Recorder: totals per model, and one row of fleet totals per step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Counts, Floats
from ev2gym_dashboard.core.control.step import FLOWS
from ev2gym_dashboard.core.engine.step_series import Derive, StepSeries
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.core.site.settlement import compute_curtailed_kw, compute_ev_prices

COLUMNS = {
    "n_connected": "vehicles plugged in",
    "n_charging": "vehicles in G2V",
    "n_discharging": "vehicles in V2G",
    "n_idle": "vehicles plugged in without charging or discharging",
    "n_waiting": "vehicles waiting for a free EVSE",
    "soc_mean": "mean SOC of the whole fleet, 0..1; a vehicle on the road counts with its last known SOC",
    "g2v_kw": "power of the charging vehicles, mean over the step",
    "v2g_kw": "power of the discharging vehicles, positive, mean over the step",
    "net_power_kw": "G2V - V2G of the fleet, positive = import",
    "charge_loss_kw": "loss of charging",
    "discharge_loss_kw": "loss of discharging",
    "driven_kwh": "energy driven by the vehicles that arrived in the step",
    "n_departures": "stays that ended at the beginning of the step",
    "n_at_target": "departures with the target SOC, or with all that full power during the stay reaches",
    "unserved_kwh": "energy missing at the departures to the target SOC less 0.5 %, or to what the stay can reach",
    "base_load_kw": "load of the site without its EVs",
    "solar_kw": "PV output of the site",
    "curtailed_kw": "PV output that the site neither uses nor exports, as the export would exceed the limit",
    "net_load_kw": "base_load_kw + net_power_kw - solar_kw + curtailed_kw, at the meter, positive = import",
    "import_kw": "import at the meter",
    "export_kw": "export at the meter, positive",
    "limit_kw": "limit of the connection, reduced during a demand-response event",
    "overload_kw": "excess of the import over the limit",
    "price_mad_kwh": "price of import, tax included; under tiers an estimate, and the bill follows the month's import",
    "export_mad_kwh": "price of export, without tax",
    "poste": "ONEE's time-of-use period, index into POSTES",
    "solar_kw_per_kwp": "PV output per installed kWp",
}
"""The series of a run: name and meaning; the unit is the suffix."""

COUNTS = {name for name in COLUMNS if name.startswith("n_")} | {"poste"}
"""The series of whole numbers, none of which exceeds the size of a fleet."""
DERIVED: dict[str, Derive] = {
    "n_idle": lambda series: series["n_connected"] - series["n_charging"] - series["n_discharging"],
    "net_power_kw": lambda series: series["g2v_kw"] - series["v2g_kw"],
    "import_kw": lambda series: np.maximum(series["net_load_kw"], 0.0),
    "export_kw": lambda series: np.maximum(-series["net_load_kw"], 0.0),
    "overload_kw": lambda series: np.maximum(series["net_load_kw"] - series["limit_kw"], 0.0),
}
"""The series that follow from others step by step, as in `StepTotals.to_row`: they are not kept."""
AT_TARGET_KWH = 1e-4
"""Missing energy up to which a departure counts as at target: smaller amounts are rounding errors."""


@dataclass(frozen=True)
class ModelTotals:
    """Running totals of each model, (models,), updated in place, so that no step sums over all vehicles.

    Parameters
    ----------
    n_plugged, n_present : vehicles plugged in, and vehicles plugged in or waiting
    soc_sum : sum of the SOC of the model's vehicles
    n_departures, n_at_target : stays that ended so far, and those of them that ended without missing energy
    unserved_kwh : energy missing at the departures so far to the target SOC less 0.5 %, or to what the stay can reach
        [kWh]
    waited_h : time that vehicles waited for an EVSE so far [h]
    energy_cost_mad : energy drawn less energy given back, each at its price of `compute_ev_prices` [MAD]
    """

    n_plugged: NDArray[np.int64]
    n_present: NDArray[np.int64]
    soc_sum: Floats
    n_departures: NDArray[np.int64]
    n_at_target: NDArray[np.int64]
    unserved_kwh: Floats
    waited_h: Floats
    energy_cost_mad: Floats

    @classmethod
    def make_zeros(cls, n_models: int) -> ModelTotals:
        """Return totals of 0."""
        # Counts are integers, so that they stay exact however long a run lasts.
        return cls(**{f.name: np.zeros(n_models, np.int64 if f.name.startswith("n_") else float) for f in fields(cls)})

    @property
    def n_waiting(self) -> NDArray[np.int64]:
        return self.n_present - self.n_plugged

    def count_arrivals(self, model: NDArray[np.int64], driven_soc: Floats) -> None:
        """Count vehicles that arrive, by their models (n,), and the SOC (n,) that they have driven."""
        np.add(self.n_present, self._count_by_model(model), out=self.n_present)
        # bincount adds in the order of the vehicles, as the Numba kernel does: the bits of both agree.
        np.subtract(self.soc_sum, np.bincount(model, driven_soc, len(self.soc_sum)), out=self.soc_sum)

    def count_plug_ins(self, model: NDArray[np.int64]) -> None:
        """Count vehicles that plug in, by their models (n,)."""
        np.add(self.n_plugged, self._count_by_model(model), out=self.n_plugged)

    def count_departures(
        self, model: NDArray[np.int64], *, plugged: NDArray[np.bool_], missing_kwh: Floats
    ) -> tuple[int, Floats]:
        """Count vehicles that leave, whether they were plugged in, and their missing energy, each (n,).

        Return how many left without missing energy, and the missing energy by model [kWh].
        """
        at_target, missing_by_model_kwh = missing_kwh <= AT_TARGET_KWH, np.zeros(len(self.soc_sum))
        missing_by_model_kwh += np.bincount(model, missing_kwh, len(self.soc_sum))
        np.subtract(self.n_present, self._count_by_model(model), out=self.n_present)
        np.subtract(self.n_plugged, self._count_by_model(model[plugged]), out=self.n_plugged)
        np.add(self.n_departures, self._count_by_model(model), out=self.n_departures)
        np.add(self.n_at_target, self._count_by_model(model[at_target]), out=self.n_at_target)
        np.add(self.unserved_kwh, missing_by_model_kwh, out=self.unserved_kwh)
        return int(np.count_nonzero(at_target)), missing_by_model_kwh

    def accumulate(self, flows: Floats, moment: Moment) -> None:
        """Add a step by its `FLOWS`: SOC, waiting time, and cost of energy."""
        _, _, g2v_kw, v2g_kw, _, _, soc_change = flows
        # Most steps only import: one price for all, and no sums over the models.
        if moment.other_load_kw >= 0.0 and sum_models(v2g_kw) <= moment.other_load_kw:
            cost_mad = (g2v_kw - v2g_kw) * (moment.timestep_h * moment.price_mad_kwh)
        else:
            g2v_mad_kwh, v2g_mad_kwh = compute_ev_prices(moment, sum_models(g2v_kw), sum_models(v2g_kw))
            cost_mad = (g2v_kw * g2v_mad_kwh - v2g_kw * v2g_mad_kwh) * moment.timestep_h
        np.add(self.soc_sum, soc_change, out=self.soc_sum)
        np.add(self.waited_h, self.n_waiting * moment.timestep_h, out=self.waited_h)
        np.add(self.energy_cost_mad, cost_mad, out=self.energy_cost_mad)

    def _count_by_model(self, model: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(model, minlength=len(self.soc_sum))


@dataclass
class StepTotals:
    """Totals of one step.

    Parameters
    ----------
    flows : (flows, models), one row per name in `FLOWS`
    n_connected, n_waiting, soc_sum : (models,)
    """

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

    def get_flow(self, name: str) -> Floats:
        """Return one of `FLOWS` per model, shape (models,)."""
        values: Floats = self.flows[FLOWS.index(name)]
        return values

    def to_row(self) -> dict[str, float]:
        """Return the totals of the fleet, by the names of `COLUMNS`."""
        flows = dict(zip(FLOWS, np.add.reduce(self.flows, axis=1).tolist(), strict=True))
        moment, net_power_kw = self.moment, flows["g2v_kw"] - flows["v2g_kw"]
        uncurtailed_kw = moment.other_load_kw + net_power_kw
        curtailed_kw = compute_curtailed_kw(uncurtailed_kw, moment)
        net_load_kw = uncurtailed_kw + curtailed_kw
        charging, discharging = int(flows["n_charging"]), int(flows["n_discharging"])
        connected = int(sum_models(self.n_connected))
        # In the order of `COLUMNS`: the recorder appends by place.
        return {
            "n_connected": connected,
            "n_charging": charging,
            "n_discharging": discharging,
            "n_idle": connected - charging - discharging,
            "n_waiting": int(sum_models(self.n_waiting)),
            "soc_mean": sum_models(self.soc_sum) / self.n_vehicles,
            "g2v_kw": flows["g2v_kw"],
            "v2g_kw": flows["v2g_kw"],
            "net_power_kw": net_power_kw,
            "charge_loss_kw": flows["charge_loss_kw"],
            "discharge_loss_kw": flows["discharge_loss_kw"],
            "driven_kwh": self.driven_kwh,
            "n_departures": self.n_departures,
            "n_at_target": self.n_at_target,
            "unserved_kwh": self.unserved_kwh,
            "base_load_kw": moment.base_load_kw,
            "solar_kw": moment.solar_kw,
            "curtailed_kw": curtailed_kw,
            "net_load_kw": net_load_kw,
            "import_kw": max(net_load_kw, 0.0),
            "export_kw": max(-net_load_kw, 0.0),
            "limit_kw": moment.limit_kw,
            "overload_kw": max(net_load_kw - moment.limit_kw, 0.0),
            "price_mad_kwh": moment.price_mad_kwh,
            "export_mad_kwh": moment.export_mad_kwh,
            "poste": self.poste,
            "solar_kw_per_kwp": moment.solar_kw_per_kwp,
        }


def sum_models(values: Floats | Counts) -> float:
    """Return the sum over the models."""
    # The same additions as ``values.sum()`` for half of its cost, which a small fleet notices in every step.
    return float(np.add.reduce(values))


def make_step_series() -> StepSeries:
    """Return the series of a run without steps."""
    return StepSeries.make_empty(COLUMNS, COUNTS, DERIVED)


@dataclass
class Recorder:
    """The series so far, by column, and the totals of the last step."""

    series: StepSeries = field(default_factory=make_step_series)
    last: StepTotals | None = None

    @classmethod
    def restore(cls, columns: Mapping[str, NDArray[Any]], last: StepTotals | None) -> Recorder:
        """Return a recorder that continues after recorded columns, each (steps,)."""
        records = cls(last=last)
        records.series.extend_columns(columns)
        return records

    def append(self, totals: StepTotals) -> None:
        """Append a step."""
        self.series.extend(np.array([list(totals.to_row().values())]))
        self.last = totals

    def extend(self, rows: Floats) -> None:
        """Append steps, (steps, columns), in the order of `COLUMNS`."""
        self.series.extend(rows)

    def fork(self) -> Recorder:
        """Return a recorder that continues from here independently."""
        # The compiled loop writes the flows of each step into the same array.
        last = self.last and replace(self.last, flows=self.last.flows.copy())
        return Recorder(self.series.fork(), last)
