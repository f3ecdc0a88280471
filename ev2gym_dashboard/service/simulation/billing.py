"""The bill: a run's settlement, line by line, by poste horaire."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class BillLine:
    """A line of the bill; ``poste`` is "HP", "HPL", "HC" or "HN", or empty where it does not depend on it.

    ``what`` is "import", "export" or "fixed"; an export is a negative cost.
    """

    what: str
    poste: str
    energy_kwh: float
    cost_mad: float


def list_bill_lines(series: pd.DataFrame, *, timestep_h: float) -> list[BillLine]:
    """Return the lines of a run's bill; they add up to the sum of ``cost_mad``."""
    lines = [
        BillLine(
            "import",
            str(poste),
            float(steps["import_kw"].sum()) * timestep_h,
            float(steps["import_cost_mad"].sum()),
        )
        for poste, steps in series.groupby("poste", observed=True)
    ]
    export_kwh = float(series["export_kw"].sum()) * timestep_h
    lines.append(BillLine("export", "", export_kwh, -float(series["export_credit_mad"].sum())))
    return [*lines, BillLine("fixed", "", 0.0, float(series["fixed_mad"].sum()))]
