"""Electricity bill: the settlement of a run as lines by kind and poste horaire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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


def list_bill_lines(series: pd.DataFrame, *, timestep_h: float) -> list[BillLine]:
    """Return the lines of a run's bill; they add up to the sum of ``cost_mad``."""
    # Not grouped by pandas: for a short run, that takes as long as all of its other tables.
    names, codes = series["poste"].cat.categories, series["poste"].cat.codes.to_numpy()
    import_kw, cost_mad = series["import_kw"].to_numpy(), series["import_cost_mad"].to_numpy()
    # Observed postes only: a tariff has two to four of them, a short run fewer.
    lines = [
        BillLine(
            "import",
            str(names[code]),
            float(import_kw[codes == code].sum()) * timestep_h,
            float(cost_mad[codes == code].sum()),
        )
        for code in np.unique(codes).tolist()
    ]
    export_kwh = float(series["export_kw"].sum()) * timestep_h
    lines.append(BillLine("export", "", export_kwh, -float(series["export_credit_mad"].sum())))
    return lines + [BillLine(kind, "", 0.0, float(series[f"{kind}_mad"].sum())) for kind in POWER_KINDS]


def serialize_bill(lines: Iterable[BillLine]) -> list[dict[str, Any]]:
    """Return the lines of a bill as JSON values."""
    # Files and commands have always written the kind as "what".
    return [
        {"what": line.kind, "poste": line.poste, "energy_kwh": line.energy_kwh, "cost_mad": line.cost_mad}
        for line in lines
    ]
