"""Series totals: sums and extremes of the recorded series over a span of steps, which join into longer spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from ev2gym_dashboard.core.arrays import Floats

SeriesByName = Mapping[str, Sequence[float] | Floats]
Columns = Mapping[str, Floats]


@dataclass(frozen=True)
class SeriesTotals:
    """Sums, maxima and minima of the series over a span of steps, from which KPIs and ledger follow.

    Parameters
    ----------
    sums : by name of `_SUMMED`
    highest, lowest : by column of `_EXTREME_COLUMNS`; 0 without steps
    n_steps : length of the span
    soc_mean : mean SOC of the last step; 0 without steps
    """

    sums: dict[str, float]
    highest: dict[str, float]
    lowest: dict[str, float]
    n_steps: int
    soc_mean: float

    def join(self, later: SeriesTotals) -> SeriesTotals:
        """Return the totals of this span and the one after it."""
        if not later.n_steps:
            return self
        return SeriesTotals(
            {name: value + later.sums[name] for name, value in self.sums.items()},
            {name: max(value, later.highest[name]) for name, value in self.highest.items()},
            {name: min(value, later.lowest[name]) for name, value in self.lowest.items()},
            self.n_steps + later.n_steps,
            later.soc_mean,
        )


def total_series(series: SeriesByName) -> SeriesTotals:
    """Return the totals of series, each (steps,)."""
    # Not of all columns: the counts would be copied, a tenth of the records of a long run.
    columns = {name: np.asarray(series[name], dtype=np.float64) for name in _KPI_COLUMNS}
    extremes, n_steps = {name: columns[name] for name in _EXTREME_COLUMNS}, len(columns["net_power_kw"])
    return SeriesTotals(
        sums={name: float(compute(columns).sum()) for name, compute in _SUMMED.items()},
        highest={name: float(values.max()) if n_steps else 0.0 for name, values in extremes.items()},
        lowest={name: float(values.min()) if n_steps else 0.0 for name, values in extremes.items()},
        n_steps=n_steps,
        soc_mean=float(columns["soc_mean"][-1]) if n_steps else 0.0,
    )


def _compute_surplus_kw(columns: Columns) -> Floats:
    surplus_kw: Floats = np.maximum(columns["solar_kw"] - columns["base_load_kw"], 0.0)
    return surplus_kw


def _compute_unused_solar_kw(columns: Columns) -> Floats:
    curtailed_kw = columns["curtailed_kw"]
    unused_kw: Floats = np.minimum(columns["export_kw"], columns["solar_kw"] - curtailed_kw) + curtailed_kw
    return unused_kw


_KPI_COLUMNS = (
    "n_departures",
    "n_at_target",
    "soc_mean",
    "g2v_kw",
    "v2g_kw",
    "net_power_kw",
    "charge_loss_kw",
    "discharge_loss_kw",
    "driven_kwh",
    "unserved_kwh",
    "base_load_kw",
    "solar_kw",
    "curtailed_kw",
    "net_load_kw",
    "import_kw",
    "export_kw",
    "overload_kw",
)
_EXTREME_COLUMNS = ("net_power_kw", "net_load_kw", "overload_kw")
_SUMMED: dict[str, Callable[[Columns], Floats]] = {
    **{name: itemgetter(name) for name in _KPI_COLUMNS if name not in ("soc_mean", "net_power_kw", "base_load_kw")},
    "loss_kw": lambda columns: columns["charge_loss_kw"] + columns["discharge_loss_kw"],
    "unused_solar_kw": _compute_unused_solar_kw,
    "surplus_kw": _compute_surplus_kw,
    "ev_surplus_kw": lambda columns: np.minimum(columns["g2v_kw"], _compute_surplus_kw(columns)),
}
