"""Electricity bill: the settlement of a run as lines by kind and poste horaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS

Key = TypeVar("Key")

POWER_KINDS = ("fixed", "excess")
"""Lines of the bill for power: what is subscribed, and what exceeds it."""


@dataclass(frozen=True)
class BillLine:
    """A line of the bill.

    Parameters
    ----------
    kind : "import", "export", "fixed" or "excess"
    poste : "HP", "HPL", "HC" or "HN"; empty where the line does not depend on it
    energy_kwh : energy of the line, >= 0 [kWh]
    cost_mad : cost of the line, <= 0 for an export [MAD]
    """

    kind: str
    poste: str
    energy_kwh: float
    cost_mad: float


@dataclass(frozen=True)
class BillTotals:
    """Sums of a bill over a span of steps.

    Parameters
    ----------
    import_kw, cost_mad : sums of import and of its cost, by index into `POSTES`, of the observed ones
    export_kw : sum of the export
    sums : those of `BILL_COLUMNS` that add up
    peak_kva : largest metered power; 0 without steps
    """

    import_kw: dict[int, float]
    cost_mad: dict[int, float]
    export_kw: float
    sums: dict[str, float]
    peak_kva: float

    def join(self, later: BillTotals) -> BillTotals:
        """Return the totals of this span and the one after it."""
        return BillTotals(
            add_by_key(self.import_kw, later.import_kw),
            add_by_key(self.cost_mad, later.cost_mad),
            self.export_kw + later.export_kw,
            add_by_key(self.sums, later.sums),
            max(self.peak_kva, later.peak_kva),
        )


def add_by_key(first: Mapping[Key, float], other: Mapping[Key, float]) -> dict[Key, float]:
    """Return the sums of two mappings; a key that one of them lacks counts as 0 there."""
    return {**first, **{key: first.get(key, 0.0) + value for key, value in other.items()}}


def total_bill(columns: Mapping[str, NDArray[Any]]) -> BillTotals:
    """Return the totals of recorded columns and those of `BILL_COLUMNS`, each (steps,)."""
    # Not grouped by pandas: for a short run, that takes as long as all of its other tables.
    postes, metered_kva = columns["poste"], columns["metered_kva"]
    # Observed postes only: a tariff has two to four of them, a short run fewer.
    codes = np.unique(postes).tolist()
    by_poste = {
        name: {code: float(columns[name][postes == code].sum()) for code in codes}
        for name in ("import_kw", "import_cost_mad")
    }
    return BillTotals(
        by_poste["import_kw"],
        by_poste["import_cost_mad"],
        float(columns["export_kw"].sum()),
        # A metered power is not a quantity that adds up over steps.
        {name: float(columns[name].sum()) for name in BILL_COLUMNS if name != "metered_kva"},
        float(metered_kva.max()) if len(metered_kva) else 0.0,
    )


def make_bill_lines(bill: BillTotals, *, timestep_h: float) -> list[BillLine]:
    """Return the lines of a bill; they add up to the sum of ``cost_mad``."""
    lines = [
        BillLine("import", POSTES[code], bill.import_kw[code] * timestep_h, bill.cost_mad[code])
        for code in sorted(bill.import_kw)
    ]
    lines.append(BillLine("export", "", bill.export_kw * timestep_h, -bill.sums["export_credit_mad"]))
    return lines + [BillLine(kind, "", 0.0, bill.sums[f"{kind}_mad"]) for kind in POWER_KINDS]


def list_bill_lines(series: pd.DataFrame, *, timestep_h: float) -> list[BillLine]:
    """Return the lines of the bill of a result's series."""
    columns = {name: series[name].to_numpy() for name in _TABLE_COLUMNS}
    columns["poste"] = pd.Categorical(series["poste"], categories=POSTES).codes
    return make_bill_lines(total_bill(columns), timestep_h=timestep_h)


_TABLE_COLUMNS = ("import_kw", "export_kw", *BILL_COLUMNS)


def serialize_bill(lines: Iterable[BillLine]) -> list[dict[str, Any]]:
    """Return the lines of a bill as JSON values."""
    # Files and commands have always written the kind as "what".
    return [
        {"what": line.kind, "poste": line.poste, "energy_kwh": line.energy_kwh, "cost_mad": line.cost_mad}
        for line in lines
    ]
