"""The optimum in a comparison: its columns, its row, its marks in the figures, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, OPTIMUM_COLUMNS, TRADE_OFF_KPIS, Comparison
from ev2gym_dashboard.service.optimum.optimum import compute_relative_gap
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
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
            "Objective of the strategy less the proven lower bound of any strategy, as a share of the bound. The "
            "objective is the bill, the wear of V2G, calendar wear, unserved energy and energy owed at the end."
        ),
    ),
    "captured_share": DistanceColumn(
        N_("Captured saving, at least (%)"),
        N_(
            "Saving of the strategy relative to uncontrolled charging, as a share of the largest possible "
            "saving by the proven bound. Negative: it costs more than uncontrolled charging."
        ),
    ),
}
"""Columns by the names of `OPTIMUM_COLUMNS`."""


def build_distance_texts(comparison: Comparison, k: int, _: Translator) -> dict[str, Any]:
    """Return the distances of a variant in %, with the texts of their cell; without an optimum, an empty cell."""
    above, captured = (
        float(comparison.distances[name].iloc[k]) if comparison.optima else np.nan for name in OPTIMUM_COLUMNS
    )
    return _build_cell(above, captured, _)


def build_optimum_row(comparison: Comparison, _: Translator) -> list[dict[str, Any]]:
    """Return the row of the plans, their mean over the seeds; none without plans."""
    if not has_plans(comparison):
        return []
    kpi_values = np.mean([optimum.kpi_values for optimum in comparison.optima], axis=0).tolist()
    baseline_values = comparison.baseline_values[0].mean(axis=0).tolist()
    digits = table.compute_digits(comparison)
    has_demand = has_demand_charge(comparison.variants[0].scenario)
    row: dict[str, Any] = {
        "id": ROW_ID,
        "variant": _(NAME),
        "strategy": _(NAME),
        "v2g": True,
        "note": _("most possible"),
        "pareto": False,
    }
    for name, value, baseline in zip(COMPARISON_KPIS, kpi_values, baseline_values, strict=True):
        row |= {f"{name}{suffix}": None for suffix in table.STATISTIC_BY_SUFFIX}
        row[name] = table.to_json_number(name, value)
        row |= _build_kpi_cells(
            name, value, baseline, digits[name], _, is_meant=name not in table.DEMAND_KPIS or has_demand
        )
    gaps = [compute_relative_gap(optimum.objective_mad, optimum.bound_mad) for optimum in comparison.optima]
    return [row | _build_cell(float(np.mean(gaps)), np.nan, _)]


def make_optimum_point(comparison: Comparison, _: Translator) -> list[FigureDict]:
    """Return the total cost and peak of the plans as a point; none without plans."""
    if not has_plans(comparison):
        return []
    means = np.mean([optimum.kpi_values for optimum in comparison.optima], axis=0).tolist()
    kpis = dict(zip(COMPARISON_KPIS, means, strict=True))
    total_mad, peak_kw = (kpis[name] for name in TRADE_OFF_KPIS)
    values = _("{cost} MAD, {peak} kW", cost="%{x:,.6~r}", peak="%{y:,.5~r}")
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


def list_optimum_curve(comparison: Comparison) -> list[float | None]:
    """Return the points of the load curve of the plan under the first seed [kW]; none without plans."""
    return [*round_significant(comparison.optima[0].net_load_kw.tolist())] if has_plans(comparison) else []


def has_plans(comparison: Comparison) -> bool:
    """Return whether a comparison has the plans of its seeds."""
    return bool(comparison.optima) and comparison.optima[0].has_plan


def describe_optimum(comparison: Comparison, _: Translator) -> str:
    """Return how far the best strategy is from what is possible, or that this was too much work."""
    if not comparison.optima:
        return _("Optimum: not computed for a comparison as large as this; choose fewer vehicles or a shorter period.")
    above, captured = (comparison.distances[name].to_numpy() for name in OPTIMUM_COLUMNS)
    k = int(np.nanargmin(above)) if np.isfinite(above).any() else 0
    if not np.isfinite(captured[k]):
        return _("Optimum: nothing can be saved relative to uncontrolled charging; this is proven.")
    return _(
        "Optimum: {label} comes closest, at most {above} above the lowest possible cost; it has at "
        "least {captured} of the possible saving.",
        label=table.format_variant_label(comparison, k, _),
        above=_.percent(float(above[k]), 1),
        captured=_.percent(float(captured[k]), 0),
    )


def _build_kpi_cells(
    name: str, value: float, baseline: float, digits: int, _: Translator, *, is_meant: bool
) -> dict[str, str]:
    if name not in table.TABLE_KPIS:
        return {}
    is_known = np.isfinite(value) and is_meant
    text = _.number(table.to_display_value(name, value), digits) if is_known else table.NO_VALUE
    change = table.format_kpi_difference(name, value - baseline, digits, _) if is_known else table.NO_VALUE
    cells = {name: text, f"{name}_vs_uncontrolled": change}
    return {
        f"{cell}_{part}": shown
        for cell, text in cells.items()
        for part, shown in {"text": text, "note": "", "tone": ""}.items()
    }


def _build_cell(above: float, captured: float, _: Translator) -> dict[str, Any]:
    """Return both distances in %, and the one cell that shows them."""
    # On a line of its own, the share fits into a narrow column.
    note = f"{_('captures')}\n{_.keep_order('≥ ')}{_.percent(captured, 0)}" if np.isfinite(captured) else ""
    is_known = np.isfinite(above)
    return {
        "above_optimum": 100.0 * above if is_known else None,
        "captured_share": 100.0 * captured if np.isfinite(captured) else None,
        "above_optimum_text": _.number(100.0 * above, 1) if is_known else table.NO_VALUE,
        "above_optimum_note": note,
        "above_optimum_tone": "" if is_known else table.QUIET_TONE,
    }
