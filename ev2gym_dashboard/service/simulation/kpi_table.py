"""Table of the KPIs of a run, with unit, formula and sign."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
from ev2gym_dashboard.core.kpis import RAW_PREFIX, SAVING_INFIX, find_kpi

SAVING_SIGN = "> 0: the run has less"
COLUMNS = ("label", "value", "unit", "formula", "sign")


def describe_kpis(kpis: Mapping[str, float]) -> pd.DataFrame:
    """Return a row per KPI, by its name: label, value, unit, formula and the meaning of a positive value."""
    rows = {name: (find_kpi(name).label, value, find_kpi(name).unit, *_describe(name)) for name, value in kpis.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("kpi")


def _describe(name: str) -> tuple[str, str]:
    base, is_saving, counterfactual = name.partition(SAVING_INFIX)
    if not is_saving:
        return KPI_FORMULAS[name].text, KPI_FORMULAS[name].sign
    # Only a saving without the energy owed has the prefix, and no entry of its own in the table.
    is_raw = base.startswith(RAW_PREFIX) and base not in KPI_FORMULAS
    note = ", without the energy owed at the end" if is_raw else ""
    return (
        f"`{base.removeprefix(RAW_PREFIX) if is_raw else base}` of `{counterfactual}` less that of the run{note}",
        SAVING_SIGN,
    )
