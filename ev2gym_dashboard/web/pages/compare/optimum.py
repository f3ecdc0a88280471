"""The optimum in a comparison: its columns, its row, its marks in the figures, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.optimum import ComparisonOptimum
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, TRADE_OFF_KPIS, Comparison
from ev2gym_dashboard.web.components.charts import FigureDict, round_significant
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import table

ROW_ID = "optimum"
NAME = N_("Optimum (perfect foresight)")


@dataclass(frozen=True)
class DistanceColumn:
    """A column of the distance to the optimum: heading and explanation (msgids)."""

    heading: str
    explanation: str


COLUMNS = {
    "above_optimum": DistanceColumn(
        N_("Above the optimum, at most (%)"),
        N_(
            "First seed: objective of the strategy less the proven lower bound of any strategy, as a share of the "
            "bound. The objective is the bill, the wear of V2G, unserved energy and energy owed at the end."
        ),
    ),
    "captured_share": DistanceColumn(
        N_("Captured saving, at least (%)"),
        N_(
            "First seed: saving of the strategy relative to uncontrolled charging, as a share of the largest possible "
            "saving by the proven bound. Negative: it costs more than uncontrolled charging."
        ),
    ),
}
"""Columns by the names of `OPTIMUM_COLUMNS`."""


def build_distance_texts(comparison: Comparison, k: int, _: Translator) -> dict[str, Any]:
    """Return the distances of a variant in %, with the texts of its cells; without an optimum, empty cells."""
    texts: dict[str, Any] = {}
    for name in COLUMNS:
        share = float(comparison.distances[name].iloc[k]) if comparison.optimum is not None else np.nan
        texts |= _build_cell(name, share, _)
    return texts


def build_optimum_row(comparison: Comparison, _: Translator) -> list[dict[str, Any]]:
    """Return the row of the plan under the first seed; none without a plan."""
    optimum = comparison.optimum
    if optimum is None or not optimum.has_plan:
        return []
    digits = table.compute_digits(comparison)
    row: dict[str, Any] = {
        "id": ROW_ID,
        "variant": _(NAME),
        "strategy": _(NAME),
        "v2g": True,
        "note": _("first seed"),
        "pareto": False,
    }
    for name, value, baseline in zip(
        COMPARISON_KPIS, optimum.kpi_values, comparison.baseline_values[0, 0], strict=True
    ):
        row |= {f"{name}{suffix}": None for suffix in table.STATISTIC_BY_SUFFIX}
        row[name] = table.to_json_number(name, value)
        row |= _build_kpi_cells(name, float(value), float(baseline), digits[name], _)
    above = optimum.objective_mad / optimum.bound_mad - 1.0 if optimum.bound_mad > 0.0 else np.nan
    return [row | _build_cell("above_optimum", above, _) | _build_cell("captured_share", np.nan, _)]


def make_optimum_point(comparison: Comparison, _: Translator) -> list[FigureDict]:
    """Return the plan's total cost and peak as a point; none without a plan."""
    optimum = comparison.optimum
    if optimum is None or not optimum.has_plan:
        return []
    kpis = dict(zip(COMPARISON_KPIS, optimum.kpi_values.tolist(), strict=True))
    total_mad, peak_kw = (kpis[name] for name in TRADE_OFF_KPIS)
    values = _("{cost} MAD, {peak} kW, first seed", cost="%{x:,.6~r}", peak="%{y:,.5~r}")
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": _(NAME),
            "marker": {"color": palette.OPTIMUM, "symbol": "star", "size": 15},
            "x": [total_mad],
            "y": [peak_kw],
            "hovertemplate": f"{values}<extra>{_(NAME)}</extra>",
        }
    ]


def list_optimum_curve(optimum: ComparisonOptimum | None) -> list[float | None]:
    """Return the points of the plan's load curve [kW]; none without a plan."""
    return [] if optimum is None else [*round_significant(optimum.net_load_kw.tolist())]


def describe_optimum(comparison: Comparison, _: Translator) -> str:
    """Return how far the best strategy is from what is possible, or that this was too much work."""
    optimum = comparison.optimum
    if optimum is None:
        return _("Optimum: not computed for a comparison as large as this; choose fewer vehicles or a shorter period.")
    above, captured = (comparison.distances[name].to_numpy() for name in COLUMNS)
    k = int(np.nanargmin(above)) if np.isfinite(above).any() else 0
    if not np.isfinite(captured[k]):
        return _("Optimum (first seed): nothing can be saved relative to uncontrolled charging; this is proven.")
    return _(
        "Optimum (first seed): {label} comes closest, at most {above} above the lowest possible cost; it has at "
        "least {captured} of the possible saving.",
        label=table.format_variant_label(comparison, k, _),
        above=_.percent(float(above[k]), 1),
        captured=_.percent(float(captured[k]), 0),
    )


def _build_kpi_cells(name: str, value: float, baseline: float, digits: int, _: Translator) -> dict[str, str]:
    if name not in table.TABLE_KPIS:
        return {}
    is_known = np.isfinite(value)
    text = _.number(table.to_display_value(name, value), digits) if is_known else table.NO_VALUE
    change = table.format_kpi_difference(name, value - baseline, digits, _) if is_known else table.NO_VALUE
    cells = {name: text, f"{name}_vs_uncontrolled": change}
    return {
        f"{cell}_{part}": shown
        for cell, text in cells.items()
        for part, shown in {"text": text, "note": "", "tone": ""}.items()
    }


def _build_cell(name: str, share: float, _: Translator) -> dict[str, Any]:
    is_known = np.isfinite(share)
    return {
        name: 100.0 * share if is_known else None,
        f"{name}_text": _.number(100.0 * share, 1) if is_known else table.NO_VALUE,
        f"{name}_note": "",
        f"{name}_tone": "" if is_known else table.QUIET_TONE,
    }
